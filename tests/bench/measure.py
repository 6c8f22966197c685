"""Drives the benchmarks: starts servers, loads tables, puts wrk or a small program to work.

Usage: measure.py [NAME...] [--quick] [--list]
Every line: {"bench", "value", "unit", "p50_us", "p99_us", "of", "ratio", "machine", "commit"}; what
does not apply is left out. `of` names the yardstick, measured in the same run, `ratio` is value over
it. With a server of this program in it, each figure is the median of its rounds.
"""

import argparse
import contextlib
import json
import os
import statistics
import subprocess
import time

from measuring import (INDEXED, INDEXES, OFF, ON, PROGRAMS, SORTED, Measuring, Server, cpu_ticks,
                       resident_megabytes, wait_until_answers)
from targets import Kafka, Redis

# Name -> which program prints it.
PRINTED_BY = {
    "log_append": "log_bench", "log_read_shard": "log_bench",
    "recovery": "store_bench",
    "restore": "restore_bench", "restore_changed": "restore_bench",
    "expr_parse": "expression_bench", "expr_cached": "expression_bench",
    "filter": "filter_bench",
    "pipe_cpp": "handler_bench", "pipe_python": "handler_bench",
    "runtime_api_cpp": "handler_bench", "runtime_api_python": "handler_bench",
    "kafka": "kafka_bench", "kafka_tx": "kafka_bench", "kafka_rows": "kafka_bench",
    "sqlite": "sql_bench", "postgres": "sql_bench",
    "files": "files_bench", "files_4_shards": "files_bench", "files_zstd": "files_bench",
    "files_rows_4_shards": "files_bench",
    "trigger_1": "trigger_bench", "trigger_4": "trigger_bench", "replay": "trigger_bench",
    "redis": "redis_bench", "redis_rows": "redis_bench", "redis_one": "redis_bench",
    "memcached": "target_bench", "webhook": "target_bench", "zeromq": "target_bench",
    "dynamodb": "target_bench", "stdout": "target_bench",
}


class Measure(Measuring):
    def history(self):
        self.pass_on("history", ["history_bench", *(["--quick"] if self.quick else [])], "")

    def put_32(self):
        self.against("put_32", "put", 32)

    def put_256(self):
        self.against("put_256", "put", 256)

    def get_32(self):
        self.against("get_32", "get", 32)

    def update_32(self):
        self.against_put("update_32", "update", 32)

    def cond_put_32(self):
        self.against_put("cond_put_32", "cond_put", 32)

    def put_2gsi_32(self):
        self.against_put("put_2gsi_32", "grouped", 32, INDEXED)

    def transact_2(self):
        self.against_put("transact_2", "transact", 32)

    def batch_25(self):
        self.against_put("batch_25", "batch", 32, items=25)

    def backfill(self):
        """A global index made on the loaded table: alone, then while puts go on."""
        endpoint = self.load(OFF)
        begin = time.monotonic()
        self.make_index()
        self.wait_for_indexes(OFF)
        self.report("backfill", round(self.items / (time.monotonic() - begin)), "items/s")
        self.drop_index()
        puts = self.wrk(endpoint, "put", OFF, 32)
        # The puts end before the filling does, so that all of them had it beside them.
        seconds = self.seconds
        while True:
            self.make_index()
            beside = self.wrk(endpoint, "put", OFF, 32, seconds)
            filling = not self.indexes_active(OFF)
            self.wait_for_indexes(OFF)
            self.drop_index()
            if filling or seconds == 1:
                break
            seconds = max(1, seconds // 2)
        self.report_load("put_beside_backfill", [beside], "put_32_no_stream", [puts])

    def make_index(self):
        self.create_index(OFF, *INDEXES[1])

    def drop_index(self):
        self.update_table(OFF, {"Delete": {"IndexName": INDEXES[1][0]}})

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

    def copying_server(self, sink):
        """A server whose table is copied by this sink, and loaded: closed by whoever asks."""
        copying = Server()
        config = {"tables": [{"name": ON, "keys": {"hash": "id S"}}],
                  "sinks": [{"name": "copy", "table": ON, **sink}]}
        with open(copying.config_path, "w", encoding="utf-8") as file:
            json.dump(config, file)
        copying.start()
        subprocess.run([os.path.join(PROGRAMS, "load_items"), copying.endpoint, ON,
                        str(self.items)], check=True)
        copying.command("wait", "--drained", "--timeout", "10m")
        return copying

    def put_to_redis(self):
        """As put_to_ack, until a client of Redis sees it."""
        with contextlib.closing(Redis().start()) as redis:
            with contextlib.closing(self.copying_server({"redis": redis.url()})) as copying:
                self.pass_on("put_to_redis", [
                    "put_to_ack_bench", copying.endpoint, ON, str(self.items),
                    f"redis:{redis.port}", "500" if self.quick else "5000"], "put_to_ack")

    def copied(self, bench, sink, empty=None):
        """A copy of the loaded table made anew: alone, then while puts go on.

        empty: empties the target before a copy that is made alone.
        """
        with contextlib.closing(self.copying_server(sink)) as copying:
            seconds = []
            for _ in range(self.rounds):
                if empty:
                    empty()
                begin = time.monotonic()
                copying.command("backfill", ON, "--to", "copy")
                copying.command("wait", "--drained", "--timeout", "10m")
                seconds.append(time.monotonic() - begin)
            self.report(bench, round(self.items / statistics.median(seconds)), "items/s")
            puts, beside = [], []
            for _ in range(self.rounds):
                puts.append(self.wrk(copying.endpoint, "put", ON, 32))
                copying.command("wait", "--drained", "--timeout", "10m")
                copying.command("backfill", ON, "--to", "copy")
                beside.append(self.wrk(copying.endpoint, "put", ON, 32))
                copying.command("wait", "--drained", "--timeout", "10m")
            self.report_load(f"put_beside_{bench}", beside, "put_32", puts)

    def backfill_redis(self):
        with contextlib.closing(Redis(durable=False).start()) as redis:
            self.copied("backfill_redis", {"redis": redis.url()}, lambda: redis.cli("flushall"))

    def backfill_kafka(self):
        with contextlib.closing(Kafka().start()) as kafka:
            self.copied("backfill_kafka", {"kafka": f"127.0.0.1:{kafka.port}"})

    def replay_beside(self):
        """Writers, and a trigger that has everything to deliver again, beside a replay of everything."""
        handler = [os.path.join(PROGRAMS, "ack_handler")]
        config = {"tables": [{"name": ON, "keys": {"hash": "id S"}, "stream": "NEW_AND_OLD_IMAGES",
                              "shards": 4}],
                  "functions": [{"name": name, "command": handler} for name in ("live", "again")],
                  "triggers": [{"table": ON, "function": "live", "batch_size": 1000}]}
        with Server(config) as server:
            subprocess.run([os.path.join(PROGRAMS, "load_items"), server.endpoint, ON,
                            str(self.items)], check=True)
            server.wait_drained()
            puts, beside, alone, live = [], [], [], []
            for number in range(self.rounds):
                puts.append(self.wrk(server.endpoint, "put", ON, 32))
                server.wait_drained()
                self.begin_replay(server, f"w{number}")
                beside.append(self.wrk(server.endpoint, "put", ON, 32))
                server.wait_drained()
                server.command("replays", "cancel", f"w{number}")
                alone.append(self.delivered_again(server))
                self.begin_replay(server, f"t{number}")
                live.append(self.delivered_again(server))
                server.command("replays", "cancel", f"t{number}")
        self.report_load("put_beside_replay", beside, "put_32", puts)
        ratio = statistics.median(alone) / statistics.median(live)
        self.report("trigger_beside_replay", round(statistics.median(live), 2), "s",
                    of=round(statistics.median(alone), 2), ratio=round(ratio, 3))

    @staticmethod
    def begin_replay(server, name):
        server.command("replay", ON, "--into", "again", "--batch-size", "1000", "--as", name,
                       "--detach")

    @staticmethod
    def delivered_again(server):
        """Seconds until a trigger that was set back to the beginning has caught up."""
        begin = time.monotonic()
        server.command("checkpoints", "set", f"{ON}-live", "--to", "start")
        server.wait_drained()
        return time.monotonic() - begin

    def put_to_function(self):
        """As put_to_ack, to a function that fetches its events from the Runtime API."""
        server = Server()
        fifo = os.path.join(server.folder, "replies")
        os.mkfifo(fifo)
        config = {"tables": [{"name": ON, "keys": {"hash": "id S"}, "stream": "NEW_AND_OLD_IMAGES"}],
                  "functions": [{"name": "ack", "protocol": "runtime", "code": os.path.abspath(PROGRAMS),
                                 "command": ["./ack_function", fifo]}],
                  "triggers": [{"table": ON, "function": "ack"}]}
        with open(server.config_path, "w", encoding="utf-8") as file:
            json.dump(config, file)
        with server:
            self.pass_on("put_to_function", ["put_to_ack_bench", server.endpoint, ON, "1000", fifo,
                                             "500" if self.quick else "5000"], "put_to_ack")

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
            megabytes = resident_megabytes(server.pid)
        self.report("idle_rss", megabytes, "MB")

    def idle_1000(self):
        """A thousand triggers on 250 tables with nothing to do: a core's part of them, in percent.

        Memory is printed beside it, as `idle_1000_rss`.
        """
        tables, triggers = 250, 1000
        names = [f"table_{number}" for number in range(tables)]
        config = {"tables": [{"name": name, "keys": {"hash": "id S"}, "stream": "KEYS_ONLY"}
                             for name in names],
                  "functions": [{"name": "ack", "command": [os.path.join(PROGRAMS, "ack_handler")]}],
                  "triggers": [{"name": f"trigger_{number}", "table": names[number % tables],
                                "function": "ack"} for number in range(triggers)]}
        with Server(config) as server:
            wait_until_answers(server.endpoint + "/health/ready")
            time.sleep(2 if self.quick else 5)
            before, begin = cpu_ticks(server.pid), time.monotonic()
            time.sleep(5 if self.quick else 30)
            used = (cpu_ticks(server.pid) - before) / os.sysconf("SC_CLK_TCK")
            seconds = time.monotonic() - begin
            megabytes = resident_megabytes(server.pid)
        self.report("idle_1000", round(100 * used / seconds, 2), "% of a core")
        self.report("idle_1000_rss", megabytes, "MB")

    def run(self, bench):
        if bench in PRINTED_BY:
            self.pass_on(bench, [PRINTED_BY[bench], bench,
                                 *(["--quick"] if self.quick else [])])
        else:
            getattr(self, bench)()


BENCHES = ("log_append", "log_read_shard", "recovery", "history", "restore",
           "restore_changed", "expr_parse", "expr_cached", "filter",
           "pipe_cpp", "pipe_python", "runtime_api_cpp", "runtime_api_python", "put_to_function",
           "files", "files_4_shards", "files_zstd", "files_rows_4_shards",
           "trigger_1", "trigger_4", "replay", "replay_beside", "kafka", "kafka_tx", "kafka_rows", "redis", "redis_rows",
           "redis_one", "memcached", "webhook", "zeromq", "dynamodb", "stdout",
           "start", "idle_rss", "idle_1000", "put_to_ack", "put_32", "put_256", "get_32",
           "update_32", "cond_put_32", "put_2gsi_32", "transact_2", "batch_25", "query_100",
           "scan_1", "scan_4", "getrecords_http", "put_stream_cost", "backfill", "sqlite",
           "postgres", "put_to_redis", "backfill_redis", "backfill_kafka")


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
