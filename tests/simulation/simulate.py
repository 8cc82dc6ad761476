# SPDX-License-Identifier: Apache-2.0
"""One random schema through everything: steps that have a chance to matter, and a smaller case where one goes wrong."""
import collections
import json
import os
import subprocess
import time

import run as oracle
from aim import AimedCalls, WideDomain
from carry import WRONG, Run
from harness import Program, Refused
from model import RowsSpec
from server import Failure, Knobs
from values import to_json
from world import remember_keys

N_CLIENTS = 3
# What one client watches at once.
MOST_SUBSCRIPTIONS = 8
# Tries to find a query, or a caller, for whom there is something to see.
CANDIDATES = 4
# Writes until there are rows enough that changing them is more interesting.
GROWTH = 40
# Steps between new values.
WIDEN = 25
# Steps after which a schema that refuses nearly all writes is left.
STEPS_PER_WRITE = 20

# Kind of step -> how often of 1000.
WEIGHTS = {"call": 522, "deliver": 150, "reads": 160, "subscribe": 60, "unsubscribe": 5, "disconnect": 12, "connect": 30,
           "become": 3, "resync": 5, "stall": 14, "sip": 14, "drain": 8, "restart": 4, "crash": 3, "killed": 3, "check": 12}


class Schedule:
    """Makes steps that have a chance to matter. It knows nothing of how many there will be, so a longer run begins alike."""

    def __init__(self, rng, schema, run, domain, live):
        self.rng = rng
        self.kind = run.knobs.kind
        self.clients = run.clients
        self.soon = []
        self.domain = WideDomain(domain)
        self.maker = AimedCalls(rng, schema, run.world, self.domain, self.watched)
        self.schema = schema
        self.watchable = [p for p in schema.procedures() if p.path() in live]
        maker = self.maker
        self.writers = [p for p in schema.procedures() if p.writes]
        self.changers = [p for p in self.writers if p not in maker.creates or len(p.writes) > 1]
        # Path -> how often it was called and how often it wrote.
        self.luck = {p.path(): [1, 1] for p in self.writers}
        self.callers = {}
        self.at = 0
        self.kinds, self.weights = zip(*WEIGHTS.items())

    def watched(self):
        return [s for c in self.clients.values() if c.connected for s in c.subscriptions.values() if not s.has_ended]

    def caller(self, name):
        if name not in self.callers:
            self.callers[name] = self.somebody()
        return self.callers[name]

    def somebody(self):
        context = self.schema.context
        fields = context.fields if context is not None else []
        caller = {n: self.domain.sample(t, self.maker.world.known) for n, t in fields}
        return caller, "" if context is None else json.dumps({n: to_json(t, caller[n]) for n, t in fields})

    def question(self):
        """A query that can be watched, rather one of many rows, and arguments."""
        procedure = self.rng.choice(self.watchable)
        if procedure.query.mode != "from":
            procedure = self.rng.choice(self.watchable)
        call = self.maker.call(procedure)
        while call.invalid:
            call = self.maker.call(procedure)
        return procedure, call.args

    def shown(self, procedure, args, caller):
        """How many rows there are to see, so that there is something to change."""
        value = self.maker.world.call(procedure, args, caller, self.maker.now_ms).value
        if isinstance(value, RowsSpec):
            return sum(map(len, value.groups))
        return int(any(value.values())) if value is not None else 0

    def subscription(self, name):
        """Of a few that come to mind the one that shows most; now and then any."""
        questions = [self.question() for _ in range(CANDIDATES if self.rng.random() < 0.8 else 1)]
        shown = [self.shown(p, args, self.caller(name)[0]) for p, args in questions]
        procedure, args = questions[shown.index(max(shown))]
        return ("subscribe", name, procedure.path(), args)

    def become(self, name):
        """Somebody else: who sees most of those who come to mind."""
        questions = [self.question() for _ in range(CANDIDATES)]
        people = [self.somebody() for _ in range(CANDIDATES)]
        seen = [sum(self.shown(p, args, caller) for p, args in questions) for caller, _ in people]
        self.callers[name] = people[seen.index(max(seen))]
        return ("become", name) + self.callers[name]

    def write(self, writes):
        """A call that may write: rather of what wrote before when it was called."""
        rng = self.rng
        pool = self.writers
        if (writes > GROWTH or self.at > 4 * GROWTH) and rng.random() < 0.6:
            pool = self.changers or pool
        elif self.maker.creates:
            pool = self.maker.creates
        chosen = rng.choice(pool)
        if rng.random() < 0.7:
            other = rng.choice(pool)
            if self.chance(other) > self.chance(chosen):
                chosen = other
        return self.maker.call(chosen)

    def chance(self, procedure):
        called, wrote = self.luck[procedure.path()]
        return wrote / called

    def tell(self, path, wrote):
        self.luck[path][0] += 1
        self.luck[path][1] += wrote

    def next(self, writes):
        rng = self.rng
        self.at += 1
        if self.at <= N_CLIENTS:
            return ("connect", self.at - 1) + self.caller(self.at - 1)
        if self.soon:
            return self.soon.pop()
        if self.at % WIDEN == 0:
            self.domain.widen()
        kind = rng.choices(self.kinds, self.weights)[0]
        name = rng.randrange(N_CLIENTS)
        if kind == "subscribe" and len(self.clients[name].subscriptions) >= MOST_SUBSCRIPTIONS:
            kind = "unsubscribe"
        if kind == "become":
            return self.become(name)
        if kind in ("call", "killed"):
            if kind == "call" and self.kind == "calm" and rng.random() < 0.4:
                # Nothing comes between the write and what is shown: an exact check.
                self.soon = [("reads", 100), ("deliver", 1000)]
            return (kind, self.write(writes))
        if kind == "subscribe":
            return self.subscription(name)
        if kind == "connect":
            return ("connect", name) + self.caller(name)
        numbers = {"deliver": [1, 1, 2, 5, 50], "reads": [1, 1, 2, 10], "sip": [1, 2, 5], "restart": [0, 0, 5]}
        if kind in numbers:
            number = (rng.choice(numbers[kind]),)
            return (kind, name) + number if kind == "sip" else (kind,) + number
        return (kind,) if kind in ("check", "crash") else (kind, name)


class Result:
    def __init__(self, index):
        self.index = index
        self.writes = 0
        self.rows = 0
        self.steps = 0
        self.problem = None
        # Neither does it write nor watch anything.
        self.is_idle = False
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
        run.server.remove()
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
    if step[0] in ("call", "killed"):
        return step[0] + "\t" + step[1].line()
    return "\t".join([step[0]] + [p if isinstance(p, str) else repr(p) for p in step[1:]])


def live_of(tools, program):
    """What `dynrc ir` tells clients of each query that can be watched."""
    source = os.path.join(program.folder.name, "oracle.dyn")
    ir = json.loads(subprocess.run([tools.dynrc, "ir", source], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                   check=True).stdout)
    return {p["path"]: p["live"] for p in ir["procedures"] if "live" in p}


def run_schema(tools, driver, seed, index, n_writes, shrink_seconds, keep=None, edit=None, fault=""):
    result = Result(index)
    rng, schema, _, domain = oracle.make_schema(seed, index)
    knobs = Knobs.random(rng)
    source = schema.text()
    try:
        program = Program(tools, source, edit)
    except Refused as refused:
        result.problem = "schema %d of seed %d refused by %s\n%s\n%s" % (index, seed, refused.stage, refused.text, source)
        return result
    remember_keys(schema)
    try:
        live = live_of(tools, program)
        run = Run(driver, program, schema, live, knobs, fault)
        schedule = Schedule(rng, schema, run, domain, live)
        steps = []
        if not schedule.watchable or not schedule.writers:
            result.is_idle = True
            run.server.remove()
            return result
        problem = play(run, schedule, n_writes, steps, result)
        result.writes, result.rows = run.writes, run.rows
        result.coverage += run.counts
        result.coverage["exact checks"] += run.exact
        result.coverage["world " + knobs.kind] += 1
        if problem is not None:
            result.problem = report(driver, program, schema, live, knobs, seed, index, steps, problem, shrink_seconds, keep)
    finally:
        program.close()
    return result


def play(run, schedule, n_writes, steps, result):
    """Makes steps and carries them out until so much is written; what went wrong, or None."""
    try:
        while run.writes < n_writes and len(steps) < STEPS_PER_WRITE * n_writes:
            step = schedule.next(run.writes)
            is_call = step[0] in ("call", "killed")
            if is_call and not step[1].invalid and run.world.overflows(run.procedures[step[1].path], step[1]):
                continue
            steps.append(step)
            result.coverage["step " + step[0]] += 1
            writes = run.writes
            run.step(step)
            if is_call:
                schedule.tell(step[1].path, run.writes > writes)
        for step in (("gather",), ("check",)):
            steps.append(step)
            run.step(step)
        run.server.close()
    except WRONG as failure:
        return "%s: %s" % (type(failure).__name__, failure)
    finally:
        result.steps = len(steps)
        run.server.remove()
    return None


def keep_case(folder, schema, lines, steps):
    """The failing case as a folder, for whoever looks into it."""
    os.makedirs(folder, exist_ok=True)
    for name, content in (("schema.dyn", schema.text()), ("why.txt", "\n".join(lines) + "\n"),
                          ("steps.txt", "".join(step_text(s) + "\n" for s in steps))):
        with open(os.path.join(folder, name), "w", encoding="utf-8", errors="surrogatepass") as f:
            f.write(content)


def report(driver, program, schema, live, knobs, seed, index, steps, problem, shrink_seconds, keep=None):
    lines = ["seed %d, schema %d, step %d (%s): %s" % (seed, index, len(steps) - 1, knobs.text(), problem)]
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
