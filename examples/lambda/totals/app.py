"""A Lambda function as one uploads it: adds up what orders cost and logs the sum."""

import logging
import os

log = logging.getLogger()
log.setLevel("INFO")
total = 0  # lives as long as the process, as on Lambda


def cost(image):
    return int(image["cost"]["N"]) if image else 0


def handler(event, context):
    global total
    for record in event["Records"]:
        change = record["dynamodb"]
        total += cost(change.get("NewImage")) - cost(change.get("OldImage"))
    log.info("%s records, total %s %s", len(event["Records"]), total, os.environ["CURRENCY"])
