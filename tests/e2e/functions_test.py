"""Functions made for AWS Lambda, started as they are: a put becomes a call of each."""

import json
import os
import shutil
import subprocess
import textwrap
import unittest

from server import PYTHON, Server

HERE = os.path.dirname(os.path.abspath(__file__))
BUILT = os.path.abspath(os.path.join(HERE, "../../build/lambda"))
ARN = "arn:aws:lambda:us-east-1:000000000000:function:seen"

# Each appends the keys of its records to the file OUT, and fails once for a record with "fail".
PYTHON_SOURCE = textwrap.dedent("""
    import os
    failed = False

    def handler(event, context):
        global failed
        if not failed and any("fail" in record["dynamodb"]["NewImage"] for record in event["Records"]):
            failed = True
            raise RuntimeError("asked to fail")
        assert context.invoked_function_arn == os.environ["ARN"], context.invoked_function_arn
        assert 0 < context.get_remaining_time_in_millis() <= 20_000
        with open(os.environ["OUT"], "a") as file:
            for record in event["Records"]:
                print(record["dynamodb"]["Keys"]["id"]["S"], file=file)
                print("seen", record["dynamodb"]["Keys"]["id"]["S"])
""")
NODE_SOURCE = textwrap.dedent("""
    const fs = require("fs");
    let failed = false;
    exports.handler = async (event, context) => {
      if (!failed && event.Records.some((record) => "fail" in record.dynamodb.NewImage)) {
        failed = true;
        throw new Error("asked to fail");
      }
      if (context.invokedFunctionArn !== process.env.ARN) throw new Error(context.invokedFunctionArn);
      for (const record of event.Records) {
        fs.appendFileSync(process.env.OUT, record.dynamodb.Keys.id.S + "\\n");
        console.log("seen", record.dynamodb.Keys.id.S);
      }
    };
""")

# The batch processors of Powertools: each record by itself; "poison" fails the first time it is seen.
POWERTOOLS_PYTHON = textwrap.dedent("""
    import os
    from aws_lambda_powertools.utilities.batch import (
        BatchProcessor, EventType, process_partial_response)

    processor = BatchProcessor(event_type=EventType.DynamoDBStreams)
    failed = False

    def one(record):
        global failed
        key = record.dynamodb.keys["id"]
        if key == "poison" and not failed:
            failed = True
            raise RuntimeError("asked to fail")
        with open(os.environ["OUT"], "a") as file:
            print(key, file=file)

    def handler(event, context):
        return process_partial_response(event=event, record_handler=one, processor=processor,
                                        context=context)
""")
POWERTOOLS_NODE = textwrap.dedent("""
    const fs = require("fs");
    const { BatchProcessor, EventType, processPartialResponse } =
      require("@aws-lambda-powertools/batch");
    const processor = new BatchProcessor(EventType.DynamoDBStreams);
    let failed = false;
    const one = async (record) => {
      const key = record.dynamodb.Keys.id.S;
      if (key === "poison" && !failed) {
        failed = true;
        throw new Error("asked to fail");
      }
      fs.appendFileSync(process.env.OUT, key + "\\n");
    };
    exports.handler = async (event, context) =>
      processPartialResponse(event, one, processor, { context, processInParallel: false });
""")


class FunctionsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        subprocess.run([os.path.join(HERE, "lambda/install.sh")], check=True)

    def server(self, function, files=(), environment=(), shards=4, **trigger):
        server = Server()
        self.addCleanup(server.close)
        code = os.path.join(server.folder, "code")
        os.mkdir(code)
        for name, text in dict(files).items():
            with open(os.path.join(code, name), "w", encoding="utf-8") as file:
                file.write(text)
        self.out = os.path.join(server.folder, "out")
        config = {
            "tables": [{"name": "orders", "keys": {"hash": "id S"}, "shards": shards}],
            "functions": [{"name": "seen", "protocol": "runtime", "code": "code",
                           "handler": "app.handler", "timeout": "20s",
                           "environment": {"OUT": self.out, "ARN": ARN, **dict(environment)},
                           **function}],
            "triggers": [{"table": "orders", "function": "seen", "retry_first": "10ms", **trigger}],
        }
        with open(server.config_path, "w", encoding="utf-8") as file:
            json.dump(config, file)
        return server.start()

    def seen(self):
        with open(self.out, encoding="utf-8") as file:
            return file.read().splitlines()

    def works(self, server, error):
        client = server.client()
        for number in range(5):
            client.put_item(TableName="orders", Item={"id": {"S": f"key-{number}"}})
        server.wait_drained()
        client.put_item(TableName="orders", Item={"id": {"S": "again"}, "fail": {"BOOL": True}})
        server.wait_drained()
        self.assertEqual(sorted([f"key-{number}" for number in range(5)] + ["again"]),
                         sorted(self.seen()))
        server.wait_for_line("seen again")
        server.wait_for_line(error)
        self.assertEqual(0, server.stop(), server.output())

    # If it fails, a plain Lambda source file does not run with nothing installed but its language.
    def test_a_python_file(self):
        self.works(self.server({"runtime": "python3"}, {"app.py": PYTHON_SOURCE}),
                   "RuntimeError: asked to fail")

    def test_a_javascript_file(self):
        self.works(self.server({"runtime": "nodejs"}, {"app.js": NODE_SOURCE}),
                   "Error: asked to fail")

    # If it fails, a function with AWS's own runtime interface client does not run.
    def test_awslambdaric(self):
        server = self.server({"command": [PYTHON, "-m", "awslambdaric", "app.handler"]},
                             {"app.py": PYTHON_SOURCE},
                             {"PYTHONPATH": os.path.join(BUILT, "python")})
        self.works(server, "RuntimeError: asked to fail")

    def test_aws_lambda_ric(self):
        client = os.path.join(BUILT, "js/node_modules/aws-lambda-ric/bin/index.mjs")
        server = self.server({"command": ["node", client, "app.handler"]},
                             {"app.js": NODE_SOURCE})
        self.works(server, "Error: asked to fail")

    # If it fails, no function written in Rust runs.
    def test_rust(self):
        server = self.server({"runtime": "provided.al2023", "code": os.path.join(BUILT, "rust")})
        self.works(server, "asked to fail")

    def sorts_out_the_poison(self, server):
        """All in one batch; what follows the record that was named comes after it again."""
        server.client().transact_write_items(TransactItems=[
            {"Put": {"TableName": "orders", "Item": {"id": {"S": key}}}}
            for key in ("before", "poison", "behind")])
        server.wait_drained()
        self.assertEqual(["before", "behind", "poison", "behind"], self.seen())

    # If it fails, Powertools' replies are not understood: records are lost or come for ever.
    def test_powertools_for_python(self):
        self.sorts_out_the_poison(self.server(
            {"runtime": "python3"}, {"app.py": POWERTOOLS_PYTHON},
            {"PYTHONPATH": os.path.join(BUILT, "python")}, shards=1,
            report_batch_item_failures=True))

    def test_powertools_for_typescript(self):
        self.sorts_out_the_poison(self.server(
            {"runtime": "nodejs"}, {"app.js": POWERTOOLS_NODE},
            {"NODE_PATH": os.path.join(BUILT, "js/node_modules")}, shards=1,
            report_batch_item_failures=True))

    # If it fails, no function written in Go runs.
    def test_go(self):
        server = self.server({"runtime": "provided.al2023", "code": os.path.join(BUILT, "go")})
        self.works(server, "errorString: asked to fail")
        self.assertEqual("farewell", self.seen()[-1], "it gets SIGTERM, as it asked for")

    # If it fails, a function that cannot load is a riddle.
    def test_a_function_that_cannot_load_says_why(self):
        server = self.server({"runtime": "python3"}, {"app.py": "import missing\n"})
        server.client().put_item(TableName="orders", Item={"id": {"S": "one"}})
        server.wait_for_line("Unable to import module 'app': No module named 'missing'")

    # If it fails, the lesson teaches what does not work.
    def test_the_lesson(self):
        server = Server()
        self.addCleanup(server.close)
        shutil.copytree(os.path.join(HERE, "../../examples/lambda"), server.folder,
                        dirs_exist_ok=True)
        server.start()
        client = server.client()
        for cost in (7, 5):
            client.put_item(TableName="orders",
                            Item={"id": {"S": "one"}, "cost": {"N": str(cost)}})
        server.wait_for_line("records?, total 5 EUR")


if __name__ == "__main__":
    unittest.main()
