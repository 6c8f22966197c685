"""What Millbeck says when it cannot start: one sentence and an exit code, never half a start."""

import contextlib
import json
import os
import resource
import socket
import tempfile
import unittest

import small_disk
from server import Server, create_table, millbeck

USAGE, ENVIRONMENT = 2, 3


class RefusedStartTest(unittest.TestCase):
    def setUp(self):
        self.folder = self.enterContext(tempfile.TemporaryDirectory(prefix="millbeck-test-"))
        self.data = os.path.join(self.folder, "data")

    def config(self, text):
        path = os.path.join(self.folder, "millbeck.yaml")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text if isinstance(text, str) else json.dumps(text))
        return path

    def refused(self, code, pattern, *arguments, **options):
        done = millbeck("serve", "--data", self.data, *arguments, **options)
        words = done.stderr.strip()
        self.assertEqual(code, done.returncode, done.stdout + words)
        self.assertRegex(words, pattern)
        # One sentence, no trace of our inside.
        self.assertEqual(1, len(words.splitlines()), words)
        self.assertNotRegex(words, r"terminate called|\.cpp:|std::|0x[0-9a-f]{6}")
        return words

    # If it fails, somebody with a typo in the configuration searches for hours.
    def test_wrong_configuration(self):
        table = "tables: [{name: orders, keys: {hash: id S}, stream: KEYS_ONLY}]\n"
        function = "functions: [{name: notes, command: [/bin/true]}]\n"
        rows = (
            ("an unknown key", "tabels: []\n", r"tabels.*tables"),
            ("an unknown key in a table", "tables: [{nme: orders, keys: {hash: id S}}]\n",
             r"nme.*name"),
            ("a wrong type", "retention: [1]\n", r"retention"),
            ("no duration", "retention: long\n", r"retention.*long"),
            ("out of range", "segment_bytes: 1\n", r"segment_bytes"),
            ("no YAML", "tables: [\n", r"millbeck\.yaml"),
            ("a missing executable",
             table + "functions: [{name: notes, command: [/no/such/program]}]\n"
             "triggers: [{table: orders, function: notes}]\n", r"/no/such/program"),
            ("an unknown function", table + "triggers: [{table: orders, function: nots}]\n", r"nots"),
            ("an unknown table", function + "triggers: [{table: order, function: notes}]\n",
             r"order"),
            ("a table twice", table[:-2] + ", {name: orders, keys: {hash: id S}}]\n", r"orders"),
        )
        for number, (name, text, pattern) in enumerate(rows):
            with self.subTest(name):
                self.data = os.path.join(self.folder, f"data-{number}")
                self.refused(USAGE, pattern, "--listen", "127.0.0.1:0",
                             "--config", self.config(text))
                # Only what the folder holds can tell that a table is unknown.
                if name != "an unknown table":
                    self.assertFalse(os.path.exists(self.data), "it was half started")

    # If it fails, the shell says "command failed" and nothing else.
    def test_wrong_usage(self):
        self.refused(USAGE, "nowhere", "--listen", "nowhere")
        self.refused(USAGE, "missing.yaml", "--config", os.path.join(self.folder, "missing.yaml"))
        done = millbeck("sreve")
        self.assertEqual(USAGE, done.returncode)
        self.assertRegex(done.stderr, "sreve.*serve")

    # If it fails, two servers write into one folder.
    def test_a_folder_serves_one_at_a_time(self):
        with Server() as first:
            self.data = first.data
            self.refused(ENVIRONMENT, "in use|locked|another", "--listen", "127.0.0.1:0")
            create_table(first.client(), "still-there")

    # If it fails, the second server seems to run, and the first gets its requests.
    def test_a_port_serves_one_at_a_time(self):
        with contextlib.closing(socket.socket()) as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            self.refused(ENVIRONMENT, str(port), "--listen", f"127.0.0.1:{port}")

    # If it fails, a folder nobody can write to ends in a stack trace.
    def test_a_folder_that_cannot_be_written(self):
        # Below a file there are no folders, not even for root.
        blocked = os.path.join(self.folder, "file")
        with open(blocked, "w", encoding="utf-8"):
            pass
        self.data = os.path.join(blocked, "data")
        self.refused(ENVIRONMENT, "file/data", "--listen", "127.0.0.1:0")
        if os.geteuid() != 0:
            self.data = "/proc/millbeck"
            self.refused(ENVIRONMENT, "/proc/millbeck", "--listen", "127.0.0.1:0")

    # If it fails, a full disk ends in a stack trace, or in a server that has no log.
    def test_no_room_for_the_log(self):
        # No file may grow past 256 KB: much the same as a full disk, on every machine.
        def limit():
            resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 18, 1 << 18))

        self.refused(ENVIRONMENT, "data.*File too large", "--listen", "127.0.0.1:0",
                     preexec_fn=limit)
        if small_disk.available():
            self.data = os.path.join(self.folder, "disk", "data")
            os.mkdir(os.path.dirname(self.data))
            self.refused(ENVIRONMENT, "data.*No space left on device", "--listen", "127.0.0.1:0",
                         prefix=small_disk.prefix(os.path.dirname(self.data), 2))


if __name__ == "__main__":
    unittest.main()
