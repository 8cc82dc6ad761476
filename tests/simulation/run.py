#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The equality simulator: whatever happens in between, in the end every client shows what a fresh evaluation gives.

    run.py [--schemas N] [--seed S] [--only I] [--steps N] [--jobs N] [--keep FOLDER]

Random schemas and calls are those of the oracle, and so is the naive evaluation. Between them a schedule: who watches what, when
changes are delivered (late, twice, across shards out of order), when reads come back, who loses the connection and comes
back with what he held, when the server dies. Output is TAP: one test per 20 schemas. A failure is shrunk to a `.dyn` file and a
list of steps.
"""
import argparse
import collections
import multiprocessing
import os
import sys
import time
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "oracle"))

from harness import Tools  # noqa: E402
from simulate import Result, run_schema  # noqa: E402


def work(job):
    try:
        return run_schema(*job)
    except Exception:
        result = Result(job[3])
        result.problem = "the simulator itself failed on schema %d of seed %d\n%s" % (job[3], job[2], traceback.format_exc())
        return result


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--schemas", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", type=int, help="only this schema of the seed")
    parser.add_argument("--steps", type=int, default=600, help="steps per schema")
    parser.add_argument("--seconds", type=float, default=0, help="stop after that time; 0: when all schemas are done")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 2)
    parser.add_argument("--shrink", type=float, default=20, help="seconds to spend on making a case smaller; 0: none")
    parser.add_argument("--keep", metavar="FOLDER", help="leave each failing case there as schema.dyn, steps.txt and why.txt")
    parser.add_argument("--stop", type=int, default=5, help="stop after so many failures; 0: never")
    options = parser.parse_args()
    tools = Tools()
    driver = os.environ.get("SIMULATION_DRIVER") or os.path.join(os.environ.get("BUILD", "build"), "tests", "simulation",
                                                                 "simulation-driver")
    missing = [t for t in (tools.dynrc, driver) if not os.access(t, os.X_OK)]
    if missing:
        print("1..0 # SKIP not built: " + ", ".join(missing))
        return 0
    started = time.time()
    indexes = [options.only] if options.only is not None else list(range(options.schemas))
    groups = [indexes[i:i + 20] for i in range(0, len(indexes), 20)]
    print("TAP version 13\n1..%d" % len(groups), flush=True)
    failed = writes = done = 0
    coverage = collections.Counter()
    jobs = [(tools, driver, options.seed, i, options.steps, options.shrink, options.keep) for i in indexes]
    with multiprocessing.Pool(max(1, min(options.jobs, len(jobs)))) as pool:
        results = pool.imap(work, jobs)
        for g, group in enumerate(groups):
            problems = []
            late = options.seconds and time.time() - started > options.seconds
            for _ in group if not late else []:
                result = next(results)
                writes += result.writes
                done += 1
                coverage += result.coverage
                if result.problem:
                    problems.append(result.problem)
            print("%s %d - schemas %d to %d of seed %d%s" % ("not ok" if problems else "ok", g + 1, group[0], group[-1],
                                                             options.seed, " # SKIP time is up" if late else ""), flush=True)
            for problem in problems:
                failed += 1
                sys.stdout.write("".join("# %s\n" % l for l in problem.split("\n")))
                sys.stdout.flush()
            if options.stop and failed >= options.stop:
                print("Bail out! %d failures" % failed)
                pool.terminate()
                break
        else:
            pool.terminate()
    print("# %d writes over %d schemas in %.1f s: %s" % (writes, done, time.time() - started,
                                                         ", ".join("%s %d" % kv for kv in sorted(coverage.items()))))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
