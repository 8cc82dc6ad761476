#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Documentation that cannot rot: links lead somewhere, and examples compile.

Links: every relative link of README.md and of the Markdown below docs/, samples/ and grammar/ must name a file or folder
that exists, and its `#fragment` a heading of that file.

Examples: every fenced block tagged `dyn` in the same files goes through `dynrc check -` (the compiler is the environment
variable DYNRC; without it these tests are skipped and say so). The words after `dyn` say what must happen:

    ```dyn              must compile without an error
    ```dyn wrong        must be refused, with exit status 1
    ```dyn wrong DYN1302   ... and name this code
    ```dyn part         a fragment: compiled with the blocks tagged `dyn base` of the same file in front of it
    ```dyn base         compiled behind the earlier ones, and in front of every `part` of the file

What readers do not need to see stands in an HTML comment, which Markdown does not show, directly above the block:

    <!-- dyn: context app { public } -->
    ```dyn
    ...

Its text (which may span lines) is put in front of the block. `wrong` and `part` combine (`dyn part wrong`).
`--self-test` proves both with a compiler that is played by a script.
"""

import os
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from tap import Tap  # noqa: E402

TOPS = ("README.md", "docs", "samples", "grammar")
LINK = re.compile(r"!?\[[^\]]*\]\(<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\)")
FENCE = re.compile(r"^( {0,3})(`{3,}|~{3,})\s*(.*)$")
HIDDEN = re.compile(r"<!--\s*dyn:\s*(.*?)-->\s*\Z", re.DOTALL)
WORDS = re.compile(r"^(wrong|part|base|DYN\d{4})$")


class Block:
    """One fenced block: where it starts, the words after the fence, its text, what stands hidden above it."""

    def __init__(self, line, words, text, hidden):
        self.line, self.words, self.text, self.hidden = line, words, text, hidden


def markdown_files(root):
    for top in TOPS:
        path = os.path.join(root, top)
        if os.path.isfile(path):
            yield top
        for folder, folders, files in os.walk(path):
            folders[:] = sorted(name for name in folders if name != "node_modules")
            for name in sorted(files):
                if name.endswith(".md"):
                    yield os.path.relpath(os.path.join(folder, name), root)


def read(root, path):
    with open(os.path.join(root, path), encoding="utf-8") as file:
        return file.read()


def split_blocks(text):
    """(prose with the blocks blanked out, blocks)."""
    prose, blocks, start, fence = [], [], 0, None
    for number, line in enumerate(text.split("\n"), 1):
        match = FENCE.match(line)
        if fence is None and match:
            fence, start, body = match, number, []
            hidden = HIDDEN.search("\n".join(prose))
            above = hidden.group(1) if hidden else ""
            prose.append("")
        elif fence is not None and match and match.group(2).startswith(fence.group(2)) and not match.group(3):
            blocks.append(Block(start, fence.group(3).split(), "\n".join(body) + "\n", above))
            fence = None
            # Something that is not blank, so that a hidden text belongs to one block only.
            prose.append("`block`")
        elif fence is not None:
            body.append(line)
            prose.append("")
        else:
            prose.append(line)
    return "\n".join(prose), blocks


def anchors(text):
    """The fragments that GitHub gives to the headings of a file."""
    found, counts = set(), {}
    for line in split_blocks(text)[0].split("\n"):
        match = re.match(r"^#{1,6}\s+(.*?)\s*#*$", line)
        if match:
            slug = re.sub(r"[^\w\- ]", "", match.group(1).replace("`", "").lower()).replace(" ", "-")
            count = counts.get(slug, 0)
            counts[slug] = count + 1
            found.add(slug if count == 0 else f"{slug}-{count}")
    return found


def check_links(root, path):
    problems = []
    prose = split_blocks(read(root, path))[0]
    prose = re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", lambda match: " " * len(match.group()), prose)
    for number, line in enumerate(prose.split("\n"), 1):
        for match in LINK.finditer(line):
            target, _, fragment = match.group(1).partition("#")
            if re.match(r"^[a-z][a-z0-9+.-]*:", target):
                continue
            file = os.path.normpath(os.path.join(os.path.dirname(path), target)) if target else path
            if file.startswith("..") or not os.path.exists(os.path.join(root, file)):
                problems.append(f"{path}:{number}: the link `{match.group(1)}` leads nowhere")
            elif fragment and file.endswith(".md") and fragment not in anchors(read(root, file)):
                problems.append(f"{path}:{number}: `{file}` has no heading for `#{fragment}`")
    return problems


def compile_text(dynrc, text):
    done = subprocess.run([dynrc, "check", "-"], input=text.encode(), stdout=subprocess.PIPE, check=False,
                          stderr=subprocess.STDOUT, timeout=20)
    return done.returncode, done.stdout.decode("utf-8", "replace")


def check_block(dynrc, path, block, base):
    place = f"{path}:{block.line}"
    words = block.words[1:]
    unknown = [word for word in words if not WORDS.match(word)]
    if unknown:
        return [f"{place}: `{unknown[0]}` after `dyn` means nothing; see tests/lint/check_docs.py"]
    text = (base if "part" in words or "base" in words else "") + block.hidden + ("\n" if block.hidden else "") + block.text
    try:
        status, said = compile_text(dynrc, text)
    except subprocess.TimeoutExpired:
        return [f"{place}: the compiler did not end within 20 seconds"]
    if "wrong" not in words:
        return [] if status == 0 else [f"{place}: the example does not compile (exit status {status}):", said]
    if status != 1:
        return [f"{place}: the example must be refused with exit status 1, but that is {status}", said]
    codes = [word for word in words if word.startswith("DYN")]
    return [f"{place}: {code} is not among the errors:\n{said}" for code in codes if f"[{code}]" not in said]


def check_examples(root, path, dynrc):
    blocks = [block for block in split_blocks(read(root, path))[1] if block.words[:1] == ["dyn"]]
    whole = "".join(block.text for block in blocks if "base" in block.words)
    problems, before = [], ""
    for block in blocks:
        problems += check_block(dynrc, path, block, before if "base" in block.words else whole)
        if "base" in block.words:
            before += block.text
    return problems, len(blocks)


def check(root, dynrc):
    tap = Tap()
    for path in markdown_files(root):
        tap.result(f"links of {path}", check_links(root, path))
        if dynrc:
            problems, count = check_examples(root, path, dynrc)
            if count:
                tap.result(f"examples of {path} ({count})", problems)
    if not dynrc:
        tap.skip("examples", "DYNRC is not set: no compiler to check them with")
    return tap.finish()


FAKE = """#!/bin/sh
text=$(cat)
case "$text" in *bad*) echo "-:1:1: error: bad [DYN1302]"; exit 1;; esac
case "$text" in *need*) case "$text" in *given*) exit 0;; esac; echo "-:1:1: error: need [DYN1402]"; exit 1;; esac
case "$text" in *crash*) exit 70;; esac
"""
EXAMPLES = [
    ("a good example", "```dyn\nfine\n```\n", None),
    ("a bad example", "```dyn\nbad\n```\n", "README.md:1: the example does not compile"),
    ("a wrong example", "```dyn wrong\nbad\n```\n", None),
    ("a wrong example with its code", "```dyn wrong DYN1302\nbad\n```\n", None),
    ("a wrong example with another code", "```dyn wrong DYN1402\nbad\n```\n", "DYN1402 is not among the errors"),
    ("a wrong example that compiles", "```dyn wrong\nfine\n```\n", "must be refused"),
    ("a wrong example that crashes", "```dyn wrong\ncrash\n```\n", "that is 70"),
    ("a part with its base", "```dyn base\ngiven\n```\ntext\n```dyn part\nneed\n```\n", None),
    ("a part without base", "```dyn part\nneed\n```\n", "does not compile"),
    ("a hidden text", "<!-- dyn: given -->\n```dyn\nneed\n```\n", None),
    ("a hidden text of another block", "<!-- dyn: given -->\n```dyn\nneed\n```\n```dyn\nneed\n```\n", "README.md:5"),
    ("an unknown word", "```dyn wrnog\nfine\n```\n", "`wrnog` after `dyn` means nothing"),
    ("another language", "```c\nbad\n```\n", None),
    ("a link", "[x](docs/a.md) [y](docs/a.md#the-heading) [z](https://example.com) [w](docs)\n", None),
    ("a dead link", "\n[x](docs/b.md)\n", "README.md:2: the link `docs/b.md` leads nowhere"),
    ("a dead fragment", "[x](docs/a.md#absent)\n", "no heading for `#absent`"),
    ("a link in code", "`[x](docs/b.md)`\n```\n[x](docs/b.md)\n```\n", None),
    ("a link out of the repository", "[x](../y.md)\n", "leads nowhere"),
]


def self_test():
    tap = Tap()
    for name, text, expected in EXAMPLES:
        with tempfile.TemporaryDirectory() as folder:
            os.makedirs(os.path.join(folder, "docs"))
            fake = os.path.join(folder, "fake")
            for path, content in (("README.md", text), ("docs/a.md", "# A\n\n## The `heading`\n"), ("fake", FAKE)):
                with open(os.path.join(folder, path), "w", encoding="utf-8") as file:
                    file.write(content)
            os.chmod(fake, 0o755)
            found = check_links(folder, "README.md") + check_examples(folder, "README.md", fake)[0]
            if expected is None:
                tap.equal(f"accepted: {name}", found, [])
            else:
                tap.true(f"found: {name}", expected in "\n".join(found), f"no {expected!r} in {found}")
    return tap.finish()


def main():
    arguments = [argument for argument in sys.argv[1:] if argument != "--self-test"]
    root = arguments[0] if arguments else os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
    if "--self-test" in sys.argv:
        return self_test()
    return check(root, os.environ.get("DYNRC"))


if __name__ == "__main__":
    sys.exit(main())
