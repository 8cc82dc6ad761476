#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Plants faults and proves that the simulator notices each.

A fault is an edit of the generated program, one that the driver plants between engine, store and clients (faults.h), or a client
that does not keep to the protocol. It is looked for with the named schedules, then with random schemas; the same must find
nothing wrong without the fault. Each is a TAP test by name.

    test_faults.py [--schemas N] [--seed S] [--only NAME]
"""
import argparse
import contextlib
import multiprocessing
import os
import re
import sys

import schedules
from clients import Client, Subscription
from fold import Group
from harness import Refused, Tools
from simulate import run_schema


class NotConcerned(Exception):
    pass


def substitute(pattern, replacement):
    def edit(text):
        changed = re.sub(pattern, replacement, text, flags=re.M)
        if changed == text:
            raise NotConcerned()
        return changed
    return edit


# ---- clients that do not keep to the protocol --------------------------------------------------------------------------


@contextlib.contextmanager
def replaced(cls, name, function):
    before = getattr(cls, name)
    setattr(cls, name, function)
    try:
        yield
    finally:
        setattr(cls, name, before)


def put_anything(self, v, row):
    id = self.id(row)
    if self.is_within(row, self.bound):
        self.rows[id] = (v, row)


def change_nothing(self, v, id, fields):
    pass


def keep_bound(self, bound, epoch, is_open=False):
    self.epoch = epoch


def begin_nothing(self, v):
    pass


def forget_leaves(self, v, operation, apply=Group.apply):
    apply(self, v, operation)
    self.gone.clear()


def forget_early(self, frame, loaded=Client.loaded):
    if frame["id"] in self.subscriptions:
        self.subscriptions[frame["id"]].early.clear()
    loaded(self, frame)


def ahead(self, since=Subscription.since):
    v, *rest = since(self)
    return (str(int(v) + 3) if v != "0" else v, *rest)


def value_first(self, v, operation, apply=Group.apply):
    if operation[0] != "=" or self.value is None:
        apply(self, v, operation)


EDITS = {
    "rows that the condition excludes are accepted": substitute(
        r"^(static bool accepts_\w+\([^{]*\)\n\{\n)", r"\1    if (row_object != NULL) { return true; }\n"),
    "changes of deciding fields are masked": substitute(
        r"^(static const uint64_t deciding_\w+\[\] = \{)[^}]*\}", r"\1 0 }"),
    "a gate of a view is open": substitute(r"^    \.gate = &policy_\w+_gate,$", "    .gate = NULL,"),
    "a maximum of a view is a minimum": substitute(r"\.aggregate = DYNR_AGGREGATE_MAX", ".aggregate = DYNR_AGGREGATE_MIN"),
    "a sum of a view is a count": substitute(r"\.aggregate = DYNR_AGGREGATE_SUM", ".aggregate = DYNR_AGGREGATE_COUNT"),
    "a row filter of a view is dropped": substitute(r"^        \.grant = &\w+,$", "        .grant = NULL,"),
    "views of different callers are one": substitute(r"\.n_caller_fields = \d+", ".n_caller_fields = 0"),
    "a view is ordered by its key alone": substitute(r"^        \.n_order = \d+,$", "        .n_order = 0,"),
    "the last node of a view is left out": substitute(
        r"^    \.n_nodes = ([2-9]),$", lambda m: "    .n_nodes = %d," % (int(m.group(1)) - 1)),
}
DRIVER = {
    "leaves are lost": "lose-leave",
    "patches are lost": "lose-patch",
    "bounds are lost": "lose-bound",
    "records are lost": "lose-record",
    "a row that is there is not found": "lose-key",
    "rows are said to be newer than they are": "old-keys",
    "an index is taken at its word": "lie-of-index",
    "what is replayed is too short": "short-log",
    "a new engine begins too late": "begin-too-late",
}
CLIENTS = {
    "a client ignores versions": (Group, "put", put_anything),
    "a client ignores changes of fields": (Group, "change", change_nothing),
    "a client ignores bounds": (Group, "rebound", keep_bound),
    "a client keeps rows that a whole group lacks": (Group, "begin_anew", begin_nothing),
    "a client forgets what left": (Group, "apply", forget_leaves),
    "a client drops patches before its snapshot": (Client, "loaded", forget_early),
    "a client says since too late": (Subscription, "since", ahead),
    "a client takes the first value only": (Group, "apply", value_first),
}


# ---- looking for them --------------------------------------------------------------------------------------------------


def in_schedules(tools, driver, edit, fault):
    """What goes wrong in a schedule, or None."""
    try:
        program, live = schedules.load(tools, edit)
    except (NotConcerned, Refused):
        return None
    try:
        for name in schedules.SCHEDULES:
            problem = schedules.play(driver, program, live, name, fault)
            if problem is not None:
                return "%s, %s" % (name, problem.split("\n")[0])
    finally:
        program.close()
    return None


def in_schemas(tools, driver, options, edit, fault):
    for index in range(options.schemas):
        run = lambda **planted: run_schema(tools, driver, options.seed, index, 300, 0, **planted).problem
        try:
            problem = run(edit=edit, fault=fault)
        except NotConcerned:
            continue
        if problem is not None and " refused by " not in problem.split("\n")[0]:
            return None if run() is not None else "schema %d, %s" % (index, problem.split("\n")[0])
    return None


def attempt(job):
    name, tools, driver, options = job
    edit, fault = EDITS.get(name), DRIVER.get(name, "")
    planted = replaced(*CLIENTS[name]) if name in CLIENTS else contextlib.nullcontext()
    with planted:
        found = in_schedules(tools, driver, edit, fault)
        if found is not None:
            return found
    if name in CLIENTS:
        with replaced(*CLIENTS[name]):
            for index in range(options.schemas):
                problem = run_schema(tools, driver, options.seed, index, 300, 0).problem
                if problem is not None:
                    return "schema %d, %s" % (index, problem.split("\n")[0])
        return None
    return in_schemas(tools, driver, options, edit, fault)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--schemas", type=int, default=40, help="random schemas to try for each fault")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", help="only faults whose name contains this")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 2)
    options = parser.parse_args()
    tools = Tools()
    driver = schedules.find_driver()
    if not os.access(tools.dynrc, os.X_OK) or not os.access(driver, os.X_OK):
        print("1..0 # SKIP not built: " + driver)
        return 0
    names = [n for n in [*EDITS, *DRIVER, *CLIENTS] if not options.only or options.only in n]
    print("TAP version 13\n1..%d" % len(names), flush=True)
    failed = 0
    with multiprocessing.Pool(options.jobs) as pool:
        results = pool.imap(attempt, [(n, tools, driver, options) for n in names])
        for i, (name, found) in enumerate(zip(names, results)):
            failed += found is None
            print("%s %d - caught: %s\n#   %s" % ("ok" if found else "not ok", i + 1, name, found), flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
