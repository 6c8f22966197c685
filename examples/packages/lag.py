#!/usr/bin/env python3
"""Writes single packages, one after the other, and says how soon the handler had taken each.

Usage: lag.py COUNT      the server is where AWS_ENDPOINT_URL says
"""

import http.client
import os
import sys
import time
import urllib.parse

import feed
import index


def main():
    client = feed.connect()
    address = urllib.parse.urlsplit(os.environ["AWS_ENDPOINT_URL"])
    server = http.client.HTTPConnection(address.hostname, address.port)
    times = []
    for fields in index.read_index(int(sys.argv[1])):
        item = index.item_of(fields)
        # A name that the index does not have, so every put is a change, and an insert.
        item["name"]["S"] += " again"
        client.put_item(TableName="packages", Item=item)
        begin = time.monotonic()
        # What `millbeck wait --drained` asks: is everything acknowledged that was written so far?
        server.request("POST", "/_millbeck/v1/wait-drained", '{"timeout_ms": 10000}')
        drained = b'"drained":true' in server.getresponse().read()
        times.append((time.monotonic() - begin) * 1000)
        if not drained:
            sys.exit("lag.py: the handler did not take a change within 10 s")
    times.sort()
    print(f"  {len(times)} single puts: from the put's answer to the handler's, "
          f"{times[len(times) // 2]:.1f} ms in the middle, {times[-1]:.1f} ms at worst")


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
    except index.NoIndex as error:
        sys.exit(f"lag.py: {error}")
