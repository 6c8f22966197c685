"""Exports of tables into a bucket, by an unmodified client: what is written, told and refused."""

import gzip
import json
import os
import time
import unittest

import botocore.exceptions

from server import Server, create_table

ARN = "arn:aws:dynamodb:us-east-1:000000000000:table/"
HOUR = 3600


class ExportsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(Server())
        cls.client = cls.server.client()

    def recoverable(self, name, *keys):
        create_table(self.client, name)
        self.client.update_continuous_backups(
            TableName=name, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True})
        for key in keys:
            self.client.put_item(TableName=name, Item={"id": {"S": key}, "n": {"N": "1"}})

    def refused(self, code, operation, **arguments):
        with self.assertRaises(botocore.exceptions.ClientError) as caught:
            getattr(self.client, operation)(**arguments)
        self.assertEqual(code, caught.exception.response["Error"]["Code"])
        return caught.exception.response["Error"]["Message"]

    # By hand: Debian's boto3 does not know incremental exports.
    def refused_by_hand(self, code, **arguments):
        status, reply = self.server.call("DynamoDB_20120810.ExportTableToPointInTime",
                                         S3Bucket="bucket", **arguments)
        self.assertEqual((400, code), (status, reply["__type"].split("#")[1]), reply)
        return reply["message"]

    def export(self, table, bucket="bucket", **more):
        return self.client.export_table_to_point_in_time(
            TableArn=ARN + table, S3Bucket=bucket, **more)["ExportDescription"]

    def ended(self, arn):
        while True:
            told = self.client.describe_export(ExportArn=arn)["ExportDescription"]
            if told["ExportStatus"] != "IN_PROGRESS":
                return told

    def place(self, *parts):
        return os.path.join(self.server.data, "exports", *parts)

    def items(self, told):
        """What the files hold that the manifest names."""
        with open(self.place(told["S3Bucket"], told["ExportManifest"]), encoding="utf-8") as file:
            summary = json.load(file)
        found = []
        with open(self.place(told["S3Bucket"], summary["manifestFilesS3Key"]),
                  encoding="utf-8") as files:
            for line in files:
                path = self.place(told["S3Bucket"], json.loads(line)["dataFileS3Key"])
                with gzip.open(path, "rt", encoding="utf-8") as data:
                    found += [json.loads(item)["Item"] for item in data]
        return summary, sorted(found, key=json.dumps)

    # If it fails, what a job reads from the bucket is not the table.
    def test_a_full_export_holds_the_table(self):
        self.recoverable("orders", "a", "b", "c")
        then = sorted(self.client.scan(TableName="orders")["Items"], key=json.dumps)
        begun = self.export("orders", S3Prefix="a/b/", S3BucketOwner="123456789012")
        self.assertEqual("IN_PROGRESS", begun["ExportStatus"])
        self.assertNotIn("EndTime", begun)
        told = self.ended(begun["ExportArn"])
        self.assertEqual(("COMPLETED", 3), (told["ExportStatus"], told["ItemCount"]), told)
        self.assertEqual(("DYNAMODB_JSON", "AES256", "a/b/", "123456789012"), (
            told["ExportFormat"], told["S3SseAlgorithm"], told["S3Prefix"], told["S3BucketOwner"]))
        self.assertNotIn("ExportType", told)
        self.assertEqual(begun["ClientToken"], told["ClientToken"])
        export_id = told["ExportArn"].rsplit("/", 1)[1]
        self.assertEqual(f"a/b/AWSDynamoDB/{export_id}/manifest-summary.json",
                         told["ExportManifest"])
        summary, found = self.items(told)
        self.assertEqual(then, found)
        self.assertEqual((told["ExportArn"], "FULL_EXPORT", 3), (
            summary["exportArn"], summary["exportType"], summary["itemCount"]))
        done = self.server.command(
            "import", "again", self.place("bucket", os.path.dirname(told["ExportManifest"])),
            "--create", "id:S")
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertEqual(then, sorted(self.client.scan(TableName="again")["Items"],
                                      key=json.dumps))

    # If it fails, an export shows what was written after its moment.
    def test_a_table_is_exported_as_it_was(self):
        self.recoverable("past", "a")
        def latest():
            _, reply = self.server.call("DynamoDB_20120810.DescribeContinuousBackups",
                                        TableName="past")
            return reply["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"][
                "LatestRestorableDateTime"]
        moment = latest()
        while latest() <= moment:
            pass
        self.client.put_item(TableName="past", Item={"id": {"S": "later"}})
        status, reply = self.server.call(
            "DynamoDB_20120810.ExportTableToPointInTime", TableArn=ARN + "past", S3Bucket="bucket",
            ExportTime=moment)
        self.assertEqual(200, status, reply)
        self.assertEqual(moment, reply["ExportDescription"]["ExportTime"])
        told = self.ended(reply["ExportDescription"]["ExportArn"])
        self.assertEqual([{"id": {"S": "a"}, "n": {"N": "1"}}], self.items(told)[1])

    # If it fails, a client that repeats a call pays for two exports.
    def test_a_token_stands_for_one_export(self):
        self.recoverable("once", "a")
        first = self.export("once", ClientToken="token")
        self.assertEqual(first["ExportArn"], self.export("once", ClientToken="token")["ExportArn"])
        self.ended(first["ExportArn"])
        self.assertEqual(first["ExportArn"], self.export("once", ClientToken="token")["ExportArn"])
        self.assertEqual(
            "Export conflict: Duplicate request detected with conflicting parameters",
            self.refused("ExportConflictException", "export_table_to_point_in_time",
                         TableArn=ARN + "once", S3Bucket="other", ClientToken="token"))
        self.assertNotEqual(first["ExportArn"], self.export("once")["ExportArn"])

    # If it fails, clients that page miss exports, or see those of an earlier table.
    def test_lists_page_and_choose(self):
        self.recoverable("listed")
        made = []
        for number in range(5):
            made.insert(0, self.export("listed", ClientToken=f"list-{number}")["ExportArn"])
            self.ended(made[0])
            while time.time() * 1000 < int(made[0].split("/")[-1][:14]) + 1:
                pass  # the next one is made in another millisecond
        listed = self.client.list_exports(TableArn=ARN + "listed")["ExportSummaries"]
        self.assertEqual(made, [one["ExportArn"] for one in listed])
        self.assertEqual("COMPLETED", listed[0]["ExportStatus"])
        pages, more = [], {}
        while True:
            page = self.client.list_exports(TableArn=ARN + "listed", MaxResults=2, **more)
            pages.append([one["ExportArn"] for one in page["ExportSummaries"]])
            if "NextToken" not in page:
                break
            more = {"NextToken": page["NextToken"]}
        self.assertEqual([made[0:2], made[2:4], made[4:5]], pages)
        self.assertIn("Provided nextToken is invalid: x", self.refused(
            "ValidationException", "list_exports", NextToken="x"))
        self.client.delete_table(TableName="listed")
        self.assertEqual([], self.client.list_exports(TableArn=ARN + "listed")["ExportSummaries"])
        self.assertEqual("COMPLETED", self.ended(made[0])["ExportStatus"])
        status, reply = self.server.call("DynamoDB_20120810.ListExports")
        self.assertIn("FULL_EXPORT", [one["ExportType"] for one in reply["ExportSummaries"]])

    # If it fails, an export that cannot be is begun, or what is wrong is not said.
    def test_what_cannot_be_exported_is_refused(self):
        create_table(self.client, "plain")
        self.recoverable("kept")
        export = "export_table_to_point_in_time"
        arguments = {"S3Bucket": "bucket"}
        self.assertEqual("Point in time recovery is not enabled for table 'plain'", self.refused(
            "PointInTimeRecoveryUnavailableException", export, TableArn=ARN + "plain", **arguments))
        self.assertEqual(f"Table not found: {ARN}nowhere", self.refused(
            "TableNotFoundException", export, TableArn=ARN + "nowhere", **arguments))
        for moment in (1_000_000_000, time.time() + HOUR):
            self.assertEqual("Export Time is invalid", self.refused(
                "InvalidExportTimeException", export, TableArn=ARN + "kept", ExportTime=moment,
                **arguments))
        now = int(time.time())
        for why, times in (
                ("from time cannot be less than", {"ExportFromTime": now - HOUR}),
                ("is less than 15 minutes", {"ExportFromTime": now + 1, "ExportToTime": now}),
                ("to time cannot be greater", {"ExportFromTime": now + 1,
                                               "ExportToTime": now + HOUR})):
            self.assertIn(why, self.refused_by_hand(
                "InvalidExportTimeException", TableArn=ARN + "kept",
                ExportType="INCREMENTAL_EXPORT", IncrementalExportSpecification=times))
        for prefix in ("..", "a/../../b", "/etc", "a//b"):
            self.assertIn("S3Prefix", self.refused("ValidationException", export,
                                                   TableArn=ARN + "kept", S3Prefix=prefix,
                                                   **arguments))
        for bucket in ("../x", "a/b", ".", "x"):
            self.assertIn("'s3Bucket' failed to satisfy", self.refused(
                "ValidationException", export, TableArn=ARN + "kept", S3Bucket=bucket))
        self.assertEqual("ExportFormat ION is not supported by Millbeck yet", self.refused(
            "ValidationException", export, TableArn=ARN + "kept", ExportFormat="ION", **arguments))
        nowhere = ARN + "kept/export/01489602797149-73d8d5bc"
        self.assertEqual(f"Export not found: Export not found: {nowhere}", self.refused(
            "ExportNotFoundException", "describe_export", ExportArn=nowhere))
        # As on AWS, a bucket that cannot be is found out later.
        told = self.ended(self.export("kept", bucket="No_Bucket")["ExportArn"])
        self.assertEqual(("FAILED", "S3NoSuchBucket"), (told["ExportStatus"], told["FailureCode"]))
        self.assertFalse(os.path.exists(self.place("No_Bucket")))


if __name__ == "__main__":
    unittest.main()
