# SPDX-License-Identifier: Apache-2.0
"""Runs test functions and reports them as TAP."""

import os
import sys
import traceback

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "lint"))
from tap import Tap  # noqa: E402


class Skipped(Exception):
    """Raised by a test that cannot run here; its text is the reason."""


def run_tests(program, tests):
    """Each test is a function of the server's program. A third argument on the command line runs those that contain it."""
    tap = Tap()
    wanted = sys.argv[2] if len(sys.argv) > 2 else ""
    for test in tests:
        if wanted not in test.__name__:
            continue
        try:
            test(program)
            tap.result(test.__name__.replace("_", " "))
        except Skipped as reason:
            tap.skip(test.__name__.replace("_", " "), str(reason))
        except Exception:  # noqa: BLE001: whatever a test raises is its failure
            tap.result(test.__name__.replace("_", " "), [traceback.format_exc()])
    return tap.finish()
