#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every public header is self-contained: alone, and included twice, it compiles without a warning.

    check_headers.py INCLUDE_DIR

As C11 with gcc and clang, as C++17 with g++ and clang++; a compiler that is not installed is skipped by name.
`--self-test` proves that a header that leans on another, or warns, is found.
"""

import os
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from tap import Tap  # noqa: E402

WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror"]
COMPILERS = (("gcc", "c", "c11"), ("clang", "c", "c11"), ("g++", "c++", "c++17"), ("clang++", "c++", "c++17"))


def headers_below(folder):
    return sorted(os.path.relpath(os.path.join(base, name), folder)
                  for base, _, files in os.walk(folder) for name in files if name.endswith(".h"))


def compile_header(compiler, language, standard, folder, header):
    """What the compiler says about `header` on its own; empty when all is well."""
    text = f"#include <{header}>\n#include <{header}>\nextern int only_this_header;\n"
    done = subprocess.run([compiler, f"-std={standard}", *WARNINGS, "-fsyntax-only", f"-I{folder}", "-x", language, "-"],
                          input=text, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    return [] if done.returncode == 0 else [f"{header} with {compiler} -std={standard}:", done.stdout]


def check(tap, folder):
    for compiler, language, standard in COMPILERS:
        name = f"every header alone: {compiler} -std={standard}"
        if not shutil.which(compiler):
            tap.skip(name, f"there is no {compiler}")
            continue
        problems = []
        for header in headers_below(folder):
            problems += compile_header(compiler, language, standard, folder, header)
        tap.result(name, problems)


def self_test():
    tap = Tap()
    faults = (
        ("a type of another header", "size_t x(void);\n"),
        ("no include guard", "struct twice { int a; };\n"),
        ("an implicit conversion", "static inline char f(int a) { char b = a; return b; }\n"),
    )
    for name, text in faults:
        with tempfile.TemporaryDirectory() as folder:
            with open(os.path.join(folder, "a.h"), "w", encoding="utf-8") as file:
                file.write(text)
            for compiler, language, standard in COMPILERS:
                if shutil.which(compiler):
                    tap.true(f"{compiler} finds {name}", compile_header(compiler, language, standard, folder, "a.h"))
    return tap.finish()


def main():
    if sys.argv[1:] == ["--self-test"]:
        return self_test()
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    tap = Tap()
    check(tap, sys.argv[1])
    return tap.finish()


if __name__ == "__main__":
    sys.exit(main())
