# SPDX-License-Identifier: Apache-2.0
"""TAP for the checks in this folder: one line per result on stdout, reasons on stderr (where Meson shows them)."""

import sys


class Tap:
    """Counts results. `finish()` prints the plan and returns the exit status."""

    def __init__(self):
        self.count = 0
        self.n_failed = 0

    def result(self, name, problems=()):
        """One test that passes when there are no `problems` (an iterable of lines)."""
        problems = list(problems)
        self.count += 1
        word = "not ok" if problems else "ok"
        print(f"{word} {self.count} - {name.replace('#', '_')}", flush=True)
        for problem in problems:
            print(problem, file=sys.stderr)
        self.n_failed += bool(problems)

    def equal(self, name, actual, expected):
        """One test that passes when both are equal."""
        wrong = [] if actual == expected else [f"{name}: expected", f"  {expected!r}", "got", f"  {actual!r}"]
        self.result(name, wrong)

    def true(self, name, condition, reason="is false"):
        """One test that passes when `condition` holds."""
        self.result(name, [] if condition else [f"{name}: {reason}"])

    def skip(self, name, reason):
        """One test that cannot run here."""
        self.count += 1
        print(f"ok {self.count} - {name.replace('#', '_')} # SKIP {reason}", flush=True)

    def finish(self):
        print(f"1..{self.count}" + ("" if self.count else " # SKIP nothing to check"), flush=True)
        return 1 if self.n_failed else 0
