#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How large the client is that a page loads.

    size.py ROOT

Prints bytes, and bytes compressed, of the files that createClient needs, as they are (a bundler's minifier takes half off
again), and fails when they outgrow the limit: growing is a decision, not an accident. Results are TAP.
"""

import gzip
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lint"))
from tap import Tap  # noqa: E402

MAX_COMPRESSED = 34 * 1024
IMPORT = re.compile(r'^(?:import|export) .*?from "\./([^"]+)";$', re.MULTILINE | re.DOTALL)
COMMENT = re.compile(r"^\s*(//|/\*|\*).*$")


def closure(folder, name, found):
    """What `name` imports, itself included, each once."""
    if name not in found:
        with open(os.path.join(folder, name), encoding="utf-8") as file:
            found[name] = file.read()
        for other in IMPORT.findall(found[name]):
            closure(folder, other, found)
    return found


def code_lines(text):
    return sum(1 for line in text.split("\n") if line.strip() and not COMMENT.match(line))


def main():
    files = closure(os.path.join(sys.argv[1], "templates/js"), "client.js", {})
    text = "".join(files[name] for name in sorted(files))
    compressed = len(gzip.compress(text.encode(), 9, mtime=0))
    print(f"# {len(files)} files, {sum(map(code_lines, files.values()))} lines of code, {len(text)} bytes, {compressed} compressed")
    tap = Tap()
    tap.result(f"the client is at most {MAX_COMPRESSED} bytes compressed",
               [] if compressed <= MAX_COMPRESSED else [f"it is {compressed}"])
    return tap.finish()


if __name__ == "__main__":
    sys.exit(main())
