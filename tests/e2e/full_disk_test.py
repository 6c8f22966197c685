"""A disk that fills up under a running server, and gets room again."""

import os
import unittest

import botocore.exceptions

import small_disk
from server import Server, create_table

ITEM_BYTES = 200_000
WRITES_MAX = 1000  # many more than fit


class FullDiskTest(unittest.TestCase):
    def fill(self, client):
        """Writes items until one is refused; gives how many were taken, and the refusal."""
        for number in range(WRITES_MAX):
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
            small_disk.remove_ballast(server.pid, disk["path"])
            self.put(client, "key-after")
            self.all_there(client, taken)
            self.assertEqual(0, server.stop(), server.output())


if __name__ == "__main__":
    unittest.main()
