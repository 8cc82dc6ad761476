#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The equality simulator: whatever happens in between, in the end every client shows what a fresh evaluation gives.

    run.py [--schemas N] [--seed S] [--only I] [--steps N] [--jobs N]

Random schemas and calls are those of the oracle, and so is the naive evaluation. Between them a schedule: who watches what, when
changes are delivered (late, twice, across shards out of order), when reads come back, who loses the connection and comes
back with what he held, when the server dies. Output is TAP: one test per 20 schemas. A failure is shrunk to a `.dyn` file and a
list of steps.
"""
import argparse
import collections
import json
import multiprocessing
import os
import random
import select
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "oracle"))

import run as oracle  # noqa: E402
from fold import Broken, View, make_nodes, text  # noqa: E402
from harness import Program, Refused, Tools  # noqa: E402
from model import Differ, Scope, World, compare, value_of  # noqa: E402
from values import to_json  # noqa: E402

N_CLIENTS = 3
TRACE = bool(os.environ.get("SIM_TRACE"))
QUIET = 40  # deliveries of nothing after which nothing is held back any more


class Failure(Exception):
    pass


class Knobs:
    """How bad the world is."""

    def __init__(self, rng):
        kind = rng.choice(["calm", "late", "shards", "lag"])
        self.kind = kind
        self.seed = rng.randrange(1 << 32)
        self.shards = rng.choice([2, 4]) if kind == "shards" else 1
        self.split = 30 if kind == "shards" else 0
        self.repeat = 0 if kind == "calm" else rng.choice([0, 50, 200])
        self.delay = 0 if kind == "calm" else rng.choice([0, 200, 500])
        self.lag = rng.choice([2, 8]) if kind == "lag" else 0
        self.replicas = rng.choice([1, 2]) if kind == "lag" else 1

    def arguments(self):
        return [str(n) for n in (self.seed, self.shards, self.split, self.repeat, self.delay, self.lag, self.replicas)]


class Server:
    def __init__(self, driver, program, knobs):
        self.errors = tempfile.TemporaryFile()
        self.process = subprocess.Popen([driver, program.object] + knobs.arguments(), stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=self.errors)

    def send(self, *parts):
        """The answer, and the frames that came before it: [(connection, frame)]."""
        frames = []
        try:
            self.process.stdin.write(("\t".join(parts) + "\n").encode("utf-8", "surrogatepass"))
            self.process.stdin.flush()
            while True:
                line = self.process.stdout.readline()
                if TRACE:
                    sys.stderr.write("  %s -> %s" % (" ".join(parts)[:300], line.decode("utf-8")))
                if line.startswith(b"D\t"):
                    return line[2:].decode("utf-8").strip(), frames
                if not line.startswith(b"F\t"):
                    raise Failure("the server ended\n" + self.last_words())
                _, connection, frame = line.decode("utf-8").rstrip("\n").split("\t", 2)
                frames.append((int(connection), json.loads(frame)))
        except BrokenPipeError:
            raise Failure("the server ended\n" + self.last_words())

    def last_words(self):
        self.process.kill()
        self.process.wait()
        self.errors.seek(0)
        return self.errors.read().decode("utf-8", "replace")[-4000:]

    def close(self):
        self.process.stdin.close()
        ready, _, _ = select.select([self.process.stdout], [], [], 30)
        if ready:
            self.process.stdout.read()
        status = self.process.wait(30)
        self.process.stdout.close()
        if status != 0:
            raise Failure("the server ended with %s\n%s" % (status, self.last_words()))
        self.errors.close()

    def kill(self):
        self.process.kill()
        self.process.wait()


class Subscription:
    def __init__(self, id, procedure, args, caller, live, models):
        self.id = id
        self.procedure = procedure
        self.args = args
        self.live = live
        full = {a.name: args.get(a.name, a.default) for a in procedure.args}
        self.scope = Scope(full, caller, "")
        nodes = make_nodes(live, models)
        self.view = View(nodes, live["valuesOnly"], self.limits(nodes))
        self.number = None
        self.position = 0
        self.error = None
        self.parts = []

    def limits(self, nodes):
        q = self.procedure.query
        out = {}
        for node in nodes:
            take = None
            if node.index == 0:
                take = q.take
            elif node.parent == 0:
                take = next((i.take for i in q.includes if i.name == node.name), None)
            if take is not None:
                out[node.index] = value_of(take, None, self.scope)
        return out

    def wire(self):
        types = {a.name: a.type for a in self.procedure.args}
        return json.dumps({n: to_json(types[n], v) for n, v in self.args.items()})

    def since(self):
        if self.position == 0:
            return "0", ""
        root = self.view.group(self.view.nodes[0], [])
        return str(self.position), text(root.settled) if 0 in self.view.limits else ""


class Client:
    """One connection after the other, and what was held over from the last."""

    def __init__(self, number, caller, caller_json):
        self.name = number
        self.connection = number
        self.caller = caller
        self.caller_json = caller_json
        self.connected = False
        self.subscriptions = {}
        self.early = collections.defaultdict(list)
        self.open = []

    def by_view(self, number):
        return [s for s in self.subscriptions.values() if s.number == number]

    def take(self, frame):
        t = frame["t"]
        if t in ("snap", "same"):
            self.loaded(frame)
        elif t in ("patch", "bound"):
            views = self.by_view(frame["view"])
            if not views:
                self.early[frame["view"]].append(frame)
            for s in views:
                s.view.apply(frame)
            if frame.get("end"):
                self.commit(frame["v"])
        elif t == "commit":
            self.commit(frame["v"])
        elif t == "reset":
            s = self.subscriptions[frame["id"]]
            s.number = None
        elif t == "error":
            if frame.get("id") in self.subscriptions:
                s = self.subscriptions[frame["id"]]
                s.error = frame["code"]
                s.suspended = frame.get("suspended", False)
                s.number = None
        else:
            raise Broken("an unexpected `%s`" % t)

    def commit(self, v):
        for s in self.subscriptions.values():
            if s.number is not None:
                s.position = max(s.position, v)
                s.view.sweep()

    def loaded(self, frame):
        s = self.subscriptions.get(frame["id"])
        if s is None:
            return
        s.error = None
        s.number = frame["view"]
        early = self.early.pop(s.number, [])
        if frame["t"] == "same":
            s.view.windows(frame["groups"])
        else:
            s.parts += frame["groups"]
            if frame.get("part") == "more":
                self.early[s.number] = early
                return
            s.view.load(s.parts, frame["v"])
            s.parts = []
            for one in early:
                s.view.apply(one)
        s.position = frame["v"]


# ---- one run ------------------------------------------------------------------------------------------------------


class Run:
    """Carries steps out, and knows what should be."""

    def __init__(self, driver, program, schema, live, knobs):
        self.schema = schema
        self.live = live
        self.models = {m.name: m for m in schema.models}
        self.procedures = {p.path(): p for p in schema.procedures()}
        self.world = World(schema)
        self.server = Server(driver, program, knobs)
        self.clients = {}
        self.next_connection = 1
        self.next_id = 1
        self.now_ms = oracle.START_MS
        self.writes = 0

    def send(self, *parts):
        answer, frames = self.server.send(*parts)
        for connection, frame in frames:
            client = next((c for c in self.clients.values() if c.connected and c.connection == connection), None)
            if client is None:
                raise Broken("a frame for connection %d, which is gone" % connection)
            client.take(frame)
        return answer

    def step(self, step):
        getattr(self, "do_" + step[0])(*step[1:])
        self.ask_windows()

    def do_call(self, call):
        answer = json.loads(self.send("call", call.path, call.caller_json, call.input, str(call.now_ms), str(call.seed)))
        self.now_ms = call.now_ms
        if call.invalid:
            return
        procedure = self.procedures[call.path]
        outcome = self.world.call(procedure, call.args, call.caller, call.now_ms)
        adopted = compare(procedure, outcome, answer)
        if outcome.errors is None and outcome.commit is not None:
            outcome.commit(adopted)
            self.writes += 1

    def do_connect(self, name, caller, caller_json):
        client = self.clients.setdefault(name, Client(name, caller, caller_json))
        if client.connected:
            return
        client.connection = self.next_connection
        self.next_connection += 1
        client.connected = True
        client.early.clear()
        self.send("connect", str(client.connection), client.caller_json)
        for s in client.subscriptions.values():
            self.subscribe(client, s)

    def do_disconnect(self, name):
        client = self.clients.get(name)
        if client is not None and client.connected:
            client.connected = False
            self.send("disconnect", str(client.connection))

    def do_subscribe(self, name, path, args):
        client = self.clients.get(name)
        if client is None or not client.connected:
            return
        s = Subscription(self.next_id, self.procedures[path], args, client.caller, self.live[path], self.models)
        self.next_id += 1
        client.subscriptions[s.id] = s
        self.subscribe(client, s)

    def subscribe(self, client, s):
        s.number = None
        s.parts = []
        v, bound = s.since()
        self.send("sub", str(client.connection), str(s.id), s.procedure.path(), s.wire(), v, bound)

    def do_unsubscribe(self, name):
        client = self.clients.get(name)
        if client is not None and client.subscriptions:
            s = client.subscriptions.pop(next(iter(client.subscriptions)))
            if client.connected:
                self.send("unsub", str(client.connection), str(s.id))

    def do_resync(self, name):
        client = self.clients.get(name)
        if client is not None and client.connected:
            self.send("resync", str(client.connection))

    def do_deliver(self, n):
        return int(self.send("deliver", str(n)))

    def do_reads(self, n):
        return int(self.send("reads", str(n)))

    def do_restart(self, back):
        self.send("restart", str(back))
        connected = [c for c in self.clients.values() if c.connected]
        for client in connected:
            client.connected = False
        for client in connected:
            self.do_connect(client.name, client.caller, client.caller_json)

    def do_check(self):
        self.quiesce()
        for client in self.clients.values():
            if client.connected:
                for s in client.subscriptions.values():
                    self.check(client, s)

    # ---- windows

    def ask_windows(self):
        asked = False
        for client in list(self.clients.values()):
            for s in list(client.subscriptions.values()) if client.connected else []:
                if s.number is None or s.error is not None:
                    continue
                for group, what in list(s.view.short()):
                    asked = True
                    parts = [what, str(client.connection), str(s.id), str(group.node.index),
                             text(group.parent) if group.parent else "", str(group.epoch)]
                    if what == "trim":
                        row = group.sorted()[2 * s.view.limits[group.node.index] - 1]
                        node = group.node
                        parts.append(text([row.get(f) for f, _ in node.order] + [row.get(f) for f in node.key]))
                    self.send(*parts)
        return asked

    # ---- what should be

    def quiesce(self):
        quiet = 0
        while quiet < QUIET:
            delivered = self.do_deliver(1000)
            waiting = self.do_reads(1000)
            asked = self.ask_windows()
            quiet = 0 if delivered or waiting or asked else quiet + 1

    def check(self, client, s):
        outcome = self.world.call(s.procedure, s.args, client.caller, self.now_ms)
        where = "client %s, subscription %d of %s(%s)" % (client.name, s.id, s.procedure.path(), s.wire())
        shown = None
        if s.error is not None:
            answer = {"error": s.error}
        elif s.number is None:
            raise Failure("%s: no snapshot came" % where)
        else:
            shown = s.view.compose()
            answer = {"ok": shown}
            if s.procedure.query.mode != "from" and shown is None:
                answer = {"error": "NOT_FOUND"}
        try:
            compare(s.procedure, outcome, answer)
        except Differ as differ:
            raise Failure("%s: %s\n  shows %s\n  should show %s" % (where, differ, json.dumps(shown), outcome.text()))


# ---- schedules ------------------------------------------------------------------------------------------------------


class Schedule:
    """Makes steps that have a chance to matter."""

    def __init__(self, rng, schema, world, domain, live):
        self.rng = rng
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
        r = rng.random()
        if at < N_CLIENTS:
            return ("connect", at) + self.caller(at)
        if r < 0.5:
            self.calls += 1
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
            except (Failure, Broken, Differ, KeyError, IndexError) as failure:
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


def run_schema(tools, driver, seed, index, n_steps, shrink_seconds, edit=None):
    result = Result(index)
    rng, schema, _, domain = oracle.make_schema(seed, index)
    knobs = Knobs(rng)
    source = schema.text()
    try:
        program = Program(tools, source, edit)
    except Refused as refused:
        result.problem = "schema %d of seed %d refused by %s\n%s\n%s" % (index, seed, refused.stage, refused.text, source)
        return result
    ir = json.loads(subprocess.run([tools.dynrc, "ir", os.path.join(program.folder.name, "oracle.dyn")],
                                   stdout=subprocess.PIPE, check=True).stdout)
    live = {p["path"]: p["live"] for p in ir["procedures"] if "live" in p}
    run = Run(driver, program, schema, live, knobs)
    schedule = Schedule(rng, schema, run.world, domain, live)
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
    except (Failure, Broken, Differ) as failure:
        problem = "%s: %s" % (type(failure).__name__, failure)
    finally:
        run.server.kill()
    result.writes = run.writes
    result.coverage[knobs.kind] += 1
    if problem is not None:
        result.problem = report(driver, program, schema, live, knobs, seed, index, steps, problem, shrink_seconds)
    program.close()
    return result


def report(driver, program, schema, live, knobs, seed, index, steps, problem, shrink_seconds):
    lines = ["seed %d, schema %d, step %d (%s, %s): %s" % (seed, index, len(steps) - 1, knobs.kind,
                                                           " ".join(knobs.arguments()), problem)]
    if shrink_seconds:
        shorter, found = shrink(driver, program, schema, live, knobs, steps, time.time() + shrink_seconds)
        if found is None:
            lines.append("(does not fail again when replayed)")
        else:
            steps = shorter
            lines.append("why: " + found[1])
    lines.append("---- schema.dyn")
    lines.append(schema.text().rstrip())
    lines.append("---- steps")
    lines += [step_text(s) for s in steps]
    return "\n".join(lines)


def work(job):
    try:
        return run_schema(*job)
    except Exception:
        import traceback
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
    jobs = [(tools, driver, options.seed, i, options.steps, options.shrink) for i in indexes]
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
