"""Lambda's API, as boto3 and the AWS CLI use it: functions are made, called, changed and removed."""

import base64
import io
import json
import os
import stat
import subprocess
import textwrap
import time
import unittest
import zipfile

from botocore.exceptions import ClientError

from server import DEADLINE, Server, create_table, environment

AWS = "/usr/bin/aws"  # Debian's; another one on the PATH would test something else
ROLE = "arn:aws:iam::000000000000:role/any"
ARN = "arn:aws:lambda:us-east-1:000000000000:function:"
SOURCE = textwrap.dedent("""
    import json, os, time
    print("loaded")
    def handler(event, context):
        print("called with", json.dumps(event))
        while event.get("hold") and os.path.exists(event["hold"]):
            time.sleep(0.01)
        if event.get("fail"):
            raise ValueError("asked to fail")
        if event.get("file"):
            with open(event["file"], "a") as file:
                file.write(context.aws_request_id + "\\n")
            if event.get("once"):
                raise ValueError("once more")
        return {"said": event, "word": os.environ.get("WORD"), "arn": context.invoked_function_arn,
                "version": os.environ["AWS_LAMBDA_FUNCTION_VERSION"], "client":
                context.client_context.custom if context.client_context else None}
""")

# A client of the Runtime API as short as one can be.
BOOTSTRAP = textwrap.dedent("""\
    #!/usr/bin/python3
    import http.client, os
    api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    while True:
        api.request("GET", "/2018-06-01/runtime/invocation/next")
        event = api.getresponse()
        request, body = event.headers["Lambda-Runtime-Aws-Request-Id"], event.read()
        api.request("POST", f"/2018-06-01/runtime/invocation/{request}/response", body)
        api.getresponse().read()
""")


def package(files, modes=()):
    """A zip of {name: text}; modes: {name: bits}."""
    bytes_ = io.BytesIO()
    with zipfile.ZipFile(bytes_, "w", zipfile.ZIP_DEFLATED) as file:
        for name, text in files.items():
            info = zipfile.ZipInfo(name)
            info.external_attr = (stat.S_IFREG | dict(modes).get(name, 0o644)) << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            file.writestr(info, text)
    return bytes_.getvalue()


class LambdaApiTest(unittest.TestCase):
    def setUp(self):
        self.server = Server()
        self.addCleanup(self.server.close)
        self.server.start()
        self.client = self.server.client("lambda")

    def create(self, name="fn", source=SOURCE, **more):
        parameters = {"FunctionName": name, "Runtime": "python3.12", "Role": ROLE,
                      "Handler": "app.handler", "Timeout": 20,
                      "Code": {"ZipFile": package({"app.py": source})}, **more}
        created = self.client.create_function(**parameters)
        self.client.get_waiter("function_active_v2").wait(FunctionName=name)
        return created

    def invoke(self, payload=None, name="fn", **more):
        if payload is not None:
            more["Payload"] = json.dumps(payload)
        answer = self.client.invoke(FunctionName=name, **more)
        text = answer["Payload"].read()
        return answer, json.loads(text) if text else None

    def refused(self, code, call, **parameters):
        with self.assertRaises(ClientError) as caught:
            call(**parameters)
        self.assertEqual(code, caught.exception.response["Error"]["Code"], caught.exception)
        return caught.exception.response

    # If it fails, nobody can make a function and call it.
    def test_the_life_of_a_function(self):
        created = self.create(Environment={"Variables": {"WORD": "one"}}, Tags={"team": "a"})
        self.assertEqual("Pending", created["State"])
        self.assertEqual(ARN + "fn", created["FunctionArn"])
        answer, said = self.invoke({"a": 1}, LogType="Tail", ClientContext=base64.b64encode(
            b'{"custom": {"x": "y"}}').decode())
        self.assertEqual({"said": {"a": 1}, "word": "one", "arn": ARN + "fn",
                          "version": "$LATEST", "client": {"x": "y"}}, said)
        self.assertEqual("$LATEST", answer["ExecutedVersion"])
        log = base64.b64decode(answer["LogResult"]).decode()
        request = answer["ResponseMetadata"]["RequestId"]
        self.assertRegex(log, f"^START RequestId: {request} Version: \\$LATEST\n"
                              'called with {"a": 1}\n'
                              f"END RequestId: {request}\nREPORT RequestId: {request}\tDuration: ")

        answer, error = self.invoke({"fail": True})
        self.assertEqual("Unhandled", answer["FunctionError"])
        self.assertEqual(("ValueError", "asked to fail"),
                         (error["errorType"], error["errorMessage"]))

        updated = self.client.update_function_code(
            FunctionName="fn", ZipFile=package({"app.py": "def handler(e, c): return 'new'"}))
        self.assertEqual("InProgress", updated["LastUpdateStatus"])
        self.client.get_waiter("function_updated_v2").wait(FunctionName="fn")
        self.assertEqual("new", self.invoke()[1])
        self.client.update_function_configuration(FunctionName="fn", Handler="app.other")
        self.assertIn("errorMessage", self.invoke()[1])

        self.client.delete_function(FunctionName="fn")
        self.refused("ResourceNotFoundException", self.client.invoke, FunctionName="fn")
        folder = os.path.join(self.server.data, "functions", "fn")
        self.assertFalse(os.path.exists(folder), "its code is removed")

    # If it fails, functions are gone after a restart.
    def test_functions_are_there_after_a_crash(self):
        self.create()
        before = self.client.get_function(FunctionName="fn")["Configuration"]
        self.server.kill()
        self.server.start()
        self.client = self.server.client("lambda")
        self.assertEqual(before, self.client.get_function(FunctionName="fn")["Configuration"])
        self.assertEqual({"b": 2}, self.invoke({"b": 2})[1]["said"])

    def test_versions_and_aliases(self):
        self.create(Environment={"Variables": {"WORD": "one"}})
        first = self.client.publish_version(FunctionName="fn", Description="the first")
        self.assertEqual(("1", ARN + "fn:1"), (first["Version"], first["FunctionArn"]))
        again = self.client.publish_version(FunctionName="fn")
        self.assertEqual("1", again["Version"], "nothing has changed")
        self.client.update_function_configuration(FunctionName="fn",
                                                  Environment={"Variables": {"WORD": "two"}})
        self.assertEqual("2", self.client.publish_version(FunctionName="fn")["Version"])
        self.client.create_alias(FunctionName="fn", Name="live", FunctionVersion="1")
        answer, said = self.invoke({}, Qualifier="live")
        self.assertEqual(("1", "one", ARN + "fn:live"),
                         (answer["ExecutedVersion"], said["word"], said["arn"]))
        self.client.update_alias(FunctionName="fn", Name="live", FunctionVersion="2")
        answer, said = self.invoke({}, name=ARN + "fn:live")
        self.assertEqual(("2", "two"), (answer["ExecutedVersion"], said["word"]))
        versions = self.client.list_versions_by_function(FunctionName="fn")["Versions"]
        self.assertEqual(["$LATEST", "1", "2"], [each["Version"] for each in versions])
        self.refused("ResourceConflictException", self.client.delete_function,
                     FunctionName="fn", Qualifier="2")
        self.client.delete_function(FunctionName="fn", Qualifier="1")
        self.refused("ResourceNotFoundException", self.client.invoke, FunctionName="fn",
                     Qualifier="1")

    # If it fails, a call of type Event is lost with the process, or made for ever.
    def test_events_are_made_and_survive_a_crash(self):
        self.create()
        out = os.path.join(self.server.folder, "out")
        answer, _ = self.invoke({"file": out}, InvocationType="Event")
        self.assertEqual(202, answer["StatusCode"])
        request = answer["ResponseMetadata"]["RequestId"]
        self.until(lambda: self.lines(out) == [request])
        # One is in its call, and nobody takes the other: both are made after the crash.
        self.client.put_function_concurrency(FunctionName="fn", ReservedConcurrentExecutions=1)
        hold = os.path.join(self.server.folder, "hold")
        with open(hold, "w", encoding="utf-8"):
            later = [self.invoke({"file": out, "hold": hold}, InvocationType="Event")[0]
                     ["ResponseMetadata"]["RequestId"] for _ in range(2)]
        self.until(lambda: self.throttled())
        self.server.kill()
        os.remove(hold)
        self.server.start()
        self.until(lambda: set(self.lines(out)) == {request, *later})

    def throttled(self):
        try:
            self.client.invoke(FunctionName="fn", Payload="{}")
        except ClientError as error:
            self.assertEqual("TooManyRequestsException", error.response["Error"]["Code"])
            return True
        return False

    # If it fails, an event that no attempt could deliver is gone without a trace.
    def test_events_that_are_given_up_are_kept_or_told(self):
        self.create()
        self.client.put_function_event_invoke_config(FunctionName="fn", MaximumRetryAttempts=0)
        request = self.invoke({"fail": True}, InvocationType="Event")[0][
            "ResponseMetadata"]["RequestId"]
        letters = lambda: json.loads(self.server.command("dlq", "--json").stdout)["dead_letters"]
        self.until(lambda: len(letters()) == 1)
        letter = letters()[0]
        self.assertEqual(
            ("call", "", "fn", "RetriesExhausted", "ValueError: asked to fail", 1, request),
            tuple(letter[name] for name in ("kind", "trigger", "function", "condition", "error",
                                            "invoke_count", "request_id")))
        shown = json.loads(self.server.command("dlq", "show", "1", "--json").stdout)
        self.assertEqual({"fail": True}, shown["event"])
        self.assertRegex(self.server.command("dlq").stdout, r"1 +call of fn .* RetriesExhausted")

        out = os.path.join(self.server.folder, "told")
        self.create("keeper", f"import json\ndef handler(event, context):\n"
                              f"    open({out!r}, 'a').write(json.dumps(event) + '\\n')\n")
        told = {"Destination": ARN + "keeper"}
        config = self.client.update_function_event_invoke_config(
            FunctionName="fn", DestinationConfig={"OnSuccess": told, "OnFailure": told})
        self.assertEqual(({"OnSuccess": told, "OnFailure": told}, 0),
                         (config["DestinationConfig"], config["MaximumRetryAttempts"]))
        for payload in ({"fail": True}, {"a": 1}):
            before = len(self.documents(out))
            self.invoke(payload, InvocationType="Event")
            self.until(lambda: len(self.documents(out)) == before + 1)
        failed, done = self.documents(out)
        self.assertEqual(["version", "timestamp", "requestContext", "requestPayload",
                          "responseContext", "responsePayload"], list(failed))
        self.assertEqual(("RetriesExhausted", 1, ARN + "fn:$LATEST"),
                         tuple(failed["requestContext"][name] for name in (
                             "condition", "approximateInvokeCount", "functionArn")))
        self.assertEqual({"statusCode": 200, "executedVersion": "$LATEST",
                          "functionError": "Unhandled"}, failed["responseContext"])
        self.assertEqual("asked to fail", failed["responsePayload"]["errorMessage"])
        self.assertEqual(("Success", {"a": 1}, {"statusCode": 200, "executedVersion": "$LATEST"}),
                         (done["requestContext"]["condition"], done["responsePayload"]["said"],
                          done["responseContext"]))

        # With a reserved concurrency of zero nothing is tried.
        self.client.put_function_concurrency(FunctionName="fn", ReservedConcurrentExecutions=0)
        self.invoke({"b": 2}, InvocationType="Event")
        self.until(lambda: len(self.documents(out)) == 3)
        barred = self.documents(out)[2]
        self.assertEqual(("ZeroReservedConcurrency", 0),
                         (barred["requestContext"]["condition"],
                          barred["requestContext"]["approximateInvokeCount"]))
        self.assertEqual(1, len(letters()), "what is told is not kept as well")

        self.client.delete_function_concurrency(FunctionName="fn")
        again = self.server.command("dlq", "redrive", "1")
        self.assertEqual((1, "calls of fn: 0 of 1 dead letters redriven (0 records), 1 failed, 0 "
                             "skipped\n  1 failed: ValueError: asked to fail\n"),
                         (again.returncode, again.stdout), again.stderr)
        self.assertEqual(2, letters()[0]["invoke_count"])
        self.client.update_function_code(
            FunctionName="fn", ZipFile=package({"app.py": "def handler(e, c): return 'new'"}))
        again = self.server.command("dlq", "redrive", "--all")
        self.assertEqual((0, "calls of fn: 1 of 1 dead letters redriven (1 records), 0 failed, 0 "
                             "skipped\n"), (again.returncode, again.stdout), again.stderr)
        self.assertEqual([], letters())

    # If it fails, `aws_lambda_permission` of Terraform fails, or its second plan is not empty.
    def test_permissions_are_kept_and_told(self):
        self.create()
        added = self.client.add_permission(
            FunctionName="fn", StatementId="bucket", Action="lambda:InvokeFunction",
            Principal="s3.amazonaws.com", SourceArn="arn:aws:s3:::b")
        statement = json.loads(added["Statement"])
        self.assertEqual(("bucket", ARN + "fn"), (statement["Sid"], statement["Resource"]))
        policy = self.client.get_policy(FunctionName="fn")
        self.assertEqual([statement], json.loads(policy["Policy"])["Statement"])
        self.assertEqual(0, self.server.stop(), self.server.output())
        self.server.start()
        self.client = self.server.client("lambda")
        again = self.client.get_policy(FunctionName="fn")
        self.assertEqual((policy["Policy"], policy["RevisionId"]),
                         (again["Policy"], again["RevisionId"]))
        self.client.remove_permission(FunctionName="fn", StatementId="bucket")
        self.refused("ResourceNotFoundException", self.client.get_policy, FunctionName="fn")

    @staticmethod
    def lines(path):
        if not os.path.exists(path):
            return []
        with open(path, encoding="utf-8") as file:
            return file.read().split()

    @staticmethod
    def documents(path):
        if not os.path.exists(path):
            return []
        with open(path, encoding="utf-8") as file:
            return [json.loads(line) for line in file]

    def until(self, condition):
        end = time.monotonic() + DEADLINE
        while not condition():
            self.assertLess(time.monotonic(), end, self.server.output())
            time.sleep(0.05)

    # If it fails, a package can write where it likes, or fills memory and disk.
    def test_packages_that_are_refused(self):
        def code(files):
            return {"FunctionName": "bad", "Runtime": "python3.12", "Role": ROLE,
                    "Handler": "app.handler", "Code": {"ZipFile": files}}
        for name in ("../out.py", "/tmp/out.py", "a/../../out.py"):
            error = self.refused("InvalidParameterValueException", self.client.create_function,
                                 **code(package({name: ""})))
            self.assertIn("Could not unzip uploaded file", error["Error"]["Message"])
        self.refused("InvalidParameterValueException", self.client.create_function,
                     **code(b"no zip at all"))
        big = package({"big": b"\0" * 262_144_001})
        error = self.refused("InvalidParameterValueException", self.client.create_function,
                             **code(big))
        self.assertEqual("Unzipped size must be smaller than 262144000 bytes",
                         error["Error"]["Message"])
        self.refused("ResourceNotFoundException", self.client.get_function, FunctionName="bad")

    # If it fails, code of more than a few megabytes cannot be sent.
    def test_a_package_of_forty_megabytes(self):
        files = {"app.py": SOURCE, "ballast": os.urandom(40 << 20)}
        self.create(Code={"ZipFile": package(files)})
        self.assertEqual({}, self.invoke({})[1]["said"])

    def test_code_that_is_used_in_place(self):
        folder = os.path.join(self.server.folder, "code")
        os.mkdir(folder)
        with open(os.path.join(folder, "bootstrap"), "w", encoding="utf-8") as file:
            file.write("")
        with open(os.path.join(folder, "app.py"), "w", encoding="utf-8") as file:
            file.write("def handler(e, c): return 'in place'")
        # boto3 knows no MillbeckPath: the request is made by hand.
        body = {"FunctionName": "fn", "Runtime": "python3.12", "Role": ROLE,
                "Handler": "app.handler", "Code": {"MillbeckPath": folder}}
        status, text = self.server.lambda_call("POST", "/2015-03-31/functions", body)
        self.assertEqual(201, status, text)
        self.assertEqual("in place", self.invoke()[1])

    # If it fails, nothing that a tool deploys does anything.
    def test_a_mapping_calls_a_function_made_by_the_api(self):
        tables = self.server.client()
        table = create_table(tables, "orders", view_type="NEW_IMAGE")
        out = os.path.join(self.server.folder, "seen")
        self.create(Environment={"Variables": {"OUT": out}}, source=textwrap.dedent("""
            import os
            def handler(event, context):
                with open(os.environ["OUT"], "a") as file:
                    for record in event["Records"]:
                        file.write(record["dynamodb"]["Keys"]["id"]["S"] + "\\n")
        """))
        self.client.create_event_source_mapping(
            FunctionName="fn", EventSourceArn=table["LatestStreamArn"],
            StartingPosition="TRIM_HORIZON", BatchSize=10)
        for number in range(20):
            tables.put_item(TableName="orders", Item={"id": {"S": f"key-{number}"}})
        self.until(lambda: len(self.lines(out)) == 20)
        self.client.put_function_concurrency(FunctionName="fn", ReservedConcurrentExecutions=0)
        tables.put_item(TableName="orders", Item={"id": {"S": "later"}})
        self.client.delete_function_concurrency(FunctionName="fn")
        self.until(lambda: self.lines(out)[-1] == "later")

    # If it fails, triggers do not follow a function's changes.
    def test_functions_of_the_file_are_shown_and_kept(self):
        config = {"functions": [{"name": "filed", "command": ["cat"]}]}
        with Server(config) as server:
            client = server.client("lambda")
            self.assertEqual(["filed"], [each["FunctionName"]
                                         for each in client.list_functions()["Functions"]])
            answer = client.invoke(FunctionName="filed", Payload=b'{"a": [1,\n2]}')
            self.assertEqual({"a": [1, 2]}, json.loads(answer["Payload"].read()))
            error = self.refused("ResourceConflictException", client.delete_function,
                                 FunctionName="filed")
            self.assertIn("configuration file", error["Error"]["Message"])

    # If it fails, each deployment leaves processes behind.
    def test_old_processes_leave_when_a_function_changes(self):
        source = "import os\ndef handler(e, c): return os.getpid()"
        self.create(source=source)
        pids = [self.invoke()[1]]
        self.client.update_function_configuration(FunctionName="fn", Timeout=19)
        pids.append(self.invoke()[1])
        self.client.update_function_code(FunctionName="fn",
                                         ZipFile=package({"app.py": source + " + 0"}))
        pids.append(self.invoke()[1])
        self.assertEqual(3, len(set(pids)))
        self.client.delete_function(FunctionName="fn")
        self.until(lambda: not any(os.path.exists(f"/proc/{pid}") for pid in pids))

    # If it fails, functions in compiled languages cannot be deployed, or JavaScript's.
    def test_a_bootstrap_of_its_own_and_javascript(self):
        self.create(Runtime="provided.al2023", Handler="any", Code={"ZipFile": package(
            {"bootstrap": BOOTSTRAP}, {"bootstrap": 0o755})})
        self.assertEqual({"c": 3}, self.invoke({"c": 3})[1])
        self.client.update_function_code(FunctionName="fn", ZipFile=package(
            {"bootstrap": BOOTSTRAP}, {"bootstrap": 0o644}))
        answer, error = self.invoke({})
        self.assertEqual(("Unhandled", "Runtime.InvalidEntrypoint"),
                         (answer["FunctionError"], error["errorType"]))
        self.create("js", Runtime="nodejs20.x", Code={"ZipFile": package(
            {"app.js": "exports.handler = async (event, context) => [event, context.clientContext];"})})
        context = base64.b64encode(b'{"custom": {"x": "y"}}').decode()
        self.assertEqual([{"d": 4}, {"custom": {"x": "y"}}],
                         self.invoke({"d": 4}, name="js", ClientContext=context)[1])

    # If it fails, functions that nobody uses keep their memory for ever.
    def test_a_process_that_is_idle_is_ended(self):
        with Server(arguments=["--function-idle-timeout", "1s"]) as server:
            self.server, self.client = server, server.client("lambda")
            self.create(source="import os\ndef handler(e, c): return os.getpid()")
            pid = self.invoke()[1]
            self.until(lambda: not os.path.exists(f"/proc/{pid}"))
            self.assertNotEqual(pid, self.invoke()[1])

    # If it fails, nobody can stand at a breakpoint.
    def test_a_function_to_debug_has_all_the_time(self):
        with Server(arguments=["--debug", "fn"]) as server:
            self.server, self.client = server, server.client("lambda")
            self.create(source="import time\ndef handler(e, c): time.sleep(1.5); return 1", Timeout=1)
            self.assertEqual(1, self.invoke()[1])
            server.wait_for_line("python3 -m debugpy --listen 127.0.0.1:5678 --pid [0-9]+")

    # If it fails, the AWS CLI cannot be used as its manual says.
    def test_aws_cli(self):
        zip_path = os.path.join(self.server.folder, "fn.zip")
        with open(zip_path, "wb") as file:
            file.write(package({"app.py": SOURCE}))

        def aws(*arguments):
            done = subprocess.run([AWS, "--endpoint-url", self.server.endpoint, "lambda",
                                   *arguments], capture_output=True, encoding="utf-8",
                                  env=environment(), timeout=4 * DEADLINE,
                                  stdin=subprocess.DEVNULL)
            self.assertEqual(0, done.returncode, done.stderr)
            return json.loads(done.stdout) if done.stdout.strip() else None

        aws("create-function", "--function-name", "fn", "--runtime", "python3.11", "--role", ROLE,
            "--handler", "app.handler", "--zip-file", "fileb://" + zip_path)
        aws("wait", "function-active-v2", "--function-name", "fn")
        out = os.path.join(self.server.folder, "out.json")
        answer = aws("invoke", "--function-name", "fn", "--log-type", "Tail", "--payload",
                     base64.b64encode(b'{"a": 1}').decode(), out)
        self.assertIn("called with", base64.b64decode(answer["LogResult"]).decode())
        with open(out, encoding="utf-8") as file:
            self.assertEqual({"a": 1}, json.load(file)["said"])
        aws("update-function-code", "--function-name", "fn", "--zip-file", "fileb://" + zip_path)
        aws("wait", "function-updated-v2", "--function-name", "fn")
        aws("delete-function", "--function-name", "fn")
        self.assertEqual([], aws("list-functions")["Functions"])


if __name__ == "__main__":
    unittest.main()
