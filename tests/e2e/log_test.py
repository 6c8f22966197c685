"""What the log costs and what holds it; pins over restarts; damage on disk is found and named."""

import glob
import json
import os
import unittest

from server import Server


class LogTest(unittest.TestCase):
    def setUp(self):
        self.server = Server({"segment_bytes": "2MB", "retention": "1s", "tables": [
            {"name": "orders", "keys": {"hash": "id S"}, "shards": 2}]})
        self.addCleanup(self.server.close)
        self.server.start()

    def fill(self, items):
        client = self.server.client()
        for first in range(0, items, 25):
            client.batch_write_item(RequestItems={"orders": [
                {"PutRequest": {"Item": {"id": {"S": str(each)}, "v": {"S": "x" * 20_000}}}}
                for each in range(first, min(first + 25, items))]})

    def command(self, *arguments, code=0):
        done = self.server.command(*arguments)
        self.assertEqual(code, done.returncode, done.stdout + done.stderr)
        return done.stdout if code in (0, 1) and done.stdout else done.stderr

    def segments(self):
        return sorted(glob.glob(os.path.join(self.server.data, "log", "*.seg")))

    # If it fails, what somebody wished to keep goes with retention, or nobody knows why it stays.
    def test_a_pin_holds_the_log_and_is_named(self):
        self.assertEqual("no pins\n", self.command("pin"))
        listed = self.command("pin", "add", "keep", "--from", "start", "--reason", "until we know")
        self.assertRegex(listed, r"keep +100000000000000000001 +\S+Z +until we know")
        self.fill(300)
        self.assertEqual(0, self.server.stop())
        self.server.start()
        self.assertIn("until we know", self.command("pin", "list"))
        stats = json.loads(self.command("log", "stats", "--json"))
        self.assertGreaterEqual(stats["segments"], 3)
        self.assertEqual("100000000000000000001", stats["first"])
        self.assertEqual(['pin "keep"'], [each["owner"] for each in stats["holders"]])
        self.assertIn('held by     pin "keep" from 100000000000000000001 on', self.command("log"))
        again = self.command("pin", "add", "keep", "--from", "now", code=1)
        self.assertEqual('millbeck: there is a pin "keep" already\n', again)
        self.assertEqual("no pins\n", self.command("pin", "remove", "keep"))
        self.assertEqual('millbeck: there is no pin "keep"\n',
                         self.command("pin", "remove", "keep", code=1))

    # If it fails, a broken disk is found when the record is needed.
    def test_damage_is_found_and_named(self):
        self.command("pin", "add", "keep", "--from", "start")
        self.fill(300)
        whole = self.command("log", "verify")
        self.assertRegex(whole, r"records in \d+ segments read \(.*\), \d+ indexes compared: no damage")
        checked = json.loads(self.command("log", "verify", "--json"))
        self.assertGreaterEqual(checked["records"], 300)
        self.assertEqual("", checked["tables_problem"])
        self.assertGreaterEqual(checked["tables_applied"], checked["last"])
        with open(self.segments()[1], "r+b") as file:
            file.seek(100_000)
            byte = file.read(1)
            file.seek(100_000)
            file.write(bytes([byte[0] ^ 1]))
        broken = self.command("log", "verify", code=1)
        self.assertRegex(broken, rf"damaged   {os.path.basename(self.segments()[1])} at offset \d+: "
                                 "the frame's checksum does not match\n")
        self.assertIn(": 1 damaged\n", broken)

    def test_wrong_arguments_are_explained(self):
        for arguments, sentence in (
                (("pin", "add"), "millbeck pin: add takes the name of a pin\n"),
                (("pin", "add", "x"),
                 "millbeck pin: add takes --from start, now, 2h, a time or a position\n"),
                (("pin", "remove", "x", "--from", "now"),
                 "millbeck pin: --from and --reason are for add\n"),
                (("pin", "ad", "x"),
                 'millbeck pin: "ad" is not one of list, add, remove; did you mean "add"?\n'),
                (("log", "verfy"),
                 'millbeck log: "verfy" is not one of stats, verify, compact; did you mean "verify"?\n'),
                (("log", "stats", "--cancel"), "millbeck log: --cancel is for verify\n"),
                (("log", "verify", "--days", "3"), "millbeck log: --days is for stats\n")):
            with self.subTest(arguments):
                self.assertEqual(sentence, self.command(*arguments, code=2))
        self.assertIn("pin: 1 to 64 letters", self.command("pin", "add", "a b", "--from", "now", code=1))
        self.assertNotEqual("", self.command("pin", "add", "x", "--from", "yesterday", code=1))


if __name__ == "__main__":
    unittest.main()
