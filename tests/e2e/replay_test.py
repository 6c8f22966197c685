"""Replays: a stretch of a table's past, delivered again with checkpoints of its own."""

import json
import os
import textwrap
import time
import unittest

from server import DEADLINE, PYTHON, Server, create_table

# Notes the ids of each event's records; with a second word it takes a while over each.
HANDLER = textwrap.dedent("""
    import json, sys, time
    for line in sys.stdin:
        records = json.loads(line)["Records"]
        time.sleep(float(sys.argv[2]))
        with open(sys.argv[1], "a") as file:
            for record in records:
                file.write(record["dynamodb"]["NewImage"]["id"]["S"] + " "
                           + record["dynamodb"]["NewImage"]["n"]["N"] + "\\n")
        print("{}", flush=True)
""")


class ReplayTest(unittest.TestCase):
    def server(self, pause="0"):
        server = Server()
        self.addCleanup(server.close)
        self.seen_path = os.path.join(server.folder, "seen")
        self.live_path = os.path.join(server.folder, "live")
        config = {
            "tables": [{"name": "orders", "keys": {"hash": "id S"}, "shards": 2}],
            "functions": [{"name": "new", "command": [PYTHON, "-c", HANDLER, self.seen_path, pause]},
                          {"name": "live", "command": [PYTHON, "-c", HANDLER, self.live_path, "0"]}],
            "triggers": [{"table": "orders", "function": "live"}],
        }
        with open(server.config_path, "w", encoding="utf-8") as file:
            json.dump(config, file)
        return server.start()

    def put(self, server, count, table="orders", keys=10):
        client = server.client()
        for number in range(0, count, 25):
            client.transact_write_items(TransactItems=[
                {"Put": {"TableName": table, "Item": {"id": {"S": f"k{one % keys}-{one // 25 % 3}"},
                                                      "n": {"N": str(one)}}}}
                for one in range(number, number + keys)])

    @staticmethod
    def read(path):
        if not os.path.exists(path):
            return []
        with open(path, encoding="utf-8") as file:
            return [tuple(line.split()) for line in file]

    def order(self, lines):
        of_key = {}
        for key, number in lines:
            of_key.setdefault(key, []).append(int(number))
        return of_key

    # If it fails, a new handler starts with another history than the table had.
    def test_a_function_gets_the_past_in_order_and_the_trigger_stays(self):
        server = self.server()
        self.put(server, 500)
        server.wait_drained()
        before = json.loads(server.command("triggers", "--json").stdout)
        done = server.command("replay", "orders", "--into", "new", "--as", "first")
        self.assertEqual(0, done.returncode, done.stdout + done.stderr)
        live, seen = self.read(self.live_path), self.read(self.seen_path)
        self.assertEqual(200, len(seen))
        self.assertEqual(self.order(live), self.order(seen))
        self.assertIn("first: finished, 200 records", done.stdout)
        after = json.loads(server.command("triggers", "--json").stdout)
        self.assertEqual([trigger["shards"] for trigger in before["triggers"]],
                         [trigger["shards"] for trigger in after["triggers"]])
        self.assertEqual(200, len(self.read(self.live_path)))
        self.assertIn("first", server.command("replays").stdout)
        again = server.command("replay", "orders", "--into", "new", "--as", "first")
        self.assertEqual(1, again.returncode)
        self.assertIn("already", again.stderr)

    # If it fails, a replay of hours begins anew with every restart, or leaves records out.
    def test_a_kill_in_the_middle_repeats_only_what_was_under_way(self):
        server = self.server(pause="0.02")
        self.put(server, 2500)
        server.wait_drained()
        begun = server.command("replay", "orders", "--into", "new", "--as", "long", "--batch-size",
                               "10", "--rate", "200/s", "--detach")
        self.assertEqual(0, begun.returncode, begun.stderr)
        end = time.monotonic() + DEADLINE
        while len(self.read(self.seen_path)) < 100:
            self.assertLess(time.monotonic(), end)
        server.kill()
        before = len(self.read(self.seen_path))
        server.start()
        status = self.finished(server, "long")
        self.assertEqual(1, status["resumed"])
        seen = self.read(self.seen_path)
        live = self.order(self.read(self.live_path))
        self.assertEqual({key: set(numbers) for key, numbers in live.items()},
                         {key: set(numbers) for key, numbers in self.order(seen).items()})
        # Of each of four lanes the batch that was out, and one that was acknowledged unseen.
        self.assertLessEqual(len(seen), 1000 + 4 * 2 * 10)
        self.assertLess(before, 1000)

    def finished(self, server, name):
        end = time.monotonic() + DEADLINE
        while True:
            status = json.loads(server.get(
                f"/_millbeck/v1/replays/show?name={name}&wait_ms=1000")[1])
            if status["state"] != "running":
                self.assertEqual("finished", status["state"], status)
                return status
            self.assertLess(time.monotonic(), end, status)

    # If it fails, a question about one customer's changes is answered with everybody's.
    def test_keys_filters_and_ranges_choose(self):
        server = self.server()
        self.put(server, 250)
        create_table(server.client(), "plain", ("at", "N"))  # without a stream
        for number in range(6):
            server.client().put_item(TableName="plain", Item={
                "id": {"S": f"p{number % 2}"}, "at": {"N": str(number)}, "n": {"N": str(number)}})

        def lines(*arguments):
            ran = server.command("replay", *arguments, "--into", "stdout")
            self.assertEqual(0, ran.returncode, ran.stderr)
            return [json.loads(line) for line in ran.stdout.splitlines()]

        everything = lines("orders")
        self.assertEqual(100, len(everything))
        numbers = [record["dynamodb"]["SequenceNumber"] for record in everything]
        self.assertEqual(sorted(numbers), numbers)
        some = lines("orders", "--from", numbers[10], "--to", numbers[19])
        self.assertEqual(everything[10:20], some)
        of_key = lines("orders", "--key", "k3-0")
        self.assertEqual([record for record in everything
                          if record["dynamodb"]["Keys"]["id"]["S"] == "k3-0"], of_key)
        self.assertGreater(len(of_key), 1)
        inserts = lines("orders", "--filter", '{"eventName":["INSERT"]}')
        self.assertEqual([record for record in everything if record["eventName"] == "INSERT"],
                         inserts)
        self.assertEqual(["0", "2", "4"], [record["dynamodb"]["NewImage"]["n"]["N"]
                                           for record in lines("plain", "--key", "p0")])
        one, = lines("plain", "--key", "p1", "3")
        self.assertEqual("3", one["dynamodb"]["NewImage"]["n"]["N"])
        counted = server.command("replay", "orders", "--dry-run", "--filter",
                                 '{"eventName":["INSERT"]}')
        self.assertIn(f"{len(inserts)} records", counted.stdout)
        self.assertEqual([], self.read(self.seen_path))

    # If it fails, a file that took an hour is begun again because somebody closed a lid.
    def test_a_file_goes_on_where_its_reader_was(self):
        server = self.server()
        self.put(server, 250)
        path = os.path.join(server.folder, "day.ndjson")
        ran = server.command("replay", "orders", "--into", f"file:{path}", "--as", "day")
        self.assertEqual(0, ran.returncode, ran.stderr)
        with open(path, encoding="utf-8") as file:
            self.assertEqual(100, len(file.readlines()))
        self.assertEqual(0o600, os.stat(path).st_mode & 0o777)
        self.assertIn("finished", server.command("replays", "show", "day").stdout)
        again = server.command("replay", "orders", "--into", f"file:{path}", "--as", "other")
        self.assertEqual(2, again.returncode)
        self.assertIn("is there already", again.stderr)

    # If it fails, a typo is answered with a stack of JSON, or with success.
    def test_what_cannot_be_replayed_is_refused_in_a_sentence(self):
        server = self.server()
        self.put(server, 25)
        for arguments, code, sentence in (
                (["nothing", "--into", "new"], 1, "Table: nothing not found"),
                (["orders", "--into", "nobody"], 1, 'there is no function or sink named "nobody"'),
                (["orders"], 2, "--into says who gets the records"),
                (["orders", "--into", "new", "--rate", "fast"], 2, 'not 1/s to'),
                (["orders", "--into", "new", "--from", "yesterday"], 1, "yesterday"),
                (["orders", "--into", "new", "--as", "a b"], 1, "a replay's name"),
                (["orders", "--into", "new", "--as", "orders-live"], 1, "name of a trigger"),
                (["orders", "--into", "new", "--filter", "{"], 1, "")):
            with self.subTest(arguments=arguments):
                ran = server.command("replay", *arguments)
                self.assertEqual(code, ran.returncode, ran.stdout + ran.stderr)
                self.assertIn(sentence, ran.stderr)
        self.assertEqual("no replays\n", server.command("replays").stdout)


    # If it fails, a flag is taken and means nothing.
    def test_flags_of_deliveries_are_refused_where_nothing_is_delivered(self):
        server = self.server()
        for flag, value in (("--rate", "5/s"), ("--retries", "1"), ("--batch-size", "7"),
                            ("--compare", "orders-live")):
            for where in (["--into", "stdout"], ["--into", "file:x"], ["--dry-run"]):
                ran = server.command("replay", "orders", flag, value, *where)
                self.assertEqual(2, ran.returncode, (flag, where, ran.stdout))
                self.assertIn(flag, ran.stderr)

    # If it fails, a new version goes live without anybody seeing what it answers differently.
    def test_two_versions_are_compared(self):
        version = textwrap.dedent("""
            import json, sys
            for line in sys.stdin:
                numbers = [int(record["dynamodb"]["NewImage"]["n"]["N"])
                           for record in json.loads(line)["Records"]]
                print(json.dumps({"sum": sum(numbers), "most": max(numbers) + WRONG}), flush=True)
        """)
        server = Server()
        self.addCleanup(server.close)
        functions = {"one": "0", "same": "0", "two": "(1 if 20 in numbers else 0)"}
        config = {
            "tables": [{"name": "orders", "keys": {"hash": "id S"}}],
            "functions": [{"name": name, "command": [PYTHON, "-c", version.replace("WRONG", wrong)]}
                          for name, wrong in functions.items()],
            "triggers": [{"table": "orders", "function": "one", "batch_size": 10}],
        }
        with open(server.config_path, "w", encoding="utf-8") as file:
            json.dump(config, file)
        server.start()
        for number in range(40):
            server.client().put_item(TableName="orders", Item={"id": {"S": "k"},
                                                               "n": {"N": str(number)}})
        server.wait_drained()
        compare = ["replay", "orders", "--compare", "orders-one", "--into"]
        alike = server.command(*compare, "same")
        self.assertEqual(0, alike.returncode, alike.stdout + alike.stderr)
        self.assertIn('4 batches compared with "orders-one": all answered alike', alike.stdout)
        differs = server.command(*compare, "two", "--as", "v2")
        self.assertEqual(1, differs.returncode, differs.stdout + differs.stderr)
        self.assertIn("1 differ", differs.stdout)
        self.assertIn("10 records: the reply differs at /most", differs.stdout)
        shown = json.loads(server.command("replays", "differences", "v2", "--json").stdout)
        self.assertEqual(["/most"], shown["differences"][0]["paths"])
        self.assertEqual("ok", shown["differences"][0]["after"]["outcome"])
        for wrong, sentence in ((("nothing", "two"), "no trigger"), (("orders-one", "stdout"), "--compare"),
                                (("orders-one", "three"), "no function or sink")):
            refused = server.command("replay", "orders", "--compare", wrong[0], "--into", wrong[1])
            self.assertNotEqual(0, refused.returncode)
            self.assertIn(sentence, refused.stderr)


if __name__ == "__main__":
    unittest.main()
