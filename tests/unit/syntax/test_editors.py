#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The editor files say the same as grammar/tokens.def: make_textmate.py would write what is there."""

import json
import os
import re
import subprocess
import sys

GRAMMAR = sys.argv[1]
EDITORS = os.path.join(GRAMMAR, "editors")
RESULTS = []


def check(name, problems):
    RESULTS.append((name, problems))


def load(*path):
    with open(os.path.join(EDITORS, *path), encoding="utf-8") as file:
        return json.load(file)


def table(macro):
    with open(os.path.join(GRAMMAR, "tokens.def"), encoding="utf-8") as file:
        return set(re.findall(r"^DYN_" + macro + r'\((?:\w+, )?"([^"]+)"', file.read(), re.MULTILINE))


def listed(grammar, name):
    """Words of the alternations in a rule of the TextMate grammar."""
    words = set()
    for pattern in grammar["repository"][name]["patterns"]:
        for group in re.findall(r"\\b\(([a-z_A-Z|]+)\)\\b", pattern["match"]):
            words |= set(group.split("|"))
    return words


def difference(found, wanted):
    return [f"only in one of the two: {', '.join(sorted(found ^ wanted))}"] if found != wanted else []


def main():
    textmate = load("vscode", "syntaxes", "dyn.tmLanguage.json")
    check("keywords", difference(listed(textmate, "keywords") | listed(textmate, "operators") | listed(textmate, "constants"),
                                 table("KEYWORD")))
    check("types", difference(listed(textmate, "types"), table("BUILTIN_TYPE")))
    check("traits", difference(listed(textmate, "traits"), table("BUILTIN_TRAIT")))
    package = load("vscode", "package.json")
    grammars = package["contributes"]["grammars"]
    check("package names the grammar", [] if grammars[0]["scopeName"] == textmate["scopeName"] else ["scopes differ"])
    missing = [path for path in (grammars[0]["path"], package["contributes"]["languages"][0]["configuration"])
               if not os.path.exists(os.path.join(EDITORS, "vscode", path))]
    check("files of the package exist", missing)
    load("vscode", "language-configuration.json")
    made = subprocess.run([sys.executable, os.path.join(EDITORS, "make_textmate.py"), "--check"], check=False,
                          capture_output=True, text=True)
    check("the grammar is current", [made.stdout + made.stderr] if made.returncode else [])
    print(f"1..{len(RESULTS)}")
    for number, (name, problems) in enumerate(RESULTS, 1):
        print(f"{'not ok' if problems else 'ok'} {number} - {name}")
        for problem in problems:
            print(problem, file=sys.stderr)
    return 1 if any(problems for _, problems in RESULTS) else 0


if __name__ == "__main__":
    sys.exit(main())
