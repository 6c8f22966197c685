"""What every benchmark stands on: a server with loaded tables, the echo server, wrk, and how a figure
is printed. With a server of this program in it, each figure is the median of its rounds.
"""

import json
import os
import platform
import statistics
import subprocess
import sys
import time
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
BUILD = os.path.join(ROOT, "build/release")
PROGRAMS = os.path.join(BUILD, "tests/bench")
os.environ["MILLBECK_PROGRAM"] = os.path.join(BUILD, "millbeck")
sys.path.insert(0, os.path.join(ROOT, "tests/e2e"))

import server  # noqa: E402  (its folder is known only now)
from server import Server  # noqa: E402

server.DEADLINE = 660  # seconds: a handler may have a table of a million items to catch up with

ON, OFF = "bench", "bench_off"  # tables with and without a stream and its trigger
SORTED, PARTITION_ITEMS = "bench_sorted", 100  # one with a sort key
INDEXED = "bench_indexed"  # as ON, with two global indexes
INDEXES = (  # the entries of the first are overwritten by a put, those of the second move
    ("by_group", (("group", "S", "HASH"),)),
    ("by_value", (("v", "N", "HASH"),)),
)


class Measuring:
    def __init__(self, quick):
        self.quick = quick
        self.items = 100_000 if quick else 1_000_000
        self.seconds, self.rounds = (2, 1) if quick else (6, 3)
        self.about = {"machine": machine(), "commit": commit()}
        self.server = self.echo = None

    # ---- what is printed
    def report(self, bench, value, unit, **more):
        line = {"bench": bench, "value": value, "unit": unit, **more, **self.about}
        print(json.dumps(line), flush=True)

    def report_load(self, bench, runs, yardstick, yardstick_runs, items=None):
        """A figure of wrk beside its yardstick, each the median of its rounds.

        items: of one request; with it the figure is items/s, and so is what the ratio compares.
        """
        middle = sorted(runs, key=lambda run: run["per_second"])[len(runs) // 2]
        of = statistics.median(run["per_second"] for run in yardstick_runs)
        value = middle["per_second"] * (items or 1)
        self.report(yardstick, round(of), "requests/s")
        self.report(bench, round(value), "items/s" if items else "requests/s",
                    p50_us=middle["p50_us"], p99_us=middle["p99_us"], of=yardstick,
                    ratio=round(value / of, 3))

    # ---- what is measured on
    def bench_server(self):
        """A server with the loaded table, its stream, its trigger and a handler in C++; kept."""
        if self.server is None:
            self.server = Server()
            self.fifo = os.path.join(self.server.folder, "replies")
            os.mkfifo(self.fifo)
            config = {
                "tables": [
                    {"name": ON, "keys": {"hash": "id S"}, "stream": "NEW_AND_OLD_IMAGES"},
                    {"name": OFF, "keys": {"hash": "id S"}, "stream": "off"},
                    {"name": SORTED, "keys": {"hash": "id S", "range": "at N"}, "stream": "off"},
                    {"name": INDEXED, "keys": {"hash": "id S"}, "stream": "NEW_AND_OLD_IMAGES"}],
                "functions": [{"name": "ack", "command": [
                    os.path.join(PROGRAMS, "ack_handler"), self.fifo]}],
                "triggers": [{"table": ON, "function": "ack"},
                             {"table": INDEXED, "function": "ack"}],
            }
            with open(self.server.config_path, "w", encoding="utf-8") as file:
                json.dump(config, file)
            self.server.start()
            self.loaded = set()
            for name, keys in INDEXES:
                self.create_index(INDEXED, name, keys)
                self.wait_for_indexes(INDEXED)
        return self.server

    def update_table(self, table, update, definitions=()):
        """One change of one global index."""
        status, reply = self.server.call(
            "DynamoDB_20120810.UpdateTable", TableName=table,
            GlobalSecondaryIndexUpdates=[update],
            **({"AttributeDefinitions": definitions} if definitions else {}))
        if status != 200:
            raise RuntimeError(f"UpdateTable {table}: {reply}")

    def create_index(self, table, name, keys):
        """Returns at once; wait_for_indexes() when it is filled. keys: of (name, type, kind)."""
        self.update_table(table, {"Create": {
            "IndexName": name, "Projection": {"ProjectionType": "ALL"},
            "KeySchema": [{"AttributeName": key, "KeyType": kind} for key, _, kind in keys]}},
            [{"AttributeName": key, "AttributeType": type_} for key, type_, _ in keys])

    def indexes_active(self, table):
        _, reply = self.server.call("DynamoDB_20120810.DescribeTable", TableName=table)
        return all(index["IndexStatus"] == "ACTIVE"
                   for index in reply["Table"].get("GlobalSecondaryIndexes", ()))

    def wait_for_indexes(self, table):
        while not self.indexes_active(table):
            time.sleep(0.01)

    def load(self, table):
        bench = self.bench_server()
        if table not in self.loaded:
            form = {SORTED: [str(PARTITION_ITEMS)], INDEXED: ["grouped"]}.get(table, [])
            subprocess.run([os.path.join(PROGRAMS, "load_items"), bench.endpoint, table,
                            str(self.items), *form], check=True)
            self.loaded.add(table)
        bench.command("wait", "--drained", "--timeout", "10m")
        self.settle()
        return bench.endpoint

    def settle(self):
        """Waits until the server has done what the benches before have left it to do in the
        background: flushes, compactions."""
        end, ticks = time.monotonic() + 60, cpu_ticks(self.server.pid)
        while time.monotonic() < end:
            time.sleep(0.5)
            before, ticks = ticks, cpu_ticks(self.server.pid)
            if ticks - before <= 2:  # of about 50 a thread could have
                return

    def echo_server(self):
        if self.echo is None:
            self.echo = subprocess.Popen([os.path.join(PROGRAMS, "http_echo"), "--port", "8799"],
                                         stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
            wait_until_answers("http://127.0.0.1:8799/")
        return "http://127.0.0.1:8799"

    def close(self):
        if self.echo:
            self.echo.terminate()
            self.echo.wait()
        if self.server:
            self.server.close()

    def wrk(self, endpoint, kind, table, connections, seconds=None):
        done = subprocess.run(
            ["wrk", "-t1", f"-c{connections}", f"-d{seconds or self.seconds}s", "--timeout", "30s",
             "-s", os.path.join(HERE, "requests.lua"), endpoint, "--", kind, table,
             str(self.items)], capture_output=True, encoding="utf-8", check=True)
        run = json.loads(done.stdout.strip().splitlines()[-1])
        if run["failed"]:
            raise RuntimeError(f"{kind} {table}: {run['failed']} requests failed\n" + done.stdout)
        run["per_second"] = run["requests"] / run["seconds"]
        return run

    def against(self, bench, kind, connections, table=ON):
        """wrk on the loaded table and on the echo server, in turns."""
        endpoint, echo = self.load(table), self.echo_server()
        runs, echoes = [], []
        for _ in range(self.rounds):
            echoes.append(self.wrk(echo, kind, table, connections))
            runs.append(self.wrk(endpoint, kind, table, connections))
            self.server.command("wait", "--drained", "--timeout", "10m")
        self.report_load(bench, runs, f"echo_{connections}", echoes)

    def against_put(self, bench, kind, connections, table=ON, items=None):
        """The same beside a plain PutItem, `put_32` or `put_256` of the same moment."""
        self.load(ON)
        endpoint = self.load(table)
        runs, puts = [], []
        for _ in range(self.rounds):
            puts.append(self.wrk(endpoint, "put", ON, connections))
            self.server.command("wait", "--drained", "--timeout", "10m")
            runs.append(self.wrk(endpoint, kind, table, connections))
            self.server.command("wait", "--drained", "--timeout", "10m")
        self.report_load(bench, runs, f"put_{connections}", puts, items)

    def pass_on(self, bench, command, printed_as=None):
        """Runs a program of this folder and passes on the lines of this bench, under its name.

        With "" as `printed_as` all lines, each under its own.
        """
        done = subprocess.run([os.path.join(PROGRAMS, command[0]), *command[1:]],
                              stdout=subprocess.PIPE, encoding="utf-8", check=True)
        found = [line for line in map(json.loads, done.stdout.splitlines())
                 if printed_as == "" or line["bench"] == (printed_as or bench)]
        if not found:
            raise RuntimeError(f"{command[0]} printed no line of {bench}: {done.stdout}")
        for line in found:
            name = line["bench"] if printed_as == "" else bench
            print(json.dumps({**line, "bench": name, **self.about}), flush=True)


def cpu_ticks(pid):
    """Of all its threads since it began."""
    with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
        fields = file.read().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def resident_megabytes(pid):
    with open(f"/proc/{pid}/status", encoding="utf-8") as file:
        kilobytes = next(int(line.split()[1]) for line in file if line.startswith("VmRSS"))
    return round(kilobytes / 1024, 1)


def machine():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        model = next(line.split(":")[1].strip() for line in file if line.startswith("model name"))
    return f"{os.cpu_count()} x {model}, Linux {platform.release()}"


def commit():
    done = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=ROOT,
                          capture_output=True, encoding="utf-8")
    return done.stdout.strip() or "unknown"


def wait_until_answers(url):
    end = time.monotonic() + 10
    while True:
        try:
            with urllib.request.urlopen(url, timeout=10) as reply:
                if reply.status == 200:
                    return
        except OSError:
            if time.monotonic() > end:
                raise
        time.sleep(0.001)
