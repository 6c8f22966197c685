"""Drives the benchmarks: starts servers, loads tables, puts wrk or a small program to work.

Usage: measure.py [NAME...] [--quick] [--list]
Every line: {"bench", "value", "unit", "p50_us", "p99_us", "of", "ratio", "machine", "commit"}; what
does not apply is left out. `of` names the yardstick, measured in the same run, `ratio` is value over
it. With a server of this program in it, each figure is the median of its rounds.
"""

import argparse
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

from server import Server  # noqa: E402  (its folder is known only now)

# Name -> which program prints it.
PRINTED_BY = {
    "log_append": "log_bench", "log_read_shard": "log_bench",
    "recovery": "store_bench",
    "expr_parse": "expression_bench", "expr_cached": "expression_bench",
    "pipe_cpp": "handler_bench", "pipe_python": "handler_bench",
}
ON, OFF = "bench", "bench_off"  # tables with and without a stream
SORTED, PARTITION_ITEMS = "bench_sorted", 100  # one with a sort key


class Measure:
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

    def report_load(self, bench, runs, yardstick, yardstick_runs):
        """A figure of wrk beside its yardstick, each the median of its rounds."""
        middle = sorted(runs, key=lambda run: run["per_second"])[len(runs) // 2]
        of = statistics.median(run["per_second"] for run in yardstick_runs)
        self.report(yardstick, round(of), "requests/s")
        self.report(bench, round(middle["per_second"]), "requests/s", p50_us=middle["p50_us"],
                    p99_us=middle["p99_us"], of=yardstick,
                    ratio=round(middle["per_second"] / of, 3))

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
                    {"name": SORTED, "keys": {"hash": "id S", "range": "at N"}, "stream": "off"}],
                "functions": [{"name": "ack", "command": [
                    os.path.join(PROGRAMS, "ack_handler"), self.fifo]}],
                "triggers": [{"table": ON, "function": "ack"}],
            }
            with open(self.server.config_path, "w", encoding="utf-8") as file:
                json.dump(config, file)
            self.server.start()
            self.loaded = set()
        return self.server

    def load(self, table):
        server = self.bench_server()
        if table not in self.loaded:
            subprocess.run([os.path.join(PROGRAMS, "load_items"), server.endpoint, table,
                            str(self.items),
                            *([str(PARTITION_ITEMS)] if table == SORTED else [])], check=True)
            self.loaded.add(table)
        server.command("wait", "--drained", "--timeout", "10m")
        return server.endpoint

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

    def wrk(self, endpoint, kind, table, connections):
        done = subprocess.run(
            ["wrk", "-t1", f"-c{connections}", f"-d{self.seconds}s", "--timeout", "30s",
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

    # ---- the benches
    def put_32(self):
        self.against("put_32", "put", 32)

    def put_256(self):
        self.against("put_256", "put", 256)

    def get_32(self):
        self.against("get_32", "get", 32)

    def query_100(self):
        self.against("query_100", "query", 32, SORTED)

    def scan_1(self):
        self.pass_on("scan_1", ["scan_bench", "scan_1", self.load(ON), ON, "1"])

    def scan_4(self):
        self.pass_on("scan_4", ["scan_bench", "scan_4", self.load(ON), ON, "4"])

    def put_stream_cost(self):
        """Puts with the stream and its trigger on, beside puts with neither."""
        self.load(OFF)
        endpoint = self.load(ON)
        on, off = [], []
        for _ in range(self.rounds):
            off.append(self.wrk(endpoint, "put", OFF, 32))
            on.append(self.wrk(endpoint, "put", ON, 32))
            self.server.command("wait", "--drained", "--timeout", "10m")
        self.report_load("put_stream_cost", on, "put_stream_off", off)

    def getrecords_http(self):
        self.pass_on("getrecords_http", ["getrecords_bench", self.load(ON), ON, str(self.items)])

    def put_to_ack(self):
        self.pass_on("put_to_ack", ["put_to_ack_bench", self.load(ON), ON, str(self.items),
                                    self.fifo, "500" if self.quick else "5000"])

    def start(self):
        """From starting the program to its first answer that it is ready, on an empty folder."""
        times = []
        for _ in range(5 if self.quick else 21):
            server = Server()
            begin = time.monotonic()
            server.start()
            wait_until_answers(server.endpoint + "/health/ready")
            times.append((time.monotonic() - begin) * 1000)
            server.close()
        self.report("start", round(statistics.median(times), 1), "ms")

    def idle_rss(self):
        """Resident memory of a server with one table and one trigger, some time after its start."""
        config = {"tables": [{"name": ON, "keys": {"hash": "id S"}, "stream": "KEYS_ONLY"}],
                  "functions": [{"name": "ack", "command": [os.path.join(PROGRAMS, "ack_handler")]}],
                  "triggers": [{"table": ON, "function": "ack"}]}
        with Server(config) as server:
            wait_until_answers(server.endpoint + "/health/ready")
            time.sleep(2)
            with open(f"/proc/{server.pid}/status", encoding="utf-8") as file:
                kilobytes = next(int(line.split()[1]) for line in file if line.startswith("VmRSS"))
        self.report("idle_rss", round(kilobytes / 1024, 1), "MB")

    def pass_on(self, bench, command):
        """Runs a program of this folder and passes on the lines of this bench."""
        done = subprocess.run([os.path.join(PROGRAMS, command[0]), *command[1:]],
                              stdout=subprocess.PIPE, encoding="utf-8", check=True)
        found = [line for line in map(json.loads, done.stdout.splitlines())
                 if line["bench"] == bench]
        if not found:
            raise RuntimeError(f"{command[0]} printed no line of {bench}: {done.stdout}")
        for line in found:
            print(json.dumps({**line, **self.about}), flush=True)

    def run(self, bench):
        if bench in PRINTED_BY:
            self.pass_on(bench, [PRINTED_BY[bench], bench,
                                 *(["--quick"] if self.quick else [])])
        else:
            getattr(self, bench)()


BENCHES = ("log_append", "log_read_shard", "recovery", "expr_parse", "expr_cached", "pipe_cpp",
           "pipe_python", "start", "idle_rss", "put_to_ack", "put_32", "put_256", "get_32",
           "query_100", "scan_1", "scan_4", "getrecords_http", "put_stream_cost")


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


def main():
    parser = argparse.ArgumentParser(prog="tests/bench/run.sh", description="Runs the benchmarks.")
    parser.add_argument("names", nargs="*", metavar="NAME", help="which; without one: all")
    parser.add_argument("--quick", action="store_true", help="a tenth of the items, less time")
    parser.add_argument("--list", action="store_true", help="print the names and end")
    chosen = parser.parse_args()
    unknown = [name for name in chosen.names if name not in BENCHES]
    if unknown:
        parser.error(f"no bench {', '.join(unknown)}; there are: {', '.join(BENCHES)}")
    if chosen.list:
        print("\n".join(BENCHES))
        return
    measure = Measure(chosen.quick)
    try:
        for bench in chosen.names or BENCHES:
            measure.run(bench)
    finally:
        measure.close()


if __name__ == "__main__":
    main()
