"""Items, one at a time, as boto3 sees them."""

import decimal
import re
import unittest

import boto3

from refusals import Refusals
from server import REGION, Server, create_table

ONE = "1 validation error detected: "
INVALID = "One or more parameter values were invalid: "

# One attribute of each type, with the values that go wrong most easily.
EVERY_TYPE = {
    "id": {"S": "every type"},
    "text": {"S": "Blåbærsyltetøy – 東京 🎉 \"quoted\" \\ / \t\n\x01"},
    "empty": {"S": ""},
    "bytes": {"B": bytes(range(256))},
    "no bytes": {"B": b""},
    "number": {"N": "-3.14159"},
    "yes": {"BOOL": True},
    "no": {"BOOL": False},
    "nothing": {"NULL": True},
    "words": {"SS": ["a", "b", "ü"]},
    "numbers": {"NS": ["1", "2.5", "-7"]},
    "blobs": {"BS": [b"\x00", b"\xff\xfe"]},
    "list": {"L": [{"S": "x"}, {"L": []}, {"M": {}}, {"N": "0"}]},
    "map": {"M": {"deep": {"M": {"deeper": {"L": [{"NULL": True}]}}}}},
}

# What is written, and what a reader gets: numbers have one form.
NUMBERS = (
    ("+1", "1"), ("007", "7"), ("1.50", "1.5"), ("-0", "0"), ("1e3", "1000"), (".5", "0.5"),
    ("1E-20", "0." + "0" * 19 + "1"), ("9" * 38, "9" * 38), ("1e125", "1" + "0" * 125),
    ("9.9999999999999999999999999999999999999E+125", "9" * 38 + "0" * 88),
    ("1E-130", "0." + "0" * 129 + "1"), ("0.10e1", "1"),
)

BAD_NUMBERS = (
    ("1e126", "Number overflow. Attempting to store a number with magnitude larger than supported "
              "range"),
    ("-1e126", "Number overflow. Attempting to store a number with magnitude larger than supported "
               "range"),
    ("1e-131", "Number underflow. Attempting to store a number with magnitude smaller than "
               "supported range"),
    ("1" * 39, "Attempting to store more than 38 significant digits in a Number"),
    ("12x", "The parameter cannot be converted to a numeric value: 12x"),
    ("NaN", "The parameter cannot be converted to a numeric value: NaN"),
    ("", "The parameter cannot be converted to a numeric value: "),
)


def comparable(value):
    """Sets have no order."""
    if isinstance(value, dict):
        return {name: sorted(inner) if name in ("SS", "NS", "BS") else comparable(inner)
                for name, inner in value.items()}
    return [comparable(inner) for inner in value] if isinstance(value, list) else value


def nested(levels):
    value = {"S": "deep"}
    for _ in range(levels):
        value = {"L": [value]}
    return value


class ItemsTest(Refusals):
    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(Server())
        cls.client = cls.server.client(parameter_validation=False)
        create_table(cls.client, "items")
        create_table(cls.client, "sorted", ("at", "N"))

    def put(self, item, **more):
        return self.client.put_item(TableName="items", Item=item, **more)

    def get(self, key, **more):
        return self.client.get_item(TableName="items", Key={"id": {"S": key}}, **more).get("Item")

    # If it fails, a value changes on its way through the table.
    def test_every_type_comes_back_as_it_went_in(self):
        self.put(EVERY_TYPE)
        self.assertEqual(comparable(EVERY_TYPE), comparable(self.get("every type")))

    # If it fails, what a program of the high-level client stores is not what it loads.
    def test_the_resource_client_sees_python_values(self):
        table = boto3.resource("dynamodb", endpoint_url=self.server.endpoint, region_name=REGION,
                               aws_access_key_id="any", aws_secret_access_key="any").Table("items")
        self.addCleanup(table.meta.client.close)
        item = {"id": "resource", "price": decimal.Decimal("12.75"), "tags": {"a", "b"},
                "nested": {"list": [1, None, True, "x"]}}
        table.put_item(Item=item)
        self.assertEqual(item, table.get_item(Key={"id": "resource"}, ConsistentRead=True)["Item"])

    # If it fails, equal numbers differ by their spelling, or lose digits.
    def test_numbers_have_one_form(self):
        for written, read in NUMBERS:
            with self.subTest(written):
                self.put({"id": {"S": "n"}, "n": {"N": written}, "l": {"L": [{"N": written}]}})
                self.assertEqual(read, self.get("n")["n"]["N"])
                self.assertEqual(read, self.get("n")["l"]["L"][0]["N"])

    # If it fails, numbers that cannot be kept are kept as something else.
    def test_numbers_out_of_range_are_refused(self):
        for written, message in BAD_NUMBERS:
            with self.subTest(written):
                self.refused("ValidationException", ONE + message, self.put,
                             item={"id": {"S": "bad"}, "n": {"N": written}})
        self.assertIsNone(self.get("bad"))

    # If it fails, the same number is two keys.
    def test_number_keys_are_equal_by_value(self):
        key = {"id": {"S": "k"}, "at": {"N": "1000"}}
        self.client.put_item(TableName="sorted", Item={**key, "v": {"S": "one"}})
        self.client.put_item(TableName="sorted", Item={"id": {"S": "k"}, "at": {"N": "1e3"},
                                                       "v": {"S": "two"}})
        item = self.client.get_item(TableName="sorted", Key={"id": {"S": "k"},
                                                             "at": {"N": "1000.0"}})["Item"]
        self.assertEqual({**key, "v": {"S": "two"}}, item)

    # If it fails, clients that ask for the old item work on wrong data.
    def test_old_items_are_given_back_on_request(self):
        first = {"id": {"S": "old"}, "v": {"N": "1"}}
        self.assertNotIn("Attributes", self.put(first, ReturnValues="ALL_OLD"))
        second = {"id": {"S": "old"}, "w": {"N": "2"}}
        self.assertEqual(first, self.put(second, ReturnValues="ALL_OLD")["Attributes"])
        self.assertNotIn("Attributes", self.put(first, ReturnValues="NONE"))
        delete = self.client.delete_item
        gone = delete(TableName="items", Key={"id": {"S": "old"}}, ReturnValues="ALL_OLD")
        self.assertEqual(first, gone["Attributes"])
        again = delete(TableName="items", Key={"id": {"S": "old"}}, ReturnValues="ALL_OLD")
        self.assertNotIn("Attributes", again)
        self.assertIsNone(self.get("old"))

    # If it fails, a put merges with what was there.
    def test_a_put_replaces_the_whole_item(self):
        self.put({"id": {"S": "whole"}, "a": {"S": "x"}})
        self.put({"id": {"S": "whole"}, "b": {"S": "y"}})
        self.assertEqual({"id": {"S": "whole"}, "b": {"S": "y"}},
                         self.get("whole", ConsistentRead=True))

    # If it fails, broken values are stored, or clients cannot tell why not.
    def test_broken_values_are_refused(self):
        rows = (
            ({"SS": []}, INVALID + "An string set  may not be empty"),
            ({"NS": []}, INVALID + "An number set  may not be empty"),
            ({"BS": []}, INVALID + "Binary sets should not be empty"),
            ({"SS": ["a", "a"]}, INVALID + 'Input collection ["a", "a"] contains duplicates.'),
            ({"NS": ["1", "1.0"]}, INVALID + "Input collection contains duplicates."),
            ({"NULL": False}, INVALID + "Null attribute value types must have the value of true"),
            (nested(33), "Nesting Levels have exceeded supported limits: Attributes in the item "
                         "have nested levels beyond supported limit"),
        )
        for value, message in rows:
            with self.subTest(str(value)[:40]):
                self.refused("ValidationException", ONE + message, self.put,
                             item={"id": {"S": "broken"}, "v": value})
        # What is no value at all is found before the layer that words it so.
        for value, message in (
                ({}, "Supplied AttributeValue is empty, must contain exactly one of the supported "
                     "datatypes"),
                ({"S": "x", "N": "1"}, "Supplied AttributeValue has more than one datatypes set, "
                                       "must contain exactly one of the supported datatypes")):
            self.refused("ValidationException", message, self.put,
                         item={"id": {"S": "broken"}, "v": value})
        self.assertIsNone(self.get("broken"))

    # If it fails, items that are too large break something later, or those that fit are refused.
    def test_an_item_holds_400_kb_with_its_names(self):
        room = 400 * 1024 - len("id") - len("full") - len("v")
        self.put({"id": {"S": "full"}, "v": {"S": "x" * room}})
        self.assertEqual(room, len(self.get("full")["v"]["S"]))
        self.refused("ValidationException", "Item size has exceeded the maximum allowed size",
                     self.put, item={"id": {"S": "full"}, "v": {"S": "x" * (room + 1)}})

    # If it fails, keys outside of the schema reach the table.
    def test_keys_fit_the_schema(self):
        wrong = "The provided key element does not match the schema"
        get = self.client.get_item
        for key in ({}, {"id": {"N": "1"}}, {"no": {"S": "x"}}, {"id": {"S": "x"}, "at": {"N": "1"}}):
            with self.subTest(str(key)):
                self.refused("ValidationException", wrong, get, TableName="items", Key=key)
        self.refused("ValidationException", INVALID + "Missing the key id in the item", self.put,
                     item={"v": {"S": "x"}})
        self.refused("ValidationException",
                     INVALID + "Type mismatch for key id expected: S actual: N", self.put,
                     item={"id": {"N": "1"}})
        self.refused("ValidationException", "One or more parameter values are not valid. The "
                     "AttributeValue for a key attribute cannot contain an empty string value. "
                     "Key: id", self.put, item={"id": {"S": ""}})
        self.put({"id": {"S": "x" * 2048}})
        self.refused("ValidationException", INVALID + "Size of hashkey has exceeded the maximum "
                     "size limit of2048 bytes", self.put, item={"id": {"S": "x" * 2049}})

    # If it fails, a client takes a table that is not there for an empty one.
    def test_an_unknown_table_is_not_found(self):
        self.refused("ResourceNotFoundException", "Requested resource not found",
                     self.client.get_item, TableName="nowhere", Key={"id": {"S": "x"}})
        self.refused("ResourceNotFoundException", "Requested resource not found",
                     self.client.put_item, TableName="nowhere", Item={"id": {"S": "x"}})

    # If it fails, requests with a wrong shape are taken, or refused without saying where.
    def test_shapes_are_checked_before_anything_else(self):
        self.refused("ValidationException", ONE + "Failed to satisfy constraint: Member must satisfy "
                     "enum value set: [ALL_OLD, UPDATED_OLD, ALL_NEW, UPDATE_NEW, NONE]",
                     self.client.put_item, TableName="items", Item={"id": {"S": "x"}}, ReturnValues="no")
        self.refused("ValidationException", re.compile("tableName.*failed to satisfy constraint"),
                     self.client.get_item, TableName="a b", Key={"id": {"S": "x"}})


if __name__ == "__main__":
    unittest.main()
