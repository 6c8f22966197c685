"""Servers that tables are copied to: each in a folder of its own, on a free port, ended by its pid."""

import json
import os
import shutil
import socket
import subprocess
import tempfile
import time

from server import DEADLINE


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for_port(port, process):
    """Until somebody listens there; a connection that is refused is tried again at once."""
    end = time.monotonic() + DEADLINE
    while time.monotonic() < end:
        if process.poll() is not None:
            raise AssertionError(f"the server on port {port} ended with {process.returncode}")
        with socket.socket() as probe:
            probe.settimeout(0.05)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
    raise AssertionError(f"nobody listens on port {port}")


class Target:
    """start(), kill() as a crash would, stop(); keeps folder and port over restarts."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="millbeck-target-")
        self.port, self._process = free_port(), None

    def command(self):
        raise NotImplementedError

    def start(self):
        self._process = subprocess.Popen(self.command(), stdin=subprocess.DEVNULL,
                                         stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                         cwd=self.folder)
        wait_for_port(self.port, self._process)
        return self

    def kill(self):
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def close(self):
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


class Redis(Target):
    """Debian's redis-server; every write is synced, so that a kill loses nothing it has answered.

    Not `durable`: it keeps nothing, as a cache.
    """

    def __init__(self, durable=True):
        super().__init__()
        self._durable = durable

    def command(self):
        keeps = ["--appendonly", "yes", "--appendfsync", "always"] if self._durable else []
        return ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "",
                *keeps, "--dir", self.folder]

    def url(self):
        return f"redis://127.0.0.1:{self.port}"

    def cli(self, *words):
        return subprocess.run(["redis-cli", "-p", str(self.port), *words], check=True,
                              capture_output=True, encoding="utf-8",
                              timeout=DEADLINE).stdout.strip()


class Postgres(Target):
    """Debian's PostgreSQL. It does not run as root: then it is run as the user Debian made for it."""

    def __init__(self):
        super().__init__()
        versions = "/usr/lib/postgresql"
        newest = max(os.listdir(versions), key=int)
        self.programs = os.path.join(versions, newest, "bin")
        self.data = os.path.join(self.folder, "data")
        if os.geteuid() == 0:
            shutil.chown(self.folder, "postgres", "postgres")
        subprocess.run([*self._as_user(), os.path.join(self.programs, "initdb"), "-D", self.data,
                        "-A", "trust", "-U", "postgres"], check=True, capture_output=True,
                       cwd=self.folder)

    @staticmethod
    def _as_user():
        return ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] \
            if os.geteuid() == 0 else []

    def command(self):
        return [*self._as_user(), os.path.join(self.programs, "postgres"), "-D", self.data,
                "-p", str(self.port), "-c", "listen_addresses=127.0.0.1",
                "-c", f"unix_socket_directories={self.folder}"]

    def start(self):
        """After a kill it refuses to start until the last of the old processes has ended."""
        end = time.monotonic() + DEADLINE
        while True:
            try:
                return super().start()
            except AssertionError:
                if time.monotonic() > end:
                    raise

    def kill(self):
        super().kill()
        # What the first process leaves behind ends by itself once it sees that it is alone.
        lock = os.path.join(self.data, "postmaster.pid")
        if os.path.exists(lock):
            os.remove(lock)

    def url(self):
        return f"postgresql://postgres@127.0.0.1:{self.port}/postgres"

    def sql(self, text):
        return subprocess.run([os.path.join(self.programs, "psql"), self.url(), "-Atc", text],
                              check=True, capture_output=True, encoding="utf-8",
                              timeout=DEADLINE).stdout.strip()


class Memcached(Target):
    """Debian's memcached; it refuses to run as root unless it is told as whom."""

    def command(self):
        user = ["-u", "memcache"] if os.geteuid() == 0 else []
        return ["memcached", "-l", "127.0.0.1", "-p", str(self.port), "-U", "0", *user]

    def get(self, key):
        """The value as text, or None."""
        with socket.create_connection(("127.0.0.1", self.port), DEADLINE) as connection:
            connection.sendall(f"get {key}\r\n".encode())
            with connection.makefile("rb") as answer:
                first = answer.readline().split()
                return None if first == [b"END"] else answer.read(int(first[3])).decode()


class Kafka(Target):
    """The broker that tests/support/kafka/install.sh has fetched."""

    FETCHED = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../build/kafka")

    @classmethod
    def if_there(cls):
        if os.path.exists(os.path.join(cls.FETCHED, "installed")):
            return cls()
        if os.environ.get("MILLBECK_REQUIRE_KAFKA", "0") not in ("", "0"):
            raise AssertionError("there is no Apache Kafka in build/kafka, and it is required")
        return None

    @classmethod
    def start_for(cls, test):
        """A broker until the test ends; without Kafka the test is skipped."""
        broker = cls.if_there()
        if broker is None:
            test.skipTest("there is no Apache Kafka in build/kafka (tests/support/kafka/install.sh)")
        test.addCleanup(broker.close)
        return broker.start()

    def __init__(self):
        super().__init__()
        data = os.path.join(self.folder, "data")
        shutil.copytree(os.path.join(self.FETCHED, "empty"), data)
        quorum = f"127.0.0.1:{free_port()}"
        self.settings = os.path.join(self.folder, "server.properties")
        with open(self.settings, "w", encoding="utf-8") as file:
            file.write("\n".join([
                "process.roles=broker,controller", "node.id=1",
                f"controller.quorum.voters=1@{quorum}", "controller.listener.names=CONTROLLER",
                f"listeners=PLAINTEXT://127.0.0.1:{self.port},CONTROLLER://{quorum}",
                f"advertised.listeners=PLAINTEXT://127.0.0.1:{self.port}", f"log.dirs={data}",
                "auto.create.topics.enable=false", "offsets.topic.replication.factor=1",
                "offsets.topic.num.partitions=1", "transaction.state.log.replication.factor=1",
                "transaction.state.log.min.isr=1", "transaction.state.log.num.partitions=1", ""]))

    def command(self):
        return ["java", "-Xms256m", "-Xmx512m", "-XX:+UseSerialGC", "-cp",
                os.path.join(self.FETCHED, "jars") + "/*", "kafka.Kafka", self.settings]

    def read(self, topic):
        """All that is committed, as any consumer gets it: key, value and headers of each message;
        None is the value of a tombstone."""
        read = subprocess.run(
            ["kcat", "-C", "-e", "-q", "-J", "-b", f"127.0.0.1:{self.port}", "-t", topic,
             "-o", "beginning", "-X", "isolation.level=read_committed"],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True, timeout=60)
        messages = [json.loads(line) for line in read.stdout.splitlines()]
        return [(message["key"], message["payload"],
                 dict(zip(message.get("headers", [])[::2], message.get("headers", [])[1::2])))
                for message in messages]
