"""A disk that fills up under a running server, and gets room again."""

import os
import resource
import unittest

import botocore.exceptions

import small_disk
from server import Server, create_table

ITEM_BYTES = 200_000
WRITES_MAX = 1000  # many more than fit


class FullDiskTest(unittest.TestCase):
    def fill(self, client, first=0):
        """Writes items until one is refused; gives how many were taken, and the refusal."""
        for number in range(first, WRITES_MAX):
            try:
                self.put(client, f"key-{number}")
            except botocore.exceptions.ClientError as error:
                return number, error.response
        self.fail("the disk did not fill up")

    @staticmethod
    def put(client, key):
        client.put_item(TableName="filling",
                        Item={"id": {"S": key}, "v": {"B": os.urandom(ITEM_BYTES)}})

    def all_there(self, client, count):
        for number in range(count):
            item = client.get_item(TableName="filling", Key={"id": {"S": f"key-{number}"}})["Item"]
            self.assertEqual(ITEM_BYTES, len(item["v"]["B"]))

    def refused_and_told(self, server, folder):
        status, body = server.get("/health/ready")
        self.assertEqual(503, status, body)
        self.assertIn("writes are refused for want of room", body)
        self.assertIn(f"make room for {folder}", body)
        self.assertIn("\nmillbeck_shardlog_out_of_space 1\n", server.get("/metrics")[1])

    def ready_again(self, server):
        server.wait_for_line("writes are taken again")
        self.assertEqual((200, '{"status":"ready"}\n'), server.get("/health/ready"))
        self.assertIn("\nmillbeck_shardlog_out_of_space 0\n", server.get("/metrics")[1])
        told = [line for line in server.output().splitlines() if "writes are refused" in line]
        self.assertEqual(1, len(told), server.output())

    # If it fails, a limit on file sizes ends the process or goes unnoticed; and nobody is told
    # that writes are refused, or by every one of them.
    def test_a_limit_on_file_sizes_is_a_full_disk(self):
        with Server({"segment_bytes": "2MB"}) as server:
            client = server.client()
            create_table(client, "filling", view_type="NEW_IMAGE")
            self.put(client, "key-0")
            _, most = resource.prlimit(server.pid, resource.RLIMIT_FSIZE)
            resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (1_000_000, most))
            taken, refusal = self.fill(client, first=1)
            self.assertEqual("InternalServerError", refusal["Error"]["Code"])
            self.assertIn("File too large", refusal["Error"]["Message"])
            for _ in range(3):
                with self.assertRaises(botocore.exceptions.ClientError):
                    self.put(client, "refused")
            self.all_there(client, taken)
            self.refused_and_told(server, server.data)
            resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (most, most))
            self.ready_again(server)
            self.put(client, "key-after")
            self.all_there(client, taken)
            self.assertEqual(0, server.stop(), server.output())

    # If it fails, a server whose tables cannot be written goes on as if they were, or a restart does
    # not find what it answered.
    def test_tables_that_cannot_be_written_end_the_process_and_lose_nothing(self):
        with Server({"segment_bytes": "2MB", "memtable_bytes": "8MB"}) as server:
            client = server.client()
            create_table(client, "filling", view_type="NEW_IMAGE")
            _, most = resource.prlimit(server.pid, resource.RLIMIT_FSIZE)
            # A segment of the log fits below it; a file of tables, when it is full, does not.
            resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (2_200_000, most))
            taken = 0
            try:
                while taken < WRITES_MAX:
                    self.put(client, f"key-{taken}")
                    taken += 1
            except (botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError):
                pass  # refused, or nobody there any more
            self.assertLess(taken, WRITES_MAX)
            self.assertEqual(3, server.wait(), server.output())
            self.assertIn("apply to the tables", server.output())
            server.start()
            client = server.client()
            self.all_there(client, taken)
            self.put(client, "key-after")
            self.assertEqual(0, server.stop(), server.output())

    # If it fails, a full disk loses acknowledged writes, stops the reads, or needs a restart.
    @unittest.skipUnless(small_disk.available(), "this machine forbids mounts")
    def test_writes_are_refused_until_there_is_room(self):
        disk = {}

        def prefix(folder):
            disk["path"] = os.path.join(folder, "disk")
            return small_disk.prefix(disk["path"], 30, ballast_mb=8)

        with Server({"segment_bytes": "2MB"}, prefix=prefix) as server:
            client = server.client()
            create_table(client, "filling", view_type="NEW_IMAGE")
            taken, refusal = self.fill(client)
            self.assertGreater(taken, 10)
            # What SDKs try again by themselves.
            self.assertEqual((500, "InternalServerError"),
                             (refusal["ResponseMetadata"]["HTTPStatusCode"],
                              refusal["Error"]["Code"]))
            self.assertIn("No space left on device", refusal["Error"]["Message"])
            self.all_there(client, taken)
            self.refused_and_told(server, disk["path"])
            small_disk.remove_ballast(server.pid, disk["path"])
            self.ready_again(server)
            self.put(client, "key-after")
            self.all_there(client, taken)
            self.assertEqual(0, server.stop(), server.output())


if __name__ == "__main__":
    unittest.main()
