#!/usr/bin/env python3
"""Writes Debian's package index into the table `packages` with boto3, in three acts.

Usage: feed.py [COUNT]      the server is where AWS_ENDPOINT_URL says
"""

import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import boto3

import index

BATCH = 25  # BatchWriteItem's own limit
WRITERS = 4


def connect():
    # The version of boto3 in Debian 12 does not read AWS_ENDPOINT_URL by itself; a newer one does.
    return boto3.client("dynamodb", endpoint_url=os.environ["AWS_ENDPOINT_URL"],
                        region_name="us-east-1", aws_access_key_id="any",
                        aws_secret_access_key="any")


def write(client, requests):
    """One batch, again and again until the server has taken all of it."""
    while requests:
        reply = client.batch_write_item(RequestItems={"packages": requests})
        requests = reply["UnprocessedItems"].get("packages", [])


def act(client, title, requests):
    """Writes the requests over several connections; each name occurs once, so order is free."""
    begin = time.monotonic()
    batches = [requests[i:i + BATCH] for i in range(0, len(requests), BATCH)]
    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(lambda batch: write(client, batch), batches))
    seconds = time.monotonic() - begin
    print(f"{title:<34}{len(requests):>6} writes in {seconds:.1f} s", flush=True)


def main():
    items = [index.item_of(fields) for fields in index.read_index(int(sys.argv[1]))]
    inserted, updated, deleted = index.plan(items)
    client = connect()
    put = lambda item: {"PutRequest": {"Item": item}}
    act(client, "Packages enter the archive", [put(item) for item in inserted])
    act(client, "Every third is rebuilt", [put(item) for item in updated])
    act(client, "Written again, nothing changed", [put(item) for item in updated])
    act(client, "Every seventh is removed", [{"DeleteRequest": {"Key": key}} for key in deleted])


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
    except index.NoIndex as error:
        sys.exit(f"feed.py: {error}")
