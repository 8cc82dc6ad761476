# SPDX-License-Identifier: Apache-2.0
"""One random schema through everything: steps that have a chance to matter, and a smaller case where one goes wrong."""
import collections
import json
import os
import subprocess
import time

import run as oracle
from carry import WRONG, Run
from harness import Program, Refused
from server import Failure, Knobs
from values import to_json

N_CLIENTS = 3


class Schedule:
    """Makes steps that have a chance to matter."""

    def __init__(self, rng, schema, world, domain, live, kind):
        self.rng = rng
        self.kind = kind
        self.soon = []
        self.maker = oracle.CallMaker(rng, schema, world, domain)
        self.schema = schema
        self.domain = domain
        self.watchable = [p for p in schema.procedures() if p.path() in live]
        self.writers = self.maker.creates + self.maker.updates + self.maker.deletes
        self.callers = {}
        self.calls = 0

    def caller(self, name):
        if name not in self.callers:
            context = self.schema.context
            fields = context.fields if context is not None else []
            caller = {n: self.domain.sample(t, self.maker.world.known) for n, t in fields}
            wire = "" if context is None else json.dumps({n: to_json(t, caller[n]) for n, t in fields})
            self.callers[name] = (caller, wire)
        return self.callers[name]

    def subscription(self, name):
        procedure = self.rng.choice(self.watchable)
        call = self.maker.call(procedure)
        while call.invalid:
            call = self.maker.call(procedure)
        return ("subscribe", name, procedure.path(), call.args)

    def next(self, at, total):
        rng = self.rng
        name = rng.randrange(N_CLIENTS)
        if at < N_CLIENTS:
            return ("connect", at) + self.caller(at)
        if self.soon:
            return self.soon.pop()
        r = rng.random()
        if r < 0.5:
            self.calls += 1
            if self.kind == "calm" and rng.random() < 0.4:
                # Nothing comes between the write and what is shown: an exact check.
                self.soon = [("reads", 100), ("deliver", 1000)]
            if at > total * 0.2 and rng.random() < 0.6:
                pool = self.maker.updates + self.maker.deletes or self.writers
            else:
                pool = self.maker.creates or self.writers
            return ("call", self.maker.call(rng.choice(pool)))
        if r < 0.68:
            return ("deliver", rng.choice([1, 1, 2, 5, 50]))
        if r < 0.84:
            return ("reads", rng.choice([1, 1, 2, 10]))
        if r < 0.91:
            return self.subscription(name)
        if r < 0.92:
            return ("unsubscribe", name)
        if r < 0.945:
            return ("disconnect", name)
        if r < 0.975:
            return ("connect", name) + self.caller(name)
        if r < 0.985:
            return ("resync", name)
        if r < 0.99:
            return ("restart", rng.choice([0, 0, 5]))
        return ("check",)


class Result:
    def __init__(self, index):
        self.index = index
        self.writes = 0
        self.checks = 0
        self.problem = None
        self.coverage = collections.Counter()


def replay(driver, program, schema, live, knobs, steps):
    """What goes wrong with these steps, or None."""
    run = Run(driver, program, schema, live, knobs)
    try:
        for at, step in enumerate(steps):
            try:
                run.step(step)
            except WRONG as failure:
                return at, "%s: %s" % (type(failure).__name__, failure)
        run.server.close()
    except Failure as failure:
        return len(steps) - 1, str(failure)
    finally:
        run.server.kill()
    return None


def shrink(driver, program, schema, live, knobs, steps, deadline):
    size = max(1, len(steps) // 2)
    found = replay(driver, program, schema, live, knobs, steps)
    if found is None:
        return steps, None
    while size >= 1 and time.time() < deadline:
        at = 0
        progress = False
        while at < len(steps) - 1 and time.time() < deadline:
            shorter = steps[:at] + steps[at + size:]
            if not shorter or shorter[-1] != steps[-1]:
                shorter.append(steps[-1])
            other = replay(driver, program, schema, live, knobs, shorter)
            if other is not None and len(shorter) < len(steps):
                steps, found, progress = shorter[:other[0] + 1], other, True
            else:
                at += size
        if size == 1 and not progress:
            break
        size = max(1, size // 2) if size > 1 else 1
    return steps, found


def step_text(step):
    if step[0] == "call":
        return "call\t" + step[1].line()
    return "\t".join([step[0]] + [p if isinstance(p, str) else repr(p) for p in step[1:]])


def live_of(tools, program):
    """What `dynrc ir` tells clients of each query that can be watched."""
    source = os.path.join(program.folder.name, "oracle.dyn")
    ir = json.loads(subprocess.run([tools.dynrc, "ir", source], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                   check=True).stdout)
    return {p["path"]: p["live"] for p in ir["procedures"] if "live" in p}


def run_schema(tools, driver, seed, index, n_steps, shrink_seconds, keep=None, edit=None, fault=""):
    result = Result(index)
    rng, schema, _, domain = oracle.make_schema(seed, index)
    knobs = Knobs.random(rng)
    source = schema.text()
    try:
        program = Program(tools, source, edit)
    except Refused as refused:
        result.problem = "schema %d of seed %d refused by %s\n%s\n%s" % (index, seed, refused.stage, refused.text, source)
        return result
    live = live_of(tools, program)
    run = Run(driver, program, schema, live, knobs, fault)
    schedule = Schedule(rng, schema, run.world, domain, live, knobs.kind)
    steps = []
    problem = None
    if not schedule.watchable or not schedule.writers:
        run.server.kill()
        program.close()
        return result
    try:
        for at in range(n_steps):
            step = schedule.next(at, n_steps) if at < n_steps - 1 else ("check",)
            if step[0] == "call" and not step[1].invalid and run.world.overflows(run.procedures[step[1].path], step[1]):
                continue
            steps.append(step)
            result.coverage[step[0]] += 1
            run.step(step)
        run.server.close()
    except WRONG as failure:
        problem = "%s: %s" % (type(failure).__name__, failure)
    finally:
        run.server.kill()
    result.writes = run.writes
    result.coverage["exact"] += run.exact
    result.coverage[knobs.kind] += 1
    if problem is not None:
        result.problem = report(driver, program, schema, live, knobs, seed, index, steps, problem, shrink_seconds, keep)
    program.close()
    return result


def keep_case(folder, schema, lines, steps):
    """The failing case as a folder, for whoever looks into it."""
    os.makedirs(folder, exist_ok=True)
    for name, content in (("schema.dyn", schema.text()), ("why.txt", "\n".join(lines) + "\n"),
                          ("steps.txt", "".join(step_text(s) + "\n" for s in steps))):
        with open(os.path.join(folder, name), "w", encoding="utf-8", errors="surrogatepass") as f:
            f.write(content)


def report(driver, program, schema, live, knobs, seed, index, steps, problem, shrink_seconds, keep=None):
    lines = ["seed %d, schema %d, step %d (%s, %s): %s" % (seed, index, len(steps) - 1, knobs.kind,
                                                           " ".join(knobs.arguments()), problem)]
    if shrink_seconds:
        shorter, found = shrink(driver, program, schema, live, knobs, steps, time.time() + shrink_seconds)
        if found is None:
            lines.append("(does not fail again when replayed)")
        else:
            steps = shorter
            lines.append("why: " + found[1])
    if keep:
        keep_case(os.path.join(keep, "%d-%d" % (seed, index)), schema, lines, steps)
    lines.append("---- schema.dyn")
    lines.append(schema.text().rstrip())
    lines.append("---- steps")
    lines += [step_text(s) for s in steps]
    return "\n".join(lines)
