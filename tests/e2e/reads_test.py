"""Query, Scan, tags and the small calls, as boto3's client and resource use them."""

import threading
import unittest

import boto3
import boto3.dynamodb.conditions

from refusals import Refusals
from server import REGION, Server, create_table

Attr, Key = boto3.dynamodb.conditions.Attr, boto3.dynamodb.conditions.Key
READINGS = 120


class ReadsTest(Refusals):
    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(Server())
        cls.client = cls.server.client()
        create_table(cls.client, "readings", sort_key=("at", "N"))
        cls.table = boto3.resource(
            "dynamodb", endpoint_url=cls.server.endpoint, region_name=REGION,
            aws_access_key_id="any", aws_secret_access_key="any").Table("readings")
        cls.addClassCleanup(cls.table.meta.client.close)
        with cls.table.batch_writer() as batch:
            for at in range(READINGS):
                batch.put_item({"id": f"sensor {at % 3}", "at": at, "name": f"reading {at}",
                                "where": {"room": at % 5}})

    # If it fails, programs that follow a partition in time see it out of order, or not all of it.
    def test_the_resource_queries_with_conditions(self):
        found = self.table.query(
            KeyConditionExpression=Key("id").eq("sensor 1") & Key("at").between(10, 50),
            FilterExpression=Attr("where.room").is_in([0, 1]),
            ProjectionExpression="#at", ExpressionAttributeNames={"#at": "at"},
            ScanIndexForward=False)
        expected = [at for at in range(50, 9, -1) if at % 3 == 1 and at % 5 < 2]
        self.assertEqual([{"at": at} for at in expected], found["Items"])
        self.assertEqual(len([at for at in range(10, 51) if at % 3 == 1]), found["ScannedCount"])

    # If it fails, whoever lists a large table gets a part of it and takes it for all.
    def test_paginators_reach_the_end(self):
        pages = list(self.client.get_paginator("query").paginate(
            TableName="readings", KeyConditionExpression="id = :id",
            ExpressionAttributeValues={":id": {"S": "sensor 2"}}, PaginationConfig={"PageSize": 7}))
        self.assertLess(5, len(pages))
        self.assertEqual([str(at) for at in range(2, READINGS, 3)],
                         [item["at"]["N"] for page in pages for item in page["Items"]])
        scanned = self.client.get_paginator("scan").paginate(
            TableName="readings", Select="COUNT", PaginationConfig={"PageSize": 11})
        self.assertEqual(READINGS, sum(page["Count"] for page in scanned))

    # If it fails, workers that share a table do an item twice, or never.
    def test_segments_share_a_scan(self):
        found, lock = [], threading.Lock()

        def work(client, segment):
            for page in client.get_paginator("scan").paginate(
                    TableName="readings", Segment=segment, TotalSegments=4, ConsistentRead=True):
                with lock:
                    found.extend(item["name"]["S"] for item in page["Items"])

        threads = [threading.Thread(target=work, args=(self.server.client(), segment))
                   for segment in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(sorted(f"reading {at}" for at in range(READINGS)), sorted(found))

    # If it fails, programs of the days before expressions stop working.
    def test_parameters_from_before_expressions(self):
        found = self.client.query(
            TableName="readings", Limit=100, AttributesToGet=["name"],
            KeyConditions={"id": {"ComparisonOperator": "EQ",
                                  "AttributeValueList": [{"S": "sensor 0"}]},
                           "at": {"ComparisonOperator": "LT", "AttributeValueList": [{"N": "10"}]}},
            QueryFilter={"name": {"ComparisonOperator": "CONTAINS",
                                  "AttributeValueList": [{"S": "9"}]}})
        self.assertEqual([{"name": {"S": "reading 9"}}], found["Items"])
        self.assertEqual(4, found["ScannedCount"])

    # If it fails, a client takes a mistake for an empty table.
    def test_mistakes_are_told(self):
        self.refused("ResourceNotFoundException", "Requested resource not found",
                     self.client.scan, TableName="nowhere")
        self.refused("ValidationException", "The table does not have the specified index: by-name",
                     self.client.scan, TableName="readings", IndexName="by-name")
        self.refused("ValidationException", "Query condition missed key schema element: id",
                     self.client.query, TableName="readings", KeyConditionExpression="#at = :at",
                     ExpressionAttributeNames={"#at": "at"},
                     ExpressionAttributeValues={":at": {"N": "1"}})

    # If it fails, infrastructure tools end with an error, or change the same tags for ever.
    def test_tags_and_what_tools_ask(self):
        arn = self.client.describe_table(TableName="readings")["Table"]["TableArn"]
        self.client.tag_resource(ResourceArn=arn, Tags=[{"Key": "team", "Value": "weather"},
                                                        {"Key": "env", "Value": "test"}])
        self.client.untag_resource(ResourceArn=arn, TagKeys=["env"])
        self.assertEqual([{"Key": "team", "Value": "weather"}],
                         self.client.list_tags_of_resource(ResourceArn=arn)["Tags"])
        self.assertEqual({"TimeToLiveStatus": "DISABLED"}, self.client.describe_time_to_live(
            TableName="readings")["TimeToLiveDescription"])
        self.assertEqual("ENABLED", self.client.describe_continuous_backups(
            TableName="readings")["ContinuousBackupsDescription"]["ContinuousBackupsStatus"])
        self.assertLess(0, self.client.describe_limits()["TableMaxReadCapacityUnits"])
        self.assertEqual(self.server.endpoint.split("//")[1],
                         self.client.describe_endpoints()["Endpoints"][0]["Address"])

    # If it fails, a restart forgets who pays for a table.
    def test_tags_outlive_a_restart(self):
        with Server() as server:
            arn = create_table(server.client(), "tagged")["TableArn"]
            server.client().tag_resource(ResourceArn=arn, Tags=[{"Key": "k", "Value": "v"}])
            server.kill()
            server.start()
            self.assertEqual([{"Key": "k", "Value": "v"}],
                             server.client().list_tags_of_resource(ResourceArn=arn)["Tags"])


if __name__ == "__main__":
    unittest.main()
