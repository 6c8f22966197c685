"""A Millbeck of its own for a test: started on a free port in a temporary folder, ended by its pid."""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request

import boto3
import botocore.config

PROGRAM = os.environ.get("MILLBECK_PROGRAM") or os.path.join(
    os.path.dirname(os.path.abspath(__file__)), "../../build/release/millbeck")
PYTHON = sys.executable
REGION, ACCOUNT = "us-east-1", "000000000000"
DEADLINE = 30  # seconds; generous, for a machine with other work


def environment(**more):
    """The environment of a child: nothing of this machine's AWS or Millbeck settings."""
    kept = {name: value for name, value in os.environ.items()
            if not name.startswith(("AWS_", "MILLBECK_"))}
    # Credentials files and metadata services of the machine are nobody's business here.
    return {**kept, "AWS_ACCESS_KEY_ID": "any", "AWS_SECRET_ACCESS_KEY": "any",
            "AWS_DEFAULT_REGION": REGION, "AWS_REGION": REGION, "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_PAGER": "", **more}


def millbeck(*arguments, prefix=(), **options):
    """Runs a command of Millbeck to its end; gives the CompletedProcess with both outputs as text."""
    options.setdefault("env", environment())
    return subprocess.run([*prefix, PROGRAM, *arguments], capture_output=True, encoding="utf-8",
                          timeout=DEADLINE, stdin=subprocess.DEVNULL, **options)


class Server:
    """`with Server() as server:` or start() and stop(). Keeps its folder over restarts.

    config: what the configuration file says, as a dictionary (JSON is YAML).
    config_file: the path of one that is there, instead.
    prefix: a function of the folder's path to what comes before the command.
    """

    def __init__(self, config=None, command="serve", arguments=(), variables=None, prefix=None,
                 config_file=None):
        self._folder = tempfile.TemporaryDirectory(prefix="millbeck-test-")
        self.folder = self._folder.name
        self.data = os.path.join(self.folder, "disk", "data")
        os.mkdir(os.path.dirname(self.data))
        self.config_path = config_file or os.path.join(self.folder, "millbeck.yaml")
        if config_file is None:
            with open(self.config_path, "w", encoding="utf-8") as file:
                json.dump(config or {}, file)
        self._command = [*(prefix(self.folder) if prefix else ()), PROGRAM, command, "--data", self.data, "--listen", "127.0.0.1:0",
                         "--config", self.config_path, *arguments]
        self._variables = variables or {}
        self._process, self._clients = None, []

    def __enter__(self):
        try:
            return self.start()
        except BaseException:
            self.close()
            raise

    def __exit__(self, *_):
        self.close()

    def start(self):
        self._lines, self._grown = [], threading.Condition()
        self._process = subprocess.Popen(self._command, stdin=subprocess.DEVNULL,
                                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                         env=environment(**self._variables), encoding="utf-8")
        self._reader = threading.Thread(target=self._read, args=(self._process.stdout,))
        self._reader.start()
        self.endpoint = self.wait_for_line(r"listening on (http://\S+)").group(1)
        return self

    def _read(self, output):
        for line in output:
            with self._grown:
                self._lines.append(line.rstrip("\n"))
                self._grown.notify_all()
        with self._grown:
            self._lines.append(None)
            self._grown.notify_all()

    def output(self):
        with self._grown:
            return "\n".join(line for line in self._lines if line is not None)

    def wait_for_line(self, pattern):
        """The match of the first line of output that has the pattern."""
        end, seen = time.monotonic() + DEADLINE, 0
        with self._grown:
            while True:
                for line in self._lines[seen:]:
                    found = line is not None and re.search(pattern, line)
                    if found:
                        return found
                seen = len(self._lines)
                ended = seen > 0 and self._lines[-1] is None
                if ended or not self._grown.wait(end - time.monotonic()):
                    text = "\n".join(line for line in self._lines if line is not None)
                    raise AssertionError(f"{'it ended' if ended else 'no line'} without "
                                         f"{pattern!r}; its output:\n{text}")

    @property
    def pid(self):
        return self._process.pid

    def signal(self, number):
        self._process.send_signal(number)

    def wait(self):
        """The exit code, once it has ended by itself or by a signal."""
        try:
            code = self._process.wait(DEADLINE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            raise AssertionError("it did not end; its output:\n" + self.output()) from None
        finally:
            self._reader.join(DEADLINE)
            self._process.stdout.close()
        return code

    def stop(self):
        """SIGTERM; the exit code."""
        self.signal(signal.SIGTERM)
        return self.wait()

    def kill(self):
        """SIGKILL, as a power cut would come."""
        self.signal(signal.SIGKILL)
        return self.wait()

    def close(self):
        for client in self._clients:
            client.close()
        if self._process and self._process.poll() is None:
            self.kill()
        self._folder.cleanup()

    def client(self, service="dynamodb", **options):
        """An unmodified boto3 client; only the endpoint is ours. Closed with the server."""
        self._clients.append(boto3.client(
            service, endpoint_url=self.endpoint, region_name=REGION,
            aws_access_key_id="any", aws_secret_access_key="any",
            config=botocore.config.Config(retries={"max_attempts": 1}, **options)))
        return self._clients[-1]

    def call(self, operation, **body):
        """(status, reply) of a call by hand, for what Debian's boto3 is too old to know.

        operation: "DynamoDB_20120810.CreateTable", "DynamoDBStreams_20120810.DescribeStream"
        """
        request = urllib.request.Request(
            self.endpoint, json.dumps(body).encode(), {
                "Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": operation,
                "X-Amz-Date": "20200101T000000Z",
                "Authorization": "AWS4-HMAC-SHA256 Credential=any/20200101/us-east-1/dynamodb/"
                                 "aws4_request, SignedHeaders=host, Signature=00"})
        status, text = self._open(request)
        return status, json.loads(text)

    def lambda_call(self, method, path, body=None):
        """(status, text) of a call of Lambda's API by hand, for what boto3 does not know."""
        request = urllib.request.Request(
            self.endpoint + path, None if body is None else json.dumps(body).encode(),
            {"Content-Type": "application/json", "X-Amz-Date": "20200101T000000Z",
             "Authorization": "AWS4-HMAC-SHA256 Credential=any/20200101/us-east-1/lambda/"
                              "aws4_request, SignedHeaders=host, Signature=00"}, method=method)
        return self._open(request)

    def command(self, *arguments):
        """A client command of Millbeck against this server."""
        return millbeck(*arguments, "--endpoint", self.endpoint)

    def wait_drained(self):
        done = self.command("wait", "--drained", "--timeout", f"{DEADLINE}s")
        if done.returncode != 0:
            raise AssertionError(f"wait --drained: {done.stderr}\n{self.output()}")

    def get(self, path):
        """(status, body) of a plain GET."""
        return self._open(self.endpoint + path)

    @staticmethod
    def _open(request):
        try:
            with urllib.request.urlopen(request, timeout=DEADLINE) as reply:
                return reply.status, reply.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()


def expect_golden(test, name, text):
    """Compares text with the file below tests/golden; MB_UPDATE_GOLDEN=1 writes it."""
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "golden", name)
    if "MB_UPDATE_GOLDEN" in os.environ:
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
    with open(path, encoding="utf-8") as file:
        test.assertEqual(file.read(), text, name)


def create_table(client, name, sort_key=None, view_type=None, **more):
    """A table with the partition key `id` (S), on demand; sort_key like ("at", "N")."""
    keys = [("id", "S", "HASH")] + ([(*sort_key, "RANGE")] if sort_key else [])
    if view_type:
        more["StreamSpecification"] = {"StreamEnabled": True, "StreamViewType": view_type}
    return client.create_table(
        TableName=name, BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": key, "KeyType": kind} for key, _, kind in keys],
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": type_}
                              for key, type_, _ in keys], **more)["TableDescription"]


def read_stream(streams, arn):
    """Every record of the stream, per shard in order, shards in order: what a reader starting at
    TRIM_HORIZON gets."""
    records, start = [], {}
    while True:
        page = streams.describe_stream(StreamArn=arn, **start)["StreamDescription"]
        for shard in page["Shards"]:
            iterator = streams.get_shard_iterator(
                StreamArn=arn, ShardId=shard["ShardId"],
                ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
            empty = 0
            # An open shard has no end: two empty pages in a row are taken as "caught up".
            while iterator and empty < 2:
                reply = streams.get_records(ShardIterator=iterator)
                records += reply["Records"]
                empty = 0 if reply["Records"] else empty + 1
                iterator = reply.get("NextShardIterator")
        if "LastEvaluatedShardId" not in page:
            return records
        start = {"ExclusiveStartShardId": page["LastEvaluatedShardId"]}
