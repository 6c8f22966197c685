"""Each kind of target once, through the program, by its file in examples/copies: rows that were there
first, then a change and a removal.
"""

import contextlib
import glob
import hashlib
import hmac
import http.server
import json
import os
import sqlite3
import threading
import unittest

import zmq

from server import DEADLINE, Server, create_table
from targets import Kafka, Memcached, Postgres, free_port

TABLE = {"name": "orders", "keys": {"hash": "id S"}}
EXAMPLES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../examples/copies")


class TargetKindsTest(unittest.TestCase):
    def setUp(self):
        self.server = Server()
        self.addCleanup(self.server.close)

    def configure(self, *sinks):
        with open(self.server.config_path, "w", encoding="utf-8") as file:
            json.dump({"tables": [TABLE],
                       "sinks": [{"table": "orders", "retry_first": "10ms",
                                  "retry_longest": "50ms", **sink} for sink in sinks]}, file)

    def write_rows(self):
        """Three rows, before there is a sink."""
        self.configure()
        self.server.start()
        for key in "abc":
            self.put(key, 1)
        self.server.stop()

    def put(self, key, number):
        self.server.client().put_item(TableName="orders",
                                      Item={"id": {"S": key}, "n": {"N": str(number)}})

    def change_rows(self):
        self.put("a", 2)
        self.server.client().delete_item(TableName="orders", Key={"id": {"S": "b"}})
        self.server.wait_drained()

    def use_example(self, kind, **places):
        """Its configuration, with these words in place of others."""
        with open(os.path.join(EXAMPLES, kind + ".yaml"), encoding="utf-8") as file:
            text = file.read()
        for word, place in places.items():
            self.assertIn(word, text)
            text = text.replace(word, place)
        with open(self.server.config_path, "w", encoding="utf-8") as file:
            file.write(text)

    def run_example(self, kind, places=None):
        self.write_rows()
        self.use_example(kind, **(places or {}))
        self.server.start()
        self.server.wait_drained()
        self.change_rows()

    def expect_equal(self, name):
        done = self.server.command("verify", "orders", "--sink", name)
        self.assertEqual((0, "2 rows compared: no difference\n"), (done.returncode, done.stdout),
                         done.stderr + self.server.output())

    def test_files(self):
        """If it fails, analytics read nothing, or half a file."""
        self.run_example("files")
        self.expect_equal("orders-files")  # reading back completes what is open
        folder = os.path.join(self.server.folder, "copy")
        with open(os.path.join(folder, "CURRENT"), encoding="utf-8") as file:
            generation = os.path.join(folder, file.readline().strip())
        with open(os.path.join(generation, "_manifest.ndjson"), encoding="utf-8") as file:
            files = [json.loads(line)["file"] for line in file]
        self.assertEqual(sorted(files), sorted(
            os.path.relpath(path, generation)
            for path in glob.glob(generation + "/dt=*/part-*.ndjson")))
        lines = []
        for name in sorted(files):
            with open(os.path.join(generation, name), encoding="utf-8") as file:
                lines += [json.loads(line) for line in file]
        self.assertEqual(5, len(lines), lines)

    def test_webhook(self):
        received = []

        class Receiver(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                stamp, _, signature = self.headers["Millbeck-Signature"].partition(",v1=")
                signed = stamp.removeprefix("t=").encode() + b"." + body
                right = hmac.new(b"change me", signed, hashlib.sha256).hexdigest()
                received.append((dict(self.headers), json.loads(body), right == signature))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_):
                pass

        receiver = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
        thread = threading.Thread(target=receiver.serve_forever)
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(receiver.server_close)
        self.addCleanup(receiver.shutdown)
        self.run_example("webhook", {"127.0.0.1:9000": f"127.0.0.1:{receiver.server_port}"})
        self.assertTrue(all(is_signed for _, _, is_signed in received))
        records = [record for _, batch, _ in received for record in batch]
        self.assertEqual(["INSERT"] * 3 + ["MODIFY", "REMOVE"],
                         sorted(record["eventName"] for record in records))
        self.assertEqual(len(received), len({headers["Idempotency-Key"] for headers, _, _ in received}))

    def test_zeromq(self):
        port = free_port()
        context = zmq.Context()
        self.addCleanup(context.term)
        feed = context.socket(zmq.SUB)
        self.addCleanup(feed.close, 0)
        feed.setsockopt(zmq.RCVTIMEO, DEADLINE * 1000)
        feed.subscribe(b"orders")
        self.configure({"zeromq": f"tcp://127.0.0.1:{port}", "start": "LATEST"})
        self.server.start()
        self.put("first", 0)
        self.server.wait_drained()
        feed.connect(f"tcp://127.0.0.1:{port}")
        # A feed is heard from the moment on that the subscription has arrived.
        number, heard = 0, None
        feed.setsockopt(zmq.RCVTIMEO, 50)
        while heard is None and number < 200:
            number += 1
            self.put("a", number)
            self.server.wait_drained()
            try:
                heard = feed.recv_multipart()
            except zmq.Again:
                pass
        self.assertIsNotNone(heard)
        self.assertEqual((b"orders", b'{"id":{"S":"a"}}'), tuple(heard[:2]))
        self.assertEqual("a", json.loads(heard[3])["dynamodb"]["Keys"]["id"]["S"])

    def test_another_dynamodb(self):
        """If it fails, there is no local form of a global table."""
        with Server() as other:
            create_table(other.client(), "orders")
            self.run_example("dynamodb", {"http://127.0.0.1:8001": other.endpoint})
            self.expect_equal("orders-dynamodb")
            item = other.client().get_item(TableName="orders", Key={"id": {"S": "a"}})["Item"]
            self.assertEqual("2", item["n"]["N"])

    def test_standard_output(self):
        self.run_example("stdout")
        lines = [json.loads(line) for line in self.server.output().splitlines()
                 if line.startswith("{")]
        self.assertEqual(5, len(lines), self.server.output())

    def test_memcached(self):
        cache = Memcached().start()
        self.addCleanup(cache.close)
        self.run_example("memcached", {"127.0.0.1:11211": f"127.0.0.1:{cache.port}"})
        self.assertEqual(2, json.loads(cache.get("orders:a"))["n"])
        self.assertIsNone(cache.get("orders:b"))
        done = self.server.command("verify", "orders", "--sink", "orders-memcached")
        self.assertEqual(1, done.returncode)
        self.assertIn("cannot be read back", done.stderr)

    def test_postgres(self):
        database = Postgres().start()
        self.addCleanup(database.close)
        self.run_example("postgres", {"127.0.0.1:5432": f"127.0.0.1:{database.port}"})
        self.expect_equal("orders-postgres")
        self.assertEqual("2", database.sql("SELECT n FROM orders WHERE id = 'a'"))
        self.assertEqual("2", database.sql("SELECT count(*) FROM orders_history"))

    def test_sqlite(self):
        self.run_example("sqlite")
        self.expect_equal("orders-sqlite")
        path = os.path.join(os.path.dirname(self.server.config_path), "orders.db")
        with contextlib.closing(sqlite3.connect(path)) as database:
            self.assertEqual([("a", 2), ("c", 1)],
                             database.execute("SELECT id, n FROM orders ORDER BY id").fetchall())

    def test_kafka(self):
        """Rows and changes in one transaction each with their positions; killed in between."""
        broker = Kafka.start_for(self)
        self.write_rows()
        self.use_example("kafka", **{"127.0.0.1:9092": f"127.0.0.1:{broker.port}"})
        self.server.start()
        self.server.wait_drained()
        self.server.kill()
        self.server.start()
        self.change_rows()
        self.expect_equal("orders-kafka")
        read = broker.read("orders")
        self.assertEqual(["INSERT"] * 3 + ["MODIFY", "REMOVE", "REMOVE"],
                         sorted(headers["event"] for _, _, headers in read))
        self.assertEqual(["d", "r", "u"], sorted({
            json.loads(value)["op"] for _, value, _ in read if value is not None}))
        told = [(key, headers["sequence"]) for key, value, headers in read if value is not None]
        self.assertEqual(5, len(set(told)), "one came twice")

    def test_kafka_takes_what_is_given_up(self):
        """If it fails, a failed batch is gone, or is not where the configuration says."""
        broker = Kafka.start_for(self)
        place = {"kafka": f"kafka://127.0.0.1:{broker.port}/given-up"}
        with open(self.server.config_path, "w", encoding="utf-8") as file:
            json.dump({"tables": [TABLE], "functions": [{"name": "fails", "protocol": "exec", "command": ["/bin/false"]}],
                       "triggers": [{"table": "orders", "function": "fails", "on_failure": place,
                                     "maximum_retry_attempts": 0}]}, file)
        self.server.start()
        self.put("a", 1)
        self.server.wait_drained()
        (key, value, _), = broker.read("given-up")
        document = json.loads(value)
        self.assertEqual(key, document["DDBStreamBatchInfo"]["shardId"])
        self.assertEqual("RetryAttemptsExhausted", document["requestContext"]["condition"])
        event = json.loads(document["payload"])
        self.assertEqual({"S": "a"}, event["Records"][0]["dynamodb"]["Keys"]["id"])

    def test_wrong_words_are_refused_at_the_start(self):
        for sink, sentence in (
                ({"redis": {"prot": 1}}, 'redis: unknown key "prot"; did you mean "port"?'),
                ({"redis": "redis://127.0.0.1", "sqlite": "a.db"}, "a sink has one target"),
                ({}, "a sink needs a target: one of kafka, redis"),
                ({"table": "others", "redis": "redis://127.0.0.1"}, 'table "others"')):
            self.configure(sink)
            with self.assertRaisesRegex(AssertionError, "it ended"):
                self.server.start()
            self.assertEqual(2, self.server.wait(), self.server.output())
            self.assertIn(sentence, self.server.output())


if __name__ == "__main__":
    unittest.main()
