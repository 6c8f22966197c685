"""Tables to files and back, with Millbeck's own commands."""

import base64
import gzip
import json
import os
import random
import signal
import subprocess
import unittest

from server import DEADLINE, PROGRAM, Server, create_table, environment, millbeck

NUMBERS = ("0", "-1", "12.5", "1E+20", "99999999999999999999999999999999999999", "-0.001")
TEXTS = ("", "a", "two words", "a,b", 'say "hi"', "line\nline", "\r\n", "ü€😀", "{}", "true", "1")


def random_value(numbers, depth=0):
    """A value of one of the ten types, as DynamoDB JSON."""
    kinds = ["S", "N", "B", "BOOL", "NULL", "SS", "NS", "BS"] + (["M", "L"] if depth < 3 else [])
    kind = numbers.choice(kinds)
    text = lambda: numbers.choice(TEXTS) + (str(numbers.randint(0, 9)) if depth else "")
    binary = lambda: base64.b64encode(numbers.randbytes(numbers.randint(0, 6))).decode()
    some = lambda make: sorted({make() for _ in range(numbers.randint(1, 4))})
    return {kind: {
        "S": text, "N": lambda: numbers.choice(NUMBERS), "B": binary,
        "BOOL": lambda: numbers.random() < 0.5, "NULL": lambda: True,
        "SS": lambda: some(text), "NS": lambda: some(lambda: str(numbers.randint(-50, 50))),
        "BS": lambda: some(binary),
        "M": lambda: {f"k{i}": random_value(numbers, depth + 1) for i in range(numbers.randint(0, 3))},
        "L": lambda: [random_value(numbers, depth + 1) for _ in range(numbers.randint(0, 3))],
    }[kind]()}


def random_items(count, seed=3):
    numbers = random.Random(seed)
    names = ["plain", "with space", "a:N", 'q"q', "comma,name", "ünï"]
    return [{"id": {"S": f"item {i}"}, "at": {"N": str(i % 7)},
             **{name: random_value(numbers) for name in names if numbers.random() < 0.6}}
            for i in range(count)]


class TransferTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(Server())
        cls.items = random_items(400)
        cls.source = cls.path("source.ndjson")
        with open(cls.source, "w", encoding="utf-8") as file:
            file.writelines(json.dumps(item) + "\n" for item in cls.items)
        cls.ok("import", "all-types", cls.source, "--create", "id:S,at:N")

    @classmethod
    def path(cls, name):
        return os.path.join(cls.server.folder, name)

    @classmethod
    def ok(cls, *arguments):
        done = cls.server.command(*arguments)
        assert done.returncode == 0, done.stderr
        return done

    def rows(self, table):
        status, reply = self.server.call("DynamoDB_20120810.Scan", TableName=table)
        self.assertEqual(200, status, reply)
        return sorted(json.dumps(item, sort_keys=True) for item in reply["Items"])

    # If it fails, a table that was moved by files is another table.
    def test_every_form_gives_back_an_equal_table(self):
        self.assertEqual(len(self.items), len(self.rows("all-types")))
        forms = (("plain.ndjson", ()), ("zipped.ndjson.gz", ()), ("plain.csv", ()),
                 ("zipped.csv.gz", ()), ("named", ("--format", "csv")),
                 ("folder", ("--format", "dynamodb-json")))
        for number, (name, format_flags) in enumerate(forms):
            with self.subTest(name):
                told = self.ok("export", "all-types", "--to", self.path(name), *format_flags)
                self.assertIn("400 items", told.stderr)
                self.assertEqual("", told.stdout)
                table = f"copy-{number}"
                self.ok("import", table, self.path(name), "--create", "id:S,at:N", *format_flags)
                self.assertEqual(self.rows("all-types"), self.rows(table))
                self.assertFalse([one for one in os.listdir(self.server.folder) if ".part" in one])

    # If it fails, an export cannot be piped into another program.
    def test_standard_streams(self):
        out = self.ok("export", "all-types").stdout
        self.assertEqual(400, len(out.splitlines()))
        done = subprocess.run([PROGRAM, "import", "piped", "-", "--create", "id:S,at:N", "--json",
                               "--endpoint", self.server.endpoint], input=out, encoding="utf-8",
                              capture_output=True, timeout=DEADLINE, env=environment())
        self.assertEqual((0, {"written": 400, "wrong": 0}),
                         (done.returncode, json.loads(done.stdout)), done.stderr)
        self.assertEqual(self.rows("all-types"), self.rows("piped"))

    # If it fails, readers of DynamoDB's exports cannot read ours, or we not theirs.
    def test_folders_are_those_of_the_service(self):
        top = self.path("service")
        self.ok("export", "all-types", "--to", top, "--format", "dynamodb-json")
        (name,) = os.listdir(os.path.join(top, "AWSDynamoDB"))
        self.assertRegex(name, r"^\d{14}-[0-9a-f]{8}$")
        folder = os.path.join(top, "AWSDynamoDB", name)
        self.assertEqual({"_started", "data", "manifest-files.checksum", "manifest-files.json",
                          "manifest-summary.checksum", "manifest-summary.json"},
                         set(os.listdir(folder)))
        (data,) = os.listdir(os.path.join(folder, "data"))
        with gzip.open(os.path.join(folder, "data", data), "rt", encoding="utf-8") as lines:
            self.assertEqual(400, sum("Item" in json.loads(line) for line in lines))
        os.remove(os.path.join(folder, "manifest-summary.json"))
        refused = self.server.command("import", "all-types", folder)
        self.assertEqual(2, refused.returncode)
        self.assertIn("is not whole", refused.stderr)

    # If it fails, what an incremental export says was deleted stays.
    def test_incremental_exports_are_applied(self):
        create_table(self.server.client(), "changed")
        client = self.server.client()
        client.put_item(TableName="changed", Item={"id": {"S": "goes"}})
        path = self.path("changes.json")
        meta = {"WriteTimestampMicros": {"N": "1"}}
        with open(path, "w", encoding="utf-8") as file:
            for change in (
                    {"Metadata": meta, "Keys": {"id": {"S": "goes"}}},
                    {"Metadata": meta, "Keys": {"id": {"S": "new"}},
                     "NewImage": {"id": {"S": "new"}, "n": {"N": "1"}}}):
                file.write(json.dumps(change) + "\n")
        self.ok("import", "changed", path)
        self.assertEqual([json.dumps({"id": {"S": "new"}, "n": {"N": "1"}})], self.rows("changed"))

    # If it fails, lines are lost without a word, or good ones because of bad ones.
    def test_wrong_lines_are_named_and_left_out(self):
        path = self.path("wrong.ndjson")
        with open(path, "w", encoding="utf-8") as file:
            file.write('{"id":{"S":"1"}}\n\nno json\n{"id":{"N":"1"}}\n{"other":{"S":"x"}}\n'
                       '{"id":{"S":"2"}}\n{"id":{"S":"3"},"n":{"N":"x"}}\n')
        done = self.server.command("import", "some-wrong", path, "--create", "id:S")
        self.assertEqual(1, done.returncode)
        for line in (3, 4, 5, 7):
            self.assertIn(f"wrong.ndjson line {line}: ", done.stderr)
        self.assertIn("4 lines are wrong", done.stderr)
        self.assertEqual(2, len(self.rows("some-wrong")))

    # If it fails, spreadsheets of people who know no types cannot be read.
    def test_plain_csv_is_read(self):
        path = self.path("people.csv")
        with open(path, "w", encoding="utf-8") as file:
            file.write("id,name,age:N\r\n1,Ada,36\r\n2,,\r\n")
        self.ok("import", "people", path, "--create", "id:N")
        self.assertEqual([{"id": {"N": "1"}, "name": {"S": "Ada"}, "age": {"N": "36"}},
                          {"id": {"N": "2"}}],
                         sorted((json.loads(row) for row in self.rows("people")),
                                key=lambda item: item["id"]["N"]))

    # If it fails, people see a wall of text, or the wrong exit code, for a typo.
    def test_refusals_are_one_sentence(self):
        rows = (
            (("export", "nowhere"), 1, "there is no table"),
            (("export", "all-types", "--format", "xml"), 2, "not one of ndjson"),
            (("export", "all-types", "--format", "dynamodb-json"), 2, "needs a folder"),
        )
        for arguments, code, word in rows:
            with self.subTest(arguments):
                done = self.server.command(*arguments)
                self.assertEqual((code, ""), (done.returncode, done.stdout), done.stderr)
                self.assertIn(word, done.stderr)
                self.assertEqual(1, len(done.stderr.strip().splitlines()), done.stderr)
        missing = self.server.command("import", "all-types", self.path("missing"))
        self.assertEqual((2, True), (missing.returncode, "missing" in missing.stderr))

    # If it fails, an export that was stopped leaves a file that looks whole.
    def test_a_stopped_export_leaves_nothing(self):
        path = self.path("stopped.ndjson")
        command = [PROGRAM, "export", "all-types", "--endpoint", self.server.endpoint, "--to", path]
        child = subprocess.Popen(command, stderr=subprocess.PIPE, env=environment())
        child.send_signal(signal.SIGTERM)
        child.communicate(timeout=DEADLINE)
        names = [name for name in os.listdir(self.server.folder) if name.startswith("stopped")]
        self.assertIn(names, ([], ["stopped.ndjson"]))
        if names:  # it was faster than the signal
            with open(path, encoding="utf-8") as lines:
                self.assertEqual(400, len(lines.readlines()))


if __name__ == "__main__":
    unittest.main()
