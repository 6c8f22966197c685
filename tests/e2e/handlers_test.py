"""The main job: a put becomes a call of the handler, over the program as a user runs it."""

import json
import os
import signal
import textwrap
import unittest

from server import ACCOUNT, PYTHON, REGION, Server

# Writes every event to a file; what a record's `do` says, it does.
HANDLER = textwrap.dedent("""
    import json, os, sys
    lines = [sys.stdin.read()] if sys.argv[2] == "exec" else sys.stdin
    for line in lines:
        event = json.loads(line)
        with open(sys.argv[1], "a") as file:
            file.write(json.dumps(event) + "\\n")
        for record in event["Records"]:
            order = record["dynamodb"].get("NewImage", {}).get("do", {}).get("S")
            marker = sys.argv[1] + "." + record["dynamodb"]["SequenceNumber"]
            if order == "fail once" and not os.path.exists(marker):
                open(marker, "w").close()
                print("the handler gives up", file=sys.stderr, flush=True)
                sys.exit(3)
            if order == "talk":
                print("seen " + record["dynamodb"]["Keys"]["id"]["S"], file=sys.stderr, flush=True)
        print("{}", flush=True)
""")


class HandlersTest(unittest.TestCase):
    def server(self, protocol="pipe", command="serve", **trigger):
        server = Server(command=command)
        self.addCleanup(server.close)
        self.events_path = os.path.join(server.folder, "events")
        config = {
            "tables": [{"name": "orders", "keys": {"hash": "id S"}, "stream": "NEW_AND_OLD_IMAGES",
                        "shards": 2}],
            "functions": [{"name": "notes", "protocol": protocol, "timeout": "20s",
                           "restart_first": "10ms",
                           "command": [PYTHON, "-c", HANDLER, self.events_path, protocol]}],
            "triggers": [{"table": "orders", "function": "notes", "retry_first": "10ms", **trigger}],
        }
        with open(server.config_path, "w", encoding="utf-8") as file:
            json.dump(config, file)
        return server

    def put(self, server, key, **attributes):
        client = server.client()
        client.put_item(TableName="orders", Item={
            "id": {"S": key}, **{name: {"S": value} for name, value in attributes.items()}})

    def records(self):
        """Every record the handler got, in the order of its events."""
        if not os.path.exists(self.events_path):
            return []
        with open(self.events_path, encoding="utf-8") as file:
            return [record for line in file for record in json.loads(line)["Records"]]

    def keys(self):
        return [record["dynamodb"]["Keys"]["id"]["S"] for record in self.records()]

    # If it fails, lanes deliver a key's changes twice, not at all, or in another order.
    def test_lanes_keep_the_order_of_a_key(self):
        server = self.server(parallelization_factor=4, batch_size=3).start()
        for version in range(5):
            for key in "abcdefghij":
                self.put(server, key, version=str(version))
        server.wait_drained()
        self.assertEqual(0, server.stop(), server.output())
        versions = {}
        for record in self.records():
            key = record["dynamodb"]["Keys"]["id"]["S"]
            versions.setdefault(key, []).append(record["dynamodb"]["NewImage"]["version"]["S"])
        self.assertEqual({key: list("01234") for key in "abcdefghij"}, versions)

    # If it fails, Millbeck does not do its main job.
    def test_a_put_reaches_a_handler_of_each_protocol(self):
        for protocol in ("pipe", "exec"):
            with self.subTest(protocol):
                server = self.server(protocol).start()
                self.put(server, "first", colour="blå")
                server.wait_drained()
                record, = self.records()
                self.assertEqual(0, server.stop(), server.output())
                change = record["dynamodb"]
                self.assertEqual(["eventID", "eventName", "eventVersion", "eventSource",
                                  "awsRegion", "dynamodb", "eventSourceARN"], list(record))
                self.assertEqual(["ApproximateCreationDateTime", "Keys", "NewImage",
                                  "SequenceNumber", "SizeBytes", "StreamViewType"], list(change))
                self.assertEqual(("INSERT", "1.1", "aws:dynamodb", REGION),
                                 (record["eventName"], record["eventVersion"],
                                  record["eventSource"], record["awsRegion"]))
                self.assertRegex(record["eventSourceARN"],
                                 f"^arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/orders/stream/")
                self.assertIsInstance(change["ApproximateCreationDateTime"], float)
                self.assertEqual({"id": {"S": "first"}, "colour": {"S": "blå"}}, change["NewImage"])

    # If it fails, a handler's bad moment loses a change or lets a later one overtake it.
    def test_a_failed_batch_comes_again_in_order(self):
        server = self.server(batch_size=1).start()
        self.put(server, "same", do="fail once")
        self.put(server, "same", do="nothing")
        server.wait_drained()
        orders = [record["dynamodb"]["NewImage"]["do"]["S"] for record in self.records()]
        self.assertEqual(["fail once", "fail once", "nothing"], orders)
        server.wait_for_line("the handler gives up")

    # If it fails, changes of the time before a restart are lost, or all come again.
    def test_a_restart_goes_on_where_it_was(self):
        server = self.server().start()
        for number in range(20):
            self.put(server, f"before-{number}")
        server.wait_drained()
        self.assertEqual(0, server.stop(), server.output())
        server.start()
        self.put(server, "after")
        server.wait_drained()
        self.assertEqual(sorted([f"before-{number}" for number in range(20)] + ["after"]),
                         sorted(self.keys()))

    # If it fails, a crash loses what was acknowledged.
    def test_a_kill_loses_nothing(self):
        server = self.server().start()
        for number in range(20):
            self.put(server, f"key-{number}")
        server.kill()
        server.start()
        server.wait_drained()
        self.assertEqual({f"key-{number}" for number in range(20)}, set(self.keys()))

    # If it fails, a stop cuts off the work of a handler that would have been done in a moment.
    def test_a_stop_lets_the_batch_end(self):
        server = self.server().start()
        for number in range(50):
            self.put(server, f"key-{number}")
        self.assertEqual(0, server.stop(), server.output())
        done = len(self.keys())
        server.start()
        server.wait_drained()
        self.assertEqual(50, len(self.keys()), f"{done} were delivered before the stop")

    # If it fails, a developer sees nothing, or a Ctrl-C leaves something behind.
    def test_dev_shows_the_handlers_words_and_stops_on_ctrl_c(self):
        server = self.server(command="dev").start()
        self.put(server, "shown", do="talk")
        line = server.wait_for_line("seen shown").string
        self.assertIn("notes", line)
        server.wait_drained()
        server.signal(signal.SIGINT)
        self.assertEqual(0, server.wait(), server.output())
        self.assertNotIn("Traceback", server.output())
        self.assertIn("stopping; Ctrl-C again ends it at once", server.output().splitlines())
        self.assertEqual(f"stopped; the data is in {server.data}",
                         server.output().splitlines()[-1])

    # If it fails, a supervisor's log speaks of keys nobody can press, or does not say how it ended.
    def test_dev_ends_on_sigterm_with_one_clear_line(self):
        server = self.server(command="dev").start()
        self.assertEqual(0, server.stop(), server.output())
        self.assertEqual(["stopping", f"stopped; the data is in {server.data}"],
                         server.output().splitlines()[-2:])

    # If it fails, a developer reads of each failure twice and counts two.
    def test_dev_shows_a_failed_batch_once(self):
        server = self.server(command="dev").start()
        self.put(server, "same", do="fail once")
        server.wait_drained()
        self.assertEqual(0, server.stop(), server.output())
        told = [line for line in server.output().splitlines() if "the handler gives up" in line]
        self.assertEqual(1, len([line for line in told if "notes |" in line]), server.output())
        failed = [line for line in server.output().splitlines() if "not delivered" in line]
        self.assertEqual(1, len(failed), server.output())

    # If it fails, nobody learns that a trigger is stuck, or which.
    def test_ready_names_the_trigger_that_is_stuck(self):
        server = self.server()
        with open(server.config_path, encoding="utf-8") as file:
            config = json.load(file)
        config["unhealthy_after"] = "1s"
        config["functions"][0]["command"] = ["/bin/false"]
        with open(server.config_path, "w", encoding="utf-8") as file:
            json.dump(config, file)
        server.start()
        self.assertEqual(200, server.get("/health/ready")[0])
        self.put(server, "stuck")
        late = server.command("wait", "--drained", "--timeout", "2s")
        self.assertEqual(1, late.returncode, late.stdout + late.stderr)
        status, body = server.get("/health/ready")
        self.assertEqual(503, status, body)
        self.assertIn("orders-notes", body)
        self.assertRegex(body, r"shardId-\d{20}-[0-9a-f]{8}")
        self.assertEqual(200, server.get("/health/live")[0])


if __name__ == "__main__":
    unittest.main()
