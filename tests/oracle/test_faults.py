#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Plants faults and proves that the oracle notices each.

A fault is an edit of the generated program's constant tables or calls, or a mode of the driver that puts a faulty
backend below a right program. Schemas are tried until one shows a difference; each fault is a TAP test by name.

    test_faults.py [--schemas N] [--seed S] [--only NAME]
"""
import argparse
import multiprocessing
import os
import re
import sys

from harness import Tools
from run import run_schema


class NotApplicable(Exception):
    pass


def blocks(text, pattern):
    """Matches of `static const struct X name[] = { ... };` whose header fits the pattern."""
    return list(re.finditer(r"(?ms)^(?:static )?const struct " + pattern + r" = \{\n(.*?)^\};", text))


def replace_all(text, matches, change):
    """`change(body)` for each block; NotApplicable when none changed."""
    out = []
    at = 0
    changed = False
    for m in matches:
        new = change(m.group(0))
        if new is not None and new != m.group(0):
            changed = True
            out += [text[at:m.start()], new]
            at = m.end()
    if not changed:
        raise NotApplicable
    return "".join(out) + text[at:]


def substitute(pattern, replacement, flags=0):
    def edit(text):
        new, n = re.subn(pattern, replacement, text, flags=flags | re.M)
        if n == 0 or new == text:
            raise NotApplicable
        return new
    return edit


PART = re.compile(r"(?ms)^    \{\n(.*?)^    \},\n")


def part_tables(text, wanted):
    return [m for m in blocks(text, r"dynr_key_part parts_(\w+)\[\]") if wanted(m.group(1))]


def is_index_sort(name):
    return name.endswith("_sort") and "_unique_" not in name and len(name.split("_")) > 3


def is_base_sort(name):
    return re.fullmatch(r"oracle_[a-z]+_sort", name) is not None


def swap_parts(body):
    """The values of the first two parts change places; the literals stay."""
    parts = list(PART.finditer(body))
    valued = [p for p in parts if ".type =" in p.group(0)]
    if len(valued) < 2:
        return None
    value_lines = lambda p: "".join(l for l in p.group(1).splitlines(True) if ".literal" not in l)
    literal_lines = lambda p: "".join(l for l in p.group(1).splitlines(True) if ".literal" in l)
    a, b = valued[0], valued[1]
    new_a = "    {\n" + literal_lines(a) + value_lines(b) + "    },\n"
    new_b = "    {\n" + literal_lines(b) + value_lines(a) + "    },\n"
    return body[:a.start()] + new_a + body[a.end():b.start()] + new_b + body[b.end():]


def swap_index_sort(text):
    return replace_all(text, part_tables(text, is_index_sort), swap_parts)


def swap_base_sort(text):
    return replace_all(text, part_tables(text, is_base_sort), swap_parts)


def literal_delimiter(text):
    """Parts stay joined by `#`, but values are escaped for another delimiter: a `#` in a value is one in the key."""
    return substitute(r"\.delimiter = '#'", ".delimiter = '!'")(text)


def literal_base_delimiter(text):
    """The same for partitions of base keys only: ("a#b", "c") and ("a", "b#c") are one key."""
    base = [m for m in blocks(text, r"dynr_key_template key_oracle_[a-z]+_partition")]
    return replace_all(text, base, lambda b: b.replace(".delimiter = '#'", ".delimiter = '!'"))


def not_sparse(text):
    return replace_all(text, part_tables(text, lambda n: True),
                       lambda b: re.sub(r"\.presence = offsetof\([^;]*?\),", ".presence = DYNR_REQUIRED,", b))


def same_index_twice(text):
    """The second index of an entity takes the place of the first."""
    for m in blocks(text, r"dynr_index_key index_keys_(\w+)\[\]"):
        entity = m.group(1)
        indexes = re.findall(r"\.index = &([^,]+),", m.group(0))
        if len(indexes) < 2:
            continue
        first, second = indexes[0], indexes[1]
        templates = re.findall(r"\.(?:partition|sort) = &(key_\w+),", m.group(0))
        rename = {}
        for name, kind in ((n, n.rsplit("_", 1)[1]) for n in templates):
            block = blocks(text, r"dynr_key_template %s" % re.escape(name))
            if block:
                attribute = re.search(r'\.attribute = "([^"]*)"', block[0].group(0)).group(1)
                rename.setdefault(kind, []).append((name, attribute))
        out = text.replace(m.group(0), m.group(0).replace("&%s," % second, "&%s," % first))
        for kind, found in rename.items():
            if len(found) >= 2:
                name, attribute = found[1]
                out = replace_all(out, blocks(out, r"dynr_key_template %s" % re.escape(name)),
                                  lambda b: b.replace('"%s"' % attribute, '"%s"' % found[0][1]))
        for p in blocks(out, r"dynr_path_desc %s_\w+_path" % re.escape(entity)):
            if "&%s," % second in p.group(0):
                out = out.replace(p.group(0), p.group(0).replace("&%s," % second, "&%s," % first))
        return out
    raise NotApplicable


def shorter_index_sort(text):
    """The last value of each index's sort key is left out: what completes it by the base key."""
    names = {m.group(1) for m in part_tables(text, is_index_sort)}
    if not names:
        raise NotApplicable

    def change(body):
        n = int(re.search(r"\.n_parts = (\d+)", body).group(1))
        return re.sub(r"\.n_parts = \d+", ".n_parts = %d" % (n - 1), body) if n >= 2 else None
    return replace_all(text, [m for m in blocks(text, r"dynr_key_template key_(\w+)") if m.group(1) in names], change)


def filter_attribute(text):
    """A filter looks at another attribute of the same row."""
    def change(match):
        names = match.group(2)
        others = [a for a in attributes if a != names]
        return match.group(1) + '"%s"' % others[0] if others else match.group(0)
    attributes = re.findall(r'"(f\d)"', text)
    if len(set(attributes)) < 2:
        raise NotApplicable
    return substitute(r'^( +"#n0", )"(f\d)"', change)(text)


def wrong_label(text):
    """Index partitions of two entities that share an index get the same label."""
    labels = []
    for m in part_tables(text, lambda n: n.endswith("_partition") and "_unique_" not in n):
        literal = re.search(r'\.literal = "([^"]*\.[^"]*)"', m.group(0))
        if literal:
            labels.append((m, literal.group(1)))
    if len({l for _, l in labels}) < 2:
        raise NotApplicable
    target = labels[0][1]
    return replace_all(text, [m for m, l in labels if l != target], lambda b: re.sub(
        r'\.literal = "[^"]*\.[^"]*",\n( +)\.literal_len = \d+', r'.literal = "%s",\n\1.literal_len = %d'
        % (target, len(target)), b, count=1))


def link_without_index(text):
    """The rows of links are in no index: nothing leads back from their second end."""
    links = blocks(text, r"dynr_entity_desc oracle_(?:knot|bond)_entity")
    return replace_all(text, links, lambda b: re.sub(r"\.n_index_keys = \d+,", ".n_index_keys = 0,", b))


EDITS = {
    "parts of an index sort key are swapped": swap_index_sort,
    "parts of a base sort key are swapped": swap_base_sort,
    "values are not escaped for the delimiter": literal_delimiter,
    "values of a base key are not escaped": literal_base_delimiter,
    "a sparse key is not sparse": not_sparse,
    "two index keys of an entity use the same index": same_index_twice,
    "an index sort key is not completed by the base key": shorter_index_sort,
    "two index partitions have the same label": wrong_label,
    "a filter has the wrong attribute": filter_attribute,
    "a filter is left out": substitute(r"^( +)\.filter = &\w+,$", r"\1.filter = NULL,"),
    "a descending query is ascending": substitute(r"^    \.descending = true,", "    .descending = false,"),
    "an included list has the other direction": substitute(r"^        \.descending = true,", "        .descending = false,"),
    "a guard is not folded": substitute(r"\.fold = true,", ".fold = false,"),
    "uniqueness is not kept": substitute(r"\.n_uniques = \d+,", ".n_uniques = 0,"),
    "an inclusive bound is exclusive": substitute(r"DYNR_BOUND_INCLUSIVE", "DYNR_BOUND_EXCLUSIVE"),
    "an exclusive bound is inclusive": substitute(r"DYNR_BOUND_EXCLUSIVE", "DYNR_BOUND_INCLUSIVE"),
    "a prefix is an equality": substitute(r"\.last_is_prefix = true,", ".last_is_prefix = false,"),
    "a limit is ignored": substitute(r"^( +)\.take = \{.*\},$", r"\1.take = {.from = DYNR_FROM_NOTHING},"),
    "an equality on the sort key is forgotten": substitute(
        r"\.n_equal = ([2-9]),", lambda m: ".n_equal = %d," % (int(m.group(1)) - 1)),
    "children outlive their parent": substitute(r"\.n_children = \d+,", ".n_children = 0,"),
    "a soft-deleted row is gone": substitute(r"\.deleted_at = \d+,", ".deleted_at = DYNR_NO_FIELD,"),
    "versions do not grow": substitute(r"\.version = \d+,", ".version = DYNR_NO_FIELD,"),
    "updates do not touch updatedAt": substitute(r"\.updated_at = \d+,", ".updated_at = DYNR_NO_FIELD,"),
    "`expecting` is ignored": substitute(r"\.version = \{.*\},", ".version = {.from = DYNR_FROM_NOTHING},"),
    "index keys are not written": substitute(r"\.n_index_keys = \d+,", ".n_index_keys = 0,"),
    "an addition is an assignment": substitute(r"DYNR_CHANGE_ADD, \{", "DYNR_CHANGE_SET, {"),
    "a gate is ignored": substitute(r"^( +)\.gate = &\w+,$", r"\1.gate = NULL,"),
    "a row filter is dropped": substitute(r"^( +)\.row_filter = &\w+,$", r"\1.row_filter = NULL,"),
    "a look-up of a policy finds nothing": substitute(r"^(static bool key_\w+_1\(.*?\)\n\{\n)",
                                                      r"\1    if (in != NULL) {\n        return false;\n    }\n"),
    "a policy allows before it is decided": substitute(r"^(static bool allows_\w+_before_\d+\(.*?\)\n\{\n)",
                                                       r"\1    if (in != NULL) {\n        return true;\n    }\n"),
    "a policy denies before it is decided": substitute(r"^(static bool denies_\w+_before_\d+\(.*?\)\n\{\n)",
                                                       r"\1    if (in != NULL) {\n        return true;\n    }\n"),
    "what a grant checks is left out": substitute(r"(\.checks = checks_\w+,\n +\.n_checks =) \d+,", r"\1 0,"),
    "a grant stands whoever calls": substitute(r"\.stands = \w+,", ".stands = NULL,"),
    "every grant is tried unread": substitute(r"^(        \.n_lookups = \d+,\n)(?!        \.is_direct)", r"\1        .is_direct = true,\n"),
    "a link has no way back": link_without_index,
    "rows below included rows are left out": substitute(r"^        \.n_includes = \d+,", "        .n_includes = 0,"),
    "a value of all rows is not made": substitute(r"(\.values = aggregate_\w+,\s+\.n_values =) \d+,", r"\1 0,"),
    "a minimum is a maximum": substitute(r"DYNR_AGGREGATE_MIN,", "DYNR_AGGREGATE_MAX,"),
    "a default is forgotten": substitute(r"\.set_defaults = \w+,", ".set_defaults = NULL,"),
}
MODES = {
    "the backend answers the first page only": "one-page",
    "the backend never reads backward": "direction",
    "the backend filters nothing": "filter",
    "the backend holds every condition": "condition",
}


class Attempt:
    def __init__(self, name, caught, tried, applicable, refused):
        self.name = name
        self.caught = caught
        self.tried = tried
        self.applicable = applicable
        self.refused = refused


def attempt(job):
    name, tools, seed, n_schemas = job
    applicable = refused = 0
    for index in range(n_schemas):
        applied = []

        def edit(text):
            try:
                changed = EDITS[name](text)
                applied.append(True)
                return changed
            except NotApplicable:
                return text
        if name in EDITS:
            # What the fault does not concern is skipped without a run.
            result = run_schema(tools, seed, index, 160, edit=lambda t: edit_or_stop(edit, t, applied), mode="",
                                shrinks=0)
            if not applied:
                continue
        else:
            result = run_schema(tools, seed, index, 160, mode=MODES[name], shrinks=0)
        applicable += 1
        if result.kind == "refused":
            refused += 1
        elif result.kind == "mismatch":
            # The same calls must find nothing wrong without the fault.
            control = run_schema(tools, seed, index, 160, mode="", shrinks=0)
            if control.kind is not None:
                return Attempt(name, None, index + 1, applicable, refused)
            return Attempt(name, result.problem.split("\n")[0], index + 1, applicable, refused)
    return Attempt(name, None, n_schemas, applicable, refused)


def edit_or_stop(edit, text, applied):
    changed = edit(text)
    # A program that cannot be compiled is as good as skipped: `#error` costs nothing.
    return changed if applied else "#error not concerned\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--schemas", type=int, default=60, help="schemas to try for each fault")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", help="only faults whose name contains this")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 2)
    options = parser.parse_args()
    tools = Tools()
    if tools.missing():
        print("1..0 # SKIP not built: " + ", ".join(tools.missing()))
        return 0
    names = [n for n in list(EDITS) + list(MODES) if not options.only or options.only in n]
    print("TAP version 13\n1..%d" % len(names), flush=True)
    failed = 0
    jobs = [(n, tools, options.seed, options.schemas) for n in names]
    with multiprocessing.Pool(options.jobs) as pool:
        for i, result in enumerate(pool.imap(attempt, jobs)):
            ok = result.caught is not None
            failed += not ok
            print("%s %d - caught: %s" % ("ok" if ok else "not ok", i + 1, result.name))
            print("#   after %d schemas, %d of them concerned%s: %s" % (
                result.tried, result.applicable, ", %d not compiled" % result.refused if result.refused else "",
                result.caught), flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
