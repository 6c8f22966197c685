"""PynamoDB, an object mapper, with its models, indexes, conditions and transactions."""

import os
import subprocess
import sys
import unittest

from server import REGION, Server, environment

HERE = os.path.dirname(os.path.abspath(__file__))
subprocess.run([os.path.join(HERE, "python/install.sh")], check=True)
sys.path.append(os.path.join(HERE, "../../build/python"))
os.environ.update(environment())

from pynamodb.attributes import ListAttribute, NumberAttribute, UnicodeAttribute, VersionAttribute  # noqa: E402
from pynamodb.connection import Connection  # noqa: E402
from pynamodb.exceptions import PutError  # noqa: E402
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex, KeysOnlyProjection, LocalSecondaryIndex  # noqa: E402
from pynamodb.models import Model  # noqa: E402
from pynamodb.transactions import TransactWrite  # noqa: E402


class ByState(GlobalSecondaryIndex):
    class Meta:
        index_name = "by-state"
        projection = AllProjection()
    state = UnicodeAttribute(hash_key=True)
    total = NumberAttribute(range_key=True)


class ByTotal(LocalSecondaryIndex):
    class Meta:
        index_name = "by-total"
        projection = KeysOnlyProjection()
    customer = UnicodeAttribute(hash_key=True)
    total = NumberAttribute(range_key=True)


class Order(Model):
    class Meta:
        table_name = "orders"
        region = REGION
        billing_mode = "PAY_PER_REQUEST"
    customer = UnicodeAttribute(hash_key=True)
    number = NumberAttribute(range_key=True)
    state = UnicodeAttribute(null=True)
    total = NumberAttribute(default=0)
    lines = ListAttribute(of=UnicodeAttribute, default=list)
    version = VersionAttribute()
    by_state = ByState()
    by_total = ByTotal()


class MappersTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(Server())
        Order.Meta.host = cls.server.endpoint
        Order.create_table(wait=True)
        # A unit of work over ten orders, so that every query has more than one page.
        with Order.batch_write() as batch:
            for number in range(10):
                batch.save(Order("c1", number, state="open" if number % 2 else "done",
                                 total=100 - number))

    # If it fails, applications written with the most popular mapper for Python lose their queries.
    def test_models_are_queried_by_their_indexes(self):
        self.assertEqual([91, 93, 95, 97, 99], [
            order.total for order in Order.by_state.query("open", page_size=2)])
        self.assertEqual([9, 8], [
            order.number for order in Order.by_total.query("c1", ByTotal.total < 93)])
        self.assertEqual(10, Order.by_state.count("open") + Order.by_state.count("done"))
        self.assertEqual(10, len(list(Order.scan(page_size=3))))

    # If it fails, two programs with the same object overwrite each other.
    def test_versions_conditions_and_transactions_hold(self):
        order = Order("c2", 1, total=5)
        order.save()
        stale = Order.get("c2", 1)
        order.update(actions=[Order.lines.set(Order.lines.append(["pen"])),
                              Order.total.add(2)])
        self.assertEqual((["pen"], 7, 2), (order.lines, order.total, order.version))
        with self.assertRaises(PutError):
            stale.save()
        with TransactWrite(connection=Connection(region=REGION, host=self.server.endpoint)) as write:
            write.save(Order("c2", 2))
            write.update(order, actions=[Order.state.set("paid")], condition=Order.total == 7)
        self.assertEqual(["paid", None], [each.state for each in Order.query("c2")])


if __name__ == "__main__":
    unittest.main()
