#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compiles generated typings as their users do.

    run.py ROOT

DYNRC is the compiler. Typings, those of the client with them, are made of every sample and of every case of
tests/golden/ts that compiles, and checked together with the type tests beside this file (`<program>.test.ts`, whose lines
after `@ts-expect-error` must not compile) under `tsc --strict` and the options that go beyond it, once for each way in which
TypeScript finds modules. TypeScript comes from tests/compile/node_modules (`./dev setup`); without it, or without node, each
test is skipped by name. Results are TAP.
"""

import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "lint"))
from tap import Tap  # noqa: E402

OPTIONS = [
    "--strict", "--noEmit", "--exactOptionalPropertyTypes", "--noUncheckedIndexedAccess", "--noImplicitOverride",
    "--noPropertyAccessFromIndexSignature", "--noFallthroughCasesInSwitch", "--forceConsistentCasingInFileNames",
    "--verbatimModuleSyntax", "--isolatedModules", "--target", "es2020", "--lib", "es2020", "--typeRoots", "none",
    "--pretty", "false",
]
# Node's own ways want whole file names in imports, and a package.json that says what `.js` is.
RESOLUTIONS = {
    "bundler": ["--module", "esnext", "--moduleResolution", "bundler"],
    "node16": ["--module", "node16"],
    "NodeNext": ["--module", "NodeNext"],
}
HARNESS = "tsc refuses a wrong assignment and an expectation that does not come true"
ERROR = re.compile(r"^(\S+)\(\d+,\d+\): error .*$")
COMMENTS_AND_TEXTS = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:[^"\\]|\\.)*"', re.DOTALL)


def schemas(root):
    """(name, path) of every schema: samples by their file's name, golden cases by their folder's."""
    for path in sorted(glob.glob(os.path.join(root, "samples", "*", "*.dyn"))):
        yield os.path.basename(path)[:-4], path
    for path in sorted(glob.glob(os.path.join(root, "tests/golden/ts", "*", "input.dyn"))):
        if not os.path.exists(os.path.join(os.path.dirname(path), "exit")):
            yield os.path.basename(os.path.dirname(path)), path


def run(words, folder):
    done = subprocess.run(words, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, text=True,
                          timeout=300)
    return done.returncode, done.stdout


def generate(tap, dynrc, name, path, folder):
    """The generated files of one schema, or nothing when it does not compile."""
    source = os.path.join(folder, "schemas", name)
    shutil.copytree(os.path.dirname(path), source, ignore=shutil.ignore_patterns("out", "*.lock"))
    status, output = run([dynrc, "build", "--ts", "--js", "--quiet", "-o", os.path.join(folder, name),
                          os.path.basename(path)], source)
    files = sorted(glob.glob(os.path.join(folder, name, "*.d.ts")))
    tap.result(f"dynrc writes typings of {name}, and of its client",
               [] if status == 0 and len(files) == 2 else [f"exit status {status}, files {files}", output])
    return files


def check_no_any(tap, name, path):
    with open(path, encoding="utf-8") as file:
        code = COMMENTS_AND_TEXTS.sub("", file.read())
    # As a type; a member or procedure may be called so.
    tap.result(f"the typings of {name} have no any", re.findall(r"(?:[:|&<=,(]|\bextends)\s*any\b(?!\s*[?:])", code))


def check_types(tap, compiler, titles, folder, resolution):
    """One run for all files of `titles` ({path: name of the test}): each test has the errors of its own file."""
    status, output = run([*compiler, *OPTIONS, *RESOLUTIONS[resolution], *titles], folder)
    errors = {path: [] for path in titles}
    others = []
    found = others
    for line in filter(str.strip, output.split("\n")):
        # Lines that begin with a space go on with the error before them.
        if not line.startswith(" "):
            found = errors.get(ERROR.sub(r"\1", line), others)
        found.append(line)
    if status != 0 and not any(errors.values()) and not others:
        others = [f"tsc ends with status {status} and says nothing"]
    for path, title in titles.items():
        tap.result(f"{title} ({resolution})", errors[path] + others)


def check_harness(tap, compiler, folder):
    """A compiler that accepts everything would pass all of the above."""
    with open(os.path.join(folder, "wrong.ts"), "w", encoding="utf-8") as file:
        file.write("export const wrong: number = 'text';\n// @ts-expect-error\nexport const right = 1;\n")
    status, output = run([*compiler, *OPTIONS, *RESOLUTIONS["bundler"], "wrong.ts"], folder)
    missing = [code for code in ("TS2322", "TS2578") if code not in output]
    tap.result(HARNESS, [f"status {status}, without {missing}", output] if status == 0 or missing else [])


def find_compiler(root):
    """(command, None), or (None, why there is none)."""
    node = shutil.which("node")
    script = os.path.join(root, "tests/compile/node_modules/typescript/bin/tsc")
    if node is None:
        return None, "node is missing: run ./dev setup"
    if not os.path.exists(script):
        return None, "typescript is missing: run ./dev setup"
    return [node, script], None


def main():
    root = os.path.abspath(sys.argv[1])
    dynrc = os.path.abspath(os.environ["DYNRC"])
    compiler, reason = find_compiler(root)
    tap = Tap()
    with tempfile.TemporaryDirectory(prefix="dynr-ts-") as folder:
        titles = {}
        for name, path in schemas(root):
            files = generate(tap, dynrc, name, path, folder)
            if files:
                typings = min(files, key=len)
                check_no_any(tap, name, typings)
                for file in files:
                    what = "typings" if file == typings else "client's typings"
                    titles[os.path.relpath(file, folder)] = f"the {what} of {name} compile"
        for path in sorted(glob.glob(os.path.join(HERE, "*.test.ts"))):
            name = os.path.basename(path)
            shutil.copyfile(path, os.path.join(folder, name))
            titles[name] = f"{name} compiles, and what it expects to fail fails"
        if compiler is None:
            for title in [*titles.values(), HARNESS]:
                tap.skip(title, reason)
        else:
            with open(os.path.join(folder, "package.json"), "w", encoding="utf-8") as file:
                file.write('{"type": "module"}\n')
            for resolution in RESOLUTIONS:
                check_types(tap, compiler, titles, folder, resolution)
            check_harness(tap, compiler, folder)
    return tap.finish()


if __name__ == "__main__":
    sys.exit(main())
