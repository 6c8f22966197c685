"""Event source mappings over Lambda's REST API, by boto3 as it is."""

import json
import os
import textwrap
import time
import unittest
import urllib.error
import urllib.request

from botocore.exceptions import ClientError

from server import DEADLINE, PYTHON, Server, expect_golden

# Appends the keys of each event to a file; fails on events with a key of "bad".
NOTES = textwrap.dedent("""
    import json, sys
    for line in sys.stdin:
        event = json.loads(line)
        keys = [record["dynamodb"]["Keys"]["id"]["S"] for record in event["Records"]]
        with open(sys.argv[1], "a") as file:
            file.write(" ".join(keys) + "\\n")
        if any(key.startswith("bad") for key in keys):
            print(json.dumps({"errorMessage": "cannot take it", "errorType": "BadOrder"}), flush=True)
        else:
            print("{}", flush=True)
""")
# Appends each event, as it came.
WHOLE = ("import sys\n"
         "for line in sys.stdin:\n"
         "    open(sys.argv[1], 'a').write(line)\n"
         "    print('{}', flush=True)\n")

# Takes documents from its third call on, and appends them then.
SLOW = textwrap.dedent("""
    import json, sys
    calls = 0
    for line in sys.stdin:
        calls += 1
        if calls < 3:
            print(json.dumps({"errorMessage": "not yet", "errorType": "Later"}), flush=True)
            continue
        open(sys.argv[1], "a").write(line)
        print("{}", flush=True)
""")

QUEUE = "arn:aws:sqs:us-east-1:000000000000:failed"
BUCKET = "arn:aws:s3:::failed"


class MappingsTest(unittest.TestCase):
    def setUp(self):
        self.server = Server()
        self.addCleanup(self.server.close)
        self.notes = os.path.join(self.server.folder, "notes")
        self.whole = os.path.join(self.server.folder, "whole")
        self.bucket = os.path.join(self.server.folder, "bucket")
        config = {
            "tables": [{"name": "orders", "keys": {"hash": "id S"}, "shards": 1}],
            "functions": [{"name": "notes", "command": [PYTHON, "-c", NOTES, self.notes]},
                          {"name": "whole", "command": [PYTHON, "-c", WHOLE, self.whole]},
                          {"name": "slow", "command": [PYTHON, "-c", SLOW, self.whole]}],
            "destinations": [{"arn": BUCKET, "to": {"folder": "bucket"}},
                             {"arn": QUEUE, "to": {"function": "whole"}}],
        }
        with open(self.server.config_path, "w", encoding="utf-8") as file:
            json.dump(config, file)
        self.start()

    def start(self):
        self.server.start()
        self.tables = self.server.client()
        self.functions = self.server.client("lambda")
        self.stream = self.tables.describe_table(TableName="orders")["Table"]["LatestStreamArn"]

    def create(self, **more):
        return self.functions.create_event_source_mapping(**{
            "EventSourceArn": self.stream, "FunctionName": "notes",
            "StartingPosition": "TRIM_HORIZON", **more})

    def put(self, *keys):
        """All in one commit, so that they are in one batch."""
        self.tables.transact_write_items(TransactItems=[
            {"Put": {"TableName": "orders", "Item": {"id": {"S": key}}}} for key in keys])
        self.server.wait_drained()

    def state(self, uuid):
        return self.functions.get_event_source_mapping(UUID=uuid)["State"]

    def settled(self, uuid, state):
        """Asks until the mapping says so; Millbeck answers once it is true."""
        end = time.monotonic() + DEADLINE
        while self.state(uuid) != state:
            self.assertLess(time.monotonic(), end, f"it stays {self.state(uuid)}")

    def lines(self, path):
        if not os.path.exists(path):
            return []
        with open(path, encoding="utf-8") as file:
            return file.read().splitlines()

    # If it fails, tools that read the bodies find other members than were reviewed.
    def test_bodies_are_as_reviewed(self):
        calls = "/2015-03-31/event-source-mappings"
        made = None

        def golden(name, method, path, body=None):
            status, text = self.server.lambda_call(method, path, body)
            reply = json.loads(text)
            for mapping in reply.get("EventSourceMappings", [reply]):
                if "UUID" not in mapping:
                    continue
                arn, uuid = mapping["EventSourceMappingArn"], mapping["UUID"]
                self.assertTrue(arn.endswith(uuid), arn)
                self.assertIsInstance(mapping["LastModified"], float)
                self.assertEqual(self.stream, mapping["EventSourceArn"])
                mapping.update(UUID="<uuid>", LastModified="<seconds>", EventSourceArn="<stream>",
                               EventSourceMappingArn=arn.replace(uuid, "<uuid>"))
            shown = json.dumps(reply, indent=2, sort_keys=True)
            expect_golden(self, f"lambda/mapping_{name}.json", f"{status}\n{shown}\n")
            return json.loads(text)

        made = golden("create", "POST", calls, {
            "EventSourceArn": self.stream, "FunctionName": "notes",
            "StartingPosition": "LATEST"})["UUID"]
        golden("create_nobody", "POST", calls, {
            "EventSourceArn": self.stream, "FunctionName": "nobody",
            "StartingPosition": "LATEST"})
        golden("get", "GET", f"{calls}/{made}")
        golden("update", "PUT", f"{calls}/{made}", {
            "BatchSize": 10, "MaximumBatchingWindowInSeconds": 1, "ParallelizationFactor": 2,
            "MaximumRecordAgeInSeconds": 60, "MaximumRetryAttempts": 3,
            "BisectBatchOnFunctionError": True,
            "FunctionResponseTypes": ["ReportBatchItemFailures"],
            "FilterCriteria": {"Filters": [{"Pattern": '{"eventName":["INSERT"]}'}]},
            "DestinationConfig": {"OnFailure": {"Destination": QUEUE}},
            "MetricsConfig": {"Metrics": ["EventCount"]}})
        self.settled(made, "Enabled")
        golden("get_whole", "GET", f"{calls}/{made}")
        golden("list", "GET", calls)
        golden("disable", "PUT", f"{calls}/{made}", {"Enabled": False})
        self.settled(made, "Disabled")
        golden("delete", "DELETE", f"{calls}/{made}")
        end = time.monotonic() + DEADLINE
        while self.server.lambda_call("GET", f"{calls}/{made}")[0] == 200:
            self.assertLess(time.monotonic(), end, "it does not go")
        golden("get_gone", "GET", f"{calls}/{made}")
        golden("list_empty", "GET", calls)

    # If it fails, what infrastructure tools set up does nothing, or something else.
    def test_a_mapping_delivers_pauses_goes_on_and_ends(self):
        made = self.create(BatchSize=2)
        self.assertEqual(("Creating", 2, 202), (made["State"], made["BatchSize"],
                                                made["ResponseMetadata"]["HTTPStatusCode"]))
        uuid = made["UUID"]
        self.assertEqual("Enabled", self.state(uuid))
        self.put("a", "b", "c")
        self.assertEqual(["a b", "c"], self.lines(self.notes))
        now = self.functions.get_event_source_mapping(UUID=uuid)
        self.assertEqual("OK", now["LastProcessingResult"])

        paused = self.functions.update_event_source_mapping(UUID=uuid, Enabled=False)
        self.assertEqual("Disabling", paused["State"])
        self.settled(uuid, "Disabled")
        self.put("d", "e")
        self.assertEqual(["a b", "c"], self.lines(self.notes))
        self.functions.update_event_source_mapping(UUID=uuid, Enabled=True, BatchSize=10)
        self.settled(uuid, "Enabled")
        self.server.wait_drained()
        self.assertEqual(["a b", "c", "d e"], self.lines(self.notes))

        # A restart goes on where it was.
        self.assertEqual(0, self.server.stop(), self.server.output())
        self.start()
        self.assertEqual(("Enabled", 10), tuple(
            self.functions.get_event_source_mapping(UUID=uuid)[name]
            for name in ("State", "BatchSize")))
        self.put("f")
        self.assertEqual(["a b", "c", "d e", "f"], self.lines(self.notes))

        ended = self.functions.delete_event_source_mapping(UUID=uuid)
        self.assertEqual("Deleting", ended["State"])
        with self.assertRaises(self.functions.exceptions.ResourceNotFoundException):
            end = time.monotonic() + DEADLINE
            while time.monotonic() < end:
                self.functions.get_event_source_mapping(UUID=uuid)
        self.put("g")
        self.assertEqual(4, len(self.lines(self.notes)))

    # If it fails, what AWS refuses is found out at deployment only.
    def test_it_refuses_as_the_service_does(self):
        made = self.create()
        for change, code, message in (
                ({}, "ResourceConflictException",
                 f'The event source arn (" {self.stream} ") and function (" notes ") provided '
                 "mapping already exists. Please update or delete the existing mapping with UUID "
                 + made["UUID"]),
                ({"FunctionName": "nobody"}, "InvalidParameterValueException",
                 "Function does not exist"),
                ({"EventSourceArn": self.stream[:-1] + "x", "FunctionName": "whole"},
                 "InvalidParameterValueException", f"Stream not found: {self.stream[:-1]}x"),
                ({"FunctionName": "whole", "MaximumRecordAgeInSeconds": 59},
                 "InvalidParameterValueException",
                 "MaximumRecordAgeInSeconds must be either -1 (forever) or between 60 and 604800 "
                 "(inclusive)")):
            with self.subTest(change), self.assertRaises(ClientError) as refused:
                self.create(**change)
            error = refused.exception.response
            self.assertEqual((code, message), (error["Error"]["Code"], error["Error"]["Message"]))

    # If it fails, a tool's second plan is never empty.
    def test_tags_are_kept(self):
        made = self.create()
        arn = ("arn:aws:lambda:us-east-1:000000000000:event-source-mapping:" + made["UUID"])
        self.functions.tag_resource(Resource=arn, Tags={"team": "a/b", "x": "1"})
        self.functions.untag_resource(Resource=arn, TagKeys=["x", "none"])
        self.assertEqual({"team": "a/b"}, self.functions.list_tags(Resource=arn)["Tags"])

    # If it fails, batches that are given up are lost, or end where nobody looks.
    def test_what_is_given_up_goes_where_the_arn_stands_for(self):
        made = self.create(MaximumRetryAttempts=0,
                           DestinationConfig={"OnFailure": {"Destination": BUCKET}})
        uuid = made["UUID"]
        self.put("bad1")
        files = [os.path.join(folder, name) for folder, _, names in os.walk(self.bucket)
                 for name in names]
        self.assertEqual(1, len(files), files)
        self.assertIn(f"/aws/lambda/{uuid}/", files[0])
        with open(files[0], encoding="utf-8") as file:
            document = json.load(file)
        self.assertEqual("RetryAttemptsExhausted", document["requestContext"]["condition"])
        self.assertEqual("PROBLEM: Function call failed",
                         self.functions.get_event_source_mapping(UUID=uuid)["LastProcessingResult"])

        self.functions.update_event_source_mapping(
            UUID=uuid, DestinationConfig={"OnFailure": {"Destination": QUEUE}})
        self.settled(uuid, "Enabled")
        self.put("bad2")
        document, = map(json.loads, self.lines(self.whole))
        self.assertEqual(self.stream, document["DDBStreamBatchInfo"]["streamArn"])
        event = json.loads(document["payload"])
        self.assertEqual("bad2", event["Records"][0]["dynamodb"]["Keys"]["id"]["S"])

        # An ARN that nothing is said of, and no ARN at all, are the dead-letter store.
        unknown = {"Destination": "arn:aws:sns:us-east-1:000000000000:t"}
        for key, destination in (("bad3", unknown), ("bad4", {})):
            self.functions.update_event_source_mapping(
                UUID=uuid, DestinationConfig={"OnFailure": destination})
            self.settled(uuid, "Enabled")
            self.put(key)
        letters = json.loads(self.server.command("dlq", "--json").stdout)["dead_letters"]
        self.assertEqual([uuid, uuid], [letter["trigger"] for letter in letters])

    # If it fails, a batch is lost whenever the function that is to keep it fails itself.
    def test_a_function_that_fails_to_take_it_is_asked_again(self):
        slow = "arn:aws:lambda:us-east-1:000000000000:function:slow"
        self.create(MaximumRetryAttempts=0,
                    DestinationConfig={"OnFailure": {"Destination": slow}})
        self.put("bad1")
        document, = map(json.loads, self.lines(self.whole))
        event = json.loads(document["payload"])
        self.assertEqual("bad1", event["Records"][0]["dynamodb"]["Keys"]["id"]["S"])
        self.put("good")
        self.assertEqual(["bad1", "good"], self.lines(self.notes))

    # If it fails, whoever reaches the port without credentials makes functions and roles.
    def test_what_is_not_signed_is_refused(self):
        for path, body, kind, sentence in (
                ("/2015-03-31/functions", None, None, "Missing Authentication Token"),
                ("/2015-03-31/event-source-mappings", None, None, "Missing Authentication Token"),
                ("/", b"Action=GetCallerIdentity&Version=2011-06-15",
                 "application/x-www-form-urlencoded", "Request is missing Authentication Token")):
            with self.subTest(path):
                request = urllib.request.Request(self.server.endpoint + path, body,
                                                 {"Content-Type": kind} if kind else {})
                with self.assertRaises(urllib.error.HTTPError) as refused:
                    urllib.request.urlopen(request, timeout=DEADLINE)
                with refused.exception as error:
                    self.assertEqual(403, error.code)
                    self.assertIn(sentence, error.read().decode())

    # If it fails, a change of the configuration is overwritten, or a trigger is started twice.
    def test_the_configurations_triggers_are_shown(self):
        self.assertEqual(0, self.server.stop(), self.server.output())
        with open(self.server.config_path, encoding="utf-8") as file:
            config = json.load(file)
        config["triggers"] = [{"table": "orders", "function": "notes", "batch_size": 7}]
        with open(self.server.config_path, "w", encoding="utf-8") as file:
            json.dump(config, file)
        self.start()
        seen, = self.functions.list_event_source_mappings()["EventSourceMappings"]
        self.assertEqual((self.stream, 7, "Enabled"),
                         (seen["EventSourceArn"], seen["BatchSize"], seen["State"]))
        with self.assertRaisesRegex(ClientError, "Millbeck's configuration file"):
            self.functions.delete_event_source_mapping(UUID=seen["UUID"])


if __name__ == "__main__":
    unittest.main()
