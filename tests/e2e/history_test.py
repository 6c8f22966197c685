"""The past through the program: items as they were, their histories, and the lesson about them."""

import json
import os
import subprocess
import unittest

from server import DEADLINE, PROGRAM, Server, environment

TABLE = {"name": "orders", "keys": {"hash": "id S", "range": "line N"},
         "stream": "NEW_AND_OLD_IMAGES"}
LESSON = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../examples/order-history")


class HistoryTest(unittest.TestCase):
    def setUp(self):
        self.server = self.enterContext(Server({"tables": [TABLE]}))
        self.client = self.server.client()

    def put(self, state, key="42"):
        self.client.put_item(TableName="orders", Item={"id": {"S": key}, "line": {"N": "1"},
                                                       "state": {"S": state}})

    def run_json(self, *arguments):
        done = self.server.command(*arguments, "--json")
        self.assertEqual(0, done.returncode, done.stderr)
        return json.loads(done.stdout)

    def states(self, *arguments):
        reply = self.run_json("history", "orders", "id=42", "line=1", *arguments)
        return [each.get("new", {}).get("state", {}).get("S") for each in reply["versions"]]

    # If it fails, somebody is told another item's past, or a wrong one.
    def test_every_state_is_told_also_after_a_kill(self):
        for state in ("new", "paid", "sent"):
            self.put(state)
            self.put(state, key="other")
        self.client.delete_item(TableName="orders", Key={"id": {"S": "42"}, "line": {"N": "1"}})
        for _ in range(2):
            self.assertEqual(["new", "paid", "sent", None], self.states())
            self.assertEqual([None, "sent"], self.states("--newest", "--limit", "2"))
            versions = self.run_json("history", "orders", "42", "1")["versions"]
            self.assertEqual(["INSERT", "MODIFY", "MODIFY", "REMOVE"],
                             [each["event"] for each in versions])
            self.assertEqual(versions[1]["new"], versions[2]["old"])
            for each in versions:
                then = self.run_json("get", "orders", "42", "1", "--as-of", each["sequence"])
                self.assertEqual(each.get("new"), then["item"])
                self.assertEqual(each["time"], then["time"])
            self.server.kill()
            self.server.start()

    def test_what_cannot_be_answered_is_said(self):
        self.put("new")
        there = self.server.command("get", "orders", "42", "1")
        self.assertEqual("new", json.loads(there.stdout)["state"]["S"])
        for arguments, code, words in (
                (("get", "orders", "41", "1"), 1, "there is no such item"),
                (("get", "orders", "42"), 1, "is written id=TEXT line=NUMBER"),
                (("get", "orders", "42", "x"), 1, "is written id=TEXT line=NUMBER"),
                (("get", "nothing", "42"), 1, 'there is no table "nothing"'),
                (("get", "orders", "42", "1", "--as-of", "soon"), 1, "is no moment"),
                (("get", "orders", "42", "1", "--as-of", "7"), 1, "is no moment"),
                (("get", "orders", "42", "1", "--as-of", "100000000000000099999"), 1,
                 "nothing is written at"),
                (("history", "orders"), 2, "KEY")):
            with self.subTest(arguments):
                done = self.server.command(*arguments)
                self.assertEqual(code, done.returncode, done.stdout)
                self.assertIn(words, done.stderr)


class LessonTest(unittest.TestCase):
    # If it fails, the lesson does not work as written.
    def test_the_lesson(self):
        with Server(config_file=os.path.join(LESSON, "millbeck.yaml")) as server:
            story = subprocess.run([os.path.join(LESSON, "story.sh"), PROGRAM],
                                   env=environment(AWS_ENDPOINT_URL=server.endpoint),
                                   capture_output=True, encoding="utf-8", timeout=DEADLINE,
                                   stdin=subprocess.DEVNULL)
            self.assertEqual(0, story.returncode, story.stdout + story.stderr)
            self.assertIn('total={"N":"3150"} (was {"N":"31.5"})', story.stdout)
            self.assertTrue(story.stdout.rstrip().endswith("}"), story.stdout)
            before = story.stdout.split("And before that change?")[1]
            self.assertIn('"paid"', before)


if __name__ == "__main__":
    unittest.main()
