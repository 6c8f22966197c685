"""A key whose changes cannot be taken is set aside; the others go on; it can be retried or dropped.
And windows: sums over stretches of time, with a state that outlives restarts.
"""

import json
import os
import textwrap
import time
import unittest

from server import DEADLINE, PYTHON, Server

# Notes the keys of each event; fails on events with the key in the file `bad`, if there is one.
HANDLER = textwrap.dedent("""
    import json, os, sys
    folder = sys.argv[1]
    for line in sys.stdin:
        event = json.loads(line)
        keys = [record["dynamodb"]["Keys"]["id"]["S"] for record in event["Records"]]
        with open(os.path.join(folder, "events"), "a") as file:
            file.write(" ".join(keys) + "\\n")
        bad = ""
        if os.path.exists(os.path.join(folder, "bad")):
            with open(os.path.join(folder, "bad")) as file:
                bad = file.read()
        if bad in keys:
            print(json.dumps({"errorMessage": "cannot take it", "errorType": "BadOrder"}), flush=True)
        else:
            state = event.get("state", {})
            state["n"] = state.get("n", 0) + len(keys)
            if event.get("isFinalInvokeForWindow"):
                with open(os.path.join(folder, "sums"), "a") as file:
                    file.write(json.dumps(event) + "\\n")
            print(json.dumps({"state": state}), flush=True)
""")


class ParkingTest(unittest.TestCase):
    def server(self, **trigger):
        server = Server()
        self.addCleanup(server.close)
        self.folder = server.folder
        config = {
            "tables": [{"name": "orders", "keys": {"hash": "id S"}, "shards": 1}],
            "functions": [{"name": "notes", "command": [PYTHON, "-c", HANDLER, server.folder]}],
            "triggers": [{"table": "orders", "function": "notes", "retry_first": "10ms", **trigger}],
        }
        with open(server.config_path, "w", encoding="utf-8") as file:
            json.dump(config, file)
        return server.start()

    def put(self, server, *keys):
        for key in keys:
            server.client().put_item(TableName="orders", Item={"id": {"S": key}, "at": {"S": key}})
        server.wait_drained()

    def events(self):
        with open(os.path.join(self.folder, "events"), encoding="utf-8") as file:
            return file.read().split()

    def set_bad(self, key):
        with open(os.path.join(self.folder, "bad"), "w", encoding="utf-8") as file:
            file.write(key)

    def until(self, server, holds):
        end = time.monotonic() + DEADLINE
        while not holds():
            self.assertLess(time.monotonic(), end, server.output())
            server.get("/health/live")

    def parked(self, server):
        return json.loads(server.command("parked", "--json").stdout)["parked"]

    def test_a_poisoned_key_waits_and_the_others_go_on(self):
        server = self.server(on_poison="park", maximum_retry_attempts=1)
        self.assertEqual("no parked keys\n", server.command("parked").stdout)
        self.set_bad("x")
        self.put(server, "a", "x", "b")
        server.client().delete_item(TableName="orders", Key={"id": {"S": "x"}})
        self.put(server, "c")
        self.assertEqual(["c"], self.events()[-1:])
        [key] = self.parked(server)
        self.assertEqual({"id": {"S": "x"}}, key["key"])
        self.assertEqual((2, "orders-notes", "", "BadOrder: cannot take it"),
                         (key["records"], key["trigger"], key["wish"], key["error"]))
        self.assertIn("orders-notes", server.command("parked").stdout)
        shown = json.loads(server.command("parked", "show", str(key["number"])).stdout)
        self.assertEqual(["INSERT", "REMOVE"],
                         [record["eventName"] for record in shown["first_records"]])

        server.stop()
        server.start()
        self.assertEqual([key], self.parked(server))
        self.set_bad("nothing")
        number = str(key["number"])
        self.assertEqual("1 will be retried, 1 not there\n",
                         server.command("parked", "retry", number, "77").stdout)
        self.until(server, lambda: self.parked(server) == [])
        self.assertEqual(["x", "x"], self.events()[-2:])
        self.put(server, "x")
        self.assertEqual(["x", "x", "x"], self.events()[-3:])

    def test_what_is_dropped_is_gone(self):
        server = self.server(on_poison="park", maximum_retry_attempts=0)
        self.set_bad("x")
        self.put(server, "x")
        [key] = self.parked(server)
        self.set_bad("nothing")
        before = len(self.events())
        self.assertEqual("1 will be dropped\n",
                         server.command("parked", "drop", str(key["number"])).stdout)
        self.until(server, lambda: self.parked(server) == [])
        self.put(server, "y")
        self.assertEqual(["y"], self.events()[before:])

    def test_wrong_words_are_refused(self):
        server = self.server()
        for arguments, sentence in (
                (("retyr", "1"), 'millbeck parked: "retyr" is not one of list, show, retry, drop; did '
                                 'you mean "retry"?\n'),
                (("show",), "millbeck parked: show takes the number of one parked key\n"),
                (("retry",), "millbeck parked: retry takes numbers of parked keys\n"),
                (("list", "1"), "millbeck parked: list takes no number\n")):
            with self.subTest(arguments):
                wrong = server.command("parked", *arguments)
                self.assertEqual((2, sentence), (wrong.returncode, wrong.stderr))
        gone = server.command("parked", "show", "7")
        self.assertEqual(1, gone.returncode)
        self.assertIn("there is no parked key 7", gone.stderr)

    # If it fails, a trigger that looks as Lambda does never sees what is written after its first look.
    def test_a_trigger_that_polls_as_lambda_does_delivers(self):
        server = self.server(polling="aws")
        self.put(server, "a")
        self.put(server, "b")
        self.assertEqual(["a", "b"], self.events())

    def test_a_window_is_summed_up_over_a_restart(self):
        server = self.server(tumbling_window="15m")
        self.put(server, "a", "b")
        server.stop()
        server.start()
        self.put(server, "c")
        server.client().update_table(  # the shard ends, and with it the window
            TableName="orders", StreamSpecification={"StreamEnabled": False})
        sums = os.path.join(self.folder, "sums")

        def total():
            if not os.path.exists(sums):
                return 0
            with open(sums, encoding="utf-8") as file:
                return sum(json.loads(line)["state"]["n"] for line in file)

        self.until(server, lambda: total() == 3)
        with open(sums, encoding="utf-8") as file:
            event = json.loads(file.readline())
        self.assertEqual(["Records", "shardId", "eventSourceARN", "window", "state",
                          "isFinalInvokeForWindow", "isWindowTerminatedEarly"], list(event))
        self.assertEqual(([], True, False),
                         (event["Records"], event["isFinalInvokeForWindow"],
                          event["isWindowTerminatedEarly"]))


if __name__ == "__main__":
    unittest.main()
