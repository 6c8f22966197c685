"""Copies of tables: rows first, then changes; paused, lost, made anew, compared, mended."""

import json
import os
import random
import unittest

from server import Server
from targets import Redis


class SinksTest(unittest.TestCase):
    def setUp(self):
        self.redis = Redis().start()
        self.addCleanup(self.redis.close)
        self.server = Server()
        self.addCleanup(self.server.close)

    def configure(self, **sink):
        config = {
            "tables": [{"name": "orders", "keys": {"hash": "id S"}}],
            "sinks": [{"table": "orders", "redis": self.redis.url(), "retry_first": "10ms",
                       "retry_longest": "50ms", **sink}] if sink is not None else [],
        }
        with open(self.server.config_path, "w", encoding="utf-8") as file:
            json.dump(config, file)

    def write_rows(self, count):
        client = self.server.client()
        for begin in range(0, count, 25):
            client.batch_write_item(RequestItems={"orders": [
                {"PutRequest": {"Item": {"id": {"S": f"o{key}"}, "n": {"N": str(key)}}}}
                for key in range(begin, min(begin + 25, count))]})

    def verify(self, *arguments):
        return self.server.command("verify", "orders", "--sink", "orders-redis", *arguments)

    def expect_equal(self, rows):
        done = self.verify()
        self.assertEqual((0, f"{rows} rows compared: no difference\n"), (done.returncode, done.stdout),
                         done.stderr + self.server.output())

    def test_rows_that_are_there_come_first_then_the_changes(self):
        """If it fails, a new cache is empty until every item has been written once more."""
        with open(self.server.config_path, "w", encoding="utf-8") as file:
            json.dump({"tables": [{"name": "orders", "keys": {"hash": "id S"}}]}, file)
        self.server.start()
        self.write_rows(300)
        self.server.stop()
        self.configure()
        self.server.start()
        self.server.wait_drained()
        self.assertEqual("42", self.redis.cli("HGET", "orders:o42", "n"))
        client = self.server.client()
        client.update_item(TableName="orders", Key={"id": {"S": "o42"}},
                           UpdateExpression="SET n = :n",
                           ExpressionAttributeValues={":n": {"N": "43"}})
        client.delete_item(TableName="orders", Key={"id": {"S": "o41"}})
        self.server.wait_drained()
        self.assertEqual("43", self.redis.cli("HGET", "orders:o42", "n"))
        self.assertEqual("", self.redis.cli("HGET", "orders:o41", "n"))
        status = json.loads(self.server.command("sinks", "--json").stdout)["sinks"][0]
        self.assertEqual(("orders-redis", "redis", 300, None),
                         tuple(status[key] for key in ("name", "target", "rows_copied", "rows_progress")))
        self.assertIn("up to date", self.server.command("sinks").stdout)
        self.expect_equal(299)

    def test_a_restart_repeats_no_rows(self):
        self.configure()
        self.server.start()
        self.write_rows(50)
        self.server.wait_drained()
        self.server.kill()
        self.server.start()
        self.write_rows(60)
        self.server.wait_drained()
        status = json.loads(self.server.command("sinks", "--json").stdout)["sinks"][0]
        self.assertEqual(0, status["rows_copied"])
        self.expect_equal(60)

    def test_a_flushed_target_is_filled_again(self):
        """If it fails, a cache that was restarted stays empty."""
        self.configure()
        self.server.start()
        self.write_rows(100)
        self.server.wait_drained()
        self.redis.cli("FLUSHALL")
        self.server.client().put_item(TableName="orders", Item={"id": {"S": "new"}})
        self.server.wait_for_line("made anew")
        self.server.wait_drained()
        self.expect_equal(101)

    def test_a_target_that_is_down_is_waited_for(self):
        self.configure()
        self.redis.kill()
        self.server.start()
        self.write_rows(20)
        self.server.wait_for_line("does not say where it is")
        self.assertIn("waits for its target", self.server.command("sinks").stdout)
        self.redis.start()
        self.server.wait_drained()
        self.expect_equal(20)

    def test_a_pause_holds_changes_back(self):
        self.configure()
        self.server.start()
        self.write_rows(1)
        self.server.wait_drained()
        self.assertEqual(0, self.server.command("sinks", "pause", "orders-redis").returncode)
        self.server.client().put_item(TableName="orders", Item={"id": {"S": "late"}})
        self.assertIn("paused", self.server.command("sinks").stdout)
        self.server.kill()
        self.server.start()
        self.server.client().put_item(TableName="orders", Item={"id": {"S": "later"}})
        self.assertIn("paused", self.server.command("sinks").stdout, "also after a restart")
        self.assertEqual("0", self.redis.cli("EXISTS", "orders:late"))
        self.assertEqual(0, self.server.command("sinks", "resume", "orders-redis").returncode)
        self.server.wait_drained()
        self.assertEqual("1", self.redis.cli("EXISTS", "orders:late"))
        unknown = self.server.command("sinks", "pause", "nobody")
        self.assertEqual(1, unknown.returncode)
        self.assertIn('no sink named "nobody"', unknown.stderr)

    def test_differences_are_found_and_mended(self):
        """If it fails, nobody can know whether the copy is one."""
        self.configure()
        self.server.start()
        self.write_rows(50)
        self.server.wait_drained()
        self.redis.cli("DEL", "orders:o1")
        self.redis.cli("HSET", "orders:o2", "n", "wrong")
        self.redis.cli("HSET", "orders:stranger", "id", "stranger", "_millbeck", "x")
        done = self.verify()
        self.assertEqual(1, done.returncode, done.stderr)
        self.assertIn('missing   {"id":{"S":"o1"}}', done.stdout)
        self.assertIn('different {"id":{"S":"o2"}}', done.stdout)
        mended = self.verify("--repair")
        self.assertEqual(0, mended.returncode, mended.stderr)
        self.assertIn("repaired", mended.stdout)
        self.expect_equal(50)
        self.assertEqual("2", self.redis.cli("HGET", "orders:o2", "n"))

    def test_leaderboards_are_compared_and_mended(self):
        """If it fails, a ranking is wrong for ever after somebody touched it."""
        self.configure(redis={"url": self.redis.url(), "sorted_set": {
            "name": "top:{area}", "score": "n", "member": "{id}"}})
        self.server.start()
        client = self.server.client()
        for key in range(12):
            client.put_item(TableName="orders", Item={
                "id": {"S": f"o{key}"}, "n": {"N": f"{key}.50"}, "area": {"S": "en"[key % 2]}})
        client.put_item(TableName="orders", Item={"id": {"S": "unranked"}})
        client.update_item(TableName="orders", Key={"id": {"S": "o3"}},
                           UpdateExpression="SET area = :a", ExpressionAttributeValues={
                               ":a": {"S": "s"}})
        self.server.wait_drained()
        whole = (0, "13 rows and 12 leaderboard entries compared: no difference\n")
        done = self.verify()
        self.assertEqual(whole, (done.returncode, done.stdout), done.stderr)
        for words, named in (
                (("ZREM", "top:e", "o2"), 'missing   {"member":"o2","sorted_set":"top:e"}'),
                # The newest change: its version at the target is as new as the repair.
                (("ZREM", "top:s", "o3"), 'missing   {"member":"o3","sorted_set":"top:s"}'),
                (("ZADD", "top:n", "99", "o5"), 'different {"member":"o5","sorted_set":"top:n"}'),
                (("ZADD", "top:n", "1", "o3"), 'extra     {"member":"o3","sorted_set":"top:n"}'),
                (("ZADD", "top:e", "1", b"\xff"),
                 'extra     {"member_base64":"/w==","sorted_set":"top:e"}')):
            with self.subTest(words=words):
                self.redis.cli(*words)
                done = self.verify()
                self.assertEqual(1, done.returncode, done.stderr)
                self.assertEqual([named], done.stdout.splitlines()[:-1])
                done = self.verify("--repair")
                self.assertEqual(0, done.returncode, done.stderr)
                self.assertIn("repaired", done.stdout)
                done = self.verify()
                self.assertEqual(whole, (done.returncode, done.stdout), done.stderr)
        self.assertEqual("2.5", self.redis.cli("ZSCORE", "top:e", "o2"))
        self.assertEqual("5.5", self.redis.cli("ZSCORE", "top:n", "o5"))
        self.assertEqual("o2", self.redis.cli("HGET", "orders:o2", "id"))
        compared = json.loads(self.verify("--json").stdout)
        self.assertEqual((13, 12, True), (compared["rows"], compared["derived"], compared["equal"]))

    def test_a_copy_can_be_made_anew(self):
        self.configure()
        self.server.start()
        self.write_rows(30)
        self.server.wait_drained()
        self.redis.cli("HSET", "orders:o2", "n", "wrong")
        done = self.server.command("backfill", "orders", "--to", "orders-redis")
        self.assertEqual(0, done.returncode, done.stderr)
        self.server.wait_drained()
        self.expect_equal(30)
        other = self.server.command("backfill", "orders", "--to", "nobody")
        self.assertEqual(1, other.returncode)

    def test_the_lesson_of_copies(self):
        """The configuration of examples/copies, with another port."""
        lesson = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                              "../../examples/copies/millbeck.yaml")
        with open(lesson, encoding="utf-8") as file:
            text = file.read().replace("6379", str(self.redis.port))
        with open(self.server.config_path, "w", encoding="utf-8") as file:
            file.write(text)
        self.server.start()
        self.server.client().put_item(TableName="orders", Item={
            "id": {"S": "42"}, "state": {"S": "open"}, "n": {"N": "1"},
            "to": {"M": {"city": {"S": "Ulm"}, "street": {"S": "1st"}}}})
        self.server.client().put_item(TableName="orders",
                                      Item={"id": {"S": "43"}, "state": {"S": "closed"}})
        self.server.wait_drained()
        self.assertEqual("open", self.redis.cli("HGET", "orders:42", "state"))
        self.assertEqual({"id": "42", "state": "open", "to_city": "Ulm"},
                         json.loads(self.redis.cli("GET", "open:42")))
        self.assertEqual("0", self.redis.cli("EXISTS", "open:43"))

    def test_kills_lose_nothing(self):
        """If it fails, a crash of either side leaves a hole in the copy, or an old value."""
        rounds = int(os.environ.get("MILLBECK_KILL_ROUNDS", "5"))
        seed = random.randrange(1 << 32)
        chance = random.Random(seed)
        self.configure(batch_size=10)
        self.server.start()
        rows = {}
        for number in range(rounds):
            client = self.server.client()
            for _ in range(chance.randrange(20, 120)):
                key = f"o{chance.randrange(40)}"
                if chance.random() < 0.2:
                    client.delete_item(TableName="orders", Key={"id": {"S": key}})
                    rows.pop(key, None)
                else:
                    value = str(chance.randrange(1000))
                    client.put_item(TableName="orders",
                                    Item={"id": {"S": key}, "n": {"N": value}})
                    rows[key] = value
            if chance.random() < 0.5:
                self.server.kill()
                self.server.start()
            else:
                self.redis.kill()
                self.redis.start()
        self.server.wait_drained()
        with self.subTest(seed=seed, rounds=number + 1):
            self.expect_equal(len(rows))
            for key, value in rows.items():
                self.assertEqual(value, self.redis.cli("HGET", f"orders:{key}", "n"))


if __name__ == "__main__":
    unittest.main()
