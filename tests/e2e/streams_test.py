"""Streams as boto3 sees them."""

import datetime
import re
import unittest

from refusals import Refusals
from server import REGION, Server, create_table, read_stream

# View type -> what a record shows beside its keys: (new image, old image).
VIEWS = {"KEYS_ONLY": (False, False), "NEW_IMAGE": (True, False), "OLD_IMAGE": (False, True),
         "NEW_AND_OLD_IMAGES": (True, True)}


class StreamsTest(Refusals):
    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(Server())
        cls.client = cls.server.client()
        cls.streams = cls.server.client("dynamodbstreams", parameter_validation=False)

    def table(self, name, view_type="NEW_AND_OLD_IMAGES"):
        return create_table(self.client, name, view_type=view_type)["LatestStreamArn"]

    def put(self, table, key, value):
        self.client.put_item(TableName=table, Item={"id": {"S": key}, "v": {"N": str(value)}})

    def delete(self, table, key):
        self.client.delete_item(TableName=table, Key={"id": {"S": key}})

    def shards(self, arn, **more):
        return self.streams.describe_stream(StreamArn=arn, **more)["StreamDescription"]["Shards"]

    def iterator(self, arn, shard, kind, **more):
        return self.streams.get_shard_iterator(StreamArn=arn, ShardId=shard, ShardIteratorType=kind,
                                               **more)["ShardIterator"]

    def describe_by_hand(self, arn, **shard_filter):
        return self.server.call("DynamoDBStreams_20120810.DescribeStream", StreamArn=arn,
                                ShardFilter=shard_filter)

    # If it fails, a reader of the stream does not learn what happened.
    def test_every_view_shows_what_it_should(self):
        one, two = ({"id": {"S": "k"}, "v": {"N": str(value)}} for value in (1, 2))
        expected = (("INSERT", one, None), ("MODIFY", two, one), ("REMOVE", None, two))
        for view, (new, old) in VIEWS.items():
            with self.subTest(view):
                table = "view-" + view
                arn = self.table(table, view)
                self.put(table, "k", 1)
                self.put(table, "k", 1)  # nothing changes: no record
                self.put(table, "k", 2)
                self.delete(table, "k")
                self.delete(table, "k")  # nothing to remove: no record
                records = read_stream(self.streams, arn)
                self.assertEqual([name for name, _, _ in expected],
                                 [record["eventName"] for record in records])
                for record, (_, new_image, old_image) in zip(records, expected):
                    self.check_record(record, view)
                    change = record["dynamodb"]
                    self.assertEqual(new_image if new else None, change.get("NewImage"))
                    self.assertEqual(old_image if old else None, change.get("OldImage"))

    def check_record(self, record, view):
        self.assertRegex(record["eventID"], "^[0-9a-f]{32}$")
        self.assertEqual(("1.1", "aws:dynamodb", REGION),
                         (record["eventVersion"], record["eventSource"], record["awsRegion"]))
        self.assertNotIn("userIdentity", record)
        change = record["dynamodb"]
        self.assertEqual({"id": {"S": "k"}}, change["Keys"])
        self.assertEqual(view, change["StreamViewType"])
        self.assertRegex(change["SequenceNumber"], "^[0-9]{21,40}$")
        age = datetime.datetime.now(datetime.timezone.utc) - change["ApproximateCreationDateTime"]
        self.assertLess(abs(age.total_seconds()), 60)
        # Keys: id=k is 3 bytes; an image id=k, v=<one digit> is 6.
        images = ("NewImage" in change) + ("OldImage" in change)
        self.assertEqual(3 + 6 * images, change["SizeBytes"])

    # If it fails, clients that page through a stream's shards miss some.
    def test_describe_pages_over_shards_in_order(self):
        arn = self.table("paged")
        whole = self.streams.describe_stream(StreamArn=arn)["StreamDescription"]
        self.assertEqual(("ENABLED", "NEW_AND_OLD_IMAGES", "paged", arn.rpartition("/")[2]),
                         (whole["StreamStatus"], whole["StreamViewType"], whole["TableName"],
                          whole["StreamLabel"]))
        self.assertEqual([{"AttributeName": "id", "KeyType": "HASH"}], whole["KeySchema"])
        self.assertNotIn("LastEvaluatedShardId", whole)
        ids = [shard["ShardId"] for shard in whole["Shards"]]
        self.assertEqual(sorted(ids), ids)
        for shard in whole["Shards"]:
            self.assertRegex(shard["ShardId"], r"^shardId-\d{20}-[0-9a-f]{8}$")
            self.assertNotIn("ParentShardId", shard)
            self.assertNotIn("EndingSequenceNumber", shard["SequenceNumberRange"])
        paged, start = [], {}
        while True:
            page = self.streams.describe_stream(StreamArn=arn, Limit=1, **start)["StreamDescription"]
            paged += [shard["ShardId"] for shard in page["Shards"]]
            if "LastEvaluatedShardId" not in page:
                break
            start = {"ExclusiveStartShardId": page["LastEvaluatedShardId"]}
        self.assertEqual(ids, paged)

    # If it fails, clients cannot find the streams of a table.
    def test_list_pages_over_streams(self):
        arns = {self.table(f"listed-{number}") for number in range(3)}
        found, start = [], {}
        while True:
            page = self.streams.list_streams(Limit=1, **start)
            found += [stream["StreamArn"] for stream in page["Streams"]]
            if "LastEvaluatedStreamArn" not in page:
                break
            start = {"ExclusiveStartStreamArn": page["LastEvaluatedStreamArn"]}
        self.assertLessEqual(arns, set(found))
        self.assertEqual(len(found), len(set(found)))
        self.assertEqual([], self.streams.list_streams(TableName="unheard-of")["Streams"])
        one = self.streams.list_streams(TableName="listed-1")["Streams"]
        self.assertEqual(["listed-1"], [stream["TableName"] for stream in one])

    # If it fails, a reader starts at the wrong place and loses or repeats records.
    def test_iterators_start_where_they_say(self):
        arn = self.table("iterated")
        for value in range(5):
            self.put("iterated", "k", value)
        records = read_stream(self.streams, arn)
        self.assertEqual(5, len(records))
        numbers = [record["dynamodb"]["SequenceNumber"] for record in records]
        self.assertEqual(sorted(numbers, key=int), numbers)
        shard = next(shard["ShardId"] for shard in self.shards(arn) if self.streams.get_records(
            ShardIterator=self.iterator(arn, shard["ShardId"], "TRIM_HORIZON"))["Records"])

        def read(kind, **more):
            page = self.streams.get_records(ShardIterator=self.iterator(arn, shard, kind, **more))
            return [record["dynamodb"]["SequenceNumber"] for record in page["Records"]]

        self.assertEqual(numbers, read("TRIM_HORIZON"))
        self.assertEqual([], read("LATEST"))
        self.assertEqual(numbers[2:], read("AT_SEQUENCE_NUMBER", SequenceNumber=numbers[2]))
        self.assertEqual(numbers[3:], read("AFTER_SEQUENCE_NUMBER", SequenceNumber=numbers[2]))
        start = next(shard_["SequenceNumberRange"]["StartingSequenceNumber"]
                     for shard_ in self.shards(arn) if shard_["ShardId"] == shard)
        self.assertEqual(numbers, read("AT_SEQUENCE_NUMBER", SequenceNumber=start))
        latest = self.iterator(arn, shard, "LATEST")
        self.put("iterated", "k", 99)
        page = self.streams.get_records(ShardIterator=latest)
        self.assertEqual(["99"], [r["dynamodb"]["NewImage"]["v"]["N"] for r in page["Records"]])
        # Pages of two, chained.
        iterator, sizes = self.iterator(arn, shard, "TRIM_HORIZON"), []
        while not sizes or sizes[-1]:
            page = self.streams.get_records(ShardIterator=iterator, Limit=2)
            iterator = page["NextShardIterator"]
            sizes.append(len(page["Records"]))
        self.assertEqual([2, 2, 2, 0], sizes)

    # If it fails, a consumer never learns that a shard has ended, or loses its children.
    def test_rolled_shards_end_and_have_children(self):
        arn = self.table("rolled")
        self.put("rolled", "k", 1)
        parents = {shard["ShardId"] for shard in self.shards(arn)}
        rolled = self.server.command("shards", "rolled", "roll")
        self.assertEqual(0, rolled.returncode, rolled.stderr)
        self.put("rolled", "k", 2)
        self.assertEqual(["1", "2"], sorted(record["dynamodb"]["NewImage"]["v"]["N"]
                                            for record in read_stream(self.streams, arn)))
        for shard in self.shards(arn):
            closed = shard["ShardId"] in parents
            self.assertEqual(closed, "EndingSequenceNumber" in shard["SequenceNumberRange"])
            if not closed:
                self.assertIn(shard["ParentShardId"], parents)
        for parent in parents:
            _, reply = self.describe_by_hand(arn, Type="CHILD_SHARDS", ShardId=parent)
            self.assertEqual([parent], [shard["ParentShardId"]
                                        for shard in reply["StreamDescription"]["Shards"]])
            iterator = self.iterator(arn, parent, "TRIM_HORIZON")
            for _ in range(3):
                iterator = iterator and self.streams.get_records(
                    ShardIterator=iterator).get("NextShardIterator")
            self.assertIsNone(iterator)

    # If it fails, readers lose what a stream still holds when it is switched off.
    def test_a_disabled_stream_stays_readable(self):
        arn = self.table("disabled")
        self.put("disabled", "k", 1)
        self.client.update_table(TableName="disabled", StreamSpecification={"StreamEnabled": False})
        self.put("disabled", "k", 2)
        description = self.streams.describe_stream(StreamArn=arn)["StreamDescription"]
        self.assertEqual("DISABLED", description["StreamStatus"])
        self.assertTrue(all("EndingSequenceNumber" in shard["SequenceNumberRange"]
                            for shard in description["Shards"]))
        self.assertEqual(["INSERT"], [r["eventName"] for r in read_stream(self.streams, arn)])

    # If it fails, clients that act on a refusal go wrong.
    def test_refusals(self):
        arn = self.table("refusing")
        shard = self.shards(arn)[0]["ShardId"]
        unknown = arn[:-23] + "2001-01-01T00:00:00.000"
        describe, iterator = self.streams.describe_stream, self.streams.get_shard_iterator
        self.refused("ResourceNotFoundException",
                     f"Requested resource not found: Stream: {unknown} not found",
                     describe, StreamArn=unknown)
        rows = (
            (describe, {"StreamArn": "x" * 40}),
            (describe, {"StreamArn": arn, "Limit": 101}),
            (self.streams.list_streams, {"Limit": 0}),
            (iterator, {"StreamArn": arn, "ShardId": shard, "ShardIteratorType": "SOMEWHERE"}),
            (iterator, {"StreamArn": arn, "ShardId": shard, "ShardIteratorType": "LATEST",
                        "SequenceNumber": "1" * 21}),
            (iterator, {"StreamArn": arn, "ShardId": shard,
                        "ShardIteratorType": "AT_SEQUENCE_NUMBER"}),
            (iterator, {"StreamArn": arn, "ShardId": shard, "SequenceNumber": "no number at all!!!!!",
                        "ShardIteratorType": "AT_SEQUENCE_NUMBER"}),
            (self.streams.get_records, {"ShardIterator": "garbage"}),
            (self.streams.get_records, {"ShardIterator": "garbage", "Limit": 1001}),
        )
        for call, arguments in rows:
            with self.subTest(f"{call.__name__} {arguments}"):
                self.refused("ValidationException", re.compile("."), call, **arguments)
        for wrong in ({"Type": "CHILD_SHARDS"}, {"ShardId": shard},
                      {"Type": "CHILD_SHARDS", "ShardId": "short"}):
            with self.subTest(f"ShardFilter {wrong}"):
                status, reply = self.describe_by_hand(arn, **wrong)
                self.assertEqual((400, "ValidationException"),
                                 (status, reply["__type"].partition("#")[2]))
        self.refused("ResourceNotFoundException", re.compile("."), iterator, StreamArn=arn,
                     ShardId="shardId-00000000000000000001-00000000",
                     ShardIteratorType="TRIM_HORIZON")


if __name__ == "__main__":
    unittest.main()
