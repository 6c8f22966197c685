"""The rules of the house as functions of a source tree: each returns the sentences that complain.

`complaints(root)` runs them all. Nothing here knows about a build: the rules read text only.
"""

import os
import re

ROOMS = ("base", "shardlog", "capture", "sinks", "triggers", "runtime")

# Which room may include which: the table of rooms. A room always includes itself. An entry with a
# slash opens one header, not the room.
MAY_INCLUDE = {
    "base": (),
    "shardlog": ("base",),
    "capture": ("base", "shardlog"),
    "sinks": ("base",),
    "triggers": ("base", "shardlog", "sinks/sink.hpp"),
    "runtime": ("base", "shardlog", "capture", "sinks", "triggers"),
    "tests": ROOMS,
    # Examples are what a user writes: they see no room from inside.
    "examples": (),
}

# Third-party headers that cost seconds to compile stay out of our headers.
HEAVY_HEADERS = re.compile(r"^(boost/|nlohmann/json\.hpp|rocksdb/|simdjson\.h|CLI/|yaml-cpp/)")
HEAVY_ALLOWED = {
    "shardlog/item_parser.hpp": "the door between the wire's parsed body and an item",
    "shardlog/item_writer.hpp": "inside of its room: only the parser includes it",
    "shardlog/wire_types.hpp": "the same door: names what is wrong with a parsed value",
    "capture/item_store_state.hpp": "inside of the item store: only its own sources include it",
    "runtime/api/fields.hpp": "members of a parsed body, by value; only the parsers include it",
}

# The soft limit is the rooms': a test is a table, and grows by its rows.
LINES_SOFT, LINES_HARD = 250, 500
# A file over the soft limit stands here with the reason why it is one noun and not two.
LONG_FILES = {
    "capture/catalogue.cpp": "one SQL text beside each call of the catalogue",
    "capture/committer.cpp": "the commit protocol of a group, to be read in one piece",
    "capture/expression/partiql/values.cpp": "each literal's way to a value, one after the other",
    "capture/table_store.hpp": "the room's door: each call with what it promises",
    "capture/table_store.cpp": "the room's door: one short function for each of its calls",
    "runtime/api/admin_routes.cpp": "one short function for each route",
    "runtime/api/requests.hpp": "one struct for each call",
    "runtime/lambda/function_calls.cpp": "one short function for each call",
    "runtime/lambda/function_input.cpp": "what each member may be, one after the other",
    "runtime/lambda/function_registry.cpp": "one lock's worth of state: functions, who calls them",
    "runtime/lambda/function_zip.cpp": "what a zip may not do, and the doing, side by side",
    "runtime/lambda/mapping_registry.cpp": "one short function for each call on mappings",
    "runtime/lambda/invoke_calls.cpp": "one invocation from its headers to its answer",
    "runtime/lambda/version_calls.cpp": "one short function for each call",
    "runtime/scheduler/subscription.cpp": "one lock's worth of state: a trigger's shards and workers",
    "shardlog/log_reader.cpp": "the one walk over segments, for readers and recovery alike",
    "shardlog/log_writer.cpp": "the commit protocol on segments, to be read in one piece",
    "shardlog/segment.cpp": "the one file that knows a segment's bytes",
    "shardlog/shard_log.cpp": "the room's door: one short function for each of its calls",
    "shardlog/shard_map_changes.cpp": "one function for each change of the shard map",
    "sinks/files/files_sink.cpp": "one lock's worth of state: batches that share a turn at the store",
    "sinks/files/files_store.cpp": "the commit protocol of a folder, to be read in one piece",
    "sinks/handler/handler_process.cpp": "one process's pipes and its end, in one poll loop",
    "sinks/http/http_lanes.cpp": "one poll loop over curl's transfers, from start to cut",
    "sinks/handler/runtime_api.cpp": "one short function for each call of the Runtime API",
    "sinks/handler/runtime_handler.cpp": "the life of an invocation, to be read in one piece",
    "sinks/kafka/producer.cpp": "one lock's worth of state: messages given away and their reports",
    "sinks/kafka/session.cpp": "the life of a transactional connection, to be read in one piece",
    "sinks/kafka/transactional_sink.cpp": "who leads and what it does, to be read in one piece",
    "sinks/postgres/pg_connection.cpp": "every wait for a server: one short function for each",
    "sinks/redis/delivery.cpp": "the way of one batch, to be read in one piece",
    "sinks/redis/item_writer.cpp": "one short function for each thing an item becomes",
    "triggers/checkpoint_store.cpp": "one SQL text beside each call of the store",
    "triggers/parking_lot.cpp": "one short function for each call of the store",
    "triggers/shard_worker.cpp": "a state machine, to be read in one piece",
}
README_LINES = 120
ROOT_README_LINES = 150

BANNED_EVERYWHERE = (
    (re.compile(r"(?<![\w.])/(work|root|farm)/"), "names a folder of one machine"),
    (re.compile(r"\b(TODO|FIXME|XXX)\b"), "is an unfinished thought"),
    (re.compile(r"\b(registry\.npmjs\.org|deb\.debian\.org|pypi\.org)\b"), "names a package host"),
)
BANNED_IN_CPP = (
    (re.compile(r"\bsleep_for\b|\bsleep_until\b|\busleep\s*\("), "sleeps: wait on a bell or a clock"),
    (re.compile(r"(?<![\w.:>])(?:std::|::)?system\s*\("), "runs a shell: use ChildProcess"),
    (re.compile(r"\bpopen\s*\("), "runs a shell: use ChildProcess"),
    (re.compile(r"\bthread\w*\s*(\.|\(.*\)\.)detach\("), "lets go of a thread: join it"),
)
# The rules' own words.
NOT_READ = ("tests/house/",)

SKIPPED_FOLDERS = {".git", "build", "node_modules", ".ccache", "__pycache__"}
TEXT_ENDINGS = (".cpp", ".hpp", ".h", ".txt", ".md", ".py", ".sh", ".json", ".yaml", ".yml", ".lua",
                ".cjs", ".mjs", ".cmake")


def files_of(root):
    """Every file of the tree as (path with forward slashes relative to the root), sorted."""
    found = []
    for folder, names, files in os.walk(root):
        names[:] = [name for name in names if name not in SKIPPED_FOLDERS]
        found += [os.path.relpath(os.path.join(folder, name), root) for name in files]
    return sorted(found)


def lines_of(root, path):
    with open(os.path.join(root, path), encoding="utf-8", errors="replace") as file:
        return file.read().splitlines()


def is_cpp(path):
    return path.endswith((".cpp", ".hpp"))


def room_of(path):
    return path.split("/", 1)[0]


def complain_about_includes(root, files):
    """Every #include "..." is a pair of the table of rooms."""
    for path in filter(is_cpp, files):
        allowed = MAY_INCLUDE.get(room_of(path))
        if allowed is None:
            yield f"{path}: C++ lives in a room, in tests or in examples"
            continue
        for number, line in enumerate(lines_of(root, path), 1):
            found = re.match(r'\s*#\s*include\s*"([^"]+)"', line)
            if not found:
                continue
            target = found.group(1)
            if room_of(target) == room_of(path) and os.path.isfile(os.path.join(root, target)):
                continue
            if room_of(target) not in MAY_INCLUDE or "/" not in target:
                yield f'{path}:{number}: "{target}" is not written from the top folder'
            elif room_of(target) not in allowed and target not in allowed:
                yield f"{path}:{number}: {room_of(path)} must not include {target}"


def complain_about_heavy_headers(root, files):
    for path in files:
        if not path.endswith(".hpp") or room_of(path) not in ROOMS or path in HEAVY_ALLOWED:
            continue
        for number, line in enumerate(lines_of(root, path), 1):
            found = re.match(r'\s*#\s*include\s*[<"]([^>"]+)[>"]', line)
            if found and HEAVY_HEADERS.match(found.group(1)):
                yield f"{path}:{number}: {found.group(1)} is heavy: include it in a .cpp only"


def complain_about_length(root, files):
    for path in filter(is_cpp, files):
        count = len(lines_of(root, path))
        soft = LINES_SOFT if room_of(path) in ROOMS else LINES_HARD
        if count > LINES_HARD:
            yield f"{path}: {count} lines, the hard limit is {LINES_HARD}"
        elif count > soft and path not in LONG_FILES:
            yield (f"{path}: {count} lines, over {soft}: cut it, or give the reason in "
                   "LONG_FILES")
        elif count <= soft and path in LONG_FILES:
            yield f"{path}: {count} lines, no longer long: take it out of LONG_FILES"
    for path in LONG_FILES:
        if path not in files and os.path.isdir(os.path.join(root, "tests/house")):
            yield f"{path}: is in LONG_FILES and does not exist"


def complain_about_readmes(root, files):
    limits = {f"{room}/README.md": README_LINES for room in ROOMS}
    for path, limit in {**limits, "README.md": ROOT_README_LINES}.items():
        if path not in files:
            yield f"{path}: is missing"
        elif len(lines_of(root, path)) > limit:
            yield f"{path}: {len(lines_of(root, path))} lines, at most {limit}"


def complain_about_words(root, files):
    for path in files:
        named_like_text = path.endswith(TEXT_ENDINGS) or "." not in os.path.basename(path)
        if not named_like_text or path.startswith(NOT_READ) or path == "LICENSE":
            continue
        banned = BANNED_EVERYWHERE + (BANNED_IN_CPP if is_cpp(path) else ())
        for number, line in enumerate(lines_of(root, path), 1):
            for pattern, why in banned:
                found = pattern.search(line)
                if found:
                    yield f"{path}:{number}: `{found.group(0).strip()}` {why}"


def complain_about_unlisted_sources(root, files):
    """A source that no CMakeLists.txt names is dead, or a test that never runs."""
    listed = {}
    for path in files:
        if os.path.basename(path) == "CMakeLists.txt":
            # "list every file of the folder" is not a list; the build would not see a new one.
            text = re.sub(r"#.*", "", "\n".join(lines_of(root, path)))
            if re.search(r"file\s*\(\s*GLOB", text):
                yield f"{path}: lists sources by GLOB"
            listed[os.path.dirname(path)] = set(re.findall(r"[\w./+-]+\.cpp", text))
    for path in files:
        if not path.endswith(".cpp"):
            continue
        folder = os.path.dirname(path)
        while folder and os.path.relpath(path, folder) not in listed.get(folder, ()):
            folder = os.path.dirname(folder)
        if not folder:
            yield f"{path}: no CMakeLists.txt lists it"


RULES = (
    complain_about_includes,
    complain_about_heavy_headers,
    complain_about_length,
    complain_about_readmes,
    complain_about_words,
    complain_about_unlisted_sources,
)


def complaints(root):
    files = files_of(root)
    return [sentence for rule in RULES for sentence in rule(root, files)]
