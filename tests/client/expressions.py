#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Conditions in JavaScript mean what they mean everywhere: random schemas, arguments and rows of the oracle; for each the
`accepts` function of the generated client must say what the naive evaluation says. The C back end and the store's expression
evaluator are held to the same evaluation by tests/oracle (filters) and tests/simulation (`accepts` in C).

    expressions.py ROOT [--schemas N] [--seed S]
"""
import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "oracle"))

import run as oracle  # noqa: E402
from harness import Tools  # noqa: E402
from model import Scope, World, compared, holds, timestamp_text, value_of  # noqa: E402
from values import to_json  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
ROWS = 12


def belongs(world, q, row, scope):
    """The definition: what `from` says, and `where`."""
    model = q.model
    if q.inside is not None and row[model.parent_field().name] != value_of(q.inside, None, scope):
        return False
    if q.by_value is not None:
        value, have = value_of(q.by_value, None, scope), row[q.by_partition]
        type = model.field(q.by_partition).type
        if value is None or have is None or compared(type, value) != compared(type, have):
            return False
    return q.where is None or holds(q.where, row, scope)


def random_row(domain, model):
    row = {f.name: domain.sample(f.type) for f in model.fields}
    row["_deleted"] = False
    return row


def row_json(model, row):
    return {f.name: to_json(f.type, row[f.name]) for f in model.fields if row[f.name] is not None}


def make_cases(rng, schema, domain):
    world = World(schema)
    for model in schema.models:
        for _ in range(ROWS):
            world.rows[model].append(random_row(domain, model))
    maker = oracle.CallMaker(rng, schema, world, domain)
    cases, expected = [], []
    queries = [p for p in schema.procedures() if p.query is not None and p.query.mode == "from"]
    for procedure in queries:
        for _ in range(4):
            call = maker.call(procedure)
            if call.invalid:
                continue
            full = {a.name: call.args.get(a.name, a.default) for a in procedure.args}
            scope = Scope(full, call.caller, timestamp_text(call.now_ms))
            context = procedure.router.context
            types = {a.name: a.type for a in procedure.args}
            wire = {n: to_json(types[n], v) for n, v in call.args.items()}
            caller = {} if context is None else {n: to_json(t, call.caller[n]) for n, t in context.fields}
            for row in world.rows[procedure.query.model]:
                cases.append({"path": procedure.path(), "input": wire, "caller": caller,
                              "row": row_json(procedure.query.model, row)})
                expected.append(belongs(world, procedure.query, row, scope))
    return cases, expected


def has_policies(schema):
    return any(getattr(m, "policy", None) is not None for m in schema.models)


def check(tools, node, seed, index, counts):
    """None, or what is wrong."""
    rng, schema, _, domain = oracle.make_schema(seed, index)
    if has_policies(schema):
        return None
    with tempfile.TemporaryDirectory(prefix="expressions-") as folder:
        source = os.path.join(folder, "oracle.dyn")
        with open(source, "w", encoding="utf-8") as f:
            f.write(schema.text())
        with open(os.path.join(folder, "package.json"), "w", encoding="utf-8") as f:
            f.write('{"type":"module"}')
        build = subprocess.run([tools.dynrc, "build", "--js", "--quiet", source, "-o", folder], stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT)
        if build.returncode != 0:
            return build.stdout.decode("utf-8", "replace")
        cases, expected = make_cases(rng, schema, domain)
        job = {"module": os.path.join(folder, "oracle.client.js"), "core": os.path.join(folder, "dynr", "codec.js"),
               "cases": cases}
        run = subprocess.run([node, os.path.join(HERE, "expressions.mjs")], input=json.dumps(job).encode() + b"\n",
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)
        if run.returncode != 0:
            return run.stderr.decode("utf-8", "replace")
        for case, wanted, got in zip(cases, expected, json.loads(run.stdout)):
            counts["left out" if got is None else "evaluated"] += 1
            counts["true"] += got is True
            if got is not None and got is not wanted:
                return "%s\n%s\n  says %s, should say %s" % (schema.text(), json.dumps(case), got, wanted)
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--schemas", type=int, default=25)
    parser.add_argument("--seed", type=int, default=11)
    options = parser.parse_args()
    tools = Tools()
    node = shutil.which("node")
    if node is None or not os.access(tools.dynrc, os.X_OK):
        print("1..0 # SKIP Node or dynrc is missing")
        return 0
    counts = {"evaluated": 0, "left out": 0, "true": 0}
    failed = 0
    print("TAP version 13\n1..%d" % (options.schemas + 1))
    for index in range(options.schemas):
        problem = check(tools, node, options.seed, index, counts)
        failed += problem is not None
        print("%s %d - schema %d of seed %d" % ("not ok" if problem else "ok", index + 1, index, options.seed))
        if problem:
            sys.stdout.write("".join("# %s\n" % l for l in problem.split("\n")))
    # A test that evaluates nothing, or always the same, would not notice anything.
    enough = counts["evaluated"] > 40 * options.schemas and 0 < counts["true"] < counts["evaluated"]
    failed += not enough
    print("%s %d - enough was evaluated: %s" % ("ok" if enough else "not ok", options.schemas + 1, counts))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
