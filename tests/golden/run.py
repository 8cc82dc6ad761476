#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Golden tests: runs dynrc on the cases of one group and compares every byte it says and writes.

    run.py GROUP_DIR [--args ARGS] [--stages ARGS] [--idempotent] [--as-built] [--only CASE]...

The environment variable DYNRC is the compiler. A case is a folder of GROUP_DIR and nothing else registers it. Its files:

    args          command lines for dynrc, shell-quoted, one per line, run in order until one fails (usually one line;
                  absent: --args). {dir} is the folder that it runs in, {out} the folder `out` in there
    stdin         what it reads (absent: nothing)
    stdout.txt    what it must print (absent: nothing)
    stderr.txt    likewise
    exit          its exit status (absent: 0)
    out/          exactly the files that it must write under {out}
    wrote/        exactly the files that it must write or change beside its input
    STAGE.txt     with --stages, for tokens, ast, model, plan: what `dynrc ARGS` with {stage} replaced prints
    fixed.dyn     what input.dyn must be after `dynrc fix input.dyn`; it must then pass `dynrc check`
    skip          one line: why this case is not run at present
    anything else is input

Commands run with the copy of the case as working folder and relative names, so no absolute path is in expected output.
Each case runs twice, in folders, time zones, locales, homes, umasks and memory patterns that differ, and must give the
same bytes. With --idempotent, the text that the first run made of input.dyn (in wrote/input.dyn, or printed) is run
again and must come out unchanged. With --as-built, what `check` says in a case, `build` must say with the same exit status:
there is nothing wrong with a schema that only one of them finds.

DYNR_UPDATE_GOLDEN=1 rewrites expected files (stage files only where the case has them, or has none). TAP goes to
stdout, differences to stderr. DYNR_GOLDEN_TIMEOUT sets the seconds that one command may take (default 20).
"""

import argparse
import concurrent.futures
import difflib
import os
import shlex
import shutil
import subprocess
import sys
import tempfile

STAGES = ("tokens", "ast", "model", "plan")
TIMEOUT = float(os.environ.get("DYNR_GOLDEN_TIMEOUT", "20"))
UPDATE = os.environ.get("DYNR_UPDATE_GOLDEN") == "1"
KEPT_VARIABLES = ("PATH", "LD_LIBRARY_PATH", "ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS", "TMPDIR")
NOT_INPUT = ("args", "stdin", "stdout.txt", "stderr.txt", "exit", "fixed.dyn", "skip", "out", "wrote")


class CaseError(Exception):
    """Why a case fails; the text is shown."""


def foreign_locale():
    """A locale that is neither C nor English, where the machine has one."""
    known = subprocess.run(["locale", "-a"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                           check=False, text=True).stdout.split() if shutil.which("locale") else []
    for wanted in ("tr_TR", "fr_FR", "de_DE"):
        for name in known:
            if name.startswith(wanted) and "utf8" in name.lower().replace("-", ""):
                return name
    return "C.UTF-8"


WORLDS = (
    {"folder": "a", "umask": 0o022, "env": {"TZ": "UTC0", "LC_ALL": "C", "LANG": "C", "MALLOC_PERTURB_": "85"}},
    {"folder": "some/where else/deeper", "umask": 0o077,
     "env": {"TZ": "XXX-13:45", "LC_ALL": foreign_locale(), "LANG": foreign_locale(), "MALLOC_PERTURB_": "170",
             "COLUMNS": "37", "TERM": "xterm-256color"}},
)


def read_bytes(path):
    with open(path, "rb") as file:
        return file.read()


def read_tree(folder):
    """All files below `folder` as {relative name: bytes}."""
    found = {}
    for base, folders, files in os.walk(folder):
        folders.sort()
        for name in sorted(files):
            path = os.path.join(base, name)
            found[os.path.relpath(path, folder)] = read_bytes(path)
    return found


class Case:
    """One folder and how it is run."""

    def __init__(self, path, options):
        self.path = path
        self.name = os.path.basename(path)
        self.options = options
        self.dynrc = os.path.abspath(os.environ["DYNRC"])

    def has(self, name):
        return os.path.exists(os.path.join(self.path, name))

    def text(self, name):
        return read_bytes(os.path.join(self.path, name)).decode("utf-8")

    def stages(self):
        if not self.options.stages:
            return []
        present = [stage for stage in STAGES if self.has(stage + ".txt")]
        return present if present or not UPDATE else list(STAGES)

    def commands(self):
        text = self.text("args") if self.has("args") else self.options.args
        if text is None:
            return []
        return [shlex.split(line) for line in text.split("\n") if line.strip()]

    def inputs(self):
        skipped = set(NOT_INPUT)
        if self.options.stages:
            skipped |= {stage + ".txt" for stage in STAGES}
        return sorted(set(os.listdir(self.path)) - skipped)

    def copy_input(self, folder):
        os.makedirs(folder)
        for name in self.inputs():
            source = os.path.join(self.path, name)
            target = os.path.join(folder, name)
            if os.path.isdir(source):
                shutil.copytree(source, target)
            else:
                shutil.copyfile(source, target)

    def run_command(self, words, folder, world, stdin):
        env = {key: os.environ[key] for key in KEPT_VARIABLES if key in os.environ}
        env.update(world["env"])
        env["HOME"] = os.path.join(folder, "..", "home")
        env["PWD"] = folder
        words = [word.replace("{dir}", folder).replace("{out}", "out") for word in words]
        try:
            done = subprocess.run([self.dynrc] + words, cwd=folder, env=env, input=stdin, check=False,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=TIMEOUT,
                                  umask=world["umask"])
        except subprocess.TimeoutExpired as error:
            raise CaseError(f"`dynrc {shlex.join(words)}` did not end within {TIMEOUT:g} seconds") from error
        except OSError as error:
            raise CaseError(f"{self.dynrc} cannot be run: {error}") from error
        if done.returncode < 0:
            raise CaseError(f"`dynrc {shlex.join(words)}` died of signal {-done.returncode}\n"
                            + done.stderr.decode("utf-8", "replace"))
        return done

    def run_in(self, base, world):
        """Runs the case in one world. Returns {expected file name: bytes}."""
        folder = os.path.join(base, world["folder"], self.name)
        self.copy_input(folder)
        before = read_tree(folder)
        os.makedirs(os.path.join(folder, "..", "home"), exist_ok=True)
        result = {}
        stdin = read_bytes(os.path.join(self.path, "stdin")) if self.has("stdin") else b""
        for stage in self.stages():
            words = [word.replace("{stage}", stage) for word in shlex.split(self.options.stages)]
            done = self.run_command(words, folder, world, b"")
            if done.returncode != 0:
                raise CaseError(f"stage {stage}: exit status {done.returncode}\n"
                                + done.stderr.decode("utf-8", "replace"))
            result[stage + ".txt"] = done.stdout
        stdout, stderr, status = b"", b"", 0
        for words in self.commands():
            done = self.run_command(words, folder, world, stdin)
            stdout, stderr, status = stdout + done.stdout, stderr + done.stderr, done.returncode
            if status != 0:
                break
        result.update({"stdout.txt": stdout, "stderr.txt": stderr})
        if status != 0:
            result["exit"] = b"%d\n" % status
        for name, content in read_tree(folder).items():
            if name.startswith("out" + os.sep):
                result[name] = content
            elif before.get(name) != content:
                result["wrote/" + name] = content
        for name in before:
            if not os.path.exists(os.path.join(folder, name)):
                raise CaseError(f"the command removed {name}")
        return {name: content for name, content in result.items()
                if content or name not in ("stdout.txt", "stderr.txt")}

    def expected(self):
        found = {}
        for name in ["stdout.txt", "stderr.txt"] + [stage + ".txt" for stage in self.stages()]:
            if self.has(name) and read_bytes(os.path.join(self.path, name)):
                found[name] = read_bytes(os.path.join(self.path, name))
        if self.has("exit") and self.text("exit").strip() != "0":
            found["exit"] = self.text("exit").strip().encode() + b"\n"
        for folder in ("out", "wrote"):
            for name, content in read_tree(os.path.join(self.path, folder)).items():
                found[folder + "/" + name] = content
        return found

    def update(self, result):
        for name in set(self.expected()) - set(result):
            os.remove(os.path.join(self.path, name))
        for name, content in result.items():
            path = os.path.join(self.path, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            if not os.path.exists(path) or read_bytes(path) != content:
                with open(path, "wb") as file:
                    file.write(content)

    def check_idempotent(self, result, base):
        text = result.get("wrote/input.dyn") or result.get("stdout.txt")
        if "exit" in result or not text:
            return
        folder = os.path.join(base, "again", self.name)
        self.copy_input(folder)
        with open(os.path.join(folder, "input.dyn"), "wb") as file:
            file.write(text)
        for words in self.commands():
            done = self.run_command(words, folder, WORLDS[0], text if self.has("stdin") else b"")
            again = done.stdout or read_bytes(os.path.join(folder, "input.dyn"))
            if again != text:
                raise CaseError("a second run changes the text again:\n" + difference("first", text, "second", again))

    def check_as_built(self, result, base):
        commands = self.commands()
        if len(commands) != 1 or commands[0][0] != "check":
            return
        folder = os.path.join(base, "built", self.name)
        self.copy_input(folder)
        stdin = read_bytes(os.path.join(self.path, "stdin")) if self.has("stdin") else b""
        done = self.run_command(["build", "--quiet", "-o", "{out}", *commands[0][1:]], folder, WORLDS[0], stdin)
        built = {"stderr.txt": done.stderr, "exit": b"%d\n" % done.returncode}
        checked = {"stderr.txt": result.get("stderr.txt", b""), "exit": result.get("exit", b"0\n")}
        if built != checked:
            raise CaseError("`dynrc build` says something else than `dynrc check`:\n"
                            + compare(self.name, checked, built, "check", "build"))

    def check_fixed(self, base):
        folder = os.path.join(base, "fix", self.name)
        self.copy_input(folder)
        done = self.run_command(["fix", "input.dyn"], folder, WORLDS[0], b"")
        fixed = read_bytes(os.path.join(folder, "input.dyn"))
        if UPDATE:
            with open(os.path.join(self.path, "fixed.dyn"), "wb") as file:
                file.write(fixed)
        expected = read_bytes(os.path.join(self.path, "fixed.dyn"))
        if fixed != expected:
            raise CaseError(f"`dynrc fix` (exit status {done.returncode}) gives another text:\n"
                            + difference(self.name + "/fixed.dyn", expected, "fixed", fixed)
                            + done.stderr.decode("utf-8", "replace"))
        done = self.run_command(["check", "input.dyn"], folder, WORLDS[0], b"")
        if done.returncode != 0:
            raise CaseError("fixed.dyn does not compile:\n" + done.stderr.decode("utf-8", "replace"))

    def run(self):
        """None, or a text that says why the case fails."""
        try:
            if not self.commands() and not self.stages():
                raise CaseError("there is nothing to run: no `args` file and no default for this group")
            with tempfile.TemporaryDirectory(prefix="dynr-golden-") as base:
                first, second = [self.run_in(base, world) for world in WORLDS]
                if first != second:
                    raise CaseError("two runs differ (folder, time zone, locale, home, umask or memory leak into the "
                                    "output):\n" + compare(self.name, first, second, "run 1", "run 2"))
                if self.options.idempotent:
                    self.check_idempotent(first, base)
                if self.options.as_built:
                    self.check_as_built(first, base)
                if UPDATE:
                    self.update(first)
                if self.has("fixed.dyn"):
                    self.check_fixed(base)
            wrong = compare(self.name, self.expected(), first, "expected", "actual")
            return wrong or None
        except (CaseError, OSError, ValueError) as error:
            return str(error)


def difference(old_name, old, new_name, new):
    old_lines, new_lines = ([line + "\n" for line in text.decode("utf-8", "backslashreplace").split("\n")]
                            for text in (old, new))
    lines = difflib.unified_diff(old_lines, new_lines, old_name, new_name)
    text = "".join(lines)
    return text or f"{new_name} differs from {old_name} in bytes that are not text\n"


def compare(case, old, new, old_label, new_label):
    """Empty, or what differs between two results."""
    parts = []
    for name in sorted(set(old) | set(new)):
        if old.get(name) == new.get(name):
            continue
        if name not in new and name not in ("stdout.txt", "stderr.txt", "exit"):
            parts.append(f"{case}/{name}: missing in {new_label}\n")
        elif name not in old and name not in ("stdout.txt", "stderr.txt", "exit"):
            parts.append(f"{case}/{name}: not in {old_label}\n")
        absent = b"0\n" if name == "exit" else b""
        parts.append(difference(f"{case}/{name} ({old_label})", old.get(name, absent),
                                f"{case}/{name} ({new_label})", new.get(name, absent)))
    return "".join(parts)


def main():
    parser = argparse.ArgumentParser(description="runs one group of golden tests")
    parser.add_argument("group", help="folder whose folders are the cases")
    parser.add_argument("--args", help="command line of cases without an `args` file")
    parser.add_argument("--stages", help="command line that prints {stage}")
    parser.add_argument("--idempotent", action="store_true", help="run on the output again; it must not change")
    parser.add_argument("--as-built", action="store_true", help="run `build` where a case runs `check`: they must agree")
    parser.add_argument("--only", action="append", default=[], metavar="CASE", help="run only this case")
    options = parser.parse_args()
    if "DYNRC" not in os.environ:
        parser.error("the environment variable DYNRC must be the path of dynrc")
    if not os.path.isdir(options.group):
        parser.error(f"{options.group} is no folder")
    only = {os.path.basename(name.rstrip("/")) for name in options.only}
    names = sorted(name for name in os.listdir(options.group)
                   if os.path.isdir(os.path.join(options.group, name)) and (not only or name in only))
    if only - set(names):
        parser.error("there is no case " + ", ".join(sorted(only - set(names))))
    print(f"1..{len(names)}" + ("" if names else " # SKIP there is no case"), flush=True)
    cases = [Case(os.path.join(options.group, name), options) for name in names]
    n_failed = 0
    with concurrent.futures.ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
        outcomes = [None if case.has("skip") else pool.submit(case.run) for case in cases]
        for number, (case, outcome) in enumerate(zip(cases, outcomes), 1):
            if outcome is None:
                print(f"ok {number} - {case.name} # SKIP {case.text('skip').strip()}", flush=True)
                continue
            reason = outcome.result()
            print(f"{'not ok' if reason else 'ok'} {number} - {case.name}", flush=True)
            if reason:
                n_failed += 1
                print(f"{case.name}: {reason.rstrip()}\n", file=sys.stderr, flush=True)
    return 1 if n_failed else 0


if __name__ == "__main__":
    sys.exit(main())
