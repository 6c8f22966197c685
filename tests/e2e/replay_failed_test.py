"""The example "fix the handler, replay only what failed", as its page says it."""

import json
import os
import shutil
import unittest

from server import PYTHON, Server

EXAMPLE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../examples/replay-failed")


class ReplayFailedTest(unittest.TestCase):
    # If it fails, who has mended a handler bills somebody twice, or never.
    def test_only_what_failed_is_delivered_again(self):
        server = Server()
        self.addCleanup(server.close)
        shutil.copytree(EXAMPLE, server.folder, dirs_exist_ok=True)
        with open(server.config_path, encoding="utf-8") as file:
            config = file.read().replace("python3", PYTHON)
        with open(server.config_path, "w", encoding="utf-8") as file:
            file.write(config)
        server.start()
        orders = server.client()
        for number in range(20):
            price = {} if number % 5 == 0 else {"price": {"N": str(number)}}
            orders.put_item(TableName="orders", Item={"id": {"S": f"o{number}"}, **price})
        server.wait_drained()
        letters = json.loads(server.command("dlq", "--json").stdout)["dead_letters"]
        self.assertEqual(4, len(letters))

        failed = ["replay", "orders", "--failed", "orders-on-order", "--into", "on-order"]
        again = server.command(*failed, "--as", "too-early", "--retries", "0")
        self.assertEqual(1, again.returncode, again.stdout + again.stderr)
        self.assertIn("4 batches failed for good", again.stdout)

        with open(os.path.join(server.folder, "fixed"), "w", encoding="utf-8"):
            pass
        counted = server.command(*failed, "--dry-run")
        self.assertIn("4 records", counted.stdout)
        mended = server.command(*failed, "--as", "mended")
        self.assertEqual(0, mended.returncode, mended.stdout + mended.stderr)
        with open(os.path.join(server.folder, "bills"), encoding="utf-8") as file:
            billed = [line.split()[0] for line in file]
        self.assertEqual(sorted(f"o{number}" for number in range(20)), sorted(billed))


if __name__ == "__main__":
    unittest.main()
