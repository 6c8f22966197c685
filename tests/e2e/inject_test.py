"""Faults that people inject: a crash between reply and checkpoint, duplicates, and the lesson."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import unittest

import botocore.exceptions

from server import DEADLINE, PROGRAM, PYTHON, Server, environment

HANDLER = """
import json, sys
for line in sys.stdin:
    with open("seen", "a", encoding="utf-8") as seen:
        for record in json.loads(line)["Records"]:
            seen.write(record["dynamodb"]["Keys"]["id"]["S"] + "\\n")
    print("{}", flush=True)
"""
CONFIG = {
    "tables": [{"name": "orders", "keys": {"hash": "id S"}, "shards": 1}],
    "functions": [{"name": "on-order", "command": [PYTHON, "-c", HANDLER], "protocol": "pipe"}],
    "triggers": [{"table": "orders", "function": "on-order", "name": "orders"}],
}
LESSON = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../examples/idempotent-handler")


class InjectTest(unittest.TestCase):
    def serve(self, *arguments):
        self.server = self.enterContext(Server(CONFIG, arguments=arguments))

    def put(self, *keys):
        for key in keys:
            self.server.client().put_item(TableName="orders", Item={"id": {"S": key}})

    def seen(self):
        with open(os.path.join(self.server.folder, "seen"), encoding="utf-8") as file:
            return file.read().split()

    def inject(self, *arguments):
        done = self.server.command("inject", *arguments, "--json")
        self.assertEqual(0, done.returncode, done.stderr)
        return json.loads(done.stdout)

    # If it fails, a handler is never tried against what a crash does, or a batch is lost by one.
    def test_after_a_crash_the_batch_comes_again_and_nothing_is_lost(self):
        self.serve("--allow-inject")
        self.put("a")
        self.server.wait_drained()
        self.inject("crash-after-reply", "orders")
        with contextlib.suppress(botocore.exceptions.BotoCoreError):
            self.put("b")  # written; the server may well be dead before it can say so
        self.assertEqual(-signal.SIGKILL, self.server.wait())
        self.assertEqual(["a", "b"], self.seen(), "the function had replied")
        self.assertIn("room=inject", self.server.output())
        self.server.start()
        self.put("c")
        self.server.wait_drained()
        self.assertEqual(["a", "b", "b", "c"], self.seen())
        self.assertEqual([], self.inject()["faults"], "a restart forgets")

    # If it fails, "is my handler idempotent?" gets the wrong answer.
    def test_a_batch_comes_twice_and_is_counted(self):
        self.serve("--allow-inject")
        self.inject("duplicate-batch", "orders", "--times", "2")
        shown = self.server.command("triggers").stdout
        self.assertIn("injected: duplicate-batch", shown)
        self.assertIn("faults armed: 1", self.server.command("status").stdout)
        for key in "abc":
            self.put(key)
            self.server.wait_drained()
        self.assertEqual(["a", "a", "b", "b", "c"], self.seen())
        fault = self.inject("list")["faults"][0]
        self.assertEqual((2, 0, False), (fault["used"], fault["left"], fault["is_armed"]))
        self.assertIn("orders   duplicate-batch  2         over",
                      self.server.command("inject").stdout)
        _, metrics = self.server.get("/metrics")
        self.assertIn('millbeck_inject_uses_total{fault="duplicate-batch",target="orders"} 2',
                      metrics)
        self.assertEqual([], self.inject("clear")["faults"])

    def test_failures_delays_and_shards(self):
        self.serve("--allow-inject")
        self.inject("fail-handler", "orders", "--error", "the bank is closed")
        self.inject("delay", "orders", "--by", "20ms", "--for", "1h")
        self.put("a")
        self.server.wait_drained()
        self.assertEqual(["a"], self.seen())
        self.assertIn("injected: the bank is closed", self.server.output())
        split = self.server.command("inject", "split-shard", "orders")
        self.assertEqual(2, split.stdout.count(" open "), split.stdout + split.stderr)
        self.inject("trim", "orders")
        shown = self.server.command("inject", "expire-iterators", "orders").stdout
        self.assertIn("orders: trimmed to 1000", shown)
        self.assertIn("are expired", shown)
        wrong = self.server.command("inject", "delay", "order", "--by", "1s")
        self.assertEqual(1, wrong.returncode)
        self.assertIn('did you mean "orders"?', wrong.stderr)

    # If it fails, a server that holds real data can be made to fail.
    def test_it_is_refused_unless_the_server_was_started_for_it(self):
        self.serve()
        refused = self.server.command("inject", "crash-after-reply", "orders")
        self.assertEqual(2, refused.returncode)
        self.assertEqual("millbeck: fault injection is off; start the server with --allow-inject "
                         "(or allow_inject: true in its file) to use it in your tests\n",
                         refused.stderr)
        self.assertIn("fault injection is off", self.server.command("inject").stdout)
        self.assertNotIn("inject", self.server.command("status").stdout)
        self.put("a")
        self.server.wait_drained()

    # If it fails, the setting works in one place and not in another.
    def test_the_setting_is_the_files_the_environments_and_a_flags(self):
        for given, arguments, variables, allowed in (
                ({"allow_inject": True}, (), {}, True),
                ({"allow_inject": True}, ("--allow-inject=false",), {}, False),
                ({}, (), {"MILLBECK_ALLOW_INJECT": "true"}, True)):
            with self.subTest(given), Server({**CONFIG, **given}, arguments=arguments,
                                             variables=variables) as server:
                shown = json.loads(server.command("inject", "--json").stdout)
                self.assertEqual(allowed, shown["allowed"])


class LessonTest(unittest.TestCase):
    # If it fails, the lesson does not work as written.
    def test_the_lesson(self):
        server = Server()
        self.addCleanup(server.close)
        shutil.copytree(LESSON, server.folder, dirs_exist_ok=True)
        with open(server.config_path, encoding="utf-8") as file:
            config = file.read().replace("python3", PYTHON)
        with open(server.config_path, "w", encoding="utf-8") as file:
            file.write(config)
        server.start()
        story = subprocess.run([os.path.join(server.folder, "try.sh"), PROGRAM],
                               env=environment(AWS_ENDPOINT_URL=server.endpoint),
                               capture_output=True, encoding="utf-8", timeout=DEADLINE,
                               stdin=subprocess.DEVNULL)
        self.assertEqual(0, story.returncode, story.stdout + story.stderr)
        self.assertIn("careless: 3 charges for 2 orders: NOT idempotent", story.stdout)
        self.assertIn("careful: 2 charges for 2 orders: idempotent", story.stdout)


if __name__ == "__main__":
    unittest.main()
