"""Bills orders. Its first version knows no order without a price; `fixed` is there once it does."""
import json
import os
import sys


def bill(order):
    if "price" not in order and not os.path.exists("fixed"):
        raise ValueError(f"order {order['id']['S']} has no price")
    with open("bills", "a", encoding="utf-8") as bills:
        bills.write(f"{order['id']['S']} {order.get('price', {'N': '0'})['N']}\n")


for line in sys.stdin:
    try:
        for record in json.loads(line)["Records"]:
            bill(record["dynamodb"]["NewImage"])
        print("{}", flush=True)
    except ValueError as error:
        print(json.dumps({"errorType": "BadOrder", "errorMessage": str(error)}), flush=True)
