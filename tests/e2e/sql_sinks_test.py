"""Copies of tables in SQL databases: rows first, then changes, one row of history for each."""

import json
import os
import sqlite3
import unittest

from server import Server
from targets import Postgres


class Copies:
    """The same for both databases; `target` is the sink's key and value, `sql` asks the database."""

    def setUp(self):
        self.server = Server()
        self.addCleanup(self.server.close)
        self.folder = os.path.dirname(self.server.config_path)

    def configure(self, **sinks):
        with open(self.server.config_path, "w", encoding="utf-8") as file:
            json.dump({"tables": [{"name": "orders", "keys": {"hash": "id S"}}], **sinks}, file)

    def with_sink(self):
        self.configure(sinks=[{"name": "copy", "table": "orders", **self.target(),
                               "retry_first": "10ms", "retry_longest": "50ms"}])

    def put(self, key, number):
        self.server.client().put_item(TableName="orders",
                                      Item={"id": {"S": key}, "n": {"N": str(number)}})

    def expect_equal(self, rows):
        done = self.server.command("verify", "orders", "--sink", "copy")
        self.assertEqual((0, f"{rows} rows compared: no difference\n"),
                         (done.returncode, done.stdout), done.stderr + self.server.output())

    def test_rows_then_changes_then_a_crash(self):
        """If it fails, the copy has holes, or the history counts a change twice."""
        self.configure()
        self.server.start()
        for key in range(20):
            self.put(f"o{key:02}", key)
        self.server.stop()
        self.with_sink()
        self.server.start()
        self.server.wait_drained()
        self.expect_equal(20)
        self.put("o01", 100)
        self.server.client().delete_item(TableName="orders", Key={"id": {"S": "o02"}})
        self.server.kill()
        self.server.start()
        self.put("new", 7)
        self.server.wait_drained()
        self.expect_equal(20)
        self.assertEqual("100", self.sql("SELECT n FROM orders WHERE id = 'o01'"))
        self.assertEqual("INSERT 1, MODIFY 1, REMOVE 1", ", ".join(
            f"{event} " + self.sql(f"SELECT count(*) FROM orders_history WHERE event = '{event}'")
            for event in ("INSERT", "MODIFY", "REMOVE")))

    def test_differences_are_found_and_mended(self):
        self.with_sink()
        self.server.start()
        for key in range(5):
            self.put(f"o{key}", key)
        self.server.wait_drained()
        self.sql("UPDATE orders SET n = 77 WHERE id = 'o1'")
        self.sql("DELETE FROM orders WHERE id = 'o2'")
        self.assertEqual(1, self.server.command("verify", "orders", "--sink", "copy").returncode)
        mended = self.server.command("verify", "orders", "--sink", "copy", "--repair")
        self.assertEqual(0, mended.returncode, mended.stderr)
        self.expect_equal(5)


class SqliteTest(Copies, unittest.TestCase):
    def target(self):
        return {"sqlite": {"path": "copy.sqlite", "history": True}}

    def sql(self, text):
        with sqlite3.connect(os.path.join(self.folder, "copy.sqlite"), timeout=30) as database:
            row = database.execute(text).fetchone()
        database.close()
        return "" if row is None else str(row[0])


class PostgresTest(Copies, unittest.TestCase):
    def setUp(self):
        super().setUp()
        self.postgres = Postgres().start()
        self.addCleanup(self.postgres.close)

    def target(self):
        return {"postgres": {"connection": self.postgres.url(), "history": True}}

    def sql(self, text):
        return self.postgres.sql(text)


if __name__ == "__main__":
    unittest.main()
