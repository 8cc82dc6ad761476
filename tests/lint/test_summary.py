#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""tests/lint/summary.py counts what Meson logged, and never takes a crash, a time-out or an empty run for success."""

import json
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from tap import Tap  # noqa: E402

SUMMARY = os.path.join(os.path.dirname(os.path.abspath(__file__)), "summary.py")
CASES = [
    ("subtests", [{"result": "OK", "stdout": "1..2\nok 1 - a\nok 2 - b\n"}], 0, "2 passed, 0 failed"),
    ("a test without TAP", [{"result": "OK", "stdout": "hello\nokay\n"}], 0, "1 passed, 0 failed"),
    ("a failed subtest", [{"result": "FAIL", "stdout": "ok 1 - a\nnot ok 2 - b\n"}], 1, "1 passed, 1 failed"),
    ("a crash after good subtests", [{"result": "ERROR", "stdout": "ok 1 - a\n"}], 1, "1 passed, 1 failed"),
    ("a time-out", [{"result": "TIMEOUT", "stdout": ""}], 1, "0 passed, 1 failed"),
    ("a skipped subtest", [{"result": "OK", "stdout": "ok 1 - a\nok 2 - b # SKIP no net\n"}], 0,
     "skipped:\n  build: name: b: no net\n1 passed, 0 failed, 1 skipped"),
    ("a skipped test", [{"result": "SKIP", "stdout": "1..0 # SKIP no compiler\n"}, {"result": "OK", "stdout": ""}], 0,
     "skipped:\n  build: name: no compiler\n1 passed, 0 failed, 1 skipped"),
    ("nothing", [], 1, "0 passed, 0 failed"),
    ("no log", None, 1, "failed:\n  build: no test ran\n0 passed, 1 failed"),
]


def main():
    tap = Tap()
    for name, records, status, expected in CASES:
        with tempfile.TemporaryDirectory() as folder:
            if records is not None:
                os.makedirs(os.path.join(folder, "build/meson-logs"))
                with open(os.path.join(folder, "build/meson-logs/testlog.json"), "w", encoding="utf-8") as file:
                    file.write("".join(json.dumps({"name": "dynrc:unit / name", **record}) + "\n" for record in records))
            done = subprocess.run([sys.executable, SUMMARY, "build"], cwd=folder, check=False, text=True,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            tap.true(name, done.returncode == status and done.stdout.strip().endswith(expected),
                     f"expected {status}, {expected!r}; got {done.returncode}, {done.stdout!r}")
    return tap.finish()


if __name__ == "__main__":
    sys.exit(main())
