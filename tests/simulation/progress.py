# SPDX-License-Identifier: Apache-2.0
"""How a run is told: on a terminal, in plain lines, as TAP."""
import os
import sys
import time

# Schemas to a test of TAP, seconds between plain lines.
GROUP = 20
LINE_S = 30
SCREEN_S = 0.2


def duration(seconds):
    minutes, seconds = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return "%d h %02d min" % (hours, minutes) if hours else "%d min %02d s" % (minutes, seconds) if minutes else "%d s" % seconds


def again(seed, index, wanted):
    return "to see it again: ./dev sim --seed %d --only %d --writes %d" % (seed, index, wanted)


class Lines:
    """For logs."""

    def __init__(self, seed):
        self.seed = seed
        self.said = time.time()

    def say(self, text):
        print(text, flush=True)

    def begin(self, totals):
        self.say("seed %d: %d schemas, %d writes" % (self.seed, totals.n_schemas, totals.n_writes))

    def progress(self, totals):
        per_second = totals.writes / max(totals.seconds(), 0.001)
        return "%d/%d schemas, %d/%d writes, %d/s, %d failed, %s left" % (
            totals.done, totals.n_schemas, totals.writes, totals.n_writes, per_second, len(totals.failures),
            duration(totals.remaining()))

    def result(self, result, wanted, totals):
        if result.problem is not None:
            self.say("FAILED %s\n%s\n" % (result.problem, again(self.seed, result.index, wanted)))
        self.tick(totals)

    def tick(self, totals):
        if time.time() - self.said >= LINE_S:
            self.said = time.time()
            self.say(self.progress(totals))

    def end(self, totals, stopped):
        if stopped:
            self.say("stopped: " + stopped)
        for line in totals.lines():
            self.say(line)
        if totals.failures:
            self.say("failed schemas of seed %d: %s" % (self.seed, " ".join(map(str, totals.failures))))


class Screen(Lines):
    """One line that changes; what stays is written above it."""

    def __init__(self, seed):
        super().__init__(seed)
        self.shown = ""

    def say(self, text):
        self.show("")
        super().say(text)

    def show(self, line):
        try:
            width = os.get_terminal_size(sys.stdout.fileno()).columns - 1
        except OSError:
            width = 79
        line = line[:width]
        if line != self.shown:
            sys.stdout.write("\r" + line.ljust(len(self.shown)) + ("\r" if not line else ""))
            sys.stdout.flush()
            self.shown = line

    def tick(self, totals):
        if time.time() - self.said >= SCREEN_S:
            self.said = time.time()
            self.show(self.progress(totals))


class Tap:
    """One test for so many schemas; the plan comes at the end, since time may be up before."""

    def __init__(self, seed):
        self.seed = seed
        self.n_tests = 0
        self.first = None
        self.last = None
        self.n_schemas = 0
        self.problems = []

    def begin(self, totals):
        print("TAP version 13", flush=True)

    def result(self, result, wanted, totals):
        self.first = result.index if self.first is None else self.first
        self.last = result.index
        self.n_schemas += 1
        if result.problem is not None:
            self.problems += [result.problem, again(self.seed, result.index, wanted)]
        if self.n_schemas == GROUP:
            self.close()

    def close(self):
        if self.n_schemas == 0:
            return
        self.n_tests += 1
        print("%s %d - schemas %d to %d of seed %d" % ("not ok" if self.problems else "ok", self.n_tests, self.first, self.last,
                                                       self.seed))
        for problem in self.problems:
            sys.stdout.write("".join("# %s\n" % line for line in problem.split("\n")))
        sys.stdout.flush()
        self.first, self.n_schemas, self.problems = None, 0, []

    def end(self, totals, stopped):
        self.close()
        print("1..%d" % self.n_tests)
        for line in totals.lines():
            print("# " + line)
        if stopped:
            print("# stopped: " + stopped)
