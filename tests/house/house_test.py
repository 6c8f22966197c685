"""Runs the rules of the house on this tree, and on bad trees to show that each rule can fail."""

import os
import sys
import tempfile
import unittest

import tree_rules

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

# The smallest tree without a complaint.
GOOD_TREE = {
    "README.md": "# Mill\n",
    **{f"{room}/README.md": f"# {room}\n" for room in tree_rules.ROOMS},
    "base/a.hpp": "#pragma once\n#include <string>\n",
    "base/CMakeLists.txt": "room(base SOURCES a.cpp)\n",
    "base/a.cpp": '#include "base/a.hpp"\n',
    "sinks/sink.hpp": '#include "base/a.hpp"\n',
    "triggers/w.hpp": '#include "sinks/sink.hpp"\n#include "base/a.hpp"\n',
    "tests/base/a_test.cpp": '#include "base/a.hpp"\n',
    "tests/base/CMakeLists.txt": "tests(a_test.cpp)\n",
}

# What is put into the good tree, and the words the complaint must have.
BAD_TREES = (
    ("base above itself", {"base/b.hpp": '#include "shardlog/ids.hpp"\n'},
     "base must not include shardlog/ids.hpp"),
    ("capture knows triggers", {"capture/t.hpp": '#include "triggers/w.hpp"\n'},
     "capture must not include triggers/w.hpp"),
    ("triggers know capture", {"triggers/t.hpp": '#include "capture/table.hpp"\n'},
     "triggers must not include capture/table.hpp"),
    ("triggers know one sink's inside", {"triggers/t.hpp": '#include "sinks/handler/handler.hpp"\n'},
     "triggers must not include sinks/handler/handler.hpp"),
    ("sinks know the log", {"sinks/k.hpp": '#  include "shardlog/ids.hpp"\n'},
     "sinks must not include shardlog/ids.hpp"),
    ("somebody includes runtime", {"sinks/k.hpp": '#include "runtime/node.hpp"\n'},
     "sinks must not include runtime/node.hpp"),
    ("a relative include", {"base/b.hpp": '#include "a.hpp"\n'}, "not written from the top folder"),
    ("an example from inside", {"examples/x/h.hpp": '#include "base/a.hpp"\n'},
     "examples must not include base/a.hpp"),
    ("code outside of the rooms", {"lib/x.hpp": "int x;\n"}, "lives in a room"),
    ("a heavy header in a header", {"base/b.hpp": "#include <boost/asio.hpp>\n"}, "is heavy"),
    ("json in a header", {"base/b.hpp": "#include <nlohmann/json.hpp>\n"}, "is heavy"),
    ("a file past the hard limit", {"base/b.hpp": "int x;\n" * 501}, "hard limit"),
    ("a long file without a reason", {"base/b.hpp": "int x;\n" * 251}, "LONG_FILES"),
    ("a long room README", {"base/README.md": "x\n" * 121}, "at most 120"),
    ("a long README", {"README.md": "x\n" * 151}, "at most 150"),
    ("a machine's path", {"base/b.hpp": "// see /" + "root/notes\n"}, "folder of one machine"),
    ("an unfinished thought", {"base/b.hpp": "// TO" + "DO: later\n"}, "unfinished thought"),
    ("a package host", {"tests/x.json": '"https://registry.npm' + 'js.org/x"\n'}, "package host"),
    ("a sleep", {"base/b.hpp": "std::this_thread::sleep_for(1s);\n"}, "sleeps"),
    ("a shell", {"base/b.hpp": 'int x = std::system("ls");\n'}, "runs a shell"),
    ("a shell with a pipe", {"base/b.hpp": 'auto* x = popen("ls", "r");\n'}, "runs a shell"),
    ("a thread let go", {"base/b.hpp": "thread.detach();\n"}, "lets go of a thread"),
    ("a source that is not built", {"base/b.cpp": "int x;\n"}, "base/b.cpp: no CMakeLists.txt"),
    ("a test that never runs", {"tests/base/b_test.cpp": "int x;\n"}, "no CMakeLists.txt lists it"),
    ("a list that is none", {"base/CMakeLists.txt": "file(GLOB x *.cpp) # a.cpp\n"}, "by GLOB"),
)


def complaints_of(tree):
    with tempfile.TemporaryDirectory() as root:
        for path, text in tree.items():
            os.makedirs(os.path.dirname(os.path.join(root, path)), exist_ok=True)
            with open(os.path.join(root, path), "w", encoding="utf-8") as file:
                file.write(text)
        return tree_rules.complaints(root)


class HouseTest(unittest.TestCase):
    # If it fails, a rule of the house is broken where it says.
    def test_this_tree_keeps_the_rules(self):
        found = tree_rules.complaints(ROOT)
        self.assertEqual([], found, "\n" + "\n".join(found))

    # If it fails, the rules complain about nothing, and would be switched off soon.
    def test_a_good_tree_has_no_complaints(self):
        self.assertEqual([], complaints_of(GOOD_TREE))

    # If it fails, a rule has stopped to see what it is there for.
    def test_each_bad_tree_is_seen(self):
        for name, change, words in BAD_TREES:
            with self.subTest(name):
                found = complaints_of({**GOOD_TREE, **change})
                self.assertTrue([c for c in found if words in c], f"{words!r} is not in {found}")

    # If it fails, a room can lose its explanation unseen.
    def test_a_missing_readme_is_seen(self):
        tree = {path: text for path, text in GOOD_TREE.items() if path != "sinks/README.md"}
        self.assertEqual(["sinks/README.md: is missing"], complaints_of(tree))


if __name__ == "__main__":
    unittest.main(argv=sys.argv)
