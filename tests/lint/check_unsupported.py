#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The list of what answers DYN1049 is whole and true.

    check_unsupported.py ROOT | --self-test

Three lists are the same: what the sources of the compiler report with DYN1049, the table of docs/diagnostics/DYN1049.md, and what the
golden cases tests/golden/diagnostics/DYN1049* print. `--self-test` proves that a difference is found.
"""

import os
import re
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from tap import Tap  # noqa: E402

PAGE = "docs/diagnostics/DYN1049.md"
CASES = "tests/golden/diagnostics"
#: Makes the message of what its callers pass.
FORWARDER = "compiler/sema/sema.c"
END = " is not supported yet"
TEXT = r'((?:"(?:[^"\\]|\\.)*"\s*)+)'
CALL = re.compile(r"dyn_sema_not_supported\([^;\"]*?" + TEXT)
NAMED = re.compile(r"dyn_sema_not_supported_name\(\s*(?:reader->)?sema,[^;]*?;", re.DOTALL)
REPORT = re.compile(r"DYN_CODE_NOT_SUPPORTED_YET,[^;\"]*?" + TEXT)
PLANNED = re.compile(r"planned\[\] = \{(.*?)NULL\}", re.DOTALL)


def read(root, path):
    with open(os.path.join(root, path), encoding="utf-8") as file:
        return file.read()


def joined(literals):
    return "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', literals)).replace('\\"', '"')


def subject(message, problems, path):
    if not message.endswith(END):
        problems.append(f"{path}: `{message}` does not end with `{END[1:]}`")
    return message.removesuffix(END)


def from_sources(root, problems):
    """What the sources can say, as subjects of the message."""
    found = set()
    for folder, _, files in os.walk(os.path.join(root, "compiler")):
        for name in files:
            path = os.path.relpath(os.path.join(folder, name), root)
            if not name.endswith(".c") or path == FORWARDER:
                continue
            text = read(root, path)
            found |= {subject(joined(match) + " not supported yet", problems, path) for match in CALL.findall(text)}
            found |= {subject(joined(match), problems, path) for match in REPORT.findall(text)}
            for call in NAMED.findall(text):
                # `@word` or `the trait word`, for each word that is planned.
                before = "the trait `" if "the trait " in call else "`@"
                words = PLANNED.search(text)
                if words is None or not ('"@%' in call or "the trait " in call):
                    problems.append(f"{path}: what does this call name? {call}")
                    continue
                found |= {f"{before}{word}`" for word in re.findall(r'"(\w+)"', words.group(1))}
    return found


def from_page(root):
    _, _, table = read(root, PAGE).partition("| --- | --- |\n")
    return [line.split(" | ")[0].removeprefix("| ") for line in table.strip().split("\n") if line.startswith("|")]


def from_cases(root):
    found = set()
    for case in os.listdir(os.path.join(root, CASES)):
        if case.startswith("DYN1049"):
            text = read(root, f"{CASES}/{case}/stderr.txt")
            found |= set(re.findall(r"error: (.*)" + re.escape(END) + r" \[DYN1049\]", text))
    return found


def check(root):
    problems = []
    sources, page, cases = from_sources(root, problems), from_page(root), from_cases(root)
    problems += [f"{PAGE}: {entry} stands there twice" for entry in {entry for entry in page if page.count(entry) > 1}]
    for entry in sorted(sources | set(page) | cases):
        for place, entries in (("the compiler", sources), (PAGE, page), (f"{CASES}/DYN1049*", cases)):
            if entry not in entries:
                problems.append(f"{place} does not have: {entry}")
    return problems


GOOD = {
    "compiler/sema/a.c": 'static const char *const planned[] = {"shard",\n    NULL};\nvoid f(void) {\n'
                         '    dyn_sema_not_supported_name(sema, span, "",\n        dynr_arena_printf(sema->arena, "@%.*s", x));\n'
                         '    dyn_sema_not_supported(sema, span,\n        "`when:` (some "\n        "rows) is");\n}\n',
    "compiler/emit/b.c": 'dyn_report(e->diags, DYN_CODE_NOT_SUPPORTED_YET, span,\n    "arithmetic is not supported yet");\n',
    PAGE: "# DYN1049\n\n| a | b |\n| --- | --- |\n| `@shard` | x |\n| `when:` (some rows) | y |\n| arithmetic | z |\n",
    f"{CASES}/DYN1049-a/stderr.txt": "a.dyn:1:1: error: `@shard` is not supported yet [DYN1049]\n"
                                     "a.dyn:2:1: error: `when:` (some rows) is not supported yet [DYN1049]\n",
    f"{CASES}/DYN1049-b/stderr.txt": "a.dyn:1:1: error: arithmetic is not supported yet [DYN1049]\n",
}
FAULTS = [
    ("an entry that the page lacks", PAGE, "| arithmetic | z |\n", "", f"{PAGE} does not have: arithmetic"),
    ("an entry that nothing reports", "compiler/emit/b.c", "arithmetic is", "magic is", "the compiler does not have: arithmetic"),
    ("an entry without a case", f"{CASES}/DYN1049-b/stderr.txt", "arithmetic", "magic", "DYN1049* does not have: arithmetic"),
    ("a planned word that is new", "compiler/sema/a.c", '"shard"', '"shard", "local"', f"{PAGE} does not have: `@local`"),
    ("an entry that stands there twice", PAGE, "| arithmetic | z |\n", "| arithmetic | z |\n| arithmetic | z |\n", "twice"),
    ("a message of another form", "compiler/emit/b.c", "is not supported yet", "cannot be used", "does not end with"),
]


def problems_of(files):
    with tempfile.TemporaryDirectory() as root:
        for path, text in files.items():
            os.makedirs(os.path.join(root, os.path.dirname(path)), exist_ok=True)
            with open(os.path.join(root, path), "w", encoding="utf-8") as file:
                file.write(text)
        return check(root)


def main():
    tap = Tap()
    if sys.argv[1] == "--self-test":
        tap.equal("what agrees", problems_of(GOOD), [])
        for name, path, old, new, expected in FAULTS:
            assert old in GOOD[path], name
            problems = problems_of({**GOOD, path: GOOD[path].replace(old, new)})
            tap.true(name, any(expected in problem for problem in problems), f"was not found: {problems}")
    else:
        tap.result("DYN1049: compiler, page and cases agree", check(sys.argv[1]))
    return tap.finish()


if __name__ == "__main__":
    sys.exit(main())
