"""PartiQL through boto3: statements, batches, transactions, pages, and what the stream says of them."""

import unittest

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

from refusals import Refusals
from server import Server, create_table, read_stream

plain = TypeDeserializer().deserialize
typed = TypeSerializer().serialize


class StatementsTest(Refusals):
    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(Server())
        cls.client = cls.server.client()
        cls.stream = create_table(cls.client, "people", view_type="NEW_AND_OLD_IMAGES")["LatestStreamArn"]
        cls.client.create_table(
            TableName="visits", BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"},
                       {"AttributeName": "day", "KeyType": "RANGE"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"},
                                  {"AttributeName": "day", "AttributeType": "N"}])

    def run_statement(self, text, *parameters, **more):
        if parameters:
            more["Parameters"] = [typed(value) for value in parameters]
        reply = self.client.execute_statement(Statement=text, **more)
        return [{name: plain(value) for name, value in item.items()} for item in reply["Items"]]

    # If it fails, an application that speaks PartiQL does not work here, or its changes are not on
    # the stream.
    def test_statements_change_items_and_the_stream_has_each_change(self):
        run = self.run_statement
        self.assertEqual([], run("INSERT INTO people VALUE {'id': ?, 'name': ?, 'tags': ?}", "ada",
                                 {"first": "Ada", "last": "Lovelace"}, {"maths"}))
        with self.assertRaises(self.client.exceptions.DuplicateItemException) as caught:
            run("INSERT INTO people VALUE {'id': 'ada'}")
        self.assertEqual("Duplicate primary key exists in table",
                         caught.exception.response["Error"]["Message"])
        self.assertEqual([{"last": "Lovelace"}], run("SELECT name.\"last\" FROM people WHERE id = ?", "ada"))
        self.assertEqual([{"born": 1815, "tags": {"maths", "logic"}}],
                         run("UPDATE people SET born = 1815 SET tags = set_add(tags, ?) WHERE id = 'ada' "
                             "AND attribute_not_exists(born) RETURNING MODIFIED NEW *", {"logic"}))
        with self.assertRaises(self.client.exceptions.ConditionalCheckFailedException) as caught:
            run("UPDATE people SET born = 1 WHERE id = 'ada' AND born < 1800")
        self.assertEqual("The conditional request failed", caught.exception.response["Error"]["Message"])
        # What changes nothing has no record.
        run("UPDATE people SET born = 1815 WHERE id = 'ada'")
        run("DELETE FROM people WHERE id = 'nobody'")
        self.assertEqual("ada", run("DELETE FROM people WHERE id = 'ada' RETURNING ALL OLD *")[0]["id"])
        self.client.batch_execute_statement(Statements=[{"Statement": "INSERT INTO people VALUE {'id': 'b'}"}])
        self.client.execute_transaction(TransactStatements=[
            {"Statement": "FROM people WHERE id = 'b' SET born = 2"}])
        records = read_stream(self.server.client("dynamodbstreams"), self.stream)
        self.assertEqual(["INSERT", "MODIFY", "REMOVE"],
                         [r["eventName"] for r in records if r["dynamodb"]["Keys"]["id"]["S"] == "ada"])
        self.assertEqual(["INSERT", "MODIFY"],
                         [r["eventName"] for r in records if r["dynamodb"]["Keys"]["id"]["S"] == "b"])
        self.assertNotIn("nobody", [r["dynamodb"]["Keys"]["id"]["S"] for r in records])

    # If it fails, a client that follows NextToken misses items or never ends.
    def test_pages_add_up(self):
        for day in range(25):
            self.run_statement("INSERT INTO visits VALUE {'id': ?, 'day': ?, 'even': ?}", f"v{day % 2}", day,
                               day % 2 == 0)
        for statement, expected in (
                ("SELECT day FROM visits WHERE id = 'v0' ORDER BY day DESC", list(range(24, -1, -2))),
                ("SELECT day FROM visits WHERE id IN ['v1', 'v0'] ORDER BY id, day",
                 [*range(0, 25, 2), *range(1, 25, 2)]),
                ("SELECT day FROM visits WHERE id = 'v1' AND day BETWEEN 5 AND 11", [5, 7, 9, 11])):
            found, arguments = [], {"Limit": 4}
            while True:
                reply = self.client.execute_statement(Statement=statement, **arguments)
                found += [int(item["day"]["N"]) for item in reply["Items"]]
                if "NextToken" not in reply:
                    break
                self.assertEqual(4, len(reply["Items"]))
                arguments["NextToken"] = reply["NextToken"]
            self.assertEqual(expected, found, statement)
        self.refused("ValidationException", "NextToken does not match request",
                     self.client.execute_statement, Statement="SELECT * FROM visits", **arguments)

    # If it fails, one statement of a batch decides about the others.
    def test_batches_answer_each_statement(self):
        reply = self.client.batch_execute_statement(ReturnConsumedCapacity="TOTAL", Statements=[
            {"Statement": "INSERT INTO people VALUE {'id': ?}", "Parameters": [{"S": "batch-1"}]},
            {"Statement": "UPDATE people SET a = 1 WHERE id = 'batch-2'"},
            {"Statement": "DELETE FROM nowhere WHERE id = 'batch-3'"},
            {"Statement": "DELET"}])
        self.assertEqual([None, "ConditionalCheckFailed", "ResourceNotFound", "ValidationError"],
                         [entry.get("Error", {}).get("Code") for entry in reply["Responses"]])
        self.assertEqual("people", reply["ConsumedCapacity"][0]["TableName"])
        reply = self.client.batch_execute_statement(
            Statements=[{"Statement": f"SELECT id FROM people WHERE id = 'batch-{i}'"} for i in (1, 2)])
        self.assertEqual([{"TableName": "people", "Item": {"id": {"S": "batch-1"}}}, {"TableName": "people"}],
                         reply["Responses"])

    # If it fails, a transaction of statements is made by halves, or twice.
    def test_transactions_are_made_whole_and_once(self):
        self.run_statement("INSERT INTO people VALUE {'id': 't', 'n': 0}")
        for _ in range(2):
            reply = self.client.execute_transaction(ClientRequestToken="once", TransactStatements=[
                {"Statement": "UPDATE people SET n = n + ? WHERE id = 't'", "Parameters": [{"N": "1"}]}])
            self.assertEqual([], reply["Responses"])
        self.assertEqual([{"n": 1}], self.run_statement("SELECT n FROM people WHERE id = 't'"))
        with self.assertRaises(self.client.exceptions.TransactionCanceledException) as caught:
            self.client.execute_transaction(TransactStatements=[
                {"Statement": "UPDATE people SET n = 5 WHERE id = 't'"},
                {"Statement": "INSERT INTO people VALUE {'id': 'u'}"},
                {"Statement": "EXISTS(SELECT * FROM people WHERE id = 'v' AND n = 1)"}])
        self.assertEqual(["None", "None", "ConditionalCheckFailed"],
                         [reason["Code"] for reason in caught.exception.response["CancellationReasons"]])
        reply = self.client.execute_transaction(TransactStatements=[
            {"Statement": f"SELECT n FROM people WHERE id = '{key}'"} for key in ("t", "u")])
        self.assertEqual([{"Item": {"n": {"N": "1"}}}, {}], reply["Responses"])


if __name__ == "__main__":
    unittest.main()
