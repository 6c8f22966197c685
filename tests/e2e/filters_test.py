"""Filters: a trigger's handler sees the changes it asks for, and no others, also over a restart."""

import json
import os
import textwrap
import unittest

from server import PYTHON, Server, millbeck

HANDLER = textwrap.dedent("""
    import json, sys
    for line in sys.stdin:
        with open(sys.argv[1], "a") as file:
            for record in json.loads(line)["Records"]:
                change = record["dynamodb"]
                file.write(record["eventName"] + " " + change["Keys"]["id"]["S"] + "\\n")
        print("{}", flush=True)
""")


class FiltersTest(unittest.TestCase):
    def server(self, *filters):
        server = Server()
        self.addCleanup(server.close)
        self.seen_path = os.path.join(server.folder, "seen")
        config = {
            "tables": [{"name": "orders", "keys": {"hash": "id S"}, "stream": "NEW_AND_OLD_IMAGES",
                        "shards": 1}],
            "functions": [{"name": "notes",
                           "command": [PYTHON, "-c", HANDLER, self.seen_path]}],
            "triggers": [{"table": "orders", "function": "notes", "filters": list(filters)}],
        }
        with open(server.config_path, "w", encoding="utf-8") as file:
            json.dump(config, file)
        return server

    def seen(self):
        if not os.path.exists(self.seen_path):
            return []
        with open(self.seen_path, encoding="utf-8") as file:
            return file.read().splitlines()

    def put(self, server, key, state):
        server.client().put_item(TableName="orders",
                                 Item={"id": {"S": key}, "state": {"S": state}})

    def trigger(self, server):
        reply, = json.loads(server.command("triggers", "--json").stdout)["triggers"]
        return reply

    # If it fails, a handler gets what it did not ask for, or misses what it did.
    def test_a_handler_sees_what_its_filters_ask_for(self):
        server = self.server(
            {"eventName": ["INSERT"], "dynamodb": {"NewImage": {"state": {"S": ["open"]}}}},
            '{"eventName": ["REMOVE"]}').start()
        self.put(server, "a", "open")
        self.put(server, "b", "draft")
        self.put(server, "b", "open")  # MODIFY
        self.put(server, "c", "open")
        server.client().delete_item(TableName="orders", Key={"id": {"S": "b"}})
        server.wait_drained()
        self.assertEqual(["INSERT a", "INSERT c", "REMOVE b"], self.seen())
        trigger = self.trigger(server)
        self.assertEqual('{"eventName": ["REMOVE"]}', trigger["filters"][1])
        self.assertEqual(2, trigger["shards"][0]["records_filtered_out"])
        self.assertIn("orders (2 filters, 2 let go)", server.command("triggers").stdout)
        self.assertIn('millbeck_triggers_filtered_out_total{trigger="orders-notes"} 2',
                      server.get("/metrics")[1])

    # If it fails, a restart delivers again, or reads all that nobody wanted once more.
    def test_a_restart_reads_on_behind_what_was_let_go(self):
        server = self.server({"dynamodb": {"NewImage": {"state": {"S": ["open"]}}}}).start()
        for number in range(30):
            self.put(server, f"draft-{number}", "draft")
        self.put(server, "first", "open")
        server.wait_drained()
        self.assertEqual(0, server.stop(), server.output())
        server.start()
        self.put(server, "second", "open")
        server.wait_drained()
        self.assertEqual(["INSERT first", "INSERT second"], self.seen())
        self.assertEqual(0, self.trigger(server)["shards"][0]["records_filtered_out"])

    # If it fails, a filter that can never match is noticed in production.
    def test_a_bad_pattern_is_refused_at_the_start(self):
        server = self.server({"eventName": [{"EXISTS": True}]})
        done = millbeck("serve", "--data", server.data, "--config", server.config_path)
        self.assertEqual(2, done.returncode, done.stderr)
        self.assertIn("filters: Invalid filter pattern definition. Unrecognized match type EXISTS",
                      done.stderr)


if __name__ == "__main__":
    unittest.main()
