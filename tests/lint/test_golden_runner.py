#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Proves that tests/golden/run.py accepts what is right and rejects everything that it is there to catch.

A small script plays the compiler. Each test writes one case, runs the harness on it and looks at its TAP and reasons.
"""

import os
import stat
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from tap import Tap  # noqa: E402

RUN = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "golden", "run.py")
# `fake VERB`: each verb is one behaviour of a compiler, good or bad.
FAKE = r"""#!/bin/sh
verb=$1; shift
case $verb in
  good) echo "read $(cat input.dyn)"; mkdir -p out/sub; echo text >out/sub/file.h ;;
  fails) echo "input.dyn:1:1: error: bad" >&2; exit 1 ;;
  silent) ;;
  cat) cat ;;
  where) pwd ;;
  argdir) echo "$1" ;;
  zone) echo "$TZ" ;;
  locale) echo "$LC_ALL" ;;
  home) echo "$HOME" ;;
  mask) umask ;;
  memory) echo "$MALLOC_PERTURB_" ;;
  path-in-file) mkdir -p out; pwd >out/file.h ;;
  stray) echo lock >input.dyn.lock ;;
  removes) rm input.dyn ;;
  hangs) sleep 30 ;;
  crashes) kill -SEGV $$ ;;
  stage) echo "stage $1" ;;
  fmt) tr a b <input.dyn >new; mv new input.dyn ;;
  grow) echo more >>input.dyn ;;
  fix) echo fixed >input.dyn ;;
  check) grep -q fixed input.dyn ;;
  build) echo "input.dyn:1:1: error: found late" >&2; exit 1 ;;
esac
"""


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def run(folder, files, *options, update=False, timeout="20"):
    """Writes one case and runs the harness. Returns (exit status, TAP, reasons)."""
    case = os.path.join(folder, "group", "case")
    for name, text in {"input.dyn": "a\n", **files}.items():
        write(os.path.join(case, name), text)
    fake = os.path.join(folder, "fake")
    write(fake, FAKE)
    os.chmod(fake, os.stat(fake).st_mode | stat.S_IXUSR)
    env = dict(os.environ, DYNRC=fake, DYNR_GOLDEN_TIMEOUT=timeout)
    env.pop("DYNR_UPDATE_GOLDEN", None)
    if update:
        env["DYNR_UPDATE_GOLDEN"] = "1"
    done = subprocess.run([sys.executable, RUN, os.path.join(folder, "group"), *options], env=env, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    return done.returncode, done.stdout, done.stderr


GOOD = {"args": "good\n", "stdout.txt": "read a\n", "out/sub/file.h": "text\n"}
PASSES = [
    ("output and files", GOOD, ()),
    ("a default command line", {"stdout.txt": "read a\n", "out/sub/file.h": "text\n"}, ("--args", "good")),
    ("an expected failure", {"args": "fails", "exit": "1\n", "stderr.txt": "input.dyn:1:1: error: bad\n"}, ()),
    ("standard input", {"args": "cat", "stdin": "x\n", "stdout.txt": "x\n"}, ()),
    ("two command lines", {"args": "cat\ncat\n", "stdin": "x\n", "stdout.txt": "x\nx\n"}, ()),
    ("a file beside the input", {"args": "stray", "wrote/input.dyn.lock": "lock\n"}, ()),
    ("stages", {"ast.txt": "stage ast\n", "plan.txt": "stage plan\n"}, ("--stages", "stage {stage}")),
    ("an idempotent formatter", {"args": "fmt", "wrote/input.dyn": "b\n"}, ("--idempotent",)),
    ("fixed.dyn", {"args": "silent", "fixed.dyn": "fixed\n"}, ()),
]
FAILS = [
    ("wrong output", {**GOOD, "stdout.txt": "read b\n"}, "-read b\n+read a\n"),
    ("output that is not expected", {**GOOD, "stdout.txt": ""}, "+read a"),
    ("output that is missing", {"args": "silent", "stdout.txt": "x\n"}, "-x"),
    ("a wrong file", {**GOOD, "out/sub/file.h": "other\n"}, "-other\n+text\n"),
    ("a file that is missing", {**GOOD, "out/absent.h": "x\n"}, "out/absent.h: missing in actual"),
    ("a file that is not expected", {"args": "good", "stdout.txt": "read a\n"}, "out/sub/file.h: not in expected"),
    ("a stray file", {"args": "stray"}, "wrote/input.dyn.lock: not in expected"),
    ("a removed input", {"args": "removes"}, "removed input.dyn"),
    ("a wrong exit status", {"args": "fails", "stderr.txt": "input.dyn:1:1: error: bad\n"}, "-0\n+1\n"),
    ("success where failure is expected", {"args": "silent", "exit": "1\n"}, "-1\n+0\n"),
    ("the folder in the output", {"args": "where"}, "two runs differ"),
    ("an absolute path in the output", {"args": "argdir {dir}"}, "two runs differ"),
    ("the folder in a file", {"args": "path-in-file"}, "two runs differ"),
    ("the time zone", {"args": "zone"}, "two runs differ"),
    ("the locale", {"args": "locale"}, "two runs differ"),
    ("the home", {"args": "home"}, "two runs differ"),
    ("the umask", {"args": "mask"}, "two runs differ"),
    ("the memory pattern", {"args": "memory"}, "two runs differ"),
    ("a crash", {"args": "crashes"}, "died of signal 11"),
    ("no command", {}, "nothing to run"),
    ("a wrong fixed.dyn", {"args": "silent", "fixed.dyn": "other\n"}, "-other\n+fixed\n"),
]


def main():
    tap = Tap()
    for name, files, options in PASSES:
        with tempfile.TemporaryDirectory() as folder:
            status, out, reasons = run(folder, files, *options)
            tap.true("accepts " + name, status == 0 and "\nok 1 - case" in out, f"{status}\n{out}{reasons}")
    for name, files, expected in FAILS:
        with tempfile.TemporaryDirectory() as folder:
            status, out, reasons = run(folder, files)
            tap.true("rejects " + name, status == 1 and "not ok 1 - case" in out and expected in reasons,
                     f"no {expected!r} in: {status}\n{out}{reasons}")
    with tempfile.TemporaryDirectory() as folder:
        status, out, reasons = run(folder, {"args": "hangs"}, timeout="0.3")
        tap.true("rejects a hang", status == 1 and "did not end" in reasons, reasons)
    with tempfile.TemporaryDirectory() as folder:
        status, out, reasons = run(folder, {"args": "grow", "wrote/input.dyn": "a\nmore\n"}, "--idempotent")
        tap.true("rejects a formatter that never settles", status == 1 and "second run" in reasons, reasons)
    with tempfile.TemporaryDirectory() as folder:
        files = {"input.dyn": "fixed\n", "args": "check input.dyn"}
        status, out, reasons = run(folder, files)
        tap.true("leaves `build` alone without --as-built", status == 0, reasons)
        status, out, reasons = run(folder, files, "--as-built")
        tap.true("rejects an error that `check` does not find", status == 1 and "+input.dyn:1:1: error: found late" in reasons
                 and "-0\n+1" in reasons, reasons)
    with tempfile.TemporaryDirectory() as folder:
        run(folder, {"args": "good", "stderr.txt": "stale\n", "out/stale.h": "x\n", "exit": "3\n"}, update=True)
        status, out, reasons = run(folder, {})
        tap.true("accepts what it has rewritten", status == 0, reasons)
        tap.true("removes stale files", not os.path.exists(os.path.join(folder, "group/case/out/stale.h")))
    with tempfile.TemporaryDirectory() as folder:
        run(folder, {"args": "zone"}, update=True)
        tap.true("never stores what differs between runs",
                 not os.path.exists(os.path.join(folder, "group/case/stdout.txt")))
    with tempfile.TemporaryDirectory() as folder:
        status, out, _ = run(folder, {**GOOD, "skip": "not built yet\n"})
        tap.true("names skipped cases", status == 0 and "ok 1 - case # SKIP not built yet" in out, out)
        status, _, reasons = run(folder, {}, "--only", "group/absent")
        tap.true("rejects --only without such a case", status == 2 and "no case absent" in reasons, reasons)
    return tap.finish()


if __name__ == "__main__":
    sys.exit(main())
