"""Millbeck's own commands, as typed."""

import json
import re
import signal
import subprocess
import unittest

from server import DEADLINE, PROGRAM, PYTHON, Server, create_table, environment, millbeck

CONFIG = {
    "tables": [{"name": "orders", "keys": {"hash": "id S"}, "stream": "NEW_AND_OLD_IMAGES",
                "shards": 2}],
    "functions": [{"name": "notes", "command": [
        PYTHON, "-c", "import sys\nfor _ in sys.stdin: print('{}', flush=True)"]}],
    "triggers": [{"table": "orders", "function": "notes"}],
}


class CommandsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(Server(CONFIG))
        cls.client = cls.server.client()

    def put(self, key):
        self.client.put_item(TableName="orders", Item={"id": {"S": key}, "n": {"N": "1"}})

    def run_json(self, *arguments):
        done = self.server.command(*arguments, "--json")
        self.assertEqual(0, done.returncode, done.stderr)
        return json.loads(done.stdout)

    # If it fails, the first thing that a newcomer types does not teach.
    def test_help_and_version(self):
        for command in ((), ("serve",), ("dev",), ("tail",), ("triggers",), ("shards",), ("wait",)):
            with self.subTest(command):
                done = millbeck(*command, "--help")
                self.assertEqual(0, done.returncode, done.stderr)
                self.assertRegex(done.stdout, r"(?i)usage|example")
        self.assertRegex(millbeck("--version").stdout, r"\d+\.\d+\.\d+")
        for shell in ("bash", "zsh", "fish"):
            self.assertIn("millbeck", millbeck("completion", shell).stdout)
        script = millbeck("completion", "bash").stdout
        subprocess.run(["bash", "-n"], input=script, encoding="utf-8", check=True)

    # If it fails, the commands look for the server at another place than the AWS tools do.
    def test_the_server_is_found_by_flag_then_environment(self):
        by_variable = millbeck("triggers", env=environment(AWS_ENDPOINT_URL=self.server.endpoint))
        self.assertEqual(0, by_variable.returncode, by_variable.stderr)
        nobody = "http://127.0.0.1:9"
        by_flag = millbeck("triggers", "--endpoint", self.server.endpoint,
                           env=environment(AWS_ENDPOINT_URL=nobody))
        self.assertEqual(0, by_flag.returncode, by_flag.stderr)
        gone = millbeck("triggers", "--endpoint", nobody)
        self.assertEqual(3, gone.returncode)
        self.assertIn(nobody, gone.stderr)
        self.assertEqual(1, len(gone.stderr.strip().splitlines()), gone.stderr)

    # If it fails, nobody sees how far a trigger is.
    def test_triggers_say_how_far_they_are(self):
        self.put("seen")
        self.server.wait_drained()
        text = self.server.command("triggers").stdout
        self.assertIn("orders-notes", text)
        self.assertIn("orders-notes", json.dumps(self.run_json("triggers")))

    # If it fails, whoever has no AWS tools cannot make a trigger while the server runs.
    def test_triggers_are_added_changed_and_removed(self):
        create_table(self.client, "made", view_type="NEW_IMAGE")
        added = self.server.command("triggers", "add", "--table", "made", "--function", "notes",
                                    "--batch-size", "7", "--filters", "[{eventName: [INSERT]}]")
        self.assertEqual(0, added.returncode, added.stderr)
        uuid = re.fullmatch(r"(\S+) added\n", added.stdout).group(1)
        functions = self.server.client("lambda")
        made = functions.get_event_source_mapping(UUID=uuid)
        self.assertEqual((7, '{"eventName":["INSERT"]}'),
                         (made["BatchSize"], made["FilterCriteria"]["Filters"][0]["Pattern"]))
        again = self.server.command("triggers", "add", "--table", "made", "--function", "notes")
        self.assertEqual(1, again.returncode)
        self.assertIn(f"Please update or delete the existing mapping with UUID {uuid}", again.stderr)
        changed = self.run_json("triggers", "update", uuid, "--batch-size", "9", "--filters", "[]",
                                "--on-failure", "{function: notes}", "--maximum-retry-attempts",
                                "3", "--on-poison", "park")
        self.assertEqual((uuid, 9), (changed["UUID"], changed["BatchSize"]))
        self.assertEqual("arn:aws:lambda:us-east-1:000000000000:function:notes",
                         changed["DestinationConfig"]["OnFailure"]["Destination"])
        self.assertEqual("park", changed["MillbeckOnPoison"])
        self.server.wait_drained()
        names = {one["name"] for one in self.run_json("triggers")["triggers"]}
        self.assertIn(uuid, names)
        removed = self.server.command("triggers", "remove", uuid)
        self.assertEqual((0, f"{uuid} removed\n"), (removed.returncode, removed.stdout),
                         removed.stderr)
        rows = (
            (("update", uuid, "--enabled", "false"), 1, "does not exist"),
            (("remove", "nobody"), 1, "does not exist"),
            (("add", "--table", "nowhere", "--function", "notes"), 1, "nowhere"),
            (("add", "--table", "made", "--function", "gone"), 1, "Function does not exist"),
            (("add", "--table", "made", "--function", "notes", "--batch-size", "0"), 2,
             "--batch-size"),
        )
        for arguments, code, word in rows:
            with self.subTest(arguments):
                done = self.server.command("triggers", *arguments)
                self.assertEqual(code, done.returncode, done.stdout + done.stderr)
                self.assertIn(word, done.stderr)
                self.assertEqual(1, len(done.stderr.strip().splitlines()), done.stderr)

    # If it fails, shards cannot be rolled, split or merged by hand.
    def test_shards_change_on_demand(self):
        create_table(self.client, "sharded", view_type="KEYS_ONLY")
        streams = self.server.client("dynamodbstreams")
        arn = streams.list_streams(TableName="sharded")["Streams"][0]["StreamArn"]

        def open_shards():
            shards = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
            return [shard for shard in shards
                    if "EndingSequenceNumber" not in shard["SequenceNumberRange"]]

        before = len(open_shards())
        self.run_json("shards", "sharded")
        self.assertEqual(0, self.server.command("shards", "sharded", "roll").returncode)
        self.assertEqual(before, len(open_shards()))
        shard = open_shards()[0]["ShardId"]
        split = self.server.command("shards", "sharded", "split", shard)
        self.assertEqual(0, split.returncode, split.stderr)
        self.assertEqual(before + 1, len(open_shards()))
        children = [one["ShardId"] for one in open_shards() if one.get("ParentShardId") == shard]
        self.assertEqual(2, len(children))
        merged = self.server.command("shards", "sharded", "merge", *children)
        self.assertEqual(0, merged.returncode, merged.stderr)
        self.assertEqual(before, len(open_shards()))
        wrong = self.server.command("shards", "nowhere")
        self.assertEqual(1, wrong.returncode, wrong.stderr)
        self.assertIn("nowhere", wrong.stderr)

    def tail(self, *arguments):
        process = subprocess.Popen(
            [PROGRAM, "tail", *arguments, "--endpoint", self.server.endpoint], env=environment(),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            encoding="utf-8")
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.kill)
        return process

    # If it fails, a developer does not see what happens to a table while it happens.
    def test_tail_shows_records_until_ctrl_c(self):
        create_table(self.client, "tailed", view_type="NEW_AND_OLD_IMAGES")
        self.client.put_item(TableName="tailed", Item={"id": {"S": "early"}})
        tail = self.tail("tailed", "--from", "start", "--json")
        record = json.loads(tail.stdout.readline())
        self.assertEqual("INSERT", record["eventName"])
        self.client.put_item(TableName="tailed", Item={"id": {"S": "early"}, "v": {"N": "1"}})
        self.assertEqual("MODIFY", json.loads(tail.stdout.readline())["eventName"])
        tail.send_signal(signal.SIGINT)
        self.assertEqual(0, tail.wait(DEADLINE), tail.stderr.read())
        self.assertEqual("", tail.stderr.read())

    # If it fails, `tail | head` ends with an error.
    def test_tail_ends_quietly_when_nobody_reads(self):
        create_table(self.client, "headed", view_type="NEW_IMAGE")
        self.client.put_item(TableName="headed", Item={"id": {"S": "one"}})
        tail = self.tail("headed", "--from", "start")
        self.assertIn("one", tail.stdout.readline())
        tail.stdout.close()
        for number in range(3):
            self.client.put_item(TableName="headed", Item={"id": {"S": f"more-{number}"}})
        self.assertEqual(0, tail.wait(DEADLINE), tail.stderr.read())

    # If it fails, scripts cannot tell what went wrong.
    def test_exit_codes(self):
        rows = (
            (("wait", "--drained"), 0), (("tail", "nowhere"), 1), (("shards", "orders", "bend"), 2),
            (("triggers", "--no-such-flag"), 2), (("wait", "--drained", "--timeout", "soon"), 2),
        )
        for arguments, code in rows:
            with self.subTest(arguments):
                done = self.server.command(*arguments)
                self.assertEqual(code, done.returncode, done.stdout + done.stderr)
                if code:
                    self.assertRegex(done.stderr, r"\S")

    # If it fails, monitoring sees nothing.
    def test_metrics_are_prometheus_text(self):
        self.put("counted")
        self.server.wait_drained()
        status, body = self.server.get("/metrics")
        self.assertEqual(200, status)
        self.assertRegex(body, r"(?m)^# TYPE millbeck_\w+ (counter|gauge|histogram)$")
        for line in body.splitlines():
            self.assertRegex(line, r"^(#|[a-z_]+(_bucket|_sum|_count)?(\{.*\})? [-+.\w]+$)", line)

    # If it fails, what is in the manual is not what the program knows.
    def test_config_lists_every_setting(self):
        text = millbeck("config").stdout
        for key in ("listen", "data", "retention", "batch_size", "batching_window", "protocol"):
            self.assertTrue(re.search(rf"\b{key}\b", text), key)


if __name__ == "__main__":
    unittest.main()
