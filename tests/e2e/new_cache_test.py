"""The example "a new cache from yesterday's history", as its page says it."""

import json
import os
import shutil
import unittest

from server import Server
from targets import Redis

EXAMPLE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../examples/new-cache")


class NewCacheTest(unittest.TestCase):
    def setUp(self):
        self.redis = Redis().start()
        self.addCleanup(self.redis.close)
        self.server = Server()
        self.addCleanup(self.server.close)
        shutil.copytree(EXAMPLE, self.server.folder, dirs_exist_ok=True)
        with open(self.server.config_path, encoding="utf-8") as file:
            self.config = file.read().replace("6379", str(self.redis.port))
        self.configure(self.config)
        self.server.start()
        self.orders = self.server.client()

    def configure(self, text):
        with open(self.server.config_path, "w", encoding="utf-8") as file:
            file.write(text)

    def put(self, number, state):
        self.orders.put_item(TableName="orders",
                             Item={"id": {"S": f"o{number}"}, "state": {"S": state}})

    def cached(self):
        keys = self.redis.cli("keys", "recent:*").split()
        return {key.split(":")[1]: json.loads(self.redis.cli("get", key))["state"] for key in keys}

    def replay(self, *words):
        return self.server.command("replay", "orders", "--into", "recent", *words)

    # If it fails, the new cache lacks an order that changed, or has one that is gone.
    def test_what_moved_is_there(self):
        for number in range(10):
            self.put(number, "old")
        since = json.loads(self.server.command("log", "stats", "--json").stdout)["newest"]
        since = str(int(since) + 1)
        for number in range(5):
            self.put(number, "new")
        self.orders.delete_item(TableName="orders", Key={"id": {"S": "o0"}})
        self.assertEqual({}, self.cached(), "nothing follows the table")
        self.assertIn("disabled", self.server.command("sinks").stdout)

        counted = self.replay("--from", since, "--dry-run")
        self.assertIn("6 records", counted.stdout, counted.stderr)
        filled = self.replay("--from", since, "--as", "yesterday")
        self.assertEqual(0, filled.returncode, filled.stdout + filled.stderr)
        self.assertEqual({f"o{number}": "new" for number in range(1, 5)}, self.cached())

        again = self.replay("--as", "everything")
        self.assertEqual(0, again.returncode, again.stdout + again.stderr)
        self.assertEqual(9, len(self.cached()), "a replay makes the copy anew")

    # If it fails, somebody sets a cache back that an application reads.
    def test_a_cache_that_follows_is_not_set_back(self):
        self.server.stop()
        self.configure(self.config.replace("    enabled: false\n", ""))
        self.server.start()
        self.orders = self.server.client()  # another port
        self.put(1, "new")
        self.server.wait_drained()
        refused = self.replay()
        self.assertEqual(1, refused.returncode, refused.stdout)
        self.assertIn("enabled: false", refused.stderr)
        self.server.command("sinks", "pause", "recent")
        self.assertIn("follows its table", self.replay().stderr)
        self.assertEqual({"o1": "new"}, self.cached())


if __name__ == "__main__":
    unittest.main()
