#!/usr/bin/env python3
"""Compares what the handler arrived at, and what the table holds, with a count made without them.

Usage: check.py COUNT DATABASE      the server is where AWS_ENDPOINT_URL says
"""

import sqlite3
import sys

import feed
import index

SHOWN = 8  # sections
KEYS_PER_READ = 100  # BatchGetItem's own limit


def handler_totals(database):
    rows = database.execute("SELECT section, packages, kilobytes FROM totals WHERE packages != 0")
    return {section: (packages, kilobytes) for section, packages, kilobytes in rows}


def table_items(names):
    """Name -> item for the names that the table has."""
    client, found = feed.connect(), {}
    for begin in range(0, len(names), KEYS_PER_READ):
        wanted = {"packages": {"Keys": [{"name": {"S": name}}
                                        for name in names[begin:begin + KEYS_PER_READ]]}}
        while wanted:
            reply = client.batch_get_item(RequestItems=wanted)
            found.update({item["name"]["S"]: item for item in reply["Responses"]["packages"]})
            wanted = reply["UnprocessedKeys"]
    return found


def comparable(item):
    """Sets have no order; everything else compares as it is."""
    if "tags" in item:
        item = {**item, "tags": {"SS": sorted(item["tags"]["SS"])}}
    return item


def show(totals):
    print(f"  {'section':<16}{'packages':>9}{'installed':>13}")
    by_size = sorted(totals.items(), key=lambda entry: -entry[1][1])
    for section, (packages, kilobytes) in by_size[:SHOWN]:
        print(f"  {section:<16}{packages:>9}{kilobytes / 1000:>10.1f} MB")
    packages, kilobytes = (sum(column) for column in zip(*totals.values()))
    print(f"  {'all ' + str(len(totals)) + ' sections':<16}{packages:>9}{kilobytes / 1000:>10.1f} MB")


def main():
    items = [index.item_of(fields) for fields in index.read_index(int(sys.argv[1]))]
    database = sqlite3.connect(sys.argv[2])
    inserted, updated, deleted = index.plan(items)
    expected = index.final_state(items)
    seen = dict(database.execute("SELECT what, records FROM seen"))
    repeated = seen.pop("REPEATED", 0)

    totals = handler_totals(database)
    show(totals)
    checks = (
        ("the handler's totals are those counted from the index",
         totals == index.totals_of(expected)),
        ("each change came as itself: "
         + ", ".join(f"{count} {what}" for what, count in sorted(seen.items()))
         + (f"; {repeated} repeated" if repeated else ""),
         seen == {"INSERT": len(inserted), "MODIFY": len(updated), "REMOVE": len(deleted)}),
        (f"the table holds exactly the {len(expected)} packages left, field by field",
         {name: comparable(item)
          for name, item in table_items([item["name"]["S"] for item in items]).items()}
         == expected),
    )
    print()
    for words, holds in checks:
        print(f"  {'ok  ' if holds else 'FAIL'} {words}")
    if not all(holds for _, holds in checks):
        sys.exit("check.py: what Millbeck delivered is not what was written (above)")


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
    except index.NoIndex as error:
        sys.exit(f"check.py: {error}")
