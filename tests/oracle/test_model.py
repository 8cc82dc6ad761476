#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Tests of the oracle itself, without the compiler: values, order, the naive evaluation, and that comparing notices."""
import base64
import itertools
import json
import random
import sys
from decimal import Decimal

import model as naive
import values as v
from run import CallMaker, make_schema
from policies import Policy
from schema import Aggregate, Context, Field, Model, Query, Relation, Schema

RESULTS = []


def check(name, ok, why=""):
    RESULTS.append((name, ok, why))


def answer_value(types, value):
    """A normal value back in plain JSON: what a right program would answer."""
    if isinstance(types, dict):
        return {n: answer_value(types[n], x) for n, x in value.items()}
    if isinstance(types, list):
        return [answer_value(types[0], x) for x in first_rows(value)]
    if isinstance(value, naive.Auto):
        return "00000000000000000000000000" if value.kind == "ulid" else "123e4567-e89b-42d3-a456-426614174000"
    k = types.kind
    if k in ("list", "set"):
        return [answer_value(types.elem, x) for x in value]
    if k == "map":
        return {n: answer_value(types.elem, x) for n, x in value.items()}
    if k == "struct":
        members = {n: t for n, t, _ in types.struct.fields}
        return {n: answer_value(members[n], x) for n, x in value.items()}
    if k == "bytes":
        return base64.b64encode(value).decode()
    if k == "decimal":
        return v.decimal_text(value)
    if k == "int":
        return value if types.json_number() else str(value)
    if k == "ref" and len(types.model.key_types()) == 1:
        return answer_value(types.model.key_types()[0], value)
    return value


def first_rows(spec):
    rows = [r for g in spec.groups for r in g]
    return rows if spec.take is None else rows[:spec.take]


def right_answer(procedure, outcome):
    if outcome.errors is not None:
        status, field = sorted(outcome.errors, key=repr)[0]
        return {"error": status, "field": field or ""}
    types = naive.output_types(procedure)
    if types is None:
        return {"ok": None}
    if isinstance(outcome.value, naive.RowsSpec):
        return {"ok": [answer_value(types, r) for r in first_rows(outcome.value)]}
    return {"ok": answer_value(types, outcome.value)}


def spoil(rng, answer):
    """A wrong answer, or None."""
    if "error" in answer:
        return {"ok": None}
    rows = answer["ok"]
    if rows is None:
        return {"error": "NOT_FOUND", "field": ""}
    if isinstance(rows, dict):
        wrong = dict(rows)
        if wrong and rng.random() < 0.5:
            del wrong[rng.choice(list(wrong))]
        else:
            return {"error": "NOT_FOUND", "field": ""}
        # A member that is null and one that is missing are the same.
        return {"ok": wrong} if any(rows[n] is not None for n in rows if n not in wrong) else None
    if rows and rng.random() < 0.5:
        return {"ok": rows[:-1]}
    return {"ok": rows + [rows[0] if rows else {}]}


def simulate():
    """The model against itself: right answers are accepted, wrong ones are not."""
    rng = random.Random(7)
    calls = found = nonempty = spoilt = unnoticed = 0
    for index in range(60):
        _, schema, _, domain = make_schema(99, index)
        schema.text()
        world = naive.World(schema)
        maker = CallMaker(rng, schema, world, domain)
        maker.now_ms = 0
        for at in range(120):
            procedure = maker.pick(at, 120)
            call = maker.call(procedure)
            call.line()
            if call.invalid:
                continue
            outcome = world.call(procedure, call.args, call.caller, call.now_ms)
            outcome.now_ms = 0
            answer = json.loads(json.dumps(right_answer(procedure, outcome)))
            adopted = naive.compare(procedure, outcome, answer)
            calls += 1
            if outcome.errors is None:
                found += 1
                nonempty += bool(isinstance(outcome.value, naive.RowsSpec) and outcome.value.groups)
            wrong = spoil(rng, answer)
            if wrong is not None:
                spoilt += 1
                try:
                    naive.compare(procedure, outcome, wrong)
                    unnoticed += 1
                except naive.Differ:
                    pass
            if outcome.errors is None and outcome.commit is not None:
                outcome.commit(adopted)
                # Ids are all the same here: keep the first row of each.
                for m in schema.models:
                    keys = set()
                    for row in list(world.rows[m]):
                        key = m.key_of(row)
                        if key in keys:
                            world.rows[m] = [r for r in world.rows[m] if r is not row]
                        keys.add(key)
    check("the model agrees with itself on %d calls" % calls, calls > 3000)
    check("calls succeed often enough (%d), lists are not always empty (%d)" % (found, nonempty),
          found > calls * 0.4 and nonempty > calls * 0.05)
    check("wrong answers are noticed (%d of %d not)" % (unnoticed, spoilt), unnoticed == 0)


def order():
    texts = v.Type("string")
    ints = v.Type("int")
    keys = [v.key_part(texts, t) for t in v.NASTY]
    byte_order = sorted(v.NASTY, key=lambda t: v.order_key(texts, t))
    check("texts compare by bytes: U+FFFF before U+10348",
          byte_order.index("\uffff") < byte_order.index("\U00010348"))
    check("key texts are distinct", len(set(keys)) == len(set(v.NASTY)))
    check("key texts hold no delimiter", all("#" not in k for k in keys))
    numbers = v.INTS + v.FAR
    check("key texts of ints keep their order",
          sorted(numbers) == sorted(numbers, key=lambda n: v.key_part(ints, n).encode()))


def expressions():
    t = v.Type("int", optional=True)
    row = {"a": None, "b": 3}
    scope = naive.Scope({"x": None, "y": 3}, {}, "")
    a, b = ("row", "a", t), ("row", "b", t)
    x, y = ("arg", "x", t), ("arg", "y", t)
    missing = [("cmp", op, left, right) for op in ("==", "!=", "<", "<=", ">", ">=")
               for left, right in ((a, b), (b, a), (a, a), (b, x), (x, b))]
    missing += [("between", b, x, y), ("between", b, y, x), ("in", a, [y]), ("in", b, [x])]
    check("a comparison with a missing value is false", not any(naive.holds(e, row, scope) for e in missing))
    check("`not` of it is true", all(naive.holds(("not", e), row, scope) for e in missing))
    check("presence", naive.holds(("present", a, False), row, scope) and naive.holds(("present", b, True), row, scope))


def rows_match():
    def accepts(groups, take, rows):
        try:
            naive.match_rows(naive.RowsSpec(groups, take), rows, 0)
            return True
        except naive.Differ:
            return False
    r = [{"n": i} for i in range(5)]
    groups = [[r[0]], [r[1], r[2]], [r[3]]]
    good = all(accepts(groups, None, [r[0]] + list(p) + [r[3]]) for p in itertools.permutations(r[1:3]))
    check("ties in any order", good)
    check("take cuts a tie anywhere", accepts(groups, 2, [r[0], r[2]]) and accepts(groups, 2, [r[0], r[1]]))
    check("take is exact", not accepts(groups, 2, r[:3]) and not accepts(groups, 2, r[:1]))
    check("order across ties counts", not accepts(groups, None, [r[1], r[0], r[2], r[3]]))
    check("a row counts once", not accepts(groups, None, [r[0], r[1], r[1], r[3]]))


def uniqueness():
    f = Field("f", v.Type("string"), unique="fold")
    check("fold is ASCII only", naive.folded(f, "aÉ") == naive.folded(f, "AÉ") != naive.folded(f, "aé"))


def gates():
    """A count below a row: rows that it counts refer to the row, and satisfy the condition, which may name another."""
    text = v.Type("string")
    m = Model("M")
    reference = v.Type("ref")
    reference.model = m
    m.fields = [Field("a", text, key=True), Field("b", text, key=True), Field("up", reference)]
    m.relations = [Relation("down", m, "up", True)]
    m.policy = Policy()
    m.policy.lets = [("over", m, [("whole", ("row", "up", reference))])]
    m.policy.allows = [(["read"], None, ("letexists", m.policy.lets[0]))]
    schema = Schema()
    schema.models = [m]
    schema.context = Context("Caller", [])
    world = naive.World(schema)
    top, low = {"a": "1", "b": "1", "up": ("1", "1")}, {"a": "1", "b": "2", "up": ("1", "1")}
    world.rows[m] = [{**r, "_deleted": False} for r in (top, low)]
    q = Query(m, "get")
    q.key = [("lit", text, "1"), ("lit", text, "1")]

    def denied(other):
        scope = naive.Scope({}, {}, "")
        where = ("cmp", "==", ("row", "up", reference), ("arg", "other", reference))
        scope.args["other"] = other
        q.aggregates = [Aggregate("count", "n", relation=m.relations[0], where=where)]
        world.judge = naive.Judge(world, scope)
        return world.query(q, scope).may_be_denied
    check("the gate of a count below a row asks about the rows that its condition names", denied(("9", "9")))
    check("it lets pass where these may be read", not denied(("1", "1")))


def main():
    for test in (order, expressions, rows_match, uniqueness, gates, simulate):
        test()
    print("TAP version 13\n1..%d" % len(RESULTS))
    for i, (name, ok, why) in enumerate(RESULTS):
        print("%s %d - %s" % ("ok" if ok else "not ok", i + 1, name))
        if why:
            print("# " + why)
    return 0 if all(ok for _, ok, _ in RESULTS) else 1


if __name__ == "__main__":
    sys.exit(main())
