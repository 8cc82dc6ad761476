#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs a file of tests that use AWS's client in Node: run.py DYNR NAME.test.js. Skipped by name where Node or the client is missing."""

import os
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lint"))
from tap import Tap  # noqa: E402


def main():
    program, name = sys.argv[1:]
    if shutil.which("node") is None or not os.path.isdir(os.path.join(HERE, "node_modules", "@aws-sdk")):
        tap = Tap()
        tap.skip(name, "node or the AWS SDK is missing: run ./dev setup")
        return tap.finish()
    words = ["node", "--test", "--test-reporter=tap", os.path.join(HERE, name)]
    return subprocess.run(words, check=False, timeout=280, env={**os.environ, "DYNR": program}).returncode


if __name__ == "__main__":
    sys.exit(main())
