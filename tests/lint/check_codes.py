#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every diagnostic of compiler/diag/codes.def is documented and tested, and the registry keeps its rules.

For each `DYN_CODE(1302, UNKNOWN_TYPE, "unknown-type", ERROR)`: four digits; number, name and slug used once; a page
docs/diagnostics/DYN1302.md whose title is the code and that has the headings Wrong, Right and Why, each with text; a
golden case tests/golden/diagnostics/DYN1302*. No page and no case without a code. Codes are
not handed out in sequence: no two neighbours in number.
`--self-test` proves that each fault is found.
"""

import os
import re
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from tap import Tap  # noqa: E402

CODES = "compiler/diag/codes.def"
PAGES = "docs/diagnostics"
CASES = "tests/golden/diagnostics"
CODE = re.compile(r'^DYN_CODE\((\d+),\s*([A-Z][A-Z0-9_]*),\s*"([a-z][a-z0-9-]*)",\s*([A-Z]+)\)\s*$')
LEVELS = ("ERROR", "WARNING", "NOTE", "RETIRED")
HEADINGS = ("Wrong", "Right", "Why")


def read(root, path):
    with open(os.path.join(root, path), encoding="utf-8") as file:
        return file.read()


def listed(root, folder):
    path = os.path.join(root, folder)
    return sorted(os.listdir(path)) if os.path.isdir(path) else []


def read_codes(root, problems):
    """{number: (line, name, slug, level)} of the registry."""
    codes = {}
    text = re.sub(r"/\*.*?\*/", lambda match: "\n" * match.group().count("\n"), read(root, CODES), flags=re.DOTALL)
    text = re.sub(r",[ \t]*\n[ \t]+", ", ", text)
    names, slugs = {}, {}
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip() or line.startswith(("#", "//")):
            continue
        match = CODE.match(line)
        if not match:
            problems.append(f"{CODES}:{number}: not `DYN_CODE(1302, UNKNOWN_TYPE, \"unknown-type\", ERROR)`")
            continue
        code, name, slug, level = match.groups()
        problems += [f"{CODES}:{number}: {what} is used twice" for what, taken in
                     ((code, codes), (name, names), (slug, slugs)) if what in taken]
        if len(code) != 4:
            problems.append(f"{CODES}:{number}: {code} does not have four digits")
        if level not in LEVELS:
            problems.append(f"{CODES}:{number}: {level} is none of {', '.join(LEVELS)}")
        codes[code], names[name], slugs[slug] = (number, name, slug, level), code, code
    for code, (number, *_) in codes.items():
        if f"{int(code) + 1:04}" in codes:
            problems.append(f"{CODES}:{number}: {code} and {int(code) + 1:04} are in sequence; leave gaps")
    return codes


def check_page(root, code):
    path = f"{PAGES}/DYN{code}.md"
    if not os.path.exists(os.path.join(root, path)):
        return [f"{path}: is missing"]
    text = read(root, path)
    problems = []
    if not text.startswith(f"# DYN{code}"):
        problems.append(f"{path}:1: the title must start with `# DYN{code}`")
    sections = {}
    for part in re.split(r"^## ", text, flags=re.MULTILINE)[1:]:
        title, _, body = part.partition("\n")
        sections[title.strip()] = body.strip()
    for heading in HEADINGS:
        if not sections.get(heading):
            problems.append(f"{path}: the heading `## {heading}` with text below is missing")
    for heading, tag in (("Wrong", "```dyn wrong"), ("Right", "```dyn")):
        if sections.get(heading) and "```dyn" in sections[heading] and tag not in sections[heading]:
            problems.append(f"{path}: the example below `## {heading}` starts with {tag}")
    return problems


def check(root):
    problems = []
    codes = read_codes(root, problems)
    cases = listed(root, CASES)
    for code, (number, name, _, level) in codes.items():
        problems += check_page(root, code)
        if level != "RETIRED" and not any(re.match(rf"DYN{code}(\D|$)", case) for case in cases):
            problems.append(f"{CODES}:{number}: {name} has no golden case {CASES}/DYN{code}-*")
    for page in listed(root, PAGES):
        match = re.match(r"^DYN(\d{4})\.md$", page)
        if page not in ("README.md", "index.md") and (not match or match.group(1) not in codes):
            problems.append(f"{PAGES}/{page}: belongs to no code")
    for case in cases:
        match = re.match(r"^DYN(\d+)", case)
        if match and match.group(1) not in codes:
            problems.append(f"{CASES}/{case}: belongs to no code")
    return problems


PAGE = "# DYN1302: unknown type\n\n## Wrong\n\n```dyn wrong\nx\n```\n\n## Right\n\n```dyn\ny\n```\n\n## Why\n\nBecause.\n"
GOOD = {
    CODES: '/* Registry.\n */\nDYN_CODE(1302, UNKNOWN_TYPE, "unknown-type", ERROR)\n',
    f"{PAGES}/DYN1302.md": PAGE, f"{CASES}/DYN1302-unknown-type/input.dyn": "x\n", f"{CASES}/plain/input.dyn": "x\n",
}
LINE = GOOD[CODES]
FAULTS = [
    ("a missing page", {f"{PAGES}/DYN1302.md": None}, "DYN1302.md: is missing"),
    ("a missing heading", {f"{PAGES}/DYN1302.md": PAGE.replace("## Why", "## Reason")}, "`## Why`"),
    ("an empty section", {f"{PAGES}/DYN1302.md": PAGE.replace("Because.", "")}, "`## Why`"),
    ("a wrong title", {f"{PAGES}/DYN1302.md": PAGE.replace("# DYN1302", "# DYN1303", 1)}, "title"),
    ("a wrong example that is not marked", {f"{PAGES}/DYN1302.md": PAGE.replace("dyn wrong", "dyn")}, "```dyn wrong"),
    ("a missing case", {f"{CASES}/DYN1302-unknown-type/input.dyn": None}, "no golden case"),
    ("a case of a longer number", {f"{CASES}/DYN1302-unknown-type/input.dyn": None, f"{CASES}/DYN13021/x": ""},
     "no golden case"),
    ("a stray page", {f"{PAGES}/DYN9999.md": PAGE}, "DYN9999.md: belongs to no code"),
    ("a stray case", {f"{CASES}/DYN9999-x/input.dyn": ""}, "DYN9999-x: belongs to no code"),
    ("a number twice", {CODES: LINE + 'DYN_CODE(1302, OTHER, "other", ERROR)\n'}, "1302 is used twice"),
    ("a slug twice", {CODES: LINE + 'DYN_CODE(1402, UNKNOWN_TYPES, "unknown-type", ERROR)\n'}, "is used twice"),
    ("codes in sequence", {CODES: LINE + 'DYN_CODE(1303, OTHER, "other", ERROR)\n'}, "in sequence"),
    ("three digits", {CODES: 'DYN_CODE(302, UNKNOWN_TYPE, "unknown-type", ERROR)\n'}, "four digits"),
    ("an unknown level", {CODES: LINE.replace("ERROR", "FATAL")}, "FATAL is none of"),
    ("a malformed line", {CODES: LINE + "DYN_CODE(1402)\n"}, "codes.def:4: not `DYN_CODE("),
]


def self_test():
    tap = Tap()

    def problems_with(changes):
        with tempfile.TemporaryDirectory() as folder:
            for path, text in {**GOOD, **changes}.items():
                if text is not None:
                    os.makedirs(os.path.dirname(os.path.join(folder, path)), exist_ok=True)
                    with open(os.path.join(folder, path), "w", encoding="utf-8") as file:
                        file.write(text)
            return check(folder)

    tap.equal("a registry that keeps the rules", problems_with({}), [])
    for name, changes, expected in FAULTS:
        found = problems_with(changes)
        tap.true(f"found: {name}", any(expected in problem for problem in found), f"no {expected!r} in {found}")
    return tap.finish()


def main():
    arguments = [argument for argument in sys.argv[1:] if argument != "--self-test"]
    root = arguments[0] if arguments else os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
    if "--self-test" in sys.argv:
        return self_test()
    tap = Tap()
    if os.path.exists(os.path.join(root, CODES)):
        tap.result("every diagnostic has its page and its golden case", check(root))
    else:
        tap.skip("every diagnostic has its page and its golden case", f"there is no {CODES}")
    return tap.finish()


if __name__ == "__main__":
    sys.exit(main())
