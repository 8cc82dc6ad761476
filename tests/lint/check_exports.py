#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""libdynr exports what its public headers declare, and nothing else.

    check_exports.py INCLUDE_DIR LIBRARY.so [LIBRARY.a] [--only HEADER,...] [--except HEADER,...]

--only and --except choose among the headers, where INCLUDE_DIR has those of several libraries.

* Every function that a header below INCLUDE_DIR declares carries DYNR_API, unless it is static.
* The dynamic symbols of LIBRARY.so are exactly those functions; no data is exported.
* Every global symbol of LIBRARY.a begins with `dynr_`, so that linking it statically takes no name of the user's.

`--self-test` proves that each fault is found.
"""

import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from tap import Tap  # noqa: E402

COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)
DIRECTIVE = re.compile(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", re.MULTILINE)
BRACES = re.compile(r"\{[^{}]*\}")
FUNCTION = re.compile(r"\b(\w+)\s*\(")
# Macros of version.h that stand around declarations.
DECORATION = re.compile(r"\bDYNR_(?:BEGIN_DECLS|END_DECLS|NODISCARD)\b|\bDYNR_PRINTF\([^)]*\)")


def declarations(text):
    """The file-level declarations of a header, without bodies: one string each."""
    text = DECORATION.sub("", DIRECTIVE.sub("", COMMENT.sub("", text)))
    while BRACES.search(text):
        # A body ends its declaration as a semicolon does; a type's members are followed by one anyway.
        text = BRACES.sub(";", text)
    return [" ".join(part.split()) for part in text.split(";") if part.strip()]


def declared_functions(text):
    """Names of functions with DYNR_API, and of those without that a user could call."""
    with_api, without_api = set(), set()
    for declaration in declarations(text):
        match = FUNCTION.search(declaration)
        if not match or declaration.startswith("typedef") or "static" in declaration.split("(")[0].split():
            continue
        (with_api if declaration.startswith("DYNR_API ") else without_api).add(match.group(1))
    return with_api, without_api


def read_headers(folder, only=(), without=()):
    with_api, problems = set(), []
    for base, folders, files in os.walk(folder):
        folders.sort()
        for name in sorted(files):
            if name.endswith(".h") and (not only or name in only) and name not in without:
                with open(os.path.join(base, name), encoding="utf-8") as file:
                    marked, unmarked = declared_functions(file.read())
                with_api |= marked
                problems += [f"{name}: `{function}` is declared without DYNR_API" for function in sorted(unmarked)]
    return with_api, problems


def defined_symbols(text):
    """`nm` output as {name without version: type letter}; version nodes (absolute) are left out."""
    found = {}
    for line in text.split("\n"):
        words = line.split()
        if len(words) == 3 and words[1] != "A":
            found[words[2].split("@")[0]] = words[1]
    return found


def nm(*arguments):
    return subprocess.run(["nm", *arguments], check=True, stdout=subprocess.PIPE, text=True).stdout


def compare_exports(declared, exported):
    problems = [f"`{name}` is declared with DYNR_API but not exported: is it defined?"
                for name in sorted(declared - set(exported))]
    problems += [f"`{name}` is exported but no public header declares it" for name in sorted(set(exported) - declared)]
    problems += [f"`{name}` is data (nm says {kind}); export functions only" for name, kind in sorted(exported.items())
                 if kind not in "TWi"]
    return problems


def check_archive(symbols):
    return [f"`{name}` is a global symbol of the static library that does not begin with `dynr_`"
            for name in sorted(symbols) if not name.startswith(("dynr_", "__odr_asan", "_ZTS"))]


def self_test():
    tap = Tap()
    header = """
/* DYNR_API int dynr_in_comment(void); */
#define DYNR_API x \\
    int dynr_in_macro(void);
DYNR_BEGIN_DECLS
typedef void (*dynr_x_fn)(int);
struct dynr_s { int (*member)(int); struct { int inner; } nested; };
static inline int dynr_inline(void) { if (1) { return dynr_other(2); } return 1; }
DYNR_API const char *dynr_name(int a,
                               int b);
DYNR_API DYNR_NODISCARD struct dynr_s dynr_make(void) DYNR_PRINTF(1, 2);
enum dynr_e { DYNR_A = (1), DYNR_B };
DYNR_END_DECLS
"""
    tap.equal("functions are found", declared_functions(header), ({"dynr_name", "dynr_make"}, set()))
    tap.equal("a forgotten DYNR_API is found", declared_functions(header + "int dynr_bare(void);"),
              ({"dynr_name", "dynr_make"}, {"dynr_bare"}))
    symbols = "0 A DYNR_0\n10 T dynr_a@@DYNR_0\n20 T dynr_b@@DYNR_0\n"
    tap.equal("symbols are read", defined_symbols(symbols), {"dynr_a": "T", "dynr_b": "T"})
    tap.equal("equal sets pass", compare_exports({"dynr_a", "dynr_b"}, defined_symbols(symbols)), [])
    tap.true("a stray symbol is found", "no public header" in str(compare_exports({"dynr_a"}, defined_symbols(symbols))))
    tap.true("a missing symbol is found", "not exported" in str(compare_exports({"dynr_a", "dynr_b", "dynr_c"},
                                                                                 defined_symbols(symbols))))
    tap.true("data is found", "is data" in str(compare_exports({"dynr_a"}, {"dynr_a": "D"})))
    tap.true("a foreign name in the archive is found", "yyparse" in str(check_archive({"dynr_a": "T", "yyparse": "T"})))
    return tap.finish()


def main():
    if sys.argv[1:] == ["--self-test"]:
        return self_test()
    words, chosen = [], {"--only": (), "--except": ()}
    arguments = iter(sys.argv[1:])
    for argument in arguments:
        if argument in chosen:
            chosen[argument] = next(arguments, "").split(",")
        else:
            words.append(argument)
    if len(words) not in (2, 3):
        sys.exit(__doc__)
    tap = Tap()
    declared, problems = read_headers(words[0], chosen["--only"], chosen["--except"])
    tap.result("every public function carries DYNR_API", problems)
    tap.result("the shared library exports exactly these", compare_exports(
        declared, defined_symbols(nm("-D", "--defined-only", words[1]))))
    if len(words) == 3:
        tap.result("the static library keeps to its own names", check_archive(
            defined_symbols(nm("-g", "--defined-only", words[2]))))
    return tap.finish()


if __name__ == "__main__":
    sys.exit(main())
