"""Tables as they were: continuous backups and restores, by an unmodified client and by command."""

import json
import time
import unittest

import botocore.exceptions

from server import DEADLINE, Server, create_table

STREAM = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}


class RestoresTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(Server())
        cls.client = cls.server.client()

    def rows(self, table, client=None):
        items = (client or self.client).scan(TableName=table)["Items"]
        return sorted(json.dumps(item, sort_keys=True) for item in items)

    def recoverable(self, name, **more):
        create_table(self.client, name, **more)
        self.client.update_continuous_backups(
            TableName=name, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True})

    def put(self, table, key, number):
        self.client.put_item(TableName=table, Item={"id": {"S": key}, "n": {"N": str(number)}})

    def wait_active(self, table):
        waiter = self.client.get_waiter("table_exists")
        waiter.wait(TableName=table, WaiterConfig={"Delay": 0.1, "MaxAttempts": 10 * DEADLINE})

    def moment_of_its_own(self, table):
        """A time behind all writes so far and before all that come."""
        def latest():
            _, reply = self.server.call("DynamoDB_20120810.DescribeContinuousBackups",
                                        TableName=table)
            return reply["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"][
                "LatestRestorableDateTime"]
        moment = latest()
        while latest() <= moment:
            pass
        return moment

    def refused(self, code, operation, **arguments):
        with self.assertRaises(botocore.exceptions.ClientError) as caught:
            getattr(self.client, operation)(**arguments)
        self.assertEqual(code, caught.exception.response["Error"]["Code"])
        return caught.exception.response["Error"]["Message"]

    # If it fails, infrastructure tools switch recovery on at every run.
    def test_continuous_backups_are_switched_and_told(self):
        create_table(self.client, "switched")
        describe = lambda: self.client.describe_continuous_backups(TableName="switched")[
            "ContinuousBackupsDescription"]
        self.assertEqual({"ContinuousBackupsStatus": "ENABLED", "PointInTimeRecoveryDescription": {
            "PointInTimeRecoveryStatus": "DISABLED"}}, describe())
        status, reply = self.server.call(
            "DynamoDB_20120810.UpdateContinuousBackups", TableName="switched",
            PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True,
                                              "RecoveryPeriodInDays": 7})
        told = reply["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
        self.assertEqual((200, "ENABLED", 7), (status, told["PointInTimeRecoveryStatus"],
                                               told["RecoveryPeriodInDays"]))
        self.assertLessEqual(told["EarliestRestorableDateTime"], told["LatestRestorableDateTime"])
        self.client.update_continuous_backups(
            TableName="switched",
            PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": False})
        self.assertEqual("DISABLED",
                         describe()["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"])
        self.refused("TableNotFoundException", "update_continuous_backups", TableName="nowhere",
                     PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True})
        for days in (0, 36):
            status, reply = self.server.call(
                "DynamoDB_20120810.UpdateContinuousBackups", TableName="switched",
                PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True,
                                                  "RecoveryPeriodInDays": days})
            self.assertEqual(400, status, reply)
            self.assertIn("recoveryPeriodInDays", reply["message"])

    # If it fails, a restored table is another table than the one of that moment.
    def test_a_table_is_restored_as_it_was(self):
        self.recoverable("past", StreamSpecification=STREAM)
        for number in range(50):
            self.put("past", f"k{number}", number)
        then = self.rows("past")
        moment = self.moment_of_its_own("past")
        for number in range(0, 50, 2):
            self.put("past", f"k{number}", -1)
            self.client.delete_item(TableName="past", Key={"id": {"S": f"k{number + 1}"}})
        self.put("past", "new", 1)
        # By hand: boto3 sends whole seconds.
        status, made = self.server.call(
            "DynamoDB_20120810.RestoreTableToPointInTime", SourceTableName="past",
            TargetTableName="as-it-was", RestoreDateTime=moment)
        self.assertEqual(200, status, made)
        description = made["TableDescription"]
        self.assertEqual(("CREATING", True), (description["TableStatus"],
                                              description["RestoreSummary"]["RestoreInProgress"]))
        self.wait_active("as-it-was")
        table = self.client.describe_table(TableName="as-it-was")["Table"]
        self.assertFalse(table["RestoreSummary"]["RestoreInProgress"])
        self.assertTrue(table["RestoreSummary"]["SourceTableArn"].endswith(":table/past"))
        self.assertNotIn("StreamSpecification", table)
        self.assertEqual(then, self.rows("as-it-was"))
        self.client.restore_table_to_point_in_time(
            SourceTableName="past", TargetTableName="as-it-is", UseLatestRestorableTime=True,
            BillingModeOverride="PROVISIONED",
            ProvisionedThroughputOverride={"ReadCapacityUnits": 3, "WriteCapacityUnits": 4})
        self.wait_active("as-it-is")
        self.assertEqual(self.rows("past"), self.rows("as-it-is"))
        units = self.client.describe_table(TableName="as-it-is")["Table"]["ProvisionedThroughput"]
        self.assertEqual((3, 4), (units["ReadCapacityUnits"], units["WriteCapacityUnits"]))

    # If it fails, a restore does something else than it was asked to.
    def test_what_cannot_be_restored_is_refused(self):
        create_table(self.client, "plain")
        self.recoverable("kept")
        latest = {"UseLatestRestorableTime": True}
        restore = "restore_table_to_point_in_time"
        self.refused("PointInTimeRecoveryUnavailableException", restore, SourceTableName="plain",
                     TargetTableName="new", **latest)
        self.refused("TableNotFoundException", restore, SourceTableName="nowhere",
                     TargetTableName="new", **latest)
        self.refused("TableAlreadyExistsException", restore, SourceTableName="kept",
                     TargetTableName="plain", **latest)
        for moment in (1_000_000_000, time.time() + 3600):
            self.refused("InvalidRestoreTimeException", restore, SourceTableName="kept",
                         TargetTableName="new", RestoreDateTime=moment)
        for more in ({}, {"RestoreDateTime": time.time(), **latest},
                     {"BillingModeOverride": "PROVISIONED", **latest},
                     {"GlobalSecondaryIndexOverride": [{
                         "IndexName": "none", "KeySchema": [{"AttributeName": "n",
                                                             "KeyType": "HASH"}],
                         "Projection": {"ProjectionType": "ALL"}}], **latest}):
            self.refused("ValidationException", restore, SourceTableName="kept",
                         TargetTableName="new", **more)
        self.assertNotIn("new", self.client.list_tables()["TableNames"])

    # If it fails, an index is lost on the way, or cannot be left out.
    def test_indexes_come_along_unless_they_are_left_out(self):
        self.client.create_table(
            TableName="indexed", BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": kind}
                                  for name, kind in (("id", "S"), ("n", "N"))],
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            GlobalSecondaryIndexes=[{
                "IndexName": "by-n", "KeySchema": [{"AttributeName": "n", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "KEYS_ONLY"}}])
        self.client.update_continuous_backups(
            TableName="indexed",
            PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True})
        self.put("indexed", "one", 7)
        by_n = {"IndexName": "by-n", "KeySchema": [{"AttributeName": "n", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "KEYS_ONLY"}}
        for target, more in (("with-index", {}),
                             ("index-kept", {"GlobalSecondaryIndexOverride": [by_n]}),
                             ("without-index", {"GlobalSecondaryIndexOverride": []})):
            self.client.restore_table_to_point_in_time(
                SourceTableName="indexed", TargetTableName=target, UseLatestRestorableTime=True,
                **more)
            self.wait_active(target)
        for table in ("with-index", "index-kept"):
            found = self.client.query(TableName=table, IndexName="by-n",
                                      KeyConditionExpression="n = :n",
                                      ExpressionAttributeValues={":n": {"N": "7"}})
            self.assertEqual([{"id": {"S": "one"}, "n": {"N": "7"}}], found["Items"])
        self.assertNotIn("GlobalSecondaryIndexes",
                         self.client.describe_table(TableName="without-index")["Table"])

    # If it fails, nobody without a client gets a table back, or sees one as it was.
    def test_commands_restore_and_export_the_past(self):
        self.recoverable("commanded")
        self.put("commanded", "a", 1)
        self.put("commanded", "b", 2)
        then = self.rows("commanded")
        told = self.server.command("export", "commanded", "--to", self.server.folder + "/then")
        position = told.stderr.split(" as of ")[1].split()[0]
        self.put("commanded", "a", 3)
        past = self.server.command("export", "commanded", "--as-of", position)
        self.assertEqual(0, past.returncode, past.stderr)
        self.assertEqual(then, sorted(json.dumps(json.loads(line), sort_keys=True)
                                      for line in past.stdout.splitlines()))
        done = self.server.command("restore", "commanded", "--as-of", position, "--to", "by-command",
                                   "--json")
        self.assertEqual((0, 2), (done.returncode, json.loads(done.stdout or "{}").get("rows")),
                         done.stderr)
        self.assertEqual(then, self.rows("by-command"))
        for arguments, word in ((("--as-of", position, "--to", "by-command"), "already exists"),
                                (("--as-of", "someday", "--to", "new"), "someday"),
                                (("--as-of", position, "--to", "$x"), "not a table name")):
            refused = self.server.command("restore", "commanded", *arguments)
            self.assertIn(refused.returncode, (1, 2))
            self.assertIn(word, refused.stderr)

    # If it fails, part of a table is taken for the table after a crash.
    def test_a_crash_never_shows_half_a_table(self):
        with Server() as server:
            client = server.client()
            create_table(client, "large")
            lines = server.folder + "/lines"
            with open(lines, "w", encoding="utf-8") as file:
                file.writelines(f'{{"id":{{"S":"{i}"}},"x":{{"S":"{"x" * 200}"}}}}\n'
                                for i in range(20_000))
            self.assertEqual(0, server.command("import", "large", lines).returncode)
            client.update_continuous_backups(
                TableName="large",
                PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True})
            client.restore_table_to_point_in_time(
                SourceTableName="large", TargetTableName="again", UseLatestRestorableTime=True)
            server.kill()
            server.start()
            client = server.client()
            tables = client.list_tables()["TableNames"]
            self.assertIn(tables, (["large"], ["again", "large"]))
            if "again" in tables:  # it was faster than the kill
                self.assertEqual(20_000, client.describe_table(TableName="again")["Table"]["ItemCount"])
            else:
                client.restore_table_to_point_in_time(
                    SourceTableName="large", TargetTableName="again", UseLatestRestorableTime=True)
                client.get_waiter("table_exists").wait(
                    TableName="again", WaiterConfig={"Delay": 0.1, "MaxAttempts": 10 * DEADLINE})
            told = server.command("export", "again", "--to", server.folder + "/again")
            self.assertIn("20,000 items", told.stderr)


if __name__ == "__main__":
    unittest.main()
