"""The life of tables as boto3 sees it."""

import datetime
import re
import unittest

from refusals import Refusals
from server import ACCOUNT, REGION, Server, create_table


class TablesTest(Refusals):
    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(Server())
        cls.client = cls.server.client()

    # If it fails, clients that read a table's description back see another table than they made.
    def test_describe_gives_back_what_create_was_given(self):
        made = create_table(self.client, "whole", ("at", "N"), "NEW_AND_OLD_IMAGES")
        self.client.get_waiter("table_exists").wait(TableName="whole")
        table = self.client.describe_table(TableName="whole")["Table"]
        self.assertEqual("ACTIVE", table["TableStatus"])
        self.assertEqual([{"AttributeName": "id", "KeyType": "HASH"},
                          {"AttributeName": "at", "KeyType": "RANGE"}], table["KeySchema"])
        self.assertCountEqual([{"AttributeName": "id", "AttributeType": "S"},
                               {"AttributeName": "at", "AttributeType": "N"}],
                              table["AttributeDefinitions"])
        self.assertEqual(f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/whole", table["TableArn"])
        self.assertRegex(table["TableId"], r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")
        self.assertEqual({"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
                         table["StreamSpecification"])
        self.assertEqual(f"{table['TableArn']}/stream/{table['LatestStreamLabel']}",
                         table["LatestStreamArn"])
        self.assertRegex(table["LatestStreamLabel"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}$")
        self.assertEqual("PAY_PER_REQUEST", table["BillingModeSummary"]["BillingMode"])
        self.assertEqual((0, 0), (table["ItemCount"], table["TableSizeBytes"]))
        self.assertIsInstance(table["CreationDateTime"], datetime.datetime)
        self.assertEqual(made["TableId"], table["TableId"])
        self.assertEqual(made["CreationDateTime"], table["CreationDateTime"])

    # If it fails, provisioned tables cannot be made, or lose their settings.
    def test_provisioned_throughput_comes_back(self):
        self.client.create_table(
            TableName="provisioned", KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "B"}],
            ProvisionedThroughput={"ReadCapacityUnits": 5, "WriteCapacityUnits": 7})
        table = self.client.describe_table(TableName="provisioned")["Table"]
        throughput = table["ProvisionedThroughput"]
        self.assertEqual((5, 7, 0), (throughput["ReadCapacityUnits"],
                                     throughput["WriteCapacityUnits"],
                                     throughput["NumberOfDecreasesToday"]))
        self.assertNotIn("BillingModeSummary", table)
        self.assertNotIn("LatestStreamArn", table)

    # If it fails, a list of tables misses some, repeats some or never ends.
    def test_list_pages_in_order_of_names(self):
        names = [f"page-{number:02}" for number in range(7)]
        for name in reversed(names):
            create_table(self.client, name)
        pages = self.client.get_paginator("list_tables").paginate(
            PaginationConfig={"PageSize": 3})
        listed = [name for page in pages for name in page["TableNames"]]
        self.assertEqual(sorted(listed), listed)
        self.assertEqual(names, [name for name in listed if name.startswith("page-")])
        first = self.client.list_tables(Limit=2)
        self.assertEqual(first["TableNames"][-1], first["LastEvaluatedTableName"])

    # If it fails, infrastructure tools wait for ever, or see a deleted table.
    def test_delete_says_deleting_and_then_it_is_gone(self):
        create_table(self.client, "short-lived")
        gone = self.client.delete_table(TableName="short-lived")["TableDescription"]
        self.assertEqual("DELETING", gone["TableStatus"])
        self.client.get_waiter("table_not_exists").wait(TableName="short-lived")
        self.refused("ResourceNotFoundException",
                     "Requested resource not found: Table: short-lived not found",
                     self.client.describe_table, TableName="short-lived")
        self.assertNotIn("short-lived", self.client.list_tables()["TableNames"])

    # If it fails, a table made anew shows the items of the one before.
    def test_a_table_made_anew_is_empty(self):
        create_table(self.client, "again")
        self.client.put_item(TableName="again", Item={"id": {"S": "old"}})
        self.client.delete_table(TableName="again")
        create_table(self.client, "again")
        self.assertNotIn("Item", self.client.get_item(TableName="again", Key={"id": {"S": "old"}}))

    # If it fails, a protected table can be lost by one call.
    def test_deletion_protection_protects(self):
        create_table(self.client, "safe")
        update = "DynamoDB_20120810.UpdateTable"
        status, reply = self.server.call(update, TableName="safe", DeletionProtectionEnabled=True)
        self.assertEqual((200, True), (status, reply["TableDescription"]["DeletionProtectionEnabled"]))
        self.refused("ValidationException",
                     "Resource cannot be deleted as it is currently protected against deletion. "
                     "Disable deletion protection first.",
                     self.client.delete_table, TableName="safe")
        self.server.call(update, TableName="safe", DeletionProtectionEnabled=False)
        self.client.delete_table(TableName="safe")

    # If it fails, clients that act on the code or the words of a refusal go wrong.
    def test_refusals_say_what_the_service_says(self):
        create_table(self.client, "taken")
        keys = [{"AttributeName": "id", "KeyType": "HASH"}]
        types = [{"AttributeName": "id", "AttributeType": "S"}]
        invalid = "One or more parameter values were invalid: "
        create = self.client.create_table
        self.refused("ResourceInUseException", "Table already exists: taken", create,
                     TableName="taken", KeySchema=keys, AttributeDefinitions=types,
                     BillingMode="PAY_PER_REQUEST")
        self.refused("ValidationException",
                     "Invalid KeySchema: The first KeySchemaElement is not a HASH key type",
                     create, TableName="other", AttributeDefinitions=types,
                     KeySchema=[{"AttributeName": "id", "KeyType": "RANGE"}],
                     BillingMode="PAY_PER_REQUEST")
        self.refused("ValidationException", invalid + "Neither ReadCapacityUnits nor "
                     "WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST",
                     create, TableName="other", KeySchema=keys, AttributeDefinitions=types,
                     BillingMode="PAY_PER_REQUEST",
                     ProvisionedThroughput={"ReadCapacityUnits": 1, "WriteCapacityUnits": 1})
        self.refused("ValidationException", invalid + "Table is being created with a stream "
                     "enabled, UpdateViewType is required",
                     create, TableName="other", KeySchema=keys, AttributeDefinitions=types,
                     BillingMode="PAY_PER_REQUEST", StreamSpecification={"StreamEnabled": True})
        self.refused("ResourceNotFoundException",
                     "Requested resource not found: Table: nowhere not found",
                     self.client.delete_table, TableName="nowhere")
        self.refused("ValidationException", re.compile("At least one of ProvisionedThroughput"),
                     self.client.update_table, TableName="taken")

    # If it fails, a parameter that is not built is dropped in silence.
    def test_what_is_not_built_is_refused_by_name(self):
        # By hand: Debian's boto3 does not know the parameter.
        status, reply = self.server.call(
            "DynamoDB_20120810.CreateTable", TableName="shared",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST", ResourcePolicy="{}")
        self.assertEqual(400, status)
        self.assertIn("ValidationException", reply["__type"])
        self.assertIn("ResourcePolicy", reply["message"])
        self.assertNotIn("shared", self.client.list_tables()["TableNames"])

    # If it fails, templates that set capacity and encryption cannot be tried out here.
    def test_capacity_and_encryption_are_told_as_they_were_set(self):
        # By hand: Debian's boto3 does not know all of it.
        status, _ = self.server.call(
            "DynamoDB_20120810.CreateTable", TableName="settings", KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST", SSESpecification={"Enabled": True, "SSEType": "KMS"},
            OnDemandThroughput={"MaxReadRequestUnits": 10, "MaxWriteRequestUnits": 20},
            WarmThroughput={"ReadUnitsPerSecond": 12500, "WriteUnitsPerSecond": 4000})
        self.assertEqual(200, status)
        _, described = self.server.call("DynamoDB_20120810.DescribeTable", TableName="settings")
        table = described["Table"]
        self.assertEqual(table["OnDemandThroughput"],
                         {"MaxReadRequestUnits": 10, "MaxWriteRequestUnits": 20})
        self.assertEqual(table["WarmThroughput"],
                         {"ReadUnitsPerSecond": 12500, "WriteUnitsPerSecond": 4000,
                          "Status": "ACTIVE"})
        self.assertEqual(table["SSEDescription"]["Status"], "ENABLED")
        self.assertRegex(table["SSEDescription"]["KMSMasterKeyArn"], "^arn:aws:kms:.*:key/")

    # If it fails, streams cannot be switched as the service's own can.
    def test_the_stream_is_switched_off_and_on(self):
        table = create_table(self.client, "switched", view_type="KEYS_ONLY")
        update = self.client.update_table
        on = {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}
        self.refused("ValidationException",
                     "Table already has an enabled stream: TableName: switched",
                     update, TableName="switched", StreamSpecification=on)
        off = update(TableName="switched", StreamSpecification={"StreamEnabled": False})
        self.assertNotIn("StreamSpecification", off["TableDescription"])
        self.assertEqual(table["LatestStreamArn"], off["TableDescription"]["LatestStreamArn"])
        self.refused("ValidationException", "Table has no stream to disable: TableName: switched",
                     update, TableName="switched", StreamSpecification={"StreamEnabled": False})
        again = update(TableName="switched", StreamSpecification=on)["TableDescription"]
        self.assertEqual(on, again["StreamSpecification"])
        self.assertNotEqual(table["LatestStreamArn"], again["LatestStreamArn"])
        listed = self.server.client("dynamodbstreams").list_streams(TableName="switched")
        self.assertEqual({table["LatestStreamArn"], again["LatestStreamArn"]},
                         {stream["StreamArn"] for stream in listed["Streams"]})


if __name__ == "__main__":
    unittest.main()
