"""UpdateItem, conditions and transactions, as boto3's client and resource use them."""

import decimal
import unittest

import boto3
import boto3.dynamodb.conditions

from refusals import Refusals
from server import REGION, Server, create_table

Attr = boto3.dynamodb.conditions.Attr
CONDITION_FAILED = ("ConditionalCheckFailedException", "The conditional request failed")


class UpdatesTest(Refusals):
    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(Server())
        cls.client = cls.server.client()
        create_table(cls.client, "items")
        cls.table = boto3.resource(
            "dynamodb", endpoint_url=cls.server.endpoint, region_name=REGION,
            aws_access_key_id="any", aws_secret_access_key="any").Table("items")
        cls.addClassCleanup(cls.table.meta.client.close)

    def get(self, name, **more):
        return self.client.get_item(TableName="items", Key={"id": {"S": name}}, **more).get("Item")

    # If it fails, the most common call of all programs counts wrong.
    def test_the_resource_client_counts_and_collects(self):
        for expected in (1, 2, 3):
            answer = self.table.update_item(
                Key={"id": "counter"}, ReturnValues="ALL_NEW",
                UpdateExpression="SET #n = if_not_exists(#n, :zero) + :one, "
                                 "seen = list_append(if_not_exists(seen, :none), :this) ADD tags :t",
                ExpressionAttributeNames={"#n": "count"},
                ExpressionAttributeValues={":zero": 0, ":one": 1, ":none": [], ":this": [expected],
                                           ":t": {f"t{expected}"}})
            self.assertEqual(
                {"id": "counter", "count": decimal.Decimal(expected),
                 "seen": [decimal.Decimal(n) for n in range(1, expected + 1)],
                 "tags": {f"t{n}" for n in range(1, expected + 1)}}, answer["Attributes"])
        self.table.update_item(Key={"id": "counter"}, UpdateExpression="REMOVE seen[0], tags")
        self.assertEqual({"id": "counter", "count": 3, "seen": [2, 3]},
                         self.table.get_item(Key={"id": "counter"})["Item"])

    # If it fails, two programs overwrite each other's work.
    def test_the_resource_client_writes_on_conditions(self):
        self.table.put_item(Item={"id": "lock", "version": 1},
                            ConditionExpression=Attr("id").not_exists())
        self.refused(*CONDITION_FAILED, self.table.put_item, Item={"id": "lock"},
                     ConditionExpression=Attr("id").not_exists())
        change = {"Key": {"id": "lock"}, "UpdateExpression": "SET version = :next",
                  "ExpressionAttributeValues": {":next": 2},
                  "ConditionExpression": Attr("version").eq(1) & ~Attr("owner").exists()}
        self.table.update_item(**change)
        self.refused(*CONDITION_FAILED, self.table.update_item, **change)
        self.refused(*CONDITION_FAILED, self.table.delete_item, Key={"id": "lock"},
                     ConditionExpression=Attr("version").between(5, 9) | Attr("x").contains("y"))
        self.table.delete_item(Key={"id": "lock"},
                               ConditionExpression=Attr("version").is_in([2, 3]))
        self.assertIsNone(self.get("lock"))

    # If it fails, programs from before expressions do something else than they ask for.
    def test_legacy_parameters_mean_what_they_meant(self):
        key = {"id": {"S": "old"}}
        self.client.put_item(TableName="items", Item={**key, "n": {"N": "1"}},
                             Expected={"id": {"Exists": False}})
        answer = self.client.update_item(
            TableName="items", Key=key, ReturnValues="UPDATED_NEW",
            AttributeUpdates={"n": {"Action": "ADD", "Value": {"N": "4"}},
                              "s": {"Value": {"S": "x"}}},
            Expected={"n": {"ComparisonOperator": "LE", "AttributeValueList": [{"N": "1"}]}})
        self.assertEqual({"n": {"N": "5"}, "s": {"S": "x"}}, answer["Attributes"])
        self.assertEqual({"n": {"N": "5"}}, self.get("old", AttributesToGet=["n", "none"]))
        self.refused(*CONDITION_FAILED, self.client.delete_item, TableName="items", Key=key,
                     Expected={"n": {"Value": {"N": "6"}}, "s": {"Exists": False}},
                     ConditionalOperator="OR")

    # If it fails, money is taken from one account and not put into the other.
    def test_transactions_move_things(self):
        self.client.transact_write_items(TransactItems=[
            {"Put": {"TableName": "items", "Item": {"id": {"S": name}, "coins": {"N": "10"}}}}
            for name in ("ann", "ben")])

        def move(coins, **more):
            amount = {":c": {"N": str(coins)}}
            return self.client.transact_write_items(TransactItems=[
                {"Update": {"TableName": "items", "Key": {"id": {"S": "ann"}},
                            "UpdateExpression": "SET coins = coins - :c",
                            "ConditionExpression": "coins >= :c",
                            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
                            "ExpressionAttributeValues": amount}},
                {"Update": {"TableName": "items", "Key": {"id": {"S": "ben"}},
                            "UpdateExpression": "SET coins = coins + :c",
                            "ExpressionAttributeValues": amount}}], **more)

        def coins():
            answer = self.client.transact_get_items(TransactItems=[
                {"Get": {"TableName": "items", "Key": {"id": {"S": name}},
                         "ProjectionExpression": "coins"}} for name in ("ann", "ben", "nobody")])
            return [entry.get("Item") for entry in answer["Responses"]]

        move(7)
        with self.assertRaises(self.client.exceptions.TransactionCanceledException) as caught:
            move(4)
        self.assertEqual(
            [{"Code": "ConditionalCheckFailed", "Message": "The conditional request failed",
              "Item": {"id": {"S": "ann"}, "coins": {"N": "3"}}}, {"Code": "None"}],
            caught.exception.response["CancellationReasons"])
        self.assertEqual([{"coins": {"N": "3"}}, {"coins": {"N": "17"}}, None], coins())
        for _ in range(2):
            move(1, ClientRequestToken="once")
        self.assertEqual([{"coins": {"N": "2"}}, {"coins": {"N": "18"}}, None], coins())
        with self.assertRaises(self.client.exceptions.IdempotentParameterMismatchException):
            move(2, ClientRequestToken="once")


if __name__ == "__main__":
    unittest.main()
