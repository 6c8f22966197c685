"""What Terraform's provider for AWS sends for a table, a role, a function and an event source mapping,
call by call in its order: apply, a plan that must find nothing to do, a change, destroy."""

import base64
import io
import json
import os
import time
import unittest
import urllib.error
import urllib.parse
import urllib.request
import xml.etree.ElementTree as ElementTree
import zipfile

from server import DEADLINE, Server

SIGNED = ("AWS4-HMAC-SHA256 Credential=any/20261121/us-east-1/lambda/aws4_request, "
          "SignedHeaders=host;x-amz-date, Signature=0")
TRUST = json.dumps({"Version": "2012-10-17", "Statement": [{
    "Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"},
    "Action": "sts:AssumeRole"}]})
SOURCE = """
import os
def handler(event, context):
    with open(os.environ["OUT"], "a") as file:
        for record in event["Records"]:
            print(os.environ["MARK"], record["dynamodb"]["Keys"]["id"]["S"], file=file)
"""


def zipped(source):
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as archive:
        archive.writestr("app.py", source)
    return base64.b64encode(memory.getvalue()).decode()


class TerraformTest(unittest.TestCase):
    def setUp(self):
        self.server = Server()
        self.addCleanup(self.server.close)
        self.server.start()
        self.out = os.path.join(self.server.folder, "out")

    # ---- three protocols
    def send(self, method, path, body=None, kind="application/json", **headers):
        """Status and text of one request."""
        request = urllib.request.Request(
            self.server.endpoint + path, method=method,
            data=body.encode() if body is not None else None,
            headers={"Authorization": SIGNED, "X-Amz-Date": "20261121T000000Z",
                     "Content-Type": kind, **headers})
        try:
            with urllib.request.urlopen(request, timeout=30) as reply:
                return reply.status, reply.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    def rest(self, method, path, status=200, **body):
        got, text = self.send(method, path, json.dumps(body) if body else None)
        self.assertEqual(status, got, f"{method} {path}: {text}")
        return json.loads(text) if text else None

    def table(self, call, status=200, **body):
        got, text = self.send("POST", "/", json.dumps(body), "application/x-amz-json-1.0",
                              **{"X-Amz-Target": "DynamoDB_20120810." + call})
        self.assertEqual(status, got, f"{call}: {text}")
        return json.loads(text) if text else None

    def form(self, action, status=200, version="2010-05-08", **fields):
        got, text = self.send("POST", "/", urllib.parse.urlencode(
            {"Action": action, "Version": version, **fields}),
            "application/x-www-form-urlencoded; charset=utf-8")
        self.assertEqual(status, got, f"{action}: {text}")
        return ElementTree.fromstring(text)

    # ---- the resources, as the provider reads them
    def read_table(self):
        described = self.table("DescribeTable", TableName="orders")["Table"]
        self.table("DescribeContinuousBackups", TableName="orders")
        ttl = self.table("DescribeTimeToLive", TableName="orders")["TimeToLiveDescription"]
        tags = self.table("ListTagsOfResource", ResourceArn=described["TableArn"])["Tags"]
        self.assertEqual("ACTIVE", described["TableStatus"])
        index, = described["GlobalSecondaryIndexes"]
        return {
            "keys": described["KeySchema"], "billing": described["BillingModeSummary"],
            "view": described["StreamSpecification"], "ttl": ttl, "tags": tags,
            "attributes": sorted(one["AttributeName"] for one in described["AttributeDefinitions"]),
            "index": (index["IndexName"], index["KeySchema"], index["Projection"]),
            "protected": described["DeletionProtectionEnabled"],
            "stream": described["LatestStreamArn"], "arn": described["TableArn"]}

    def read_role(self):
        role = self.form("GetRole", RoleName="worker")
        for call in ("ListRolePolicies", "ListAttachedRolePolicies"):
            self.form(call, RoleName="worker")
        return {name: role.findtext(f".//{{*}}{name}")
                for name in ("Arn", "AssumeRolePolicyDocument", "MaxSessionDuration", "Path")}

    def read_function(self):
        got = self.rest("GET", "/2015-03-31/functions/totals")
        self.rest("GET", "/2015-03-31/functions/totals/versions?MaxItems=10000")
        self.rest("GET", "/2020-06-30/functions/totals/code-signing-config")
        configuration = got["Configuration"]
        self.assertEqual(("Active", "Successful"), (configuration["State"],
                                                    configuration["LastUpdateStatus"]))
        return {name: configuration.get(name) for name in (
            "FunctionName", "FunctionArn", "Role", "Handler", "Runtime", "Timeout", "MemorySize",
            "Environment", "CodeSha256", "Architectures", "PackageType", "EphemeralStorage",
            "TracingConfig", "LoggingConfig", "Version")} | {"Tags": got.get("Tags")}

    def read_mapping(self, uuid):
        got = self.rest("GET", f"/2015-03-31/event-source-mappings/{uuid}")
        arn = urllib.parse.quote(got["EventSourceMappingArn"], safe="")
        tags = self.rest("GET", f"/2017-03-31/tags/{arn}")["Tags"]
        self.assertEqual("Enabled", got["State"])
        return {name: got.get(name) for name in (
            "BatchSize", "BisectBatchOnFunctionError", "DestinationConfig", "EventSourceArn",
            "FilterCriteria", "FunctionArn", "FunctionResponseTypes",
            "MaximumBatchingWindowInSeconds", "MaximumRecordAgeInSeconds", "MaximumRetryAttempts",
            "ParallelizationFactor", "StartingPosition", "TumblingWindowInSeconds")} | {"tags": tags}

    def until(self, settled, what):
        """The provider asks until a state is settled."""
        end = time.monotonic() + DEADLINE
        while not settled():
            self.assertLess(time.monotonic(), end, f"{what} does not settle")

    def wait_for_mapping(self, uuid):
        path = f"/2015-03-31/event-source-mappings/{uuid}"
        self.until(lambda: self.rest("GET", path)["State"] == "Enabled", "the mapping")

    def apply(self):
        me = self.form("GetCallerIdentity", version="2011-06-15")
        self.assertEqual("000000000000", me.findtext(".//{*}Account"))
        self.table("CreateTable", TableName="orders", BillingMode="PAY_PER_REQUEST",
                   AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"},
                                         {"AttributeName": "owner", "AttributeType": "S"}],
                   KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
                   GlobalSecondaryIndexes=[{
                       "IndexName": "by-owner", "Projection": {"ProjectionType": "ALL"},
                       "KeySchema": [{"AttributeName": "owner", "KeyType": "HASH"}]}],
                   StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
                   SSESpecification={"Enabled": False}, DeletionProtectionEnabled=False,
                   Tags=[{"Key": "team", "Value": "blue"}])
        self.table("UpdateTimeToLive", TableName="orders",
                   TimeToLiveSpecification={"AttributeName": "expires", "Enabled": True})
        self.until(lambda: self.table("DescribeTimeToLive", TableName="orders")[
            "TimeToLiveDescription"]["TimeToLiveStatus"] == "ENABLED", "time to live")
        self.form("CreateRole", RoleName="worker", AssumeRolePolicyDocument=TRUST,
                  MaxSessionDuration="3600", Path="/")
        self.rest("POST", "/2015-03-31/functions", 201, FunctionName="totals",
                  Role="arn:aws:iam::000000000000:role/worker", Handler="app.handler",
                  Runtime="python3.11", Timeout=20, MemorySize=256, Publish=False,
                  Architectures=["x86_64"], PackageType="Zip", EphemeralStorage={"Size": 512},
                  TracingConfig={"Mode": "PassThrough"}, Tags={"team": "blue"},
                  Environment={"Variables": {"OUT": self.out, "MARK": "one"}},
                  Code={"ZipFile": zipped(SOURCE)})
        stream = self.table("DescribeTable", TableName="orders")["Table"]["LatestStreamArn"]
        made = self.rest(
            "POST", "/2015-03-31/event-source-mappings", 202, EventSourceArn=stream,
            FunctionName="arn:aws:lambda:us-east-1:000000000000:function:totals", Enabled=True,
            StartingPosition="TRIM_HORIZON", BatchSize=10, BisectBatchOnFunctionError=True,
            MaximumRetryAttempts=2, Tags={"team": "blue"},
            FilterCriteria={"Filters": [{"Pattern": json.dumps({"eventName": ["INSERT"]})}]},
            DestinationConfig={"OnFailure": {
                "Destination": "arn:aws:sqs:us-east-1:000000000000:failed"}})
        self.wait_for_mapping(made["UUID"])
        return made["UUID"]

    def read_all(self, uuid):
        return {"table": self.read_table(), "role": self.read_role(),
                "function": self.read_function(), "mapping": self.read_mapping(uuid)}

    # If it fails, `terraform apply` fails, a second plan is never empty, or destroy hangs.
    def test_apply_plan_change_destroy(self):
        uuid = self.apply()
        applied = self.read_all(uuid)
        self.assertEqual({"TimeToLiveStatus": "ENABLED", "AttributeName": "expires"},
                         applied["table"]["ttl"])
        self.assertEqual([{"Key": "team", "Value": "blue"}], applied["table"]["tags"])
        self.assertEqual(TRUST, urllib.parse.unquote(applied["role"]["AssumeRolePolicyDocument"]))
        self.assertEqual({"team": "blue"}, applied["function"]["Tags"])
        self.assertEqual({"team": "blue"}, applied["mapping"]["tags"])
        self.assertEqual(2, applied["mapping"]["MaximumRetryAttempts"])
        self.assertEqual(applied, self.read_all(uuid), "a second plan must find nothing to do")

        # What was set up works.
        self.table("PutItem", TableName="orders", Item={"id": {"S": "a"}})
        self.server.wait_drained()
        self.assertEqual(["one a"], self.lines())

        # A change in place of each, and the plan after it.
        self.rest("PUT", "/2015-03-31/functions/totals/configuration", Timeout=15, MemorySize=256,
                  Handler="app.handler", Runtime="python3.11",
                  Role="arn:aws:iam::000000000000:role/worker",
                  Environment={"Variables": {"OUT": self.out, "MARK": "two"}})
        self.rest("PUT", "/2015-03-31/functions/totals/code",
                  ZipFile=zipped(SOURCE + "# changed\n"))
        self.rest("PUT", f"/2015-03-31/event-source-mappings/{uuid}", 202, BatchSize=20,
                  FunctionName="arn:aws:lambda:us-east-1:000000000000:function:totals",
                  Enabled=True, MaximumRetryAttempts=2)
        self.wait_for_mapping(uuid)
        changed = self.read_all(uuid)
        self.assertEqual(15, changed["function"]["Timeout"])
        self.assertNotEqual(applied["function"]["CodeSha256"], changed["function"]["CodeSha256"])
        self.assertEqual(20, changed["mapping"]["BatchSize"])
        self.assertEqual(applied["mapping"]["FilterCriteria"],
                         changed["mapping"]["FilterCriteria"])
        self.assertEqual(changed, self.read_all(uuid))
        self.table("PutItem", TableName="orders", Item={"id": {"S": "b"}})
        self.server.wait_drained()
        self.assertEqual(["one a", "two b"], self.lines())

        # All of it is there after a restart.
        self.assertEqual(0, self.server.stop(), self.server.output())
        self.server.start()
        self.assertEqual(changed, self.read_all(uuid))
        self.destroy(uuid)

    # If it fails, the plan after an `aws_lambda_permission` is never empty, or destroy fails.
    def test_a_permission(self):
        self.apply()
        policy = "/2015-03-31/functions/totals/policy"
        self.rest("POST", policy, 201, StatementId="bucket", Action="lambda:InvokeFunction",
                  Principal="s3.amazonaws.com", SourceArn="arn:aws:s3:::b")
        plans = [json.loads(self.rest("GET", policy)["Policy"]) for _ in range(2)]
        self.assertEqual(plans[0], plans[1])
        self.assertEqual("bucket", plans[0]["Statement"][0]["Sid"])
        self.rest("DELETE", policy + "/bucket", 204)
        self.rest("GET", policy, 404)

    def destroy(self, uuid):
        self.rest("DELETE", f"/2015-03-31/event-source-mappings/{uuid}", 202)
        self.until(lambda: self.send("GET", f"/2015-03-31/event-source-mappings/{uuid}")[0] == 404,
                   "the mapping's end")
        self.rest("DELETE", "/2015-03-31/functions/totals", 204)
        self.rest("GET", "/2015-03-31/functions/totals", 404)
        self.table("DeleteTable", TableName="orders")
        self.table("DescribeTable", 400, TableName="orders")
        for call in ("ListRolePolicies", "ListAttachedRolePolicies",
                     "ListInstanceProfilesForRole", "DeleteRole"):
            self.form(call, RoleName="worker")
        self.form("GetRole", 404, RoleName="worker")

    def lines(self):
        with open(self.out, encoding="utf-8") as file:
            return file.read().splitlines()


if __name__ == "__main__":
    unittest.main()
