"""The lesson's real input: Debian's package index, as items and as a plan of writes.

Nothing here knows Millbeck. `plan()` says what will be written, `final_state()` what must be left,
both straight from the index: that is what makes the later comparison an independent one.
"""

import subprocess

UPDATED_EVERY = 3  # every third package gets a rebuild ...
DELETED_EVERY = 7  # ... and every seventh leaves the archive


class NoIndex(Exception):
    """The machine has no package index; the message says what to do."""


def read_index(count):
    """`count` packages of the index, spread evenly over it, as dictionaries of their fields."""
    try:
        dump = subprocess.run(["apt-cache", "dumpavail"], check=True, capture_output=True,
                              encoding="utf-8").stdout
    except (OSError, subprocess.CalledProcessError) as error:
        raise NoIndex(f"Could not read Debian's package index ({error}).") from error
    found = {}
    for paragraph in dump.split("\n\n"):
        if paragraph.startswith("Package: ") and "\nSection: " in paragraph:
            found[paragraph.partition("\n")[0]] = paragraph
    if len(found) < count:
        raise NoIndex(f"Debian's package index lists {len(found)} packages here and the lesson "
                      f"wants {count}. `apt-get update` (as root) fetches the index.")
    names = sorted(found)
    return [fields_of(found[names[i * len(names) // count]]) for i in range(count)]


def fields_of(paragraph):
    fields, name = {}, None
    for line in paragraph.splitlines():
        if line[:1] in (" ", "\t") and name:
            fields[name] += "\n" + line.strip()
        elif ":" in line:
            name, _, value = line.partition(":")
            fields[name] = value.strip()
    return fields


def item_of(fields):
    """A package as an item: text, numbers, a list of maps, a set, a truth value."""
    item = {
        "name": {"S": fields["Package"]},
        "version": {"S": fields["Version"]},
        "section": {"S": fields["Section"]},
        "installed_kb": {"N": fields.get("Installed-Size", "0")},
        "maintainer": {"S": fields.get("Maintainer", "")},
        "summary": {"S": fields.get("Description", "").partition("\n")[0]},
        "any_machine": {"BOOL": fields.get("Architecture") == "all"},
        "depends": {"L": [dependency_of(text) for text in fields.get("Depends", "").split(", ") if text]},
    }
    tags = sorted(set(fields.get("Tag", "").replace("\n", " ").replace(",", " ").split()))
    if tags:
        item["tags"] = {"SS": tags}
    return item


def dependency_of(text):
    """`libc6 (>= 2.34) | musl` becomes its alternatives, each with its constraint or null."""
    alternatives = []
    for alternative in text.split(" | "):
        name, _, constraint = alternative.partition(" (")
        alternatives.append({"M": {
            "name": {"S": name},
            "constraint": {"S": constraint.rstrip(")")} if constraint else {"NULL": True},
        }})
    return {"L": alternatives}


def rebuilt(item):
    """The same package after a rebuild: a new version, a tenth larger."""
    kilobytes = int(item["installed_kb"]["N"])
    return {**item, "version": {"S": item["version"]["S"] + "+b1"},
            "installed_kb": {"N": str(kilobytes + kilobytes // 10 + 1)}}


def plan(items):
    """What is written, in three acts: (inserted, updated) items and the deleted keys."""
    updated = [rebuilt(item) for item in items[::UPDATED_EVERY]]
    deleted = [{"name": item["name"]} for item in items[::DELETED_EVERY]]
    return items, updated, deleted


def final_state(items):
    """Name -> item once the whole plan is written."""
    inserted, updated, deleted = plan(items)
    state = {item["name"]["S"]: item for item in inserted}
    state.update({item["name"]["S"]: item for item in updated})
    for key in deleted:
        del state[key["name"]["S"]]
    return state


def totals_of(state):
    """Section -> (packages, installed kilobytes): what the handler should have arrived at."""
    totals = {}
    for item in state.values():
        count, kilobytes = totals.get(item["section"]["S"], (0, 0))
        totals[item["section"]["S"]] = (count + 1, kilobytes + int(item["installed_kb"]["N"]))
    return totals
