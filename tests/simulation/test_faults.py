#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Plants faults and proves that the simulator notices each.

A fault is an edit of the generated program, one that the driver plants between engine, store and clients (faults.h), or a client
that does not keep to the protocol. It is looked for with the named schedules, then with random schemas; the same must find
nothing wrong without the fault. Each named schedule notices a fault of the kind that it is there for, and so do random
schemas for what is done to records, connections and processes. Each is a TAP test by name.

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


def put_within(self, v, row, put=Group.put):
    if self.is_within(row, self.bound):
        put(self, v, row)


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
    "what a value is made of is not judged": substitute(
        r"^(        \.node_class = DYNR_NODE_AGGREGATE,$[^}]*?)^        \.grant = &\w+,$", r"\1        .grant = NULL,"),
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
    "rows that are there are not found": "lose-rows",
    "rows are said to be newer than they are": "old-keys",
    "an index is taken at its word": "lie-of-index",
    "what is replayed is too short": "short-log",
    "a new engine begins too late": "begin-too-late",
    "who read too slowly is sent nothing anew": "lose-resync",
    "nothing of the store outlives its process": "volatile-store",
    "records that come again are taken for new ones": "new-again",
}
CLIENTS = {
    "a client ignores versions": (Group, "put", put_anything),
    "a client keeps what moved beyond its bound": (Group, "put", put_within),
    "a client ignores changes of fields": (Group, "change", change_nothing),
    "a client ignores bounds": (Group, "rebound", keep_bound),
    "a client keeps rows that a whole group lacks": (Group, "begin_anew", begin_nothing),
    "a client forgets what left": (Group, "apply", forget_leaves),
    "a client drops patches before its snapshot": (Client, "loaded", forget_early),
    "a client says since too late": (Subscription, "since", ahead),
    "a client takes the first value only": (Group, "apply", value_first),
}


# Schedule -> the fault that it must notice.
NOTICED = {
    "foreign_keys_change": "a row that is there is not found",
    "children_move": "leaves are lost",
    "deleted_and_made_again": "rows are said to be newer than they are",
    "softly_deleted": "rows that the condition excludes are accepted",
    "removed_by_nobody": "leaves are lost",
    "masked_then_not": "a client ignores changes of fields",
    "late_joiners": "a client ignores bounds",
    "out_of_a_tighter_window": "a client keeps what moved beyond its bound",
    "refills_behind": "bounds are lost",
    "replayed_values": "records that come again are taken for new ones",
    "membership": "a row that is there is not found",
    "rows_below_themselves": "a row filter of a view is dropped",
    "values_beside_rows": "an index is taken at its word",
    "extrema_leave": "rows that are there are not found",
    "hidden_by_others": "a row that is there is not found",
    "shown_ahead": "a row that is there is not found",
    "values_of_judged_rows": "what a value is made of is not judged",
    "short_while_reading": "bounds are lost",
    "two_wait_for_a_refill": "bounds are lost",
    "let_go_and_taken_on": "a row that is there is not found",
    "refilled_ahead": "bounds are lost",
    "refilled_while_told": "bounds are lost",
    "refers_back": "a row that is there is not found",
    "comes_back": "what is replayed is too short",
    "leaves_and_returns": "a client keeps rows that a whole group lacks",
    "falls_behind_at_a_gate": "who read too slowly is sent nothing anew",
    "hidden_rows": "a row filter of a view is dropped",
    "killed": "nothing of the store outlives its process",
    "reads_too_slowly": "who read too slowly is sent nothing anew",
    "falls_behind_again": "who read too slowly is sent nothing anew",
}
# What the steps of random schemas must notice themselves: records late, twice, out of order or lost, resumes, slow readers, deaths.
RANDOM = ("records that come again are taken for new ones", "records are lost", "leaves are lost", "what is replayed is too short",
          "a client says since too late", "who read too slowly is sent nothing anew", "nothing of the store outlives its process",
          "an index is taken at its word")
# Writes in each random schema.
WRITES = 200


# ---- looking for them --------------------------------------------------------------------------------------------------


def planted(name):
    """(edit, fault of the driver, what makes clients wrong meanwhile)"""
    client = replaced(*CLIENTS[name]) if name in CLIENTS else contextlib.nullcontext()
    return EDITS.get(name), DRIVER.get(name, ""), client


def in_schedules(tools, driver, name, names):
    """What goes wrong in a schedule, or None."""
    edit, fault, client = planted(name)
    try:
        program, live = schedules.load(tools, edit)
    except (NotConcerned, Refused):
        return None
    try:
        with client:
            for schedule in names:
                problem = schedules.play(driver, program, live, schedule, fault)
                if problem is not None:
                    return "%s, %s" % (schedule, problem.split("\n")[0])
    finally:
        program.close()
    return None


def in_schemas(tools, driver, name, options):
    edit, fault, client = planted(name)
    for index in range(options.schemas):
        def run(**how):
            return run_schema(tools, driver, options.seed, index, WRITES, 0, **how).problem
        try:
            with client:
                problem = run(edit=edit, fault=fault)
        except NotConcerned:
            continue
        if problem is not None and " refused by " not in problem.split("\n")[0]:
            # Without the fault nothing may be wrong.
            return None if run() is not None else "schema %d, %s" % (index, problem.split("\n")[0])
        client = planted(name)[2]
    return None


def attempt(job):
    what, name, tools, driver, options = job
    if what == "schedule":
        return in_schedules(tools, driver, NOTICED[name], [name])
    if what == "random":
        return in_schemas(tools, driver, name, options)
    return in_schedules(tools, driver, name, schedules.SCHEDULES) or in_schemas(tools, driver, name, options)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--schemas", type=int, default=40, help="random schemas to try for each fault")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", help="only tests whose name contains this")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 2)
    options = parser.parse_args()
    tools = Tools()
    driver = schedules.find_driver()
    if not os.access(tools.dynrc, os.X_OK) or not os.access(driver, os.X_OK):
        print("1..0 # SKIP not built: " + driver)
        return 0
    tests = [("caught: " + n, ("any", n)) for n in [*EDITS, *DRIVER, *CLIENTS]]
    tests += [("%s notices: %s" % (s.replace("_", " "), NOTICED.get(s, "nothing")), ("schedule", s)) for s in schedules.SCHEDULES]
    tests += [("random schemas notice: " + n, ("random", n)) for n in RANDOM]
    tests = [t for t in tests if not options.only or options.only in t[0]]
    print("TAP version 13\n1..%d" % len(tests), flush=True)
    failed = 0
    with multiprocessing.Pool(options.jobs) as pool:
        results = pool.imap(attempt, [job + (tools, driver, options) for _, job in tests])
        for i, ((title, _), found) in enumerate(zip(tests, results)):
            failed += found is None
            print("%s %d - %s\n#   %s" % ("ok" if found else "not ok", i + 1, title, found), flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
