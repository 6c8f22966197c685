#!/usr/bin/env python3
"""clang-tidy over every source of the rooms. Usage: cmake/tidy.py [--all] [--minutes N] [SOURCE...]

Needs the compile database of the preset `analysis`. Prints findings and fails when there are any.

Two thirds of clang-tidy's time on a source goes into matching the standard library's headers, so
sources with the same flags are linted several at a time, as one unit that includes them all. Only
the checks of the analyzer run on each source by itself: they follow no function outside the main
file. Sources which define a name twice in their unnamed namespaces do not meet in a unit. Only what
is found in a source on its own counts: of a unit with findings, the sources that they name are
linted alone, and the others together again.

A source found clean is not checked again while its text, the text of all headers of ours below it,
its flags, .clang-tidy, this program and the installed packages stay the same; --all forgets that.
The marks are kept beside ccache's objects, so a new clone on the same machine has them too.

A machine without marks needs half an hour. With --minutes no check begins later than that; sources
changed last come first, the last line says how many were not reached, and the next run goes on.
"""

import argparse
import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = ROOT / "build" / "analysis"
ROOMS = ("base", "shardlog", "capture", "sinks", "triggers", "runtime")
TIDY = "clang-tidy-14"
# More would let one unit run on while the other processor has nothing to do.
UNIT_LINES_MAX = 1600
UNIT_SOURCES_MAX = 10
SECONDS_MAX = 900
MARK_DAYS_MAX = 30

INCLUDE = re.compile(r'^\s*#include "([^"]+)"', re.MULTILINE)
UNNAMED = re.compile(r"^namespace \{$(.*?)^\}  // namespace$", re.MULTILINE | re.DOTALL)
# A definition at the margin: the name before its parameters, value, bases or body. What may stand
# there twice (`using base::fail;`, `namespace dom = ...`) is not one.
DEFINED = re.compile(
    r"^(?!using [\w:]+;|namespace )[A-Za-z][^;(={]*?\b(\w+)(?: final)?(?: : [^{]*)?\s*[;(={]",
    re.MULTILINE,
)


def output_of(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def marks_folder():
    """Where clean sources are remembered; marks of sources long gone are removed."""
    try:
        folder = pathlib.Path(output_of("ccache", "-k", "cache_dir").strip()) / "millbeck-tidy"
    except (OSError, subprocess.CalledProcessError):
        folder = BUILD / "tidy" / "clean"
    folder.mkdir(parents=True, exist_ok=True)
    oldest = time.time() - MARK_DAYS_MAX * 86400
    for mark in folder.iterdir():
        if mark.stat().st_mtime < oldest:
            mark.unlink(missing_ok=True)
    return folder


def flags_by_source():
    """The compiler's flags of each room's source, as the room's own target has them."""
    flags = {}
    for entry in json.loads((BUILD / "compile_commands.json").read_text()):
        source = pathlib.Path(entry["file"]).relative_to(ROOT).as_posix()
        words = shlex.split(entry["command"])
        # The fuzz programs compile some sources once more.
        if source.split("/")[0] in ROOMS and "MILLBECK_FUZZ_TARGET" not in entry["command"]:
            start = next(i for i, word in enumerate(words) if "clang++" in word) + 1
            flags[source] = words[start : words.index("-o")]
    return flags


def closure(name, seen):
    """Adds to `seen` the file and every file of ours that it includes."""
    path = ROOT / name
    if name in seen or not path.is_file():
        return
    seen[name] = path.read_text()
    for included in INCLUDE.findall(seen[name]):
        closure(included, seen)


def mark_of(source, flags, surroundings):
    """The name of the mark of a clean source, without the kind of check."""
    texts = {}
    closure(source, texts)
    portable = [flag.replace(str(ROOT), "") for flag in flags]
    whole = json.dumps([surroundings, source, portable, sorted(texts.items())])
    return hashlib.sha256(whole.encode()).hexdigest()


def private_names(source):
    blocks = UNNAMED.findall((ROOT / source).read_text())
    return {name for block in blocks for name in DEFINED.findall(block)}


def units_of(sources, flags):
    """Lists of sources to check together: same folder and flags, no private name twice."""
    units = []
    for source in sources:
        lines = len((ROOT / source).read_text().splitlines())
        names = private_names(source)
        key = (os.path.dirname(source), flags[source])
        for unit in units:
            full = len(unit["sources"]) == UNIT_SOURCES_MAX
            long = unit["lines"] + lines > UNIT_LINES_MAX
            if unit["key"] == key and not full and not long and not names & unit["names"]:
                unit["sources"].append(source)
                unit["lines"] += lines
                unit["names"] |= names
                break
        else:
            units.append({"key": key, "sources": [source], "lines": lines, "names": set(names)})
    return [unit["sources"] for unit in units]


def tidy(path, checks, flags):
    """Empty when clean, else what clang-tidy said. `checks` narrows those of .clang-tidy."""
    config = f"--config-file={ROOT / '.clang-tidy'}"
    command = [TIDY, "--quiet", config, f"--checks={checks}", str(path), "--", *flags]
    try:
        run = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS_MAX)
    except subprocess.TimeoutExpired:
        return f"{path}: clang-tidy did not end within {SECONDS_MAX} s\n"
    return "" if run.returncode == 0 else run.stdout + run.stderr


def analyse(source, flags):
    return {source: tidy(ROOT / source, "-*,clang-analyzer-*", flags)}


def lint(sources, flags):
    """Findings of all but the analyzer, by source."""
    checks = "-clang-analyzer-*"
    if len(sources) == 1:
        return {sources[0]: tidy(ROOT / sources[0], checks, flags)}
    name = hashlib.sha256("\n".join(sources).encode()).hexdigest()[:16]
    unit = BUILD / "tidy" / f"unit_{name}.cpp"
    lines = [f'#include "{source}"  // NOLINT(bugprone-suspicious-include)\n' for source in sources]
    unit.write_text("".join(lines))
    said = tidy(unit, checks, flags)
    if not said:
        return {source: "" for source in sources}
    named = [source for source in sources if f"{ROOT / source}:" in said]
    # What is found in a header does not say which source brings it up.
    alone = named or sources[: len(sources) // 2]
    together = [source for source in sources if source not in alone]
    parts = [[source] for source in alone] if named else [alone]
    found = {}
    for part in parts + ([together] if together else []):
        found.update(lint(part, flags))
    return found


def newest_first(sources):
    """By the commit that changed them last; what is not committed comes first of all."""
    log = output_of("git", "-C", str(ROOT), "log", "--format=", "--name-only")
    ages = {name: age for age, name in reversed(list(enumerate(log.split())))}
    dirty = output_of("git", "-C", str(ROOT), "diff", "--name-only", "HEAD").split()
    return sorted(sources, key=lambda source: -1 if source in dirty else ages.get(source, 0))


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0].split(" Usage")[0])
    parser.add_argument("--all", action="store_true", help="check clean sources again")
    parser.add_argument("--minutes", type=float, default=float("inf"),
                        help="begin no check after so many")
    parser.add_argument("sources", nargs="*", metavar="SOURCE", help="all of the rooms, if none")
    return parser.parse_args()


def main():
    wishes = arguments()
    begin = time.monotonic()
    (BUILD / "tidy").mkdir(parents=True, exist_ok=True)
    # The database lists what the CMakeLists.txt list now.
    output_of("cmake", "--preset", "analysis", "-S", str(ROOT))
    flags = flags_by_source()
    tracked = output_of("git", "-C", str(ROOT), "ls-files", *ROOMS).splitlines()
    wanted = newest_first(wishes.sources or [name for name in tracked if name.endswith(".cpp")])
    unknown = [name for name in wanted if name not in flags]
    if unknown:
        sys.exit(f"tidy.py: not in the compile database of {BUILD}: {' '.join(unknown)}")

    packages = output_of("dpkg-query", "-W", "-f", "${Package} ${Version}\n", "clang*-14", "*-dev")
    itself = pathlib.Path(__file__)
    surroundings = [packages, (ROOT / ".clang-tidy").read_text(), itself.read_text()]
    folder = marks_folder()
    marks = {source: mark_of(source, flags[source], surroundings) for source in wanted}

    def stale(kind):
        return [source for source in wanted
                if wishes.all or not (folder / f"{marks[source]}.{kind}").exists()]

    def in_time(check, what, source):
        late = time.monotonic() - begin > 60 * wishes.minutes
        return {} if late else check(what, flags[source])

    units, alone = units_of(stale("lint"), flags), stale("analyse")
    failed, reached = set(), {"lint": 0, "analyse": 0}
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        kinds = {pool.submit(in_time, lint, unit, unit[0]): "lint" for unit in units}
        kinds |= {pool.submit(in_time, analyse, source, source): "analyse" for source in alone}
        for done in concurrent.futures.as_completed(kinds):
            for source, said in done.result().items():
                reached[kinds[done]] += 1
                if said:
                    failed.add(source)
                    print(f"--- {source}\n{said}", flush=True)
                else:
                    (folder / f"{marks[source]}.{kinds[done]}").touch()
    missed = sum(map(len, units)) + len(alone) - sum(reached.values())
    print(f"clang-tidy: of {len(wanted)} sources, {reached['lint']} were linted and "
          f"{reached['analyse']} analysed, the others are known to be clean; {len(failed)} have "
          f"findings" + (f"; {missed} checks were not reached in time" if missed else ""))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
