#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Says how the last `meson test` of each given build folder went: failures, skipped tests with reasons, counts.

Reads FOLDER/meson-logs/testlog.json and counts every TAP line as a test of its own. Exits with 1 when anything failed or
nothing ran. The last line is always `N passed, N failed` (with `, N skipped` where there are any).
"""

import json
import os
import re
import sys

LINE = re.compile(r"^(not )?ok\b\s*\d*\s*(?:-\s*)?(.*?)\s*(?:#\s*(SKIP|TO" + r"DO)\S*\s*(.*))?$", re.IGNORECASE)
GOOD = ("OK", "EXPECTEDFAIL")


def read_log(folder):
    """The test records of the last run, or None where there was none."""
    path = os.path.join(folder, "meson-logs", "testlog.json")
    if not os.path.exists(path):
        return None
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file if line.strip()]


def outcomes(record):
    """Yields (name, 'passed' | 'failed' | 'skipped', reason) for one record."""
    name = record["name"].split(" / ")[-1]
    n_failed = n_lines = 0
    for line in (record.get("stdout") or "").split("\n"):
        match = LINE.match(line)
        if match:
            n_lines += 1
            bad, what, directive, reason = match.groups()
            if directive and directive.upper() == "SKIP":
                yield f"{name}: {what}", "skipped", reason
            else:
                n_failed += bool(bad)
                yield f"{name}: {what}", "failed" if bad else "passed", ""
    if record["result"] == "SKIP" and n_lines == 0:
        said = (record.get("stdout") or record.get("stderr") or "").strip().split("\n")[0]
        match = re.match(r"^1\.\.0\s*#\s*skip\w*\s*(.*)", said, re.IGNORECASE)
        yield name, "skipped", match.group(1) if match else said
    elif record["result"] not in GOOD + ("SKIP",) and n_failed == 0:
        yield name, "failed", record["result"].lower()
    elif n_lines == 0:
        yield name, "passed", ""


def main():
    counts = {"passed": 0, "failed": 0, "skipped": 0}
    shown = {"failed": [], "skipped": []}
    for folder in sys.argv[1:]:
        records = read_log(folder)
        if records is None:
            shown["failed"].append(f"{folder}: no test ran")
            counts["failed"] += 1
            continue
        for record in records:
            for name, outcome, reason in outcomes(record):
                counts[outcome] += 1
                if outcome in shown:
                    shown[outcome].append(f"{folder}: {name}" + (f": {reason}" if reason else ""))
    for outcome in ("skipped", "failed"):
        if shown[outcome]:
            print(f"{outcome}:")
            print("".join(f"  {line}\n" for line in shown[outcome]), end="")
    tail = f", {counts['skipped']} skipped" if counts["skipped"] else ""
    print(f"{counts['passed']} passed, {counts['failed']} failed{tail}")
    return 1 if counts["failed"] or not counts["passed"] else 0


if __name__ == "__main__":
    sys.exit(main())
