#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What mutations are shown to do before the server says it, against what they did: random schemas of the oracle, compiled, with
a real server and the generated client, which watches many queries while it writes. See foreseen.mjs for what must hold.

    foreseen.py [--schemas N] [--calls N] [--seed S] [--only I]
"""
import argparse
import json
import os
import random
import select
import shutil
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "oracle"))

import run as oracle  # noqa: E402
from harness import Program, Refused, Tools  # noqa: E402
from model import Auto, World, normal_row, output_types  # noqa: E402
from values import BadForm, to_json  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
CALLERS = 2
PATIENCE = 90
# Of the calls that changed what is watched, those whose effect was shown at once and whole, at least. Many policies look at other rows.
FORESEEN_SHARE = 0.3


class Wrong(Exception):
    pass


class Page:
    """A Node program with clients of one server."""

    def __init__(self, node, host, program, folder):
        env = {**os.environ, "DYNR_PROGRAM": program.object}
        self.process = subprocess.Popen([node, os.path.join(HERE, "foreseen.mjs"), host, folder], env=env, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True, encoding="utf-8")

    def send(self, job):
        self.process.stdin.write(json.dumps(job) + "\n")
        self.process.stdin.flush()
        ready, _, _ = select.select([self.process.stdout], [], [], PATIENCE)
        if not ready:
            raise Wrong("no answer after %d s" % PATIENCE)
        line = self.process.stdout.readline()
        if not line:
            raise Wrong("the page ended")
        answer = json.loads(line)
        if answer.get("wrong"):
            raise Wrong("\n".join(answer["wrong"]))
        return answer

    def close(self):
        self.process.stdin.close()
        return self.process.wait(60)


def adopt(world, procedure, call, out):
    """Keeps the evaluation near what is stored, for calls that meet rows."""
    outcome = world.call(procedure, call.args, call.caller, int(time.time() * 1000))
    if outcome.errors is not None or outcome.commit is None:
        return
    adopted = {}
    if isinstance(outcome.value, dict):
        try:
            row = normal_row(output_types(procedure), out)
        except BadForm:
            return
        adopted = {name: row.get(name) for name, value in outcome.value.items() if isinstance(value, Auto)}
    outcome.commit(adopted)


def jobs(rng, schema, domain, n_calls, world):
    maker = oracle.CallMaker(rng, schema, world, domain)
    callers = {}
    procedures = {p.path(): p for p in schema.procedures()}
    for at in range(n_calls):
        call = maker.call(maker.pick(at, n_calls))
        if call.invalid:
            continue
        procedure = procedures[call.path]
        context = procedure.router.context
        if context is not None:
            known = callers.setdefault(context.name, [])
            if len(known) < CALLERS:
                known.append(call.caller)
            call.caller = rng.choice(known)
        types = {a.name: a.type for a in procedure.args}
        caller = None if context is None else {n: to_json(t, call.caller[n]) for n, t in context.fields}
        yield procedure, call, {
            "path": call.path, "caller": caller, "writes": len(procedure.writes),
            "input": {n: to_json(types[n], v) for n, v in call.args.items()},
            "breaks": rng.random() < 0.1,
        }


def check(tools, node, host, seed, index, n_calls, counts):
    rng, schema, _, domain = oracle.make_schema(seed, index)
    rng = random.Random("%d:%d:foreseen" % (seed, index))
    program = Program(tools, schema.text())
    folder = program.folder.name
    with open(os.path.join(folder, "package.json"), "w", encoding="utf-8") as file:
        file.write('{"type":"module"}')
    subprocess.run([tools.dynrc, "build", "--js", "--quiet", os.path.join(folder, "oracle.dyn"), "-o", folder], check=True)
    world = World(schema)
    page = Page(node, host, program, folder)
    try:
        for procedure, call, job in jobs(rng, schema, domain, n_calls, world):
            try:
                answer = page.send(job)
            except Wrong as wrong:
                raise Wrong("%s\n%s\n%s" % (schema.text(), json.dumps(job), wrong))
            if "ok" in answer and procedure.writes:
                adopt(world, procedure, call, answer["ok"])
            for name in ("watched", "changed", "foreseen", "partly", "refused", "lost"):
                counts[name] = counts.get(name, 0) + answer.get(name, 0)
        if page.close() != 0:
            raise Wrong("%s\nthe page ended badly" % schema.text())
    finally:
        page.process.kill()
        page.process.wait()
        program.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--schemas", type=int, default=10)
    parser.add_argument("--calls", type=int, default=150)
    parser.add_argument("--seed", type=int, default=17)
    parser.add_argument("--only", type=int)
    options = parser.parse_args()
    tools = Tools()
    node = shutil.which("node")
    host = os.environ.get("LIVE_HOST", os.path.join(ROOT, "build", "tests", "client", "live-host"))
    if node is None or not os.access(tools.dynrc, os.X_OK) or not os.access(host, os.X_OK):
        print("1..0 # SKIP Node, dynrc or the host is missing")
        return 0
    counts, failed = {}, 0
    indexes = range(options.schemas) if options.only is None else [options.only]
    for index in indexes:
        try:
            check(tools, node, host, options.seed, index, options.calls, counts)
            print("ok - schema %d of seed %d" % (index, options.seed))
        except (Wrong, Refused) as wrong:
            failed += 1
            print("not ok - schema %d of seed %d" % (index, options.seed))
            print("\n".join("# " + line for line in str(wrong).split("\n")))
        sys.stdout.flush()
    changed, foreseen = counts.get("changed", 0), counts.get("foreseen", 0)
    print("# %s" % ", ".join("%s %d" % item for item in counts.items()))
    enough = options.only is not None or foreseen >= FORESEEN_SHARE * changed > 0
    print("%s - enough of what changed was foreseen: %d of %d" % ("ok" if enough else "not ok", foreseen, changed))
    print("1..%d" % (len(indexes) + 1))
    return 1 if failed or not enough else 0


if __name__ == "__main__":
    sys.exit(main())
