"""The AWS CLI of Debian, unmodified, as a user types it."""

import json
import subprocess
import unittest

from server import DEADLINE, Server, environment

AWS = "/usr/bin/aws"  # Debian's; another one on the PATH would test something else


class AwsCliTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(Server())

    def run_aws(self, service, *arguments):
        return subprocess.run([AWS, "--endpoint-url", self.server.endpoint, "--output", "json",
                               service, *arguments], env=environment(), capture_output=True,
                              encoding="utf-8", timeout=2 * DEADLINE, stdin=subprocess.DEVNULL)

    def aws(self, service, *arguments):
        """The reply as a dictionary; the command must succeed."""
        done = self.run_aws(service, *arguments)
        self.assertEqual(0, done.returncode, done.stderr)
        return json.loads(done.stdout or "{}")

    # If it fails, somebody who follows AWS's own tutorial stumbles at one of its commands.
    def test_a_tour_from_the_first_table_to_its_stream(self):
        made = self.aws("dynamodb", "create-table", "--table-name", "Music",
                        "--attribute-definitions", "AttributeName=Artist,AttributeType=S",
                        "AttributeName=SongTitle,AttributeType=S",
                        "--key-schema", "AttributeName=Artist,KeyType=HASH",
                        "AttributeName=SongTitle,KeyType=RANGE",
                        "--billing-mode", "PAY_PER_REQUEST", "--stream-specification",
                        "StreamEnabled=true,StreamViewType=NEW_AND_OLD_IMAGES")
        self.aws("dynamodb", "wait", "table-exists", "--table-name", "Music")
        key = {"Artist": {"S": "Sigur Rós"}, "SongTitle": {"S": "Sæglópur"}}
        item = {**key, "Year": {"N": "2005"}}
        self.aws("dynamodb", "put-item", "--table-name", "Music", "--item", json.dumps(item))
        got = self.aws("dynamodb", "get-item", "--table-name", "Music", "--key", json.dumps(key),
                       "--consistent-read")
        self.assertEqual({"Item": item}, got)
        self.aws("dynamodb", "batch-write-item", "--request-items", json.dumps(
            {"Music": [{"PutRequest": {"Item": {**key, "Year": {"N": "2006"}}}}]}))
        gone = self.aws("dynamodb", "delete-item", "--table-name", "Music", "--key",
                        json.dumps(key), "--return-values", "ALL_OLD")
        self.assertEqual("2006", gone["Attributes"]["Year"]["N"])

        arn = made["TableDescription"]["LatestStreamArn"]
        listed = self.aws("dynamodbstreams", "list-streams", "--table-name", "Music")
        self.assertEqual([arn], [stream["StreamArn"] for stream in listed["Streams"]])
        stream = self.aws("dynamodbstreams", "describe-stream", "--stream-arn", arn)
        names = []
        for shard in stream["StreamDescription"]["Shards"]:
            iterator = self.aws("dynamodbstreams", "get-shard-iterator", "--stream-arn", arn,
                                "--shard-id", shard["ShardId"],
                                "--shard-iterator-type", "TRIM_HORIZON")["ShardIterator"]
            page = self.aws("dynamodbstreams", "get-records", "--shard-iterator", iterator)
            names += [record["eventName"] for record in page["Records"]]
        self.assertEqual(["INSERT", "MODIFY", "REMOVE"], names)

        self.assertEqual(["Music"], self.aws("dynamodb", "list-tables")["TableNames"])
        self.aws("dynamodb", "delete-table", "--table-name", "Music")
        self.aws("dynamodb", "wait", "table-not-exists", "--table-name", "Music")

    # If it fails, shell scripts that read tables, with the client's own filter language, break.
    def test_scan_and_query_page_and_pick(self):
        self.aws("dynamodb", "create-table", "--table-name", "Albums",
                 "--attribute-definitions", "AttributeName=Artist,AttributeType=S",
                 "AttributeName=Year,AttributeType=N",
                 "--key-schema", "AttributeName=Artist,KeyType=HASH",
                 "AttributeName=Year,KeyType=RANGE", "--billing-mode", "PAY_PER_REQUEST")
        puts = [{"PutRequest": {"Item": {"Artist": {"S": artist}, "Year": {"N": str(year)}}}}
                for artist in ("Björk", "Múm") for year in range(1997, 2005)]
        self.aws("dynamodb", "batch-write-item", "--request-items", json.dumps({"Albums": puts}))
        self.assertEqual(["2004", "2003", "2002"], self.aws(
            "dynamodb", "query", "--table-name", "Albums", "--no-scan-index-forward",
            "--key-condition-expression", "Artist = :a AND #y > :y",
            "--expression-attribute-names", '{"#y": "Year"}', "--expression-attribute-values",
            json.dumps({":a": {"S": "Múm"}, ":y": {"N": "2001"}}),
            "--query", "Items[].Year.N"))
        scanned = self.aws("dynamodb", "scan", "--table-name", "Albums", "--page-size", "3",
                           "--filter-expression", "#y < :y",
                           "--expression-attribute-names", '{"#y": "Year"}',
                           "--expression-attribute-values", '{":y": {"N": "1999"}}',
                           "--query", "Items[].[Artist.S, Year.N]")
        self.assertEqual([["Björk", "1997"], ["Björk", "1998"], ["Múm", "1997"], ["Múm", "1998"]],
                         sorted(scanned))
        first = self.aws("dynamodb", "scan", "--table-name", "Albums", "--max-items", "5")
        rest = self.aws("dynamodb", "scan", "--table-name", "Albums",
                        "--starting-token", first["NextToken"])
        self.assertEqual(16, len(first["Items"]) + len(rest["Items"]))

    # If it fails, a shell script cannot tell a refusal from success, or why.
    def test_a_refusal_is_an_exit_code_and_words(self):
        done = self.run_aws("dynamodb", "describe-table", "--table-name", "nowhere")
        self.assertEqual(254, done.returncode)
        self.assertIn("(ResourceNotFoundException)", done.stderr)
        self.assertIn("Requested resource not found: Table: nowhere not found", done.stderr)


if __name__ == "__main__":
    unittest.main()
