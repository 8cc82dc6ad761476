#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Rules of style that no compiler knows.

* No marks of unfinished work in anything that is ours, nor what a merge leaves behind.
* C, grammar, Meson, Python and shell files name their licence on one of the first two lines.
* No trailing white space, no tabs in C, LF line ends, one line feed at the end.
* C files have fewer than 900 lines, or stand in LONG with a reason.
* No `typedef struct` (nor enum or union): tags are the names. No `#pragma once`.
* Include guards follow the path: runtime/include/dynr/str.h has DYNR_STR_H, runtime/base/hash.h has DYNR_BASE_HASH_H,
  compiler/emit/out.h has DYN_EMIT_OUT_H, tests/support/test_main.h has DYNR_TEST_MAIN_H, any other tests/a/b.h
  has DYN_TESTS_A_B_H.

A line that must show what is forbidden ends in a comment with `style: allow`. `--self-test` proves each rule.
"""

import os
import re
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from tap import Tap  # noqa: E402

ROOTS = ("compiler", "runtime", "grammar", "templates", "tests", "samples", "docs", ".ci")
TOP_FILES = ("dev", "meson.build", "meson_options.txt", "README.md", ".clang-format", ".clang-tidy", ".editorconfig")
# Expected bytes and fuzz inputs are not prose.
EXCLUDED = ("tests/golden/", "tests/fuzz/corpus/", "tests/bench/items/", "node_modules/", "__pycache__/")
C_SUFFIXES = (".c", ".h", ".def", ".y", ".l")
TEXT_SUFFIXES = C_SUFFIXES + (".py", ".sh", ".md", ".build", ".txt", ".dyn", ".ts", ".tsx", ".js", ".json", ".tmpl",
                              ".sql", ".cmake", ".mk", ".in", ".proto", ".dict")
LICENSED = C_SUFFIXES + (".py", ".sh", ".build", ".cmake", ".mk")
LICENCE = "SPDX-License-Identifier: Apache-2.0"
MAX_LINES = 900
# path: why it is long
LONG = {}
# Put together, so that this file does not contain them.
# In quotes, or with a key's `#`, it is a key or a tag: the samples have a model Todo.
MARKS = re.compile(r"\b(" + "|".join(["TO" + "DO", "FIX" + "ME", "X" + "XX", "HA" + "CK"]) + r")\b(?![#.]\w|#)")
QUOTED = re.compile(r"\"[^\"]*\"|`[^`]*`|'[^']*'")
TYPEDEF = re.compile(r"^\s*typedef\s+(struct|enum|union)\b[^(]*$")
MERGE = re.compile(r"(<{7}|>{7})( |$)")
# The page about a lock file with such a mark shows one.
MERGE_SHOWN = ("docs/diagnostics/DYN4031.md",)
ALLOW = "style: allow"


def our_files(root):
    for top in ROOTS:
        for folder, folders, files in os.walk(os.path.join(root, top)):
            folders.sort()
            for name in sorted(files):
                path = os.path.relpath(os.path.join(folder, name), root)
                is_text = name.endswith(TEXT_SUFFIXES) or top == ".ci" or name.startswith("dev")
                golden_code = path.startswith("tests/golden/") and path.count("/") == 2
                if is_text and (golden_code or not any(part in path + "/" for part in EXCLUDED)):
                    yield path
    for name in TOP_FILES:
        if os.path.exists(os.path.join(root, name)):
            yield name


def guard_of(path):
    """The include guard that a header at `path` must have, or None where the rule does not reach."""
    for prefix, guard in (("runtime/include/dynr/", "DYNR_"), ("runtime/", "DYNR_"), ("compiler/", "DYN_"),
                          ("grammar/", "DYN_GRAMMAR_"), ("tests/support/", "DYNR_"), ("tests/", "DYN_TESTS_")):
        if path.startswith(prefix):
            return guard + re.sub(r"[^A-Za-z0-9]", "_", path[len(prefix):]).upper()
    return None


def check_lines(path, lines):
    is_c = path.endswith(C_SUFFIXES)
    for number, line in enumerate(lines, 1):
        place = f"{path}:{number}"
        if ALLOW in line:
            continue
        mark = MARKS.search(QUOTED.sub("", line))
        if mark:
            yield f"{place}: {mark.group()} marks unfinished work; finish it or open an issue"
        if MERGE.match(line) and path not in MERGE_SHOWN:
            yield f"{place}: a merge was not finished"
        if line != line.rstrip():
            yield f"{place}: trailing white space"
        if is_c and "\t" in line:
            yield f"{place}: a tab"
        if is_c and TYPEDEF.match(line):
            yield f"{place}: no typedef for structs, enums and unions"
        if is_c and re.match(r"\s*#\s*pragma\s+once", line):
            yield f"{place}: an include guard, not #pragma once"


def check_guard(path, text):
    guard = guard_of(path)
    if guard is None:
        return
    match = re.search(r"^#ifndef (\w+)\n#define (\w+)$", text, re.MULTILINE)
    if not match or match.group(1) != guard or match.group(2) != guard:
        yield f"{path}:1: the include guard must be {guard}"
    elif not text.rstrip().endswith(("#endif", f"#endif /* {guard} */")):
        yield f"{path}:1: the include guard must close at the end of the file"


def check_file(root, path):
    with open(os.path.join(root, path), "rb") as file:
        content = file.read()
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return [f"{path}: is not UTF-8"]
    lines = text.split("\n")
    problems = list(check_lines(path, lines))
    if path.endswith(LICENSED) or path in ("dev", "meson_options.txt"):
        if LICENCE not in "\n".join(lines[:2]):
            problems.append(f"{path}:1: `{LICENCE}` must stand on one of the first two lines")
    if content and (not content.endswith(b"\n") or content.endswith(b"\n\n")):
        problems.append(f"{path}:{len(lines)}: one line feed must end the file")
    if path.endswith((".c", ".h", ".y", ".l")) and len(lines) > MAX_LINES and path not in LONG:
        problems.append(f"{path}: has {len(lines) - 1} lines; split it, or give a reason in {os.path.basename(__file__)}")
    if path.endswith(".h"):
        problems += check_guard(path, text)
    return problems


def check(root):
    return [problem for path in our_files(root) for problem in check_file(root, path)]


HEAD = f"/* {LICENCE} */\n"
FAULTS = [
    ("a mark", "compiler/x.c", HEAD + "/* TO" + "DO later */\n", "marks unfinished work"),
    ("a mark in Markdown", "docs/x.md", "FIX" + "ME\n", "marks unfinished work"),
    ("half a merge", "docs/x.md", "<" * 7 + " HEAD\n", "a merge was not finished"),
    ("no licence", "runtime/x.c", "int x;\n", "must stand on one of the first two lines"),
    ("a licence too late", "runtime/x.c", "\n\n" + HEAD, "must stand on one of the first two lines"),
    ("trailing space", "docs/x.md", "text \n", "x.md:1: trailing white space"),
    ("CRLF", "docs/x.md", "text\r\n", "trailing white space"),
    ("a tab", "compiler/x.c", HEAD + "\tint x;\n", "a tab"),
    ("no line feed at the end", "compiler/x.c", HEAD + "int x;", "one line feed"),
    ("a long file", "compiler/x.c", HEAD + "int x;\n" * 900, "has 901 lines"),
    ("a typedef", "compiler/x.c", HEAD + "typedef struct x y;\n", "no typedef"),
    ("pragma once", "compiler/x.c", HEAD + "#pragma once\n", "an include guard"),
    ("a wrong guard", "compiler/emit/x.h", HEAD + "#ifndef DYN_X_H\n#define DYN_X_H\n#endif\n", "DYN_EMIT_X_H"),
    ("no guard", "runtime/include/dynr/x.h", HEAD + "int x;\n", "DYNR_X_H"),
    ("text behind the guard", "runtime/base/x.h",
     HEAD + "#ifndef DYNR_BASE_X_H\n#define DYNR_BASE_X_H\n#endif\nint x;\n", "close at the end"),
    ("bytes that are not UTF-8", "docs/x.md", b"\xff\n", "is not UTF-8"),
]
FINE = [
    ("compiler/x.c", HEAD + "/* TO" + "DO, style: allow */\nenum x { Y };\ntypedef void (*x_fn)(void);\ntypedef enum x (*y_fn)(void);\n"),
    ("runtime/include/dynr/x.h", HEAD + "#ifndef DYNR_X_H\n#define DYNR_X_H\n#endif\n"),
    ("tests/support/x.h", HEAD + "#ifndef DYNR_X_H\n#define DYNR_X_H\n#endif\n"),
    ("tests/unit/x.h", HEAD + "#ifndef DYN_TESTS_UNIT_X_H\n#define DYN_TESTS_UNIT_X_H\n#endif\n"),
    ("tests/golden/cli/x/stdout.txt", "space \n\n"),
    ("docs/x.md", "The model Todo, its tag \"TO" + "DO\", its key `TO" + "DO#1`.\n"),  # style: allow
]


def self_test():
    tap = Tap()

    def problems_with(path, text):
        with tempfile.TemporaryDirectory() as folder:
            os.makedirs(os.path.dirname(os.path.join(folder, path)))
            with open(os.path.join(folder, path), "wb") as file:
                file.write(text if isinstance(text, bytes) else text.encode())
            return check(folder)

    for path, text in FINE:
        tap.equal(f"accepted: {path}", problems_with(path, text), [])
    for name, path, text, expected in FAULTS:
        found = problems_with(path, text)
        tap.true(f"found: {name}", len(found) >= 1 and expected in str(found), f"no {expected!r} in {found}")
    return tap.finish()


def main():
    arguments = [argument for argument in sys.argv[1:] if argument != "--self-test"]
    root = arguments[0] if arguments else os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
    if "--self-test" in sys.argv:
        return self_test()
    tap = Tap()
    tap.result("every file keeps the rules of style", check(root))
    return tap.finish()


if __name__ == "__main__":
    sys.exit(main())
