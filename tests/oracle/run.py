#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The oracle: random schemas, random items, random calls; every answer must equal the naive evaluation's.

    run.py [--schemas N] [--seed S] [--only I] [--ops N] [--jobs N] [--keep DIR] [--print I]

DYNRC and BUILD say which build is tested. Output is TAP: one test per replayed case in found/, one per 20 schemas.
"""
import argparse
import collections
import copy
import json
import multiprocessing
import os
import random
import sys
import time

import schema as schemas
from harness import HERE, Crashed, Driver, Program, Refused, Tools
from model import Differ, World, compare
from values import Domain, Type, to_json

START_MS = 1780000000000
INVALID = {("TYPE", None), ("RANGE", None), ("MISSING", None), ("INVALID_ARGUMENT", None), ("SYNTAX", None)}


# ---- calls ------------------------------------------------------------------------------------------------------


class Call:
    def __init__(self, procedure, args, caller, now_ms, seed, rng, invalid=None):
        self.path = procedure.path()
        self.args = args
        self.caller = caller
        self.now_ms = now_ms
        self.seed = seed
        self.invalid = invalid is not None
        types = {a.name: a.type for a in procedure.args}
        if invalid is not None:
            body = invalid
        else:
            body = {n: to_json(types[n], v, rng) for n, v in args.items()}
        self.input = json.dumps(body, ensure_ascii=rng.random() < 0.3)
        context = procedure.router.context
        self.caller_json = "" if context is None else json.dumps(
            {n: to_json(t, caller[n], rng) for n, t in context.fields}, ensure_ascii=False)

    def line(self):
        return "%s\t%s\t%s\t%d\t%d" % (self.path, self.caller_json, self.input, self.now_ms, self.seed)


class CallMaker:
    """Makes calls that have a chance to meet rows."""

    def __init__(self, rng, schema, world, domain):
        self.rng = rng
        self.schema = schema
        self.world = world
        self.domain = domain
        self.now_ms = START_MS
        self.n = 0
        self.creates = [p for p in schema.procedures() if any(w.kind == "create" for w in p.writes)]
        self.updates = [p for p in schema.procedures() if p.writes and p.writes[0].kind == "update" and len(p.writes) == 1]
        self.deletes = [p for p in schema.procedures() if p.writes and p.writes[0].kind == "delete"]
        self.queries = [p for p in schema.procedures() if p.query is not None]

    def pick(self, at, total):
        r = self.rng.random()
        if at < total * 0.25:
            pool = self.creates if r < 0.85 else self.queries
        elif r < 0.5:
            pool = self.queries
        elif r < 0.73:
            pool = self.updates
        elif r < 0.93:
            pool = self.creates
        else:
            pool = self.deletes
        return self.rng.choice(pool or self.schema.procedures())

    def row_of(self, model):
        """The row that a call is about, or None."""
        rows = self.world.rows[model]
        return self.rng.choice(rows) if rows and self.rng.random() < 0.85 else None

    def call(self, procedure):
        rng = self.rng
        self.n += 1
        self.now_ms += rng.choice([0, 0, 0, 1, 1, 10, 1000, 86400000])
        focus = {}
        for m in self.schema.models:
            focus[m] = self.row_of(m)
        keep = rng.random() < 0.8
        args = {}
        for a in procedure.args:
            if a.default is not None and rng.random() < 0.4:
                continue
            if a.type.optional and rng.random() < 0.15:
                if rng.random() < 0.5:
                    args[a.name] = None
                continue
            args[a.name] = self.value(a, focus, keep)
        self.avoid_zero(procedure, args)
        if rng.random() < 0.25:
            self.forge(procedure, args)
        caller = {}
        if procedure.router.context is not None:
            for n, t in procedure.router.context.fields:
                caller[n] = self.domain.sample(t, self.world.known)
        if procedure.args and rng.random() < 0.03:
            body = self.spoilt(procedure, args)
            if body is not None:
                return Call(procedure, args, caller, self.now_ms, self.n, rng, body)
        return Call(procedure, args, caller, self.now_ms, self.n, rng)

    def avoid_zero(self, procedure, args):
        """An @auto timestamp of 0 counts as left out: gen.h says so, C structs have no other way."""
        for w in procedure.writes:
            for name, e in w.assign if w.kind == "create" else []:
                if w.model.field(name).auto and e[0] == "arg" and args.get(e[1]) == "1970-01-01T00:00:00.000Z":
                    args[e[1]] = "1970-01-01T00:00:00.001Z"

    def forge(self, procedure, args):
        """Keys that would be one if values were not escaped: ("a#b", "c") beside ("a", "b#c")."""
        for w in procedure.writes:
            if w.kind != "create":
                continue
            given = {name: e[1] for name, e in w.assign if e[0] == "arg"}
            own = w.model.own_key_fields()
            for first, second in zip(own, own[1:]):
                if first.type.kind != "string" or second.type.kind != "string" \
                        or first.name not in given or second.name not in given:
                    continue
                pairs = [("a", "b#c"), ("a#b", "c"), ("", "#a"), ("#", "a"), ("a", "#"), ("a#", "")]
                rows = self.world.rows[w.model]
                row = self.rng.choice(rows) if rows else None
                if row is not None:
                    joined = row[first.name] + "#" + row[second.name]
                    pairs += [(joined[:i], joined[i + 1:]) for i, c in enumerate(joined) if c == "#"] * 4
                fits = lambda t, v: (t.lo or 0) <= len(v) <= t.hi
                pairs = [p for p in pairs if fits(first.type, p[0]) and fits(second.type, p[1])]
                if not pairs:
                    continue
                pair = self.rng.choice(pairs)
                args[given[first.name]], args[given[second.name]] = pair
                if row is not None:
                    # The other parts of the key as they are: what is left is the forgery alone.
                    for f in w.model.key_fields():
                        if f is not first and f is not second and f.name in given:
                            args[given[f.name]] = row[f.name]

    def value(self, a, focus, keep):
        rng = self.rng
        t = a.type
        if a.hint is not None:
            m, name = a.hint
            row = focus[m]
            if row is not None and row.get(name) is not None and (keep or rng.random() < 0.5):
                value = row[name]
                if t.kind == "list":
                    out = [value] + [self.domain.sample(t.elem) for _ in range(rng.randint(0, 2))]
                    rng.shuffle(out)
                    return out
                if t.kind == "set":
                    others = [self.domain.sample(t.elem) for _ in range(rng.randint(0, 2))]
                    return [value] + [o for i, o in enumerate(others) if o != value and o not in others[:i]]
                if t.kind in ("string", "email"):
                    field = m.field(name)
                    if field.type.kind != t.kind or field.type.hi != t.hi:
                        # Part of a text, for begins_with and contains.
                        end = rng.randint(0, len(value))
                        return value[:end][:t.hi]
                    if field.unique == "fold" and rng.random() < 0.4:
                        return "".join(c.swapcase() if c.isascii() else c for c in value)
                if t.kind == "version" and rng.random() < 0.3:
                    return value + rng.choice([-1, 1])
                if t.kind == "int" and rng.random() < 0.1:
                    value += rng.choice([-1, 1])
                    return value if (t.lo is None or t.lo <= value <= t.hi) and abs(value) < 2**31 else row[name]
                return value
        return self.domain.sample(t, self.world.known)

    def spoilt(self, procedure, args):
        """An input that must be refused."""
        rng = self.rng
        body = {a.name: to_json(a.type, args[a.name]) for a in procedure.args if a.name in args}
        form = rng.randint(0, 3)
        if form == 0:
            body["unknown"] = 1
            return body
        a = rng.choice(procedure.args)
        if form == 1:
            if a.type.optional or a.default is not None:
                return None
            body.pop(a.name, None)
            return body
        if form == 2:
            wrong = {"string": 5, "bool": "true", "int": "x", "decimal": "1..5", "date": "2026-02-30", "enum": "nothing",
                     "timestamp": "2026-13-01T00:00:00Z", "ulid": "x", "uuid": "x", "list": {}, "set": 1, "map": [],
                     "struct": [], "email": "nobody", "url": "x", "float": "1", "bytes": "*", "version": []}
            if a.type.kind not in wrong:
                return None
            body[a.name] = wrong[a.type.kind]
            return body
        if a.type.kind == "int" and a.type.hi is not None:
            body[a.name] = a.type.hi + 1
        elif a.type.kind == "string" and a.type.hi is not None:
            body[a.name] = "é" * (a.type.hi + 1)
        elif a.type.kind in ("list", "set") and a.type.elem.kind in ("int", "string"):
            body[a.name] = [str(i) for i in range(a.type.max + 1)]
        else:
            return None
        return body


class Mismatch(Exception):
    def __init__(self, at, call, expected, answer, why):
        super().__init__(why)
        self.at = at
        self.call = call
        self.expected = expected
        self.answer = answer
        self.why = why


def check_call(world, procedures, driver, at, call):
    try:
        answer = driver.send(call.line())
    except Crashed as crash:
        raise Mismatch(at, call, "an answer", None, str(crash))
    if call.invalid:
        if (answer.get("error"), None) not in INVALID:
            raise Mismatch(at, call, "a refusal of the input", answer, "the input is not valid")
        return
    procedure = procedures[call.path]
    outcome = world.call(procedure, call.args, call.caller, call.now_ms)
    try:
        adopted = compare(procedure, outcome, answer)
    except Differ as differ:
        raise Mismatch(at, call, outcome.text(), answer, str(differ))
    if outcome.errors is None and outcome.commit is not None and adopted is not None:
        outcome.commit(adopted)


def replay(tools, program, schema, calls, mode=""):
    """The first mismatch of these calls, or None."""
    world = World(schema)
    procedures = {p.path(): p for p in schema.procedures()}
    driver = Driver(tools, program, mode=mode)
    try:
        for at, call in enumerate(calls):
            check_call(world, procedures, driver, at, call)
        driver.close()
    except Mismatch as m:
        driver.kill()
        return m
    except Crashed as crash:
        driver.kill()
        return Mismatch(len(calls), None, "a clean end", None, str(crash))
    return None


# ---- one schema ------------------------------------------------------------------------------------------------


class Result:
    def __init__(self, index):
        self.index = index
        self.calls = 0
        self.succeeded = 0
        self.coverage = collections.Counter()
        self.problem = None  # text
        self.kind = None  # "refused", "mismatch"
        self.seconds = 0


def make_schema(seed, index, size=None):
    rng = random.Random("%d:%d" % (seed, index))
    schema, coverage, domain = schemas.generate(rng, size)
    return rng, schema, coverage, domain


def run_schema(tools, seed, index, n_calls, edit=None, mode=None, shrinks=True, size=None):
    started = time.time()
    result = Result(index)
    rng, schema, result.coverage, domain = make_schema(seed, index, size)
    text = schema.text()
    try:
        program = Program(tools, text, edit)
    except Refused as refused:
        result.kind = "refused"
        result.problem = "schema %d of seed %d refused by %s\n%s\n%s" % (index, seed, refused.stage, refused.text, text)
        result.seconds = time.time() - started
        return result
    store_mode = mode if mode is not None else rng.choice(["", "", "pages"])
    use_file = mode is None and rng.random() < 0.1
    world = World(schema)
    procedures = {p.path(): p for p in schema.procedures()}
    caller = CallMaker(rng, schema, world, domain)
    store = os.path.join(program.folder.name, "store.db") if use_file else ""
    driver = Driver(tools, program, store, store_mode)
    calls = []
    try:
        for at in range(n_calls):
            if use_file and rng.random() < 0.02:
                driver.send("!reopen")
            call = caller.call(caller.pick(at, n_calls))
            if not call.invalid and "overflow" in schemas.KNOWN and world.overflows(procedures[call.path], call):
                continue
            calls.append(call)
            check_call(world, procedures, driver, at, call)
            result.calls += 1
            if not call.invalid:
                result.coverage["calls %s" % call.path.split(".")[1].rstrip("0123456789")] += 1
        driver.close()
    except Mismatch as m:
        driver.kill()
        result.kind = "mismatch"
        result.problem = report(tools, seed, index, schema, program, calls, m, store_mode, shrinks, edit)
    except Crashed as crash:
        driver.kill()
        result.kind = "mismatch"
        m = Mismatch(len(calls) - 1, calls[-1], "a clean end", None, str(crash))
        result.problem = report(tools, seed, index, schema, program, calls, m, store_mode, shrinks, edit)
    program.close()
    result.seconds = time.time() - started
    return result


# ---- shrinking -------------------------------------------------------------------------------------------------


def shrink_calls(tools, program, schema, calls, mode, deadline):
    """Drops calls as long as some mismatch stays."""
    found = replay(tools, program, schema, calls, mode)
    if found is None:
        return calls, None
    calls = calls[:found.at + 1]
    size = max(1, len(calls) // 2)
    while size >= 1:
        at = 0
        progress = False
        while at < len(calls) and time.time() < deadline:
            shorter = calls[:at] + calls[at + size:]
            other = replay(tools, program, schema, shorter, mode) if shorter else None
            if other is not None and other.at < len(shorter):
                calls = shorter[:other.at + 1]
                found = other
                progress = True
            else:
                at += size
        if size == 1 and not progress:
            break
        size = max(1, size // 2) if not progress or size > 1 else 1
        if time.time() >= deadline:
            break
    return calls, found


def expression_fields(e, out):
    if isinstance(e, tuple):
        if e and e[0] in ("row", "part"):
            out.add(e[1])
        for part in e:
            expression_fields(part, out)
    elif isinstance(e, list):
        for part in e:
            expression_fields(part, out)


def used_fields(schema):
    """(model, field) pairs that procedures and declarations need, besides `create`."""
    out = set()

    def use(model, names):
        out.update((model.name, n) for n in names)

    for m in schema.models:
        use(m, [f.name for f in m.key_fields()])
        for index in m.indexes():
            use(m, index.partition() + index.sort())
        for w in m.written_indexes:
            use(m, [w.part] + ([w.sort_field] if w.sort_field else []))
        for r in m.relations:
            use(r.target, [r.via])
    for p in schema.procedures():
        if p.query is not None:
            q = p.query
            names = set()
            for e in (q.where, q.by_value, q.inside):
                expression_fields(e, names)
            if q.order:
                names.add(q.order)
            if q.by:
                names.add(q.by)
            for name, children in q.select or []:
                names.add(name)
                if children:
                    use(q.model.field(name).type.model, children)
            use(q.model, names)
            for i in q.includes:
                if i.field is not None:
                    use(q.model, [i.field.name])
                target = i.field.type.model if i.field is not None else i.relation.target
                names = set()
                expression_fields(i.where, names)
                if i.order:
                    names.add(i.order)
                use(target, names | {n for n, _ in i.select or []})
        for w in p.writes:
            names = set()
            expression_fields(w.condition, names)
            if w.kind == "update":
                for n, e in w.assign:
                    names.add(n)
                    expression_fields(e, names)
            if w.expecting is not None:
                names.add("version")
            use(w.model, names)
    return out


def simpler(schema, used_paths):
    """Yields functions that make a copy of the schema smaller."""
    def keep_procedures(s):
        for r in s.routers:
            r.procedures = [p for p in r.procedures if p.path() in used_paths]
    yield keep_procedures
    for i, m in enumerate(schema.models):
        def drop_model(s, i=i):
            gone = s.models[i]
            if gone.children or any(p for p in s.procedures() if gone in p.models()):
                return False
            for other in s.models:
                if other is not gone and any(f.type.kind == "ref" and f.type.model is gone for f in other.fields):
                    return False
                other.relations = [r for r in other.relations if r.target is not gone]
                other.children = [c for c in other.children if c is not gone]
            if s.context is not None and any(t.kind == "ref" and t.model is gone for _, t in s.context.fields):
                return False
            s.models.remove(gone)
        yield drop_model
    for i, m in enumerate(schema.models):
        for j in range(len(m.relations)):
            def drop_relation(s, i=i, j=j):
                relation = s.models[i].relations[j]
                if any(x.relation is relation for p in s.procedures() if p.query for x in p.query.includes):
                    return False
                del s.models[i].relations[j]
            yield drop_relation
        for f in m.fields:
            if f.index is not None:
                def drop_index(s, i=i, name=f.name):
                    s.models[i].field(name).index = None
                yield drop_index
            if f.unique:
                def drop_unique(s, i=i, name=f.name):
                    s.models[i].field(name).unique = None
                yield drop_unique
            if not f.key and f.origin is None:
                def drop_field(s, i=i, name=f.name):
                    model = s.models[i]
                    if (model.name, name) in used_fields(s):
                        return False
                    for p in s.procedures():
                        for w in p.writes:
                            if w.kind == "create" and w.model is model:
                                w.assign = [(n, e) for n, e in w.assign if n != name]
                    model.fields = [x for x in model.fields if x.name != name]
                yield drop_field
        for trait in ("timestamps", "versioned", "soft", "ttl"):
            if getattr(m, trait):
                def drop_trait(s, i=i, trait=trait):
                    origins = {"timestamps": ("createdAt", "updatedAt"), "versioned": ("version",), "soft": (),
                               "ttl": ("ttl",)}[trait]
                    model = s.models[i]
                    names = {f.name for f in model.fields if f.origin in origins}
                    if any((model.name, n) in used_fields(s) for n in names):
                        return False
                    for p in s.procedures():
                        for w in p.writes:
                            if w.kind == "create" and w.model is model:
                                w.assign = [(n, e) for n, e in w.assign if n not in names]
                    model.fields = [x for x in model.fields if x.name not in names]
                    setattr(model, trait, False)
                yield drop_trait
    for i, p in enumerate(schema.procedures()):
        def drop_where(s, path=p.path()):
            for q in s.procedures():
                if q.path() == path and q.query is not None and q.query.where is not None:
                    q.query.where = None
                    return None
            return False

        def half_where(s, path=p.path(), side=1):
            for q in s.procedures():
                if q.path() == path and q.query is not None and q.query.where is not None \
                        and q.query.where[0] in ("and", "or"):
                    q.query.where = q.query.where[side]
                    return None
            return False
        yield drop_where
        yield half_where
        yield lambda s, path=p.path(): half_where(s, path, 2)

        def drop_output(s, path=p.path()):
            for q in s.procedures():
                if q.path() == path and q.query is not None and (q.query.select or q.query.includes):
                    q.query.select = None
                    q.query.includes = []
                    return None
            return False
        yield drop_output


def prune_arguments(schema, calls):
    """Arguments that nothing uses any more."""
    for p in schema.procedures():
        names = set()

        def collect(e):
            if isinstance(e, tuple):
                if e and e[0] == "arg":
                    names.add(e[1])
                for part in e:
                    collect(part)
            elif isinstance(e, list):
                for part in e:
                    collect(part)
        if p.query is not None:
            q = p.query
            collect([q.key or [], q.inside, q.by_value, q.where, q.take])
            for i in q.includes:
                collect([i.where, i.take])
        for w in p.writes:
            collect([w.key or [], [e for _, e in w.assign], w.condition, w.expecting])
        p.args = [a for a in p.args if a.name in names]
        for c in calls:
            if c.path == p.path() and not c.invalid:
                body = json.loads(c.input)
                c.input = json.dumps({n: v for n, v in body.items() if n in names}, ensure_ascii=False)
                c.args = {n: v for n, v in c.args.items() if n in names}


def shrink_schema(tools, schema, calls, mode, deadline, edit):
    best = (schema, calls, None)
    progress = True
    while progress and time.time() < deadline:
        progress = False
        schema = best[0]
        for step in simpler(schema, {c.path for c in best[1]}):
            if time.time() >= deadline:
                break
            candidate, its_calls = copy.deepcopy((best[0], best[1]))
            try:
                if step(candidate) is False:
                    continue
                prune_arguments(candidate, its_calls)
                text = candidate.text()
                if text == best[0].text():
                    continue
                program = Program(tools, text, edit)
            except (Refused, KeyError, IndexError):
                continue
            try:
                found = replay(tools, program, candidate, its_calls, mode)
                if found is not None and found.at < len(its_calls):
                    best = (candidate, its_calls[:found.at + 1], found)
                    progress = True
            except KeyError:
                pass
            finally:
                program.close()
    return best


KEEP = None


def report(tools, seed, index, schema, program, calls, mismatch, mode, shrinks, edit):
    lines = ["seed %d, schema %d, call %d%s: %s" % (seed, index, mismatch.at, " (mode %s)" % mode if mode else "",
                                                    mismatch.why)]
    if shrinks:
        deadline = time.time() + shrinks
        shorter, found = shrink_calls(tools, program, schema, calls, mode, deadline)
        if found is None:
            lines.append("(does not fail again when replayed)")
        else:
            calls, mismatch = shorter, found
            schema, calls, found = shrink_schema(tools, schema, calls, mode, deadline + shrinks, edit)
            mismatch = found or mismatch
            try:
                program = Program(tools, schema.text(), edit)
                shorter, found = shrink_calls(tools, program, schema, calls, mode, deadline + shrinks)
                if found is not None:
                    calls, mismatch = shorter, found
            except Refused:
                pass
    lines.append("why: " + mismatch.why)
    lines.append("expected: " + str(mismatch.expected))
    lines.append("answered: " + json.dumps(mismatch.answer, ensure_ascii=False))
    lines.append("---- schema.dyn")
    lines.append(schema.text().rstrip())
    lines.append("---- calls.txt")
    lines += [c.line() for c in calls]
    if KEEP:
        folder = os.path.join(KEEP, "%d-%d" % (seed, index))
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, "schema.dyn"), "w", encoding="utf-8") as f:
            f.write(schema.text())
        with open(os.path.join(folder, "calls.txt"), "w", encoding="utf-8") as f:
            f.write("".join(c.line() + "\n" for c in calls))
    return "\n".join(lines)


# ---- replayed cases ---------------------------------------------------------------------------------------------


def found_cases():
    folder = os.path.join(HERE, "found")
    return sorted(n for n in os.listdir(folder) if os.path.isdir(os.path.join(folder, n))) if os.path.isdir(folder) else []


def open_reason(name):
    """Why a case fails still: the content of its open.txt."""
    path = os.path.join(HERE, "found", name, "open.txt")
    if not os.path.exists(path):
        return None
    with open(path, encoding="utf-8") as f:
        return f.read().strip()


def agrees(expected, answer):
    if "error" in expected:
        return expected["error"] == answer.get("error") and expected.get("field", answer.get("field")) == answer.get("field")
    return expected == answer


def replay_found(tools, name):
    """None, or what is wrong."""
    folder = os.path.join(HERE, "found", name)
    read = lambda file: open(os.path.join(folder, file), encoding="utf-8").read()
    try:
        program = Program(tools, read("schema.dyn"))
    except Refused as refused:
        return str(refused)
    calls = [l for l in read("calls.txt").split("\n") if l and not l.startswith("//")]
    expected = [l for l in read("expected.txt").split("\n") if l and not l.startswith("//")]
    driver = Driver(tools, program)
    try:
        for call, line in zip(calls, expected):
            answer = driver.send(call)
            if not agrees(json.loads(line), answer):
                driver.kill()
                return "%s\n  answered %s\n  should be %s" % (call, json.dumps(answer, ensure_ascii=False), line)
        driver.close()
    except Crashed as crash:
        driver.kill()
        return str(crash)
    finally:
        program.close()
    return None if len(calls) == len(expected) else "calls.txt and expected.txt have different lengths"


# ---- all --------------------------------------------------------------------------------------------------------


def work(job):
    tools, seed, index, n_calls, shrinks = job
    try:
        return run_schema(tools, seed, index, n_calls, shrinks=shrinks)
    except Exception:
        import traceback
        result = Result(index)
        result.kind = "mismatch"
        result.problem = "the oracle itself failed on schema %d of seed %d\n%s" % (index, seed, traceback.format_exc())
        return result


def comment(text):
    return "".join("# %s\n" % l for l in text.split("\n"))


def main():
    global KEEP
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--schemas", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", type=int, help="only this schema of the seed")
    parser.add_argument("--ops", type=int, default=220, help="calls per schema")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 2)
    parser.add_argument("--shrink", type=float, default=20, help="seconds to spend on making a case smaller; 0: none")
    parser.add_argument("--stop", type=int, default=5, help="stop after so many failures; 0: never")
    parser.add_argument("--keep", help="leave the cases that fail in this folder")
    parser.add_argument("--print", type=int, help="print this schema and end")
    parser.add_argument("--coverage", action="store_true", help="print what the generator made")
    options = parser.parse_args()
    if options.print is not None:
        sys.stdout.write(make_schema(options.seed, options.print)[1].text())
        return 0
    KEEP = options.keep
    tools = Tools()
    if tools.missing():
        print("1..0 # SKIP not built: " + ", ".join(tools.missing()))
        return 0
    started = time.time()
    failed = 0
    cases = [] if options.only is not None else found_cases()
    indexes = [options.only] if options.only is not None else list(range(options.schemas))
    groups = [indexes[i:i + 20] for i in range(0, len(indexes), 20)]
    print("TAP version 13\n1..%d" % (len(cases) + len(groups)), flush=True)
    for i, name in enumerate(cases):
        problem = replay_found(tools, name)
        reason = open_reason(name)
        print("%s %d - found/%s%s" % ("not ok" if problem else "ok", i + 1, name, " # TODO " + reason if reason else ""),
              flush=True)
        if problem:
            failed += reason is None
            sys.stdout.write(comment(problem))
    coverage = collections.Counter()
    n_calls = 0
    jobs = [(tools, options.seed, i, options.ops, options.shrink) for i in indexes]
    with multiprocessing.Pool(max(1, min(options.jobs, len(jobs)))) as pool:
        results = pool.imap(work, jobs)
        for g, group in enumerate(groups):
            problems = []
            for _ in group:
                result = next(results)
                coverage += result.coverage
                n_calls += result.calls
                if result.problem:
                    problems.append(result.problem)
            number = len(cases) + g + 1
            print("%s %d - schemas %d to %d of seed %d" % ("not ok" if problems else "ok", number, group[0], group[-1],
                                                           options.seed), flush=True)
            for problem in problems:
                failed += 1
                sys.stdout.write(comment(problem))
                sys.stdout.flush()
            if options.stop and failed >= options.stop:
                print("Bail out! %d failures" % failed)
                pool.terminate()
                break
    print("# %d calls in %.1f s" % (n_calls, time.time() - started))
    if options.coverage:
        for what, n in sorted(coverage.items()):
            print("#   %-45s %d" % (what, n))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
