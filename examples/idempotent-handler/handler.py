"""Charges orders, a line each: `careful` never charges for the same change twice, `careless` may."""
import json
import os
import sys

KIND = sys.argv[1]
CHARGES = f"charges-{KIND}"


def charged():
    """The changes that were charged for. A charge and its change are one line, so neither is ever
    there without the other, whenever the process dies."""
    if not os.path.exists(CHARGES):
        return set()
    with open(CHARGES, encoding="utf-8") as charges:
        return {line.split()[0] for line in charges}


def charge(record):
    change, order = record["eventID"], record["dynamodb"]["Keys"]["id"]["S"]
    if KIND == "careful" and change in charged():
        return
    with open(CHARGES, "a", encoding="utf-8") as charges:
        charges.write(f"{change} {order}\n")


for line in sys.stdin:
    for each in json.loads(line)["Records"]:
        charge(each)
    print("{}", flush=True)
