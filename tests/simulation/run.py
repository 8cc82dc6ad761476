#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The equality simulator: whatever happens in between, in the end every client shows what a fresh evaluation gives.

Random schemas and calls are those of the oracle, and so is the naive evaluation. Between them a schedule: who watches what,
when changes are delivered (late, twice, across shards out of order), when reads come back, who reads too slowly, who loses
the connection and comes back with what he held, when the engine or the whole process dies. A failure is shrunk to a `.dyn`
file and a list of steps. docs/simulator.md says more.
"""
import argparse
import collections
import math
import multiprocessing
import os
import signal
import sys
import tempfile
import time
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "oracle"))

from harness import Tools  # noqa: E402
from progress import Lines, Screen, Tap, duration  # noqa: E402
from server import Server, place_of_stores  # noqa: E402
from simulate import Result, run_schema  # noqa: E402

EXAMPLES = """examples:
  run.py                                    2000 schemas, 1000000 writes
  run.py --schemas 100 --writes 50000 --seed 7
  run.py --seed 7 --only 42 --writes 500    one schema again, as a failure says
  run.py --seconds 60 --tap                 as much as goes in a minute, for meson

It exits with 1 when anything failed, and with 130 after Ctrl-C when nothing did."""
# What one schema writes on average where nothing is said.
WRITES_PER_SCHEMA = 500
# Of what others could not write, one schema takes over so many times its own share.
MOST_SHARES = 4


def work(job):
    try:
        return run_schema(*job)
    except Exception:
        result = Result(job[3])
        result.problem = "the simulator itself failed on schema %d of seed %d\n%s" % (job[3], job[2], traceback.format_exc())
        return result


def start_worker(folder, stores):
    """Ctrl-C is the main process's matter; so is everything that a worker leaves behind."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    tempfile.tempdir = folder
    Server.stores = stores


class Totals:
    def __init__(self, n_schemas, n_writes):
        self.started = time.time()
        self.n_schemas = n_schemas
        self.n_writes = n_writes
        self.done = self.idle = self.writes = self.rows = self.steps = 0
        self.failures = []
        self.coverage = collections.Counter()

    def add(self, result):
        self.done += 1
        self.idle += result.is_idle
        self.writes += result.writes
        self.rows += result.rows
        self.steps += result.steps
        self.coverage += result.coverage
        if result.problem is not None:
            self.failures.append(result.index)

    def seconds(self):
        return time.time() - self.started

    def remaining(self):
        """Seconds, as far as the past tells."""
        return self.seconds() / self.done * (self.n_schemas - self.done) if self.done else 0

    def lines(self):
        def named(prefix):
            return ", ".join("%s %d" % (k[len(prefix):], n) for k, n in sorted(self.coverage.items()) if k.startswith(prefix))
        yield "%d writes (%d rows) over %d schemas in %d steps and %s; %d failed" % (
            self.writes, self.rows, self.done, self.steps, duration(self.seconds()), len(self.failures))
        yield "rows: " + named("rows ") + ", in %d transactions" % self.coverage["transactions"]
        yield "steps: " + named("step ")
        yield "worlds: " + named("world ")
        yield "frames: " + named("frame ")
        yield "subscriptions compared: %d at rest, %d right after a commit; %d times a client fell behind" % (
            self.coverage["checks"], self.coverage["exact checks"], self.coverage["fell behind"])
        if self.idle:
            yield "%d schemas have nothing to write or nothing to watch" % self.idle


class Plan:
    """Which schema is next, and how much it writes."""

    def __init__(self, indexes, n_writes):
        self.indexes = collections.deque(indexes)
        self.share = max(1, math.ceil(n_writes / len(indexes)))
        self.left = n_writes

    def next(self):
        """(index, writes). What a schema could not write is spread over those behind it."""
        wanted = min(MOST_SHARES * self.share, max(1, math.ceil(self.left / len(self.indexes))))
        self.left -= wanted
        return self.indexes.popleft(), wanted

    def give_back(self, n_writes):
        self.left += n_writes


class Interrupt:
    """Ctrl-C, once or again: it is noted, and nothing is torn down in the middle of something else."""

    def __init__(self):
        self.came = False
        signal.signal(signal.SIGINT, self.note)

    def note(self, number, frame):
        self.came = True

    def wait(self, answer):
        """False: it came first."""
        while not self.came and not answer.ready():
            answer.wait(0.2)
        return not self.came


def run_all(options, tools, driver, plan, totals, show, interrupt):
    """Every schema of the plan, until time is up or too much failed: why it ended before, or None."""
    n_jobs = max(1, min(options.jobs, len(plan.indexes)))
    stopped = None
    running = collections.deque()
    with tempfile.TemporaryDirectory(prefix="simulation-") as folder, \
            tempfile.TemporaryDirectory(prefix="simulation-", dir=place_of_stores()) as stores:
        with multiprocessing.Pool(n_jobs, start_worker, (folder, stores)) as pool:
            while running or plan.indexes and not stopped:
                while plan.indexes and not stopped and len(running) < 2 * n_jobs:
                    index, wanted = plan.next()
                    job = (tools, driver, options.seed, index, wanted, options.shrink, options.keep)
                    running.append((wanted, pool.apply_async(work, (job,))))
                wanted, answer = running.popleft()
                if not interrupt.wait(answer):
                    stopped = "interrupted"
                    break
                result = answer.get()
                plan.give_back(wanted - result.writes)
                totals.add(result)
                show.result(result, wanted, totals)
                if options.stop and len(totals.failures) >= options.stop:
                    stopped = "%d failures" % len(totals.failures)
                elif options.seconds and totals.seconds() > options.seconds:
                    stopped = "time is up"
            pool.terminate()
            pool.join()
    return stopped


def parse():
    parser = argparse.ArgumentParser(description=__doc__, epilog=EXAMPLES,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--schemas", type=int, default=2000, help="random schemas (2000)")
    parser.add_argument("--writes", type=int, default=0,
                        help="calls that commit, in all (%d for each schema)" % WRITES_PER_SCHEMA)
    parser.add_argument("--seed", type=int, default=int(time.time()),
                        help="of schemas, calls and schedules (the current time)")
    parser.add_argument("--only", type=int, metavar="SCHEMA", help="only this schema of the seed")
    parser.add_argument("--seconds", type=float, default=0, help="begin no schema after that time; 0: no limit (0)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 2, help="schemas at a time (one for each processor)")
    parser.add_argument("--shrink", type=float, default=20, help="seconds to spend on making a case smaller; 0: none (20)")
    parser.add_argument("--keep", metavar="FOLDER", help="leave each failing case there: schema.dyn, steps.txt, why.txt")
    parser.add_argument("--stop", type=int, default=5, help="stop after so many failures; 0: never (5)")
    parser.add_argument("--tap", action="store_true", help="say it as the Test Anything Protocol")
    options = parser.parse_args()
    if options.schemas < 1 or options.writes < 0 or options.jobs < 1:
        parser.error("there must be at least one schema, and one job")
    return options


def main():
    options = parse()
    tools = Tools()
    driver = os.environ.get("SIMULATION_DRIVER") or os.path.join(os.environ.get("BUILD", "build"), "tests", "simulation",
                                                                 "simulation-driver")
    missing = [t for t in (tools.dynrc, driver) if not os.access(t, os.X_OK)]
    if missing:
        print("1..0 # SKIP not built: " + ", ".join(missing) if options.tap else "not built: " + ", ".join(missing))
        return 0 if options.tap else 2
    indexes = [options.only] if options.only is not None else range(options.schemas)
    plan = Plan(indexes, options.writes or WRITES_PER_SCHEMA * len(indexes))
    totals = Totals(len(indexes), plan.left)
    show = Tap(options.seed) if options.tap else (Screen if sys.stdout.isatty() else Lines)(options.seed)
    interrupt = Interrupt()
    show.begin(totals)
    stopped = run_all(options, tools, driver, plan, totals, show, interrupt)
    show.end(totals, stopped)
    if totals.failures:
        return 1
    return 130 if stopped == "interrupted" else 0


if __name__ == "__main__":
    sys.exit(main())
