"""Either side of a copy is killed at random points under load; afterwards it is what the table is.

MILLBECK_KILL_ROUNDS: how often (3 for each target).
"""

import json
import os
import random
import unittest

from server import Server, create_table
from targets import Kafka, Postgres, Redis

ROUNDS = int(os.environ.get("MILLBECK_KILL_ROUNDS", "3"))


class SinkKillsTest(unittest.TestCase):
    def setUp(self):
        self.server = Server()
        self.addCleanup(self.server.close)
        self.seed = random.randrange(1 << 32)
        self.chance = random.Random(self.seed)
        self.rows = {}

    def configure(self, **target):
        with open(self.server.config_path, "w", encoding="utf-8") as file:
            json.dump({"tables": [{"name": "orders", "keys": {"hash": "id S"}}],
                       "sinks": [{"name": "copy", "table": "orders", "batch_size": 10,
                                  "retry_first": "10ms", "retry_longest": "50ms", **target}]}, file)

    def write(self):
        client = self.server.client()
        for _ in range(self.chance.randrange(20, 120)):
            key = f"o{self.chance.randrange(40)}"
            if self.chance.random() < 0.2:
                client.delete_item(TableName="orders", Key={"id": {"S": key}})
                self.rows.pop(key, None)
            else:
                self.rows[key] = str(self.chance.randrange(1000))
                client.put_item(TableName="orders",
                                Item={"id": {"S": key}, "n": {"N": self.rows[key]}})

    def kill_in_turns(self, target=None, beside=""):
        """Millbeck, or the target where it is a server of its own; `beside` the rows it compares."""
        self.server.start()
        self.server.wait_drained()  # of no rows: from here on there are changes only
        for _ in range(ROUNDS):
            self.write()
            if target is None or self.chance.random() < 0.5:
                self.server.kill()
                self.server.start()
            else:
                target.kill()
                target.start()
        self.write()
        self.server.wait_drained()
        done = self.server.command("verify", "orders", "--sink", "copy")
        compared = f"{len(self.rows)} rows" + beside.format(len(self.rows))
        self.assertEqual((0, f"{compared} compared: no difference\n"),
                         (done.returncode, done.stdout),
                         f"seed {self.seed}: {done.stderr}\n{self.server.output()}")

    def test_redis(self):
        target = Redis().start()
        self.addCleanup(target.close)
        self.configure(redis=target.url())
        self.kill_in_turns(target)

    def test_leaderboards_in_redis(self):
        """A set for each score, so that nearly every change moves a member."""
        target = Redis().start()
        self.addCleanup(target.close)
        self.configure(redis={"url": target.url(), "sorted_set": {
            "name": "top:{n}", "score": "n", "member": "{id}"}})
        self.kill_in_turns(target, " and {} leaderboard entries")

    def test_postgres(self):
        target = Postgres().start()
        self.addCleanup(target.close)
        self.configure(postgres={"connection": target.url(), "history": True})
        self.kill_in_turns(target)
        # What came and went is in the history, each change once.
        self.assertEqual(str(len(self.rows)), target.sql(
            "SELECT sum(CASE event WHEN 'INSERT' THEN 1 WHEN 'REMOVE' THEN -1 ELSE 0 END)"
            " FROM orders_history"))
        self.assertEqual("0", target.sql(
            "SELECT count(*) - count(DISTINCT sequence) FROM orders_history"))

    def test_sqlite(self):
        self.configure(sqlite={"path": "copy.db", "history": True})
        self.kill_in_turns()

    def test_files(self):
        self.configure(files={"folder": "copy", "content": "rows"})
        self.kill_in_turns()

    def test_another_dynamodb(self):
        with Server() as other:
            create_table(other.client(), "orders")
            self.configure(dynamodb=other.endpoint)
            self.kill_in_turns()

    def test_kafka(self):
        target = Kafka.start_for(self)
        self.configure(kafka={"brokers": f"127.0.0.1:{target.port}", "mode": "transactional"})
        self.kill_in_turns(target)
        told = [(key, headers["sequence"]) for key, _, headers in target.read("orders")
                if headers.get("snapshot") != "true"]
        self.assertEqual(len(told), len(set(told)), f"seed {self.seed}: a change came twice")


if __name__ == "__main__":
    unittest.main()
