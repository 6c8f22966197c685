"""Secondary indexes with boto3: made with a table and on a live one, queried, deleted."""

import time
import unittest

import boto3
from boto3.dynamodb.conditions import Key

from refusals import Refusals
from server import DEADLINE, REGION, Server


def keys(hash_name, range_name=None):
    schema = [{"AttributeName": hash_name, "KeyType": "HASH"}]
    return schema + ([{"AttributeName": range_name, "KeyType": "RANGE"}] if range_name else [])


def index(name, *names, projection="ALL", included=None):
    more = {"NonKeyAttributes": included} if included else {}
    return {"IndexName": name, "KeySchema": keys(*names),
            "Projection": {"ProjectionType": projection, **more}}


def definitions(**types):
    return [{"AttributeName": name, "AttributeType": kind} for name, kind in types.items()]


class IndexesTest(Refusals):
    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(Server())
        cls.client = cls.server.client()
        cls.resource = boto3.resource(
            "dynamodb", endpoint_url=cls.server.endpoint, region_name=REGION,
            aws_access_key_id="any", aws_secret_access_key="any")
        cls.addClassCleanup(cls.resource.meta.client.close)

    def create(self, name, local=None, indexes=None, **types):
        more = {"LocalSecondaryIndexes": local} if local else {}
        more.update({"GlobalSecondaryIndexes": indexes} if indexes else {})
        self.client.create_table(
            TableName=name, BillingMode="PAY_PER_REQUEST", KeySchema=keys("customer", "order"),
            AttributeDefinitions=definitions(customer="S", order="S", **types), **more)
        self.client.get_waiter("table_exists").wait(TableName=name)
        return self.resource.Table(name)

    def described(self, name):
        return self.client.describe_table(TableName=name)["Table"]

    def wait_for_index(self, name, status):
        """Asks until the one global index has this status; None: until there is none."""
        end = time.monotonic() + DEADLINE
        while time.monotonic() < end:
            found = self.described(name).get("GlobalSecondaryIndexes", [])
            if [each["IndexStatus"] for each in found] == ([status] if status else []):
                return found
        self.fail(f"the index is not {status} after {DEADLINE} s: {found}")

    # If it fails, a table designed for keys of several attributes finds nothing, or too much.
    def test_keys_of_several_attributes(self):
        self.client.create_table(
            TableName="matches", BillingMode="PAY_PER_REQUEST", KeySchema=keys("id"),
            AttributeDefinitions=definitions(id="S"))
        self.client.update_table(
            TableName="matches",
            AttributeDefinitions=definitions(cup="S", region="S", round="S", score="N"),
            GlobalSecondaryIndexUpdates=[{"Create": {
                "IndexName": "by-cup", "Projection": {"ProjectionType": "ALL"},
                "KeySchema": [{"AttributeName": name, "KeyType": kind} for name, kind in
                              (("cup", "HASH"), ("region", "HASH"), ("round", "RANGE"), ("score", "RANGE"))]}}])
        self.wait_for_index("matches", "ACTIVE")
        table = self.resource.Table("matches")
        with table.batch_writer() as batch:
            for i in range(40):
                batch.put_item(Item={"id": str(i), "cup": "c", "region": "eu" if i % 2 else "us",
                                     "round": "final" if i % 4 == 1 else "semi", "score": i})
            batch.put_item(Item={"id": "none", "cup": "c", "region": "eu", "score": 1})
        pages = self.client.get_paginator("query").paginate(
            TableName="matches", IndexName="by-cup", PaginationConfig={"PageSize": 3},
            KeyConditionExpression="cup = :c AND #r = :r AND round = :f AND score BETWEEN :a AND :b",
            ExpressionAttributeNames={"#r": "region"},
            ExpressionAttributeValues={":c": {"S": "c"}, ":r": {"S": "eu"}, ":f": {"S": "final"},
                                       ":a": {"N": "9"}, ":b": {"N": "29"}})
        found = [item["id"]["S"] for page in pages for item in page["Items"]]
        self.assertEqual(found, ["9", "13", "17", "21", "25", "29"])
        self.assertEqual(table.scan(IndexName="by-cup")["Count"], 40)

    # If it fails, a program that watches its spending and its item collections reads nonsense.
    def test_costs_and_collections_are_told(self):
        table = self.create(
            "costs", at="N", state="S", local=[index("by-time", "customer", "at")],
            indexes=[index("by-state", "state", projection="KEYS_ONLY")])
        item = {"customer": "c", "order": "o", "at": 1, "state": "open", "note": "n" * 1500}
        answer = table.put_item(Item=item, ReturnConsumedCapacity="INDEXES",
                                ReturnItemCollectionMetrics="SIZE")
        self.assertEqual({
            "TableName": "costs", "CapacityUnits": 5.0, "Table": {"CapacityUnits": 2.0},
            "LocalSecondaryIndexes": {"by-time": {"CapacityUnits": 2.0}},
            "GlobalSecondaryIndexes": {"by-state": {"CapacityUnits": 1.0}},
        }, answer["ConsumedCapacity"])
        collection = {"ItemCollectionKey": {"customer": "c"}, "SizeEstimateRangeGB": [0.0, 1.0]}
        self.assertEqual(collection, answer["ItemCollectionMetrics"])
        answer = self.resource.batch_write_item(
            RequestItems={"costs": [{"DeleteRequest": {"Key": {"customer": "c", "order": "o"}}}]},
            ReturnConsumedCapacity="TOTAL", ReturnItemCollectionMetrics="SIZE")
        self.assertEqual([{"TableName": "costs", "CapacityUnits": 5.0}], answer["ConsumedCapacity"])
        self.assertEqual({"costs": [collection]}, answer["ItemCollectionMetrics"])

    # If it fails, a program finds other orders by customer and date than it has written.
    def test_both_kinds_are_queried(self):
        table = self.create(
            "orders", at="N", state="S", local=[index("by-time", "customer", "at", projection="KEYS_ONLY")],
            indexes=[index("by-state", "state", "at", projection="INCLUDE", included=["total"])])
        with table.batch_writer() as batch:
            for number in range(40):
                batch.put_item(Item={
                    "customer": f"c{number % 2}", "order": f"o{number}", "at": 100 - number,
                    "total": number, "note": "n" * 100, **({"state": "open"} if number % 4 else {})})
        found = table.query(IndexName="by-time", KeyConditionExpression=Key("customer").eq("c1")
                            & Key("at").between(90, 99), ConsistentRead=True)
        self.assertEqual([{"customer": "c1", "order": f"o{n}", "at": 100 - n} for n in (9, 7, 5, 3, 1)],
                         found["Items"])
        whole = table.query(IndexName="by-time", Select="ALL_ATTRIBUTES", Limit=1,
                            KeyConditionExpression=Key("customer").eq("c1"))
        self.assertEqual("n" * 100, whole["Items"][0]["note"])
        items, start = [], {}
        while True:
            page = table.query(IndexName="by-state", Limit=7, ScanIndexForward=False,
                               KeyConditionExpression=Key("state").eq("open"), **start)
            items += page["Items"]
            if "LastEvaluatedKey" not in page:
                break
            self.assertEqual({"customer", "order", "state", "at"}, set(page["LastEvaluatedKey"]))
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}
        self.assertEqual([n for n in range(40) if n % 4], [item["total"] for item in items])
        self.assertNotIn("note", items[0])
        self.assertEqual(30, table.scan(IndexName="by-state", Select="COUNT")["Count"])
        self.assertEqual([40, 30], [
            self.described("orders")[kind][0]["ItemCount"]
            for kind in ("LocalSecondaryIndexes", "GlobalSecondaryIndexes")])
        self.refused("ValidationException",
                     "Consistent reads are not supported on global secondary indexes",
                     table.query, IndexName="by-state", ConsistentRead=True,
                     KeyConditionExpression=Key("state").eq("open"))

    # If it fails, a growing application cannot ask a new question of its old data.
    def test_an_index_of_a_live_table_is_made_and_deleted(self):
        table = self.create("live")
        with table.batch_writer() as batch:
            for number in range(200):
                batch.put_item(Item={"customer": f"c{number}", "order": "o", "state": "old"})
        answer = self.client.update_table(
            TableName="live", AttributeDefinitions=definitions(state="S"),
            GlobalSecondaryIndexUpdates=[{"Create": index("by-state", "state")}])
        made = answer["TableDescription"]["GlobalSecondaryIndexes"][0]
        self.assertEqual(("CREATING", True), (made["IndexStatus"], made["Backfilling"]))
        table.put_item(Item={"customer": "late", "order": "o", "state": "new"})
        self.assertNotIn("Backfilling", self.wait_for_index("live", "ACTIVE")[0])
        found = table.query(IndexName="by-state", KeyConditionExpression=Key("state").eq("old"))
        self.assertEqual(200, found["Count"])
        new = table.query(IndexName="by-state", KeyConditionExpression=Key("state").eq("new"))
        self.assertEqual(["late"], [item["customer"] for item in new["Items"]])
        self.client.update_table(TableName="live", GlobalSecondaryIndexUpdates=[
            {"Delete": {"IndexName": "by-state"}}])
        self.wait_for_index("live", None)
        self.assertEqual(definitions(customer="S", order="S"),
                         self.described("live")["AttributeDefinitions"])
        self.refused("ValidationException", "The table does not have the specified index: by-state",
                     table.query, IndexName="by-state",
                     KeyConditionExpression=Key("state").eq("old"))


if __name__ == "__main__":
    unittest.main()
