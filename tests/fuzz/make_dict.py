#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The dictionary of .dyn for fuzzers, from grammar/tokens.def.

    make_dict.py            writes dict/parse.dict and dict/compile.dict
    make_dict.py --check    TAP; fails when one of them is not what would be written
"""

import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lint"))
from tap import Tap  # noqa: E402

TOKENS = os.path.join(HERE, "..", "..", "grammar", "tokens.def")
NAMES = ("parse", "compile")
SPELLING = re.compile(r'^DYN_(?:PUNCT|KEYWORD|ROLE)\(\w+, "((?:[^"\\]|\\.)*)"|^DYN_(?:BUILTIN_\w+|TABLE_SETTING)\("(\w+)"\)',
                      re.MULTILINE)
# What classes of tokens look like, and attributes, which are names to the lexer.
EXAMPLES = ("// x\\x0A", "/// x\\x0A", "\\\"x\\\"", "\\\"\\\\u{1F600}\\\"", "\\\"\\\\\\\"", "1..80", "-1", "9007199254740993",
            "1.5e300", "0.0", "dyn 1\\x0A", "@key", "@auto", "@unique", "@index", "@claim", "\\xEF\\xBB\\xBF", "\\xC3\\xA9", "\\x00")


def dictionary():
    with open(TOKENS, encoding="utf-8") as file:
        spellings = dict.fromkeys(first or second for first, second in SPELLING.findall(file.read()))
    lines = ["# Made by tests/fuzz/make_dict.py from grammar/tokens.def. Do not edit."]
    lines += [f'"{text}"' for text in (*spellings, *EXAMPLES)]
    return "\n".join(lines) + "\n"


def path_of(name):
    return os.path.join(HERE, "dict", name + ".dict")


def check():
    tap = Tap()
    wanted = dictionary()
    tap.true("the token table was understood", wanted.count("\n") > 100, f"only {wanted.count(chr(10))} lines")
    for name in NAMES:
        with open(path_of(name), encoding="utf-8") as file:
            stale = file.read() != wanted
        tap.result(f"dict/{name}.dict is current", ["run tests/fuzz/make_dict.py"] if stale else [])
    return tap.finish()


def main():
    if sys.argv[1:] == ["--check"]:
        return check()
    for name in NAMES:
        with open(path_of(name), "w", encoding="utf-8") as file:
            file.write(dictionary())
    return 0


if __name__ == "__main__":
    sys.exit(main())
