"""What happens to changes a handler cannot take: tried as often as the trigger says, then kept."""

import json
import os
import textwrap
import unittest

from server import PYTHON, Server

# Notes the keys of each event. Fails on events with a key of "bad"; with "report" it names those
# records in its reply instead.
HANDLER = textwrap.dedent("""
    import json, sys
    for line in sys.stdin:
        records = json.loads(line)["Records"]
        keys = [record["dynamodb"]["Keys"]["id"]["S"] for record in records]
        with open(sys.argv[1], "a") as file:
            file.write(" ".join(keys) + "\\n")
        bad = [record["dynamodb"]["SequenceNumber"] for record, key in zip(records, keys)
               if key.startswith("bad")]
        if sys.argv[2] == "report":
            print(json.dumps({"batchItemFailures": [{"itemIdentifier": one} for one in bad]}),
                  flush=True)
        elif bad:
            print(json.dumps({"errorMessage": "cannot take it", "errorType": "BadOrder"}), flush=True)
        else:
            print("{}", flush=True)
""")


class FailuresTest(unittest.TestCase):
    def server(self, style="raise", node=None, **trigger):
        server = Server()
        self.addCleanup(server.close)
        self.events_path = os.path.join(server.folder, "events")
        config = {
            **(node or {}),
            "tables": [{"name": "orders", "keys": {"hash": "id S"}, "shards": 1}],
            "functions": [{"name": "notes",
                           "command": [PYTHON, "-c", HANDLER, self.events_path, style]}],
            "triggers": [{"table": "orders", "function": "notes", "retry_first": "10ms",
                          "batching_window": "300ms", **trigger}],
        }
        with open(server.config_path, "w", encoding="utf-8") as file:
            json.dump(config, file)
        return server.start()

    def put(self, server, *keys):
        """All in one commit, so that they are in one batch."""
        server.client().transact_write_items(TransactItems=[
            {"Put": {"TableName": "orders", "Item": {"id": {"S": key}}}} for key in keys])
        server.wait_drained()

    def events(self):
        with open(self.events_path, encoding="utf-8") as file:
            return file.read().splitlines()

    def letters(self, server, *arguments):
        return json.loads(server.command("dlq", *arguments, "--json").stdout)["dead_letters"]

    # If it fails, a change that cannot be taken blocks its shard for a day, or is gone.
    def test_a_batch_is_given_up_after_its_attempts_and_kept_whole(self):
        server = self.server(maximum_retry_attempts=2)
        self.assertEqual("no dead letters\n", server.command("dlq").stdout)
        self.put(server, "bad", "a")
        self.put(server, "b")
        self.assertEqual(["bad a", "bad a", "bad a", "b"], self.events())
        letter, = self.letters(server)
        self.assertEqual((1, "orders-notes", "notes", "RetryAttemptsExhausted",
                          "BadOrder: cannot take it", 3, 2),
                         tuple(letter[name] for name in ("number", "trigger", "function",
                                                         "condition", "error", "invoke_count",
                                                         "records")))
        self.assertNotIn("event", letter)
        listed = server.command("dlq").stdout
        self.assertIn("RetryAttemptsExhausted", listed)
        self.assertIn("exhausted", server.command("triggers").stdout)
        # A restart keeps it.
        self.assertEqual(0, server.stop(), server.output())
        server.start()
        shown = json.loads(server.command("dlq", "show", "1", "--json").stdout)
        self.assertEqual(["bad", "a"], [record["dynamodb"]["Keys"]["id"]["S"]
                                        for record in shown["event"]["Records"]])
        self.assertEqual(["aws:dynamodb"] * 2,
                         [record["eventSource"] for record in shown["event"]["Records"]])
        self.assertEqual("1 dropped, 1 not there\n", server.command("dlq", "drop", "1", "7").stdout)
        self.assertEqual([], self.letters(server))
        gone = server.command("dlq", "show", "1")
        self.assertEqual((1, "millbeck: there is no dead letter 1\n"),
                         (gone.returncode, gone.stderr))

    # If it fails, good changes are given up with a bad one.
    def test_halves_leave_only_the_bad_change_behind(self):
        server = self.server(maximum_retry_attempts=0, bisect_batch_on_function_error=True)
        self.put(server, "a", "b", "bad", "c")
        self.assertEqual(["a b bad c", "a b", "bad c", "bad", "c"], self.events())
        letter, = self.letters(server, "--trigger", "orders-notes")
        self.assertEqual((1, 1), (letter["records"], letter["invoke_count"]))
        self.assertEqual([], self.letters(server, "--trigger", "another"))

    # If it fails, a function cannot say which of its records it could not take.
    def test_reported_failures_are_tried_again_from_the_first_on(self):
        server = self.server("report", maximum_retry_attempts=1, report_batch_item_failures=True)
        self.put(server, "a", "bad", "b")
        self.assertEqual(["a bad b", "bad b", "bad b"], self.events())
        letter, = self.letters(server)
        self.assertEqual((2, 2, "the target did not take some records"),
                         (letter["records"], letter["invoke_count"], letter["error"]))

    # If it fails, what was given up is not where the trigger said.
    def test_a_folder_gets_the_document_of_the_service(self):
        server = self.server(maximum_retry_attempts=0, on_failure={"folder": "failed"})
        self.put(server, "bad")
        files = [os.path.join(folder, name)
                 for folder, _, names in os.walk(os.path.join(server.folder, "failed"))
                 for name in names]
        with open(files[0], encoding="utf-8") as file:
            document = json.load(file)
        self.assertEqual(1, len(files))
        self.assertEqual(["requestContext", "responseContext", "version", "payload", "timestamp",
                          "DDBStreamBatchInfo"], list(document))
        self.assertEqual({"S": "bad"}, json.loads(document["payload"])["Records"][0]["dynamodb"]
                         ["Keys"]["id"])
        self.assertEqual([], self.letters(server))

    # If it fails, dead letters grow without a bound, or what does not fit is thrown away.
    def test_a_full_store_makes_the_trigger_wait(self):
        server = self.server(node={"dead_letter_bytes_max": "0"}, maximum_retry_attempts=0)
        server.client().put_item(TableName="orders", Item={"id": {"S": "bad"}})
        server.wait_for_line("the dead letters are full")
        self.assertIn("the dead letters are full", server.command("triggers").stdout)
        self.assertEqual([], self.letters(server))

    def test_wrong_arguments_are_explained(self):
        server = self.server()
        for arguments, sentence in (
                (("shwo", "1"), 'millbeck dlq: "shwo" is not one of list, show, redrive, drop; did '
                                'you mean "show"?\n'),
                (("show",), "millbeck dlq: show takes the number of one dead letter\n"),
                (("drop",), "millbeck dlq: drop takes numbers of dead letters\n"),
                (("list", "1"), "millbeck dlq: list takes no number\n")):
            with self.subTest(arguments):
                wrong = server.command("dlq", *arguments)
                self.assertEqual((2, sentence), (wrong.returncode, wrong.stderr))


if __name__ == "__main__":
    unittest.main()
