"""Batches, with data that exists outside of this project: the codes of languages and countries."""

import json
import unittest

from refusals import Refusals
from server import Server, create_table, read_stream

CODES = "/usr/share/iso-codes/json/"


def load(standard):
    with open(f"{CODES}iso_{standard}.json", encoding="utf-8") as file:
        return json.load(file)[standard]


def real_items():
    """Subdivisions of countries, languages and scripts: unicode, nesting, numbers, missing fields."""
    for entry in load("3166-2"):
        country, _, _ = entry["code"].partition("-")
        item = {"id": {"S": "place:" + entry["code"]}, "name": {"S": entry["name"]},
                "country": {"M": {"code": {"S": country}, "flag": {"S": flag(country)}}}}
        if "parent" in entry:
            item["path"] = {"L": [{"S": country}, {"S": entry["parent"]}]}
        yield item
    for entry in load("639-3"):
        yield {"id": {"S": "language:" + entry["alpha_3"]}, "name": {"S": entry["name"]},
               "names": {"SS": sorted({entry["name"], *filter(None, [entry.get("inverted_name")])})},
               "living": {"BOOL": entry["type"] == "L"}}
    for entry in load("15924"):
        yield {"id": {"S": "script:" + entry["alpha_4"]}, "name": {"S": entry["name"]},
               "number": {"N": entry["numeric"]}}


def flag(country):
    return "".join(chr(0x1F1E6 + ord(letter) - ord("A")) for letter in country)


def stored(item):
    """As a reader gets it: numbers in their one form."""
    return {name: {"N": str(int(value["N"]))} if "N" in value else value
            for name, value in item.items()}


def puts(items):
    return {"batch": [{"PutRequest": {"Item": item}} for item in items]}


class BatchesTest(Refusals):
    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(Server())
        cls.client = cls.server.client(parameter_validation=False)
        cls.stream = create_table(cls.client, "batch", view_type="NEW_IMAGE")["LatestStreamArn"]

    def write(self, requests):
        reply = self.client.batch_write_item(RequestItems=requests)
        self.assertEqual({}, reply["UnprocessedItems"])

    # If it fails, real data does not survive: not in the table, or not in the stream.
    def test_thousands_of_real_items_arrive_whole(self):
        items = {item["id"]["S"]: item for item in real_items()}
        self.assertGreater(len(items), 10_000)
        everything = list(items.values())
        for begin in range(0, len(everything), 25):
            self.write(puts(everything[begin:begin + 25]))
        names, found = list(items), {}
        for begin in range(0, len(names), 100):
            keys = [{"id": {"S": name}} for name in names[begin:begin + 100]]
            reply = self.client.batch_get_item(RequestItems={"batch": {"Keys": keys}})
            self.assertEqual({}, reply["UnprocessedKeys"])
            found.update({item["id"]["S"]: item for item in reply["Responses"]["batch"]})
        expected = {name: stored(item) for name, item in items.items()}
        self.assertEqual(expected, found)
        # Written again, nothing changes, so nothing is streamed; then some are removed.
        self.write(puts(everything[:25]))
        self.write({"batch": [{"DeleteRequest": {"Key": {"id": {"S": name}}}}
                              for name in names[:25]]})
        streams = self.server.client("dynamodbstreams")
        folded = {}
        records = [record for record in read_stream(streams, self.stream)
                   if record["dynamodb"]["Keys"]["id"]["S"] in expected]
        for record in records:
            name = record["dynamodb"]["Keys"]["id"]["S"]
            if record["eventName"] == "REMOVE":
                del folded[name]
            else:
                folded[name] = record["dynamodb"]["NewImage"]
        self.assertEqual(len(items) + 25, len(records))
        self.assertEqual({name: expected[name] for name in names[25:]}, folded)

    # If it fails, half of a refused batch is written.
    def test_one_bad_request_refuses_the_whole_batch(self):
        self.refused("ValidationException", "The provided key element does not match the schema",
                     self.client.batch_write_item,
                     RequestItems=puts([{"id": {"S": "half"}}, {"v": {"S": "no key"}}]))
        self.assertNotIn("Item", self.client.get_item(TableName="batch", Key={"id": {"S": "half"}}))

    # If it fails, the outcome of a batch depends on chance.
    def test_duplicates_are_refused(self):
        message = "Provided list of item keys contains duplicates"
        self.refused("ValidationException", message, self.client.batch_write_item,
                     RequestItems=puts([{"id": {"S": "twice"}}, {"id": {"S": "twice"}}]))
        key = {"id": {"S": "twice"}}
        self.refused("ValidationException", message, self.client.batch_get_item,
                     RequestItems={"batch": {"Keys": [key, key]}})

    # If it fails, a batch has no limit.
    def test_batches_are_limited(self):
        with self.assertRaisesRegex(self.client.exceptions.ClientError,
                                    "Member must have length less than or equal to 25"):
            self.write(puts([{"id": {"S": str(number)}} for number in range(26)]))
        keys = [{"id": {"S": str(number)}} for number in range(101)]
        with self.assertRaisesRegex(self.client.exceptions.ClientError, "ValidationException"):
            self.client.batch_get_item(RequestItems={"batch": {"Keys": keys}})

    # If it fails, a client takes a missing item for an error, or the reverse.
    def test_missing_items_are_left_out(self):
        self.write(puts([{"id": {"S": "present"}}]))
        keys = [{"id": {"S": "present"}}, {"id": {"S": "absent"}}]
        reply = self.client.batch_get_item(RequestItems={"batch": {"Keys": keys}})
        self.assertEqual([{"id": {"S": "present"}}], reply["Responses"]["batch"])
        reply = self.client.batch_get_item(RequestItems={"batch": {"Keys": keys[1:]}})
        self.assertEqual([], reply["Responses"]["batch"])


if __name__ == "__main__":
    unittest.main()
