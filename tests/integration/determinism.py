#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The same schema gives the same bytes everywhere.

    determinism.py SOURCE_ROOT DYNRC

For every samples/*/*.dyn: all that `dynrc build` writes (lock and depfile too) and all that the printing commands print, in
worlds that differ in folder and depth, locale, time zone, home, umask, environment and the memory that malloc hands out.
"""

import glob
import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lint"))
sys.path.insert(0, os.path.join(HERE, "..", "golden"))
from tap import Tap  # noqa: E402
from run import foreign_locale, read_tree  # noqa: E402

KEPT = ("PATH", "LD_LIBRARY_PATH", "ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS", "TMPDIR")
PRINTING = ("tables", "cost", "ir", "check --dump=tokens", "check --dump=ast", "check --dump=model", "check --dump=plan",
            "check --diagnostics=json", "build --print-outputs")
WORLDS = (
    ("x", 0o022, {"LC_ALL": "C", "TZ": "UTC0", "MALLOC_PERTURB_": "85"}),
    ("ein längerer/Weg zu/den/Dateien", 0o077,
     {"LC_ALL": foreign_locale(), "LANG": foreign_locale(), "TZ": "XXX-13:45", "MALLOC_PERTURB_": "170", "COLUMNS": "37",
      "SOURCE_DATE_EPOCH": "1", "USER": "somebody-else", "PADDING": "x" * 5000}),
    ("y/y/y/y/y/y/y/y", 0o002, {"LC_ALL": "POSIX", "TZ": "America/Caracas", "MALLOC_PERTURB_": "1", "TERM": "xterm-256color"}),
)


def run_world(base, world, source, dynrc, with_lock):
    """Everything that the commands say and write about one schema: {name: bytes}."""
    folder_name, umask, variables = world
    folder = os.path.join(base, folder_name)
    os.makedirs(folder)
    name = os.path.basename(source)
    for path in glob.glob(os.path.join(os.path.dirname(source), "*.dyn")):
        shutil.copy(path, folder)
    lock = source[:-len(".dyn")] + ".lock"
    if with_lock and os.path.exists(lock):
        shutil.copy(lock, folder)
    home = os.path.join(base, "home of " + folder_name.replace("/", "-"))
    os.makedirs(home)
    env = {key: os.environ[key] for key in KEPT if key in os.environ}
    env.update(variables, HOME=home)
    said = {}
    build = "build -o out --depfile out/all.d"
    for command in (*PRINTING, build, *PRINTING[:3]):
        words = [dynrc, *command.split(), name]
        done = subprocess.run(words, cwd=folder, env=env, umask=umask, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              check=False, timeout=60)
        # What a first and a later run say may differ: the lock stands there then.
        key = command if command not in said else command + " (again)"
        said[key] = b"%d\n%s\n%s" % (done.returncode, done.stdout, done.stderr)
    said.update(("file " + path, content) for path, content in read_tree(folder).items())
    left = os.listdir(home)
    if left:
        raise AssertionError(f"something was written into HOME: {left}")
    return said


def check_sample(tap, source, dynrc, with_lock):
    label = os.path.basename(os.path.dirname(source)) + "/" + os.path.basename(source)
    label += " with its lock" if with_lock else " without a lock"
    with tempfile.TemporaryDirectory(prefix="dynr-determinism-") as base:
        results = [run_world(os.path.join(base, str(number)), world, source, dynrc, with_lock)
                   for number, world in enumerate(WORLDS)]
    built = results[0]["build -o out --depfile out/all.d"]
    problems = [] if built.startswith(b"0\n") else ["dynrc build fails:", built.decode("utf-8", "replace")]
    for world, result in zip(WORLDS[1:], results[1:]):
        for name in sorted(set(results[0]) | set(result)):
            if results[0].get(name) != result.get(name):
                problems.append(f"`{name}` differs between {WORLDS[0]} and {world}")
    tap.result(f"{label}: {len(results[0])} texts", problems)


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    root, dynrc = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
    tap = Tap()
    for source in sorted(glob.glob(os.path.join(root, "samples", "*", "*.dyn"))):
        check_sample(tap, source, dynrc, False)
        if os.path.exists(source[:-len(".dyn")] + ".lock"):
            check_sample(tap, source, dynrc, True)
    return tap.finish()


if __name__ == "__main__":
    sys.exit(main())
