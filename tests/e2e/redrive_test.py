"""What was given up is looked at, the handler is mended, and it is sent again."""

import json
import os
import textwrap
import unittest
import urllib.request

from server import PYTHON, Server

# Notes the changes it took; fails, with a word on stderr, while the file `broken` is there.
HANDLER = textwrap.dedent("""
    import json, os, sys
    folder = sys.argv[1]
    for line in sys.stdin:
        event = json.loads(line)
        if os.path.exists(os.path.join(folder, "broken")):
            print("about to fail on", json.dumps(event)[:40], file=sys.stderr, flush=True)
            print(json.dumps({"errorMessage": "cannot", "errorType": "Broken"}), flush=True)
            continue
        with open(os.path.join(folder, "taken"), "a") as file:
            for record in event.get("Records", []):
                change = record["dynamodb"]
                file.write(change["Keys"]["id"]["S"] + change["NewImage"]["v"]["S"] + "\\n")
        print("{}", flush=True)
""")


class RedriveTest(unittest.TestCase):
    def setUp(self):
        self.server = Server()
        self.addCleanup(self.server.close)
        config = {
            "tables": [{"name": "orders", "keys": {"hash": "id S"}, "shards": 1}],
            "functions": [{"name": "notes", "command": [PYTHON, "-c", HANDLER, self.server.folder]}],
            "triggers": [{"table": "orders", "function": "notes", "retry_first": "10ms",
                          "maximum_retry_attempts": 0}],
        }
        with open(self.server.config_path, "w", encoding="utf-8") as file:
            json.dump(config, file)
        self.break_handler()
        self.server.start()

    def break_handler(self):
        open(os.path.join(self.server.folder, "broken"), "w", encoding="utf-8").close()

    def mend_handler(self):
        os.remove(os.path.join(self.server.folder, "broken"))

    def put(self, *changes):
        for change in changes:
            self.server.client().put_item(
                TableName="orders", Item={"id": {"S": change[0]}, "v": {"S": change[1:]}})
            self.server.wait_drained()

    def taken(self):
        try:
            with open(os.path.join(self.server.folder, "taken"), encoding="utf-8") as file:
                return file.read().split("\n")[:-1]
        except FileNotFoundError:
            return []

    def letters(self):
        listed = self.server.command("dlq", "--json")
        return [letter["number"] for letter in json.loads(listed.stdout)["dead_letters"]]

    # If it fails, nobody can see why a change was given up.
    def test_a_letter_shows_what_the_handler_wrote(self):
        self.put("a1")
        page = self.server.command("dlq", "show", "1").stdout
        self.assertIn("RetryAttemptsExhausted after 1 attempts", page)
        self.assertIn("error     Broken: cannot", page)
        self.assertIn('stderr\n  about to fail on {"Records":', page.replace('": [', '":['))
        self.assertIn('          "S": "a"', page)
        shown = json.loads(self.server.command("dlq", "show", "1", "--json").stdout)
        self.assertTrue(shown["stderr"].startswith("about to fail on"), shown["stderr"])
        self.assertEqual("a", shown["event"]["Records"][0]["dynamodb"]["Keys"]["id"]["S"])

    # If it fails, mending a handler leaves what it missed behind, or takes items back.
    def test_what_failed_is_sent_again_when_the_handler_is_mended(self):
        self.put("a1", "b1", "a2", "c1")
        again = self.server.command("dlq", "redrive", "--all")
        self.assertEqual(1, again.returncode, again.stdout)
        self.assertIn("0 of 4 dead letters redriven (0 records), 3 failed, 1 skipped", again.stdout)
        self.assertIn("  3 skipped: dead letter 1 is older", again.stdout)
        self.mend_handler()
        self.put("c2")
        self.assertEqual(["c2"], self.taken())
        again = self.server.command("dlq", "redrive", "--trigger", "orders-notes", "--rate", "1000/s")
        self.assertEqual(1, again.returncode)
        self.assertIn("orders-notes: 3 of 4 dead letters redriven (3 records), 0 failed, 1 skipped\n"
                      '  4 skipped: changed since: {"id":{"S":"c"}}; --force sends it all the same\n',
                      again.stdout)
        self.assertEqual(["c2", "a1", "b1", "a2"], self.taken())
        self.assertEqual([4], self.letters())
        shown = json.loads(self.server.command("dlq", "show", "4", "--json").stdout)
        self.assertEqual((2, "Broken: cannot"), (shown["invoke_count"], shown["error"]))
        forced = self.server.command("dlq", "redrive", "4", "--force")
        self.assertEqual((0, "orders-notes: 1 of 1 dead letters redriven (1 records), 0 failed, 0 "
                             "skipped\n"), (forced.returncode, forced.stdout))
        self.assertEqual("c1", self.taken()[-1])
        self.assertEqual([], self.letters())
        gone = self.server.command("dlq", "redrive", "4")
        self.assertEqual((1, "millbeck: there is no such dead letter\n"),
                         (gone.returncode, gone.stderr))

    # If it fails, a redrive that was cut off loses what it had not sent.
    def test_a_crash_and_a_cancel_leave_the_rest(self):
        keys = "abcdefghijkl"  # one a second: the crash is there long before the last one's turn
        changes = [f"{key}1" for key in keys]
        self.put(*changes)
        self.mend_handler()
        slow = json.dumps({"all": True, "rate": 1}).encode()
        with urllib.request.urlopen(self.server.endpoint + "/_millbeck/v1/dead-letters/redrive",
                                    slow, timeout=30) as reply:
            self.assertEqual(len(keys), json.load(reply)["redrives"][0]["letters"])
        while 1 in self.letters():
            pass
        twice = self.server.command("dlq", "redrive", "--all")
        self.assertEqual((1, 'millbeck: dead letters of "orders-notes" are being redriven already\n'),
                         (twice.returncode, twice.stderr))
        self.server.kill()
        self.server.start()
        self.assertIn(len(keys), self.letters())
        self.assertEqual("no redrives since the server started\n",
                         self.server.command("dlq", "redrive", "--status").stdout)
        self.assertEqual(0, self.server.command("dlq", "redrive", "--all").returncode)
        self.assertEqual(set(changes), set(self.taken()))
        self.assertEqual(changes, list(dict.fromkeys(self.taken())))

    def test_wrong_arguments_are_explained(self):
        for arguments, sentence in (
                (("redrive",), "redrive takes numbers of dead letters, or --trigger NAME, or --all"),
                (("redrive", "1", "--all"),
                 "redrive takes numbers of dead letters, or --trigger NAME, or --all"),
                (("redrive", "--all", "--rate", "fast"),
                 "--rate takes records per second, like 100/s"),
                (("redrive", "--status", "--force"), "--status and --cancel stand alone"),
                (("list", "--force"),
                 "--all, --rate, --force, --status and --cancel are for redrive")):
            with self.subTest(arguments):
                wrong = self.server.command("dlq", *arguments)
                self.assertEqual((2, f"millbeck dlq: {sentence}\n"), (wrong.returncode, wrong.stderr))


if __name__ == "__main__":
    unittest.main()
