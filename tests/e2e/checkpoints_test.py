"""A trigger is moved back and forth by the command line; its handler sees what that says."""

import contextlib
import http.client
import json
import os
import random
import textwrap
import threading
import unittest
import urllib.request

from server import PYTHON, Server

HANDLER = textwrap.dedent("""
    import json, os, sys
    for line in sys.stdin:
        with open(os.path.join(sys.argv[1], "events"), "a") as file:
            for record in json.loads(line)["Records"]:
                file.write(record["dynamodb"]["Keys"]["id"]["S"] + "\\n")
        print("{}", flush=True)
""")


class CheckpointsTest(unittest.TestCase):
    def setUp(self):
        self.server = Server()
        self.addCleanup(self.server.close)
        config = {
            "tables": [{"name": "orders", "keys": {"hash": "id S"}, "shards": 1}],
            "functions": [{"name": "notes",
                           "command": [PYTHON, "-c", HANDLER, self.server.folder]}],
            "triggers": [{"table": "orders", "function": "notes"}],
            "sinks": [{"name": "lines", "table": "orders",
                       "files": {"folder": os.path.join(self.server.folder, "copy")}}],
        }
        with open(self.server.config_path, "w", encoding="utf-8") as file:
            json.dump(config, file)
        self.server.start()

    def put(self, *keys):
        for key in keys:
            self.server.client().put_item(TableName="orders", Item={"id": {"S": key}})
        self.server.wait_drained()

    def events(self):
        with open(os.path.join(self.server.folder, "events"), encoding="utf-8") as file:
            return file.read().split()

    def run_command(self, *arguments):
        done = self.server.command("checkpoints", *arguments)
        self.assertEqual(0, done.returncode, done.stderr)
        return done.stdout

    def place(self):
        reply = json.loads(self.run_command("show", "orders-notes", "--json"))
        [trigger] = reply["triggers"]
        return trigger["shards"], reply["changes"]

    def move(self, reason):
        request = urllib.request.Request(
            self.server.endpoint + "/_millbeck/v1/checkpoints/set",
            json.dumps({"trigger": "orders-notes", "to": "start", "reason": reason}).encode())
        with contextlib.suppress(OSError, http.client.HTTPException):  # it is killed
            urllib.request.urlopen(request).close()

    def test_a_set_delivers_again_and_an_undo_takes_it_back(self):
        self.put("a", "b")
        [shard], changes = self.place()
        self.assertEqual(([], 0, False), (changes, shard["records_behind"], shard["finished"]))
        text = self.run_command("set", "orders-notes", "--to", "start", "--reason", "lost \"b\"")
        self.assertIn("2 will be delivered again, 0 will not be delivered\n", text)
        self.assertIn('change 1; "millbeck checkpoints undo orders-notes" takes it back\n', text)
        self.server.wait_drained()
        self.assertEqual(["a", "b", "a", "b"], self.events())

        # The undo's place is the one from before, whatever was delivered since.
        self.put("c")
        before = self.events()
        text = self.run_command("undo", "orders-notes")
        self.assertIn("1 will be delivered again", text)
        self.server.wait_drained()
        self.assertEqual(before + ["c"], self.events())

        self.server.stop()
        self.server.start()
        _, [undo, change] = self.place()
        self.assertEqual(("undo", 1, ""), (undo["what"], undo["undoes"], undo["reason"]))
        self.assertEqual(("set", 'lost "b"'), (change["what"], change["reason"]))
        shown = self.run_command("show", "orders-notes")
        self.assertIn("change 2: undo of 1, ", shown)
        self.assertIn(': lost "b"\n', shown)
        listed = json.loads(self.run_command("--json"))["triggers"]
        self.assertEqual([("lines", True), ("orders-notes", False)],
                         [(trigger["name"], trigger["keeps_copy"]) for trigger in listed])
        self.assertIn("up to date", self.run_command())

    def test_a_move_by_time_and_by_number(self):
        self.put("a")
        [record] = json.loads(self.server.get(
            "/_millbeck/v1/tail?table=orders&from=start")[1])["records"]
        number = record["dynamodb"]["SequenceNumber"]
        self.run_command("set", "orders-notes", "--to", number)
        self.server.wait_drained()
        self.assertEqual(["a", "a"], self.events())
        self.run_command("set", "orders-notes", "--to", "1h")
        self.server.wait_drained()
        self.assertEqual(["a", "a", "a"], self.events())
        text = self.run_command("set", "orders-notes", "--to", "0s")
        self.assertIn("0 will be delivered again, 0 will not be delivered\n", text)
        self.put("b")
        self.assertEqual(["a", "a", "a", "b"], self.events())

    # If it fails, an old change of an item comes again and the newer ones do not follow.
    def test_one_shard_and_its_children(self):
        self.put("a")
        self.assertEqual(0, self.server.command("shards", "orders", "roll").returncode)
        self.put("b")
        [parent, child], _ = self.place()
        self.assertTrue(parent["finished"])
        self.run_command("set", "orders-notes", "--to", "latest", "--shard", child["shard"])
        self.run_command("set", "orders-notes", "--to", "start", "--shard", parent["shard"])
        self.server.wait_drained()
        self.assertEqual(["a", "b", "a", "b"], self.events())

    # If it fails, a crash while somebody moves a checkpoint loses records, or moves it without a
    # note of that.
    def test_a_kill_in_the_middle_leaves_the_move_done_and_noted_or_neither(self):
        chance = random.Random(1)
        made = 0
        for number in range(8):
            self.put(f"k{number}")
            delivered = len(self.events())
            mover = threading.Thread(target=self.move, args=(f"r{number}",))
            mover.start()
            for _ in range(chance.randrange(16)):  # answers in between: another moment each time
                self.server.get("/health/ready")
            self.server.kill()
            mover.join()
            self.server.start()
            self.server.wait_drained()
            _, changes = self.place()
            self.assertIn(len(changes), (made, made + 1))
            if len(changes) > made:
                self.assertEqual(f"r{number}", changes[0]["reason"])
                again = set(self.events()[delivered:])
                self.assertEqual({f"k{each}" for each in range(number + 1)}, again)
            made = len(changes)
            self.assertEqual({f"k{each}" for each in range(number + 1)}, set(self.events()))

    def test_what_makes_no_sense_is_refused(self):
        self.put("a")
        for arguments, code, sentence in (
                (("set", "nobody", "--to", "start"), 1, 'there is no trigger named "nobody"'),
                (("set", "lines", "--to", "start"), 1, 'sink "lines" keeps a copy'),
                (("set", "orders-notes", "--to", "soon"), 1, '"soon" is neither a sequence number'),
                (("set", "orders-notes", "--to", "2999-01-01T00:00:00Z"), 1, "lies in the future"),
                (("set", "orders-notes", "--to", "1" + 20 * "9"), 1, "is not written yet"),
                (("set", "orders-notes", "--to", "start", "--shard", "x"), 1, "x"),
                (("undo", "orders-notes"), 1, "there is nothing to undo"),
                (("show", "nobody"), 1, 'there is no trigger named "nobody"'),
                (("set", "orders-notes"), 2, "set takes --to"),
                (("sett", "orders-notes"), 2, 'did you mean "set"?'),
                (("show",), 2, "show takes the name of a trigger"),
                (("undo", "orders-notes", "--to", "start"), 2, "undo takes no --to")):
            with self.subTest(arguments):
                wrong = self.server.command("checkpoints", *arguments)
                self.assertEqual(code, wrong.returncode, wrong.stdout + wrong.stderr)
                self.assertIn(sentence, wrong.stderr)
                self.assertEqual(1, wrong.stderr.count("\n"))
        self.put("b")
        self.assertEqual(["a", "b"], self.events())


if __name__ == "__main__":
    unittest.main()
