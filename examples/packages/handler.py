#!/usr/bin/env python3
"""Keeps the number and installed size of packages per section, from the stream of their table.

The pipe protocol: an event comes in as one line of JSON, one line of JSON goes back as the reply.
An event is what AWS Lambda would get from a DynamoDB stream. What is printed to stderr shows up in
Millbeck's own output.

Events come at least once: after a crash Millbeck repeats what it never saw acknowledged. So the
sequence number of the last change is kept beside each package, in the same transaction as the
totals, and a change that is not newer counts for nothing. Several of these processes may run at
once, each with other packages; the database sorts them out.
"""

import json
import os
import sqlite3
import sys

REPORT_EVERY = 1000  # records

SCHEMA = """
CREATE TABLE IF NOT EXISTS packages (
    name TEXT PRIMARY KEY, sequence TEXT, section TEXT, kilobytes INTEGER) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS totals (
    section TEXT PRIMARY KEY, packages INTEGER, kilobytes INTEGER) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS seen (what TEXT PRIMARY KEY, records INTEGER) WITHOUT ROWID;
"""


def open_database():
    path = os.environ.get("PACKAGES_DB", "packages.db")
    database = sqlite3.connect(path, timeout=30, isolation_level=None)
    # Each step waits its turn when another of these processes opens the file at the same moment.
    database.execute("PRAGMA busy_timeout = 30000")
    database.execute("PRAGMA synchronous = NORMAL")
    database.executescript("BEGIN IMMEDIATE;" + SCHEMA + "COMMIT;")
    return database


def add_to_totals(database, section, packages, kilobytes):
    database.execute(
        "INSERT INTO totals VALUES (?, ?, ?) ON CONFLICT (section) DO UPDATE SET"
        " packages = packages + excluded.packages, kilobytes = kilobytes + excluded.kilobytes",
        (section, packages, kilobytes))


def take(database, record):
    """Counts one record; returns what it was: INSERT, MODIFY, REMOVE, or REPEATED."""
    change = record["dynamodb"]
    name = change["Keys"]["name"]["S"]
    sequence = change["SequenceNumber"].zfill(40)  # as text it then sorts as the number does
    known = database.execute(
        "SELECT sequence, section, kilobytes FROM packages WHERE name = ?", (name,)).fetchone()
    if known and known[0] >= sequence:
        return "REPEATED"
    if known and known[1] is not None:
        add_to_totals(database, known[1], -1, -known[2])
    new = change.get("NewImage")
    section = new["section"]["S"] if new else None
    kilobytes = int(new["installed_kb"]["N"]) if new else 0
    if new:
        add_to_totals(database, section, 1, kilobytes)
    # A removed package keeps its row: its sequence number must outlive it.
    database.execute("INSERT OR REPLACE INTO packages VALUES (?, ?, ?, ?)",
                     (name, sequence, section, kilobytes))
    return record["eventName"]


def handle(database, event):
    # Each batch is one transaction: the totals and the positions move together or not at all.
    database.execute("BEGIN IMMEDIATE")
    try:
        before = records_seen(database)
        for record in event["Records"]:
            database.execute("INSERT INTO seen VALUES (?, 1) ON CONFLICT (what)"
                             " DO UPDATE SET records = records + 1", (take(database, record),))
        after = before + len(event["Records"])
        if before // REPORT_EVERY != after // REPORT_EVERY:
            report(database, after)
    except BaseException:
        database.execute("ROLLBACK")
        raise
    database.execute("COMMIT")
    return {"batchItemFailures": []}


def records_seen(database):
    return database.execute("SELECT coalesce(sum(records), 0) FROM seen").fetchone()[0]


def report(database, records):
    packages, kilobytes, sections = database.execute(
        "SELECT sum(packages), sum(kilobytes), count(*) FROM totals WHERE packages > 0").fetchone()
    print(f"{records} changes seen: {packages} packages in {sections} sections, "
          f"{kilobytes / 1e6:.1f} GB when installed", file=sys.stderr, flush=True)


def main():
    database = open_database()
    for line in sys.stdin:
        print(json.dumps(handle(database, json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
