"""Runs the tours of the AWS SDK for JavaScript v3 and of ElectroDB."""

import os
import subprocess
import unittest

from server import DEADLINE, Server, environment

HERE = os.path.dirname(os.path.abspath(__file__))


class JavaScriptTest(unittest.TestCase):
    def finishes(self, tour):
        subprocess.run([os.path.join(HERE, "js/install.sh")], check=True)
        modules = os.path.join(HERE, "../../build/js/node_modules")
        with Server() as server:
            done = subprocess.run(
                ["node", os.path.join(HERE, "js", tour), server.endpoint],
                env=environment(NODE_PATH=os.path.abspath(modules)), capture_output=True,
                encoding="utf-8", timeout=2 * DEADLINE, stdin=subprocess.DEVNULL)
        self.assertEqual(0, done.returncode, done.stdout + done.stderr)
        self.assertIn("the tour is complete", done.stdout)

    # If it fails, programs in JavaScript or TypeScript do not run against Millbeck as they do on AWS.
    def test_the_sdk_finishes_its_tour(self):
        self.finishes("tour.cjs")

    # If it fails, applications of one table and many entities lose their queries.
    def test_an_object_mapper_finishes_its_tour(self):
        self.finishes("mapper_tour.cjs")


if __name__ == "__main__":
    unittest.main()
