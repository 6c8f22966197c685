"""Backups of tables, by an unmodified client: made, listed, restored, deleted, over a restart."""

import json
import os
import time
import unittest

import botocore.exceptions

from server import DEADLINE, Server, create_table

NO_SUCH = "arn:aws:dynamodb:us-east-1:000000000000:table/none/backup/01489602797149-73d8d5bc"


class BackupsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(Server())
        cls.client = cls.server.client()

    def put(self, table, *keys):
        for key in keys:
            self.client.put_item(TableName=table, Item={"id": {"S": key}, "n": {"N": "1"}})

    def rows(self, table):
        items = self.client.scan(TableName=table)["Items"]
        return sorted(json.dumps(item, sort_keys=True) for item in items)

    def refused(self, code, operation, **arguments):
        with self.assertRaises(botocore.exceptions.ClientError) as caught:
            getattr(self.client, operation)(**arguments)
        self.assertEqual(code, caught.exception.response["Error"]["Code"])
        return caught.exception.response["Error"]["Message"]

    def backup(self, table, name):
        """The ARN of a backup that is there when this returns."""
        made = self.client.create_backup(TableName=table, BackupName=name)["BackupDetails"]
        self.assertEqual(("CREATING", "USER", name),
                         (made["BackupStatus"], made["BackupType"], made["BackupName"]))
        self.wait_available(made["BackupArn"])
        while time.time() * 1000 < int(made["BackupArn"].split("/")[-1][:14]) + 1:
            pass  # the next one is made in another millisecond
        return made["BackupArn"]

    def describe(self, arn):
        return self.client.describe_backup(BackupArn=arn)["BackupDescription"]

    def wait_available(self, arn):
        while self.describe(arn)["BackupDetails"]["BackupStatus"] != "AVAILABLE":
            pass

    def wait_active(self, table):
        waiter = self.client.get_waiter("table_exists")
        waiter.wait(TableName=table, WaiterConfig={"Delay": 0.1, "MaxAttempts": 10 * DEADLINE})

    def arns(self, **choice):
        return [one["BackupArn"] for one in self.client.list_backups(**choice)["BackupSummaries"]]

    # If it fails, a backup lacks rows, has later ones, or does not outlive its table.
    def test_a_backup_outlives_its_table_and_the_server(self):
        create_table(self.client, "orders")
        self.put("orders", "a", "b", "c")
        then = self.rows("orders")
        arn = self.backup("orders", "before")
        self.assertRegex(arn, r":table/orders/backup/\d{14}-[0-9a-f]{8}$")
        self.put("orders", "later")
        self.client.delete_table(TableName="orders")
        self.server.stop()
        self.server.start()
        type(self).client = self.server.client()
        told = self.describe(arn)
        self.assertEqual(("orders", 3), (told["SourceTableDetails"]["TableName"],
                                         told["SourceTableDetails"]["ItemCount"]))
        self.assertEqual("PAY_PER_REQUEST", told["SourceTableDetails"]["BillingMode"])
        self.assertEqual({}, told["SourceTableFeatureDetails"])
        made = self.client.restore_table_from_backup(
            TargetTableName="orders", BackupArn=arn, BillingModeOverride="PROVISIONED",
            ProvisionedThroughputOverride={"ReadCapacityUnits": 3, "WriteCapacityUnits": 4})
        summary = made["TableDescription"]["RestoreSummary"]
        self.assertEqual(arn, summary["SourceBackupArn"])
        self.assertEqual(told["BackupDetails"]["BackupCreationDateTime"], summary["RestoreDateTime"])
        self.wait_active("orders")
        self.assertEqual(then, self.rows("orders"))
        units = self.client.describe_table(TableName="orders")["Table"]["ProvisionedThroughput"]
        self.assertEqual((3, 4), (units["ReadCapacityUnits"], units["WriteCapacityUnits"]))
        message = self.refused("TableAlreadyExistsException", "restore_table_from_backup",
                               TargetTableName="orders", BackupArn=arn)
        self.assertEqual("Table already exists: orders", message)

    # If it fails, clients that page or choose miss backups, or see others.
    def test_lists_choose_and_page(self):
        for table in ("paged", "other-paged"):
            create_table(self.client, table)
        made = [self.backup("paged", "same-name") for _ in range(5)]
        self.backup("other-paged", "same-name")
        self.assertEqual(made, self.arns(TableName="paged"))
        self.assertEqual(made, self.arns(
            TableName="arn:aws:dynamodb:us-east-1:000000000000:table/paged"))
        pages, after = [], {}
        while True:
            page = self.client.list_backups(TableName="paged", Limit=2, **after)
            pages.append([one["BackupArn"] for one in page["BackupSummaries"]])
            if "LastEvaluatedBackupArn" not in page:
                break
            after = {"ExclusiveStartBackupArn": page["LastEvaluatedBackupArn"]}
        self.assertEqual([made[0:2], made[2:4], made[4:5]], pages)
        through_paginator = self.client.get_paginator("list_backups").paginate(
            TableName="paged", PaginationConfig={"PageSize": 2}).build_full_result()
        self.assertEqual(made, [one["BackupArn"] for one in through_paginator["BackupSummaries"]])
        self.assertEqual([], self.arns(TableName="paged", BackupType="SYSTEM"))
        self.assertEqual([], self.arns(TableName="paged", BackupType="AWS_BACKUP"))
        self.assertEqual(made, self.arns(TableName="paged", BackupType="ALL"))
        self.assertEqual([], self.arns(TableName="no-such-table"))
        # By hand: boto3 sends whole seconds.
        times = [self.created(arn) for arn in made]
        self.assertEqual(made[1:3], self.between("paged", times[1], times[3]))
        self.assertEqual([], self.between("paged", times[1], times[1]))

    def created(self, arn):
        _, reply = self.server.call("DynamoDB_20120810.DescribeBackup", BackupArn=arn)
        return reply["BackupDescription"]["BackupDetails"]["BackupCreationDateTime"]

    def between(self, table, lower, upper):
        _, reply = self.server.call("DynamoDB_20120810.ListBackups", TableName=table,
                                    TimeRangeLowerBound=lower, TimeRangeUpperBound=upper)
        return [one["BackupArn"] for one in reply["BackupSummaries"]]

    # If it fails, tools that delete what they made leave it, or delete it twice without a word.
    def test_a_deleted_backup_is_gone(self):
        create_table(self.client, "short")
        arn = self.backup("short", "short-lived")
        gone = self.client.delete_backup(BackupArn=arn)["BackupDescription"]
        self.assertEqual("DELETED", gone["BackupDetails"]["BackupStatus"])
        self.assertEqual("short", gone["SourceTableDetails"]["TableName"])
        for call in ("describe_backup", "delete_backup"):
            self.assertEqual(f"Backup not found: {arn}",
                             self.refused("BackupNotFoundException", call, BackupArn=arn))
        self.assertEqual([], self.arns(TableName="short"))

    # If it fails, a backup does not tell what table it makes.
    def test_a_backup_tells_the_features_of_its_table(self):
        self.client.create_table(
            TableName="featured", BillingMode="PROVISIONED",
            ProvisionedThroughput={"ReadCapacityUnits": 5, "WriteCapacityUnits": 6},
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"}
                                  for name in ("id", "sk", "g", "l")],
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"},
                       {"AttributeName": "sk", "KeyType": "RANGE"}],
            LocalSecondaryIndexes=[{
                "IndexName": "by-l", "Projection": {"ProjectionType": "KEYS_ONLY"},
                "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"},
                              {"AttributeName": "l", "KeyType": "RANGE"}]}],
            GlobalSecondaryIndexes=[{
                "IndexName": "by-g", "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["a"]},
                "ProvisionedThroughput": {"ReadCapacityUnits": 1, "WriteCapacityUnits": 2}}],
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
            SSESpecification={"Enabled": True})
        self.client.update_time_to_live(
            TableName="featured",
            TimeToLiveSpecification={"Enabled": True, "AttributeName": "expires"})
        arn = self.backup("featured", "with-all")
        told = self.describe(arn)["SourceTableFeatureDetails"]
        self.assertEqual(
            [{"IndexName": "by-g", "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}],
              "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["a"]},
              "ProvisionedThroughput": {"ReadCapacityUnits": 1, "WriteCapacityUnits": 2}}],
            told["GlobalSecondaryIndexes"])
        self.assertEqual("by-l", told["LocalSecondaryIndexes"][0]["IndexName"])
        self.assertEqual({"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
                         told["StreamDescription"])
        self.assertEqual({"TimeToLiveStatus": "ENABLED", "AttributeName": "expires"},
                         told["TimeToLiveDescription"])
        self.assertEqual(("ENABLED", "KMS"), (told["SSEDescription"]["Status"],
                                              told["SSEDescription"]["SSEType"]))
        self.client.restore_table_from_backup(TargetTableName="featured-again", BackupArn=arn)
        self.wait_active("featured-again")
        again = self.client.describe_table(TableName="featured-again")["Table"]
        self.assertEqual(["by-g"], [one["IndexName"] for one in again["GlobalSecondaryIndexes"]])
        self.assertEqual(5, again["ProvisionedThroughput"]["ReadCapacityUnits"])
        self.assertNotIn("StreamSpecification", again)
        self.client.restore_table_from_backup(
            TargetTableName="without-indexes", BackupArn=arn, GlobalSecondaryIndexOverride=[],
            LocalSecondaryIndexOverride=[])
        self.wait_active("without-indexes")
        self.assertNotIn("GlobalSecondaryIndexes",
                         self.client.describe_table(TableName="without-indexes")["Table"])

    # If it fails, a crash leaves half a backup that is told as whole, or its bytes for ever.
    def test_a_crash_leaves_a_whole_backup_or_none(self):
        with Server() as server:
            client = server.client()
            create_table(client, "large")
            for number in range(60):
                client.put_item(TableName="large", Item={
                    "id": {"S": str(number)}, "v": {"B": os.urandom(200_000)}})
            whole = client.create_backup(TableName="large", BackupName="whole")["BackupDetails"]
            while client.describe_backup(BackupArn=whole["BackupArn"])["BackupDescription"][
                    "BackupDetails"]["BackupStatus"] != "AVAILABLE":
                pass
            for _ in range(8):
                client.create_backup(TableName="large", BackupName="cut")
            server.kill()
            server.start()
            client = server.client()
            listed = client.list_backups(TableName="large")["BackupSummaries"]
            self.assertIn(whole["BackupArn"], [one["BackupArn"] for one in listed])
            self.assertEqual({"AVAILABLE"}, {one["BackupStatus"] for one in listed})
            self.assertEqual(
                sorted(one["BackupArn"].rsplit("/", 1)[1] + ".rows" for one in listed),
                sorted(os.listdir(os.path.join(server.data, "backups", "rows"))))
            client.restore_table_from_backup(TargetTableName="again",
                                             BackupArn=listed[-1]["BackupArn"])
            waiter = client.get_waiter("table_exists")
            waiter.wait(TableName="again", WaiterConfig={"Delay": 0.1,
                                                         "MaxAttempts": 10 * DEADLINE})
            pages = client.get_paginator("scan").paginate(TableName="again", Select="COUNT")
            self.assertEqual(60, sum(page["Count"] for page in pages))

    # If it fails, something else is done than was asked for, or clients cannot tell why nothing is.
    def test_what_cannot_be_done_is_refused(self):
        self.assertEqual("Table not found: nowhere", self.refused(
            "TableNotFoundException", "create_backup", TableName="nowhere", BackupName="any"))
        self.assertEqual(f"Backup not found: {NO_SUCH}", self.refused(
            "BackupNotFoundException", "restore_table_from_backup", BackupArn=NO_SUCH,
            TargetTableName="any"))
        for arn in ("x" * 40, "arn:aws:dynamodb:us-east-1:000000000000:table/orders"):
            self.assertEqual("Invalid Backup ARN", self.refused(
                "ValidationException", "describe_backup", BackupArn=arn))
        self.assertIn("failed to satisfy constraint", self.refused(
            "ValidationException", "list_backups", BackupType="user"))


if __name__ == "__main__":
    unittest.main()
