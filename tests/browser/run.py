#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs one test file in a real browser.

    run.py NAME.test.mjs

DYNR_BROWSER is JSON: where the build left the programs and pages that the test needs, and where pictures go. What is missing
(node, playwright-core, Chromium) is a skipped test that says so. Results are TAP.
"""

import os
import re
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lint"))
from tap import Tap  # noqa: E402

NODE_MINIMUM = 18
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
TIMEOUT = 880


def missing():
    """What keeps the tests from running; None where nothing does."""
    node = shutil.which("node")
    said = "" if node is None else subprocess.run([node, "--version"], capture_output=True, check=False, text=True, timeout=30).stdout
    version = re.match(r"v(\d+)", said)
    if version is None or int(version.group(1)) < NODE_MINIMUM:
        return f"node {NODE_MINIMUM} is missing"
    if not os.path.isdir(os.path.join(HERE, "node_modules", "playwright-core")):
        return "playwright-core is missing"
    if browser() is None:
        return "Chromium is missing"
    return None


def browser():
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)


def main():
    name = sys.argv[1]
    reason = missing()
    if reason is not None:
        tap = Tap()
        tap.skip(name.replace(".test.mjs", " in a browser"), f"{reason}: run ./dev setup")
        return tap.finish()
    words = ["node", "--test", "--test-reporter=tap", os.path.join(HERE, name)]
    return subprocess.run(words, env={**os.environ, "CHROMIUM": browser()}, check=False, timeout=TIMEOUT).returncode


if __name__ == "__main__":
    sys.exit(main())
