#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What whoever runs the simulator relies on: the same seed gives the same run, a failure is kept and exits with 1, Ctrl-C
gives the totals."""
import os
import signal
import stat
import subprocess
import sys
import tempfile

import schedules
from harness import Tools

HERE = os.path.dirname(os.path.abspath(__file__))
# The name is that of the oracle's as well.
RUN = os.path.join(HERE, "run.py")


def start(*arguments, driver=None):
    environment = dict(os.environ)
    if driver is not None:
        environment["SIMULATION_DRIVER"] = driver
    return subprocess.Popen([sys.executable, RUN, *arguments], env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                            text=True)


def finish(process):
    output = process.communicate(timeout=200)[0]
    return process.returncode, output


def what_was_done(output):
    """The totals, without the time that they took."""
    lines = [line for line in output.split("\n") if line.startswith(("rows:", "steps:", "worlds:", "frames:", "subscriptions"))]
    return lines if len(lines) == 5 else None


def same_seed_same_run():
    first = finish(start("--schemas", "4", "--writes", "200", "--seed", "9", "--jobs", "2"))
    second = finish(start("--schemas", "4", "--writes", "200", "--seed", "9", "--jobs", "1"))
    other = finish(start("--schemas", "4", "--writes", "200", "--seed", "10"))
    assert first[0] == second[0] == other[0] == 0, (first, second, other)
    assert what_was_done(first[1]) is not None, first[1]
    # All write their share: how many jobs there are says only who takes over what others could not write.
    assert what_was_done(first[1]) == what_was_done(second[1]), (first[1], second[1])
    assert what_was_done(first[1]) != what_was_done(other[1])


def failures_are_kept():
    with tempfile.TemporaryDirectory() as folder:
        driver = os.path.join(folder, "driver")
        with open(driver, "w", encoding="utf-8") as f:
            f.write('#!/bin/sh\nexec "%s" "$@" lose-record\n' % os.path.abspath(schedules.find_driver()))
        os.chmod(driver, os.stat(driver).st_mode | stat.S_IXUSR)
        kept = os.path.join(folder, "kept")
        status, output = finish(start("--schemas", "20", "--writes", "4000", "--seed", "1", "--stop", "1", "--shrink", "3", "--keep",
                                      kept, driver=driver))
        end = output[-1000:]
        assert status == 1, end
        assert "FAILED seed 1, schema " in output and "to see it again: ./dev sim --seed 1 --only " in output, end
        assert "\nstopped: " in output and "\nfailed schemas of seed 1: " in output and what_was_done(output) is not None, end
        cases = os.listdir(kept)
        assert cases and sorted(os.listdir(os.path.join(kept, cases[0]))) == ["schema.dyn", "steps.txt", "why.txt"], cases
        with open(os.path.join(kept, cases[0], "steps.txt"), encoding="utf-8", errors="surrogatepass") as f:
            assert f.readlines(), "no steps are left"


def interrupted_with_totals():
    process = start("--schemas", "2000", "--seed", "1")
    begun = process.stdout.readline()
    process.send_signal(signal.SIGINT)
    process.send_signal(signal.SIGINT)
    status, output = finish(process)
    assert begun.startswith("seed 1: 2000 schemas"), begun
    assert status == 130, (status, output)
    assert "stopped: interrupted" in output and " writes (" in output, output


def main():
    if not os.access(Tools().dynrc, os.X_OK) or not os.access(schedules.find_driver(), os.X_OK):
        print("1..0 # SKIP not built: " + schedules.find_driver())
        return 0
    tests = (same_seed_same_run, failures_are_kept, interrupted_with_totals)
    print("1..%d" % len(tests), flush=True)
    failed = 0
    for i, test in enumerate(tests):
        problem = None
        try:
            test()
        except AssertionError as error:
            problem = str(error) or "assertion"
            failed += 1
        print("%s %d - %s" % ("not ok" if problem else "ok", i + 1, test.__name__.replace("_", " ")), flush=True)
        if problem:
            print("".join("# %s\n" % line for line in problem.split("\n")), end="", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
