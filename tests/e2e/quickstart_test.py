"""Runs the quickstart as a newcomer does, on fewer packages; it must reuse the build that is there."""

import os
import re
import signal
import subprocess
import threading
import time
import unittest

from server import DEADLINE, environment

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SCRIPT = os.path.join(ROOT, "examples/quickstart.sh")


class QuickstartTest(unittest.TestCase):
    # If it fails, the first command of the README does not work.
    def test_it_shows_the_whole_way_and_stops(self):
        done = subprocess.run([SCRIPT, "--count", "300"], env=environment(), capture_output=True,
                              encoding="utf-8", timeout=4 * DEADLINE, stdin=subprocess.DEVNULL)
        self.assertEqual(0, done.returncode, done.stdout + done.stderr)
        self.assertIn("the handler's totals are those counted from the index", done.stdout)
        self.assertNotIn("FAIL", done.stdout)
        # A second run neither installs nor builds; the tests' own build is the first.
        self.assertNotIn("Installing", done.stdout)
        self.assertNotIn("Building", done.stdout)

    # If it fails, Ctrl-C leaves a server or a folder behind, or --keep does not keep.
    def test_keep_stays_up_until_ctrl_c_and_leaves_nothing(self):
        script = subprocess.Popen([SCRIPT, "--count", "100", "--keep"], env=environment(),
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, encoding="utf-8",
                                  start_new_session=True)
        watchdog = threading.Timer(4 * DEADLINE, os.killpg, (script.pid, signal.SIGKILL))
        watchdog.start()
        self.addCleanup(watchdog.cancel)
        seen = []
        for line in script.stdout:
            seen.append(line)
            if "millbeck triggers" in line:
                break
        output = "".join(seen)
        endpoint = re.search(r"export AWS_ENDPOINT_URL=(http://\S+)", output)
        self.assertTrue(endpoint, output)
        aws = subprocess.run(["/usr/bin/aws", "--endpoint-url", endpoint.group(1), "dynamodb",
                              "describe-table", "--table-name", "packages"], env=environment(),
                             capture_output=True, encoding="utf-8", timeout=2 * DEADLINE)
        self.assertEqual(0, aws.returncode, aws.stderr)
        folder = re.search(r"(\S*millbeck-quickstart\.\w+)", commands_below(script.pid))
        self.assertTrue(folder and os.path.isdir(folder.group(1)))
        # As a terminal does it: to the whole group.
        os.killpg(script.pid, signal.SIGINT)
        rest = script.stdout.read()
        self.assertEqual(0, script.wait(DEADLINE), output + rest)
        script.stdout.close()
        self.assertFalse(os.path.exists(folder.group(1)))
        # The handlers end by themselves when their stdin does.
        end = time.monotonic() + DEADLINE
        while self.alive(script.pid) and time.monotonic() < end:
            time.sleep(0.05)
        self.assertFalse(self.alive(script.pid), "somebody of its processes is left")

    @staticmethod
    def alive(group):
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return False
        return True


def commands_below(pid):
    """The command lines of a process's children."""
    found = []
    with open(f"/proc/{pid}/task/{pid}/children", encoding="utf-8") as file:
        for child in file.read().split():
            with open(f"/proc/{child}/cmdline", encoding="utf-8") as command:
                found.append(command.read().replace("\0", " "))
    return "\n".join(found)


if __name__ == "__main__":
    unittest.main()
