# SPDX-License-Identifier: Apache-2.0
"""Policies: random ones, their text, and what they mean.

Expressions beside those of schema.py:
  ("whole", e) as the only key expression of a let: a reference that is the whole key
  ("letexists", let)   ("letfield", let, field, type)   ("allowed", field, verb, model)   ("wrap", e, type)
`wrap` is a scalar that stands for the reference whose only part it is. A let is (name, model, [key expressions]).

Meaning: three values, because a policy may be asked before a row is read. True, False, and None: it depends on what is not
known. A comparison with what is absent is False, and so is one with a value that the runtime is about to make.
"""
from values import order_key


class Unknown:
    """A field of a row that was not read."""


UNKNOWN = Unknown()


class Policy:
    def __init__(self):
        self.lets = []
        self.allows = []  # (verbs, field names or None, condition or None)

    def text(self, model, expr_text):
        lines = ["policy %s {" % model.name]
        for name, target, key in self.lets:
            lines.append("  let %s = %s(%s)" % (name, target.name, ", ".join(expr_text(k) for k in key)))
        for verbs, fields, condition in self.allows:
            what = ", ".join(verbs) if fields is None else "%s(%s)" % (verbs[0], ", ".join(fields))
            lines.append("  allow " + what + ("" if condition is None else " if " + expr_text(condition)))
        return "\n".join(lines + ["}"])


def rules(policy, verb, fields):
    """`write` stands for what no rule names; a rule for some fields counts where it covers all that are asked for."""
    named = any(verb in verbs for verbs, _, _ in policy.allows)
    if not named and verb in ("create", "update", "delete"):
        verb = "write"
    return [c for verbs, limits, c in policy.allows if verb in verbs
            and (limits is None or (fields is not None and all(f in limits for f in fields)))]


def either(values):
    values = list(values)
    return True if True in values else (None if None in values else False)


def both(values):
    values = list(values)
    return False if False in values else (None if None in values else True)


class Judge:
    """Evaluates policies over a world."""

    def __init__(self, world, scope):
        self.world = world
        self.scope = scope

    def allowed(self, model, verb, get, fields=None):
        """`get(field)`: its value, None, an Auto, or UNKNOWN."""
        policy = model.policy
        if policy is None:
            return True
        return either(True if c is None else self.holds(policy, c, get) for c in rules(policy, verb, fields))

    def reader(self, row):
        return lambda name: row[name]

    def find(self, model, key):
        """The row, None, or UNKNOWN."""
        parts = []
        for f, value in zip(model.key_fields(), key):
            if isinstance(value, Unknown):
                return UNKNOWN
            if value is None or not isinstance(value, (str, int, bytes, tuple)) and not hasattr(value, "as_tuple"):
                return None
            parts += list(value) if f.type.kind == "ref" else [value]
        if any(type(p).__name__ == "Auto" for p in parts):
            return None
        return self.world.find(model, tuple(parts))

    def let(self, let, get):
        name, model, key = let
        if key[0][0] == "whole":
            reference = self.value(key[0][1], get)
            if reference is None or isinstance(reference, Unknown):
                return reference
            return None if any(type(p).__name__ == "Auto" for p in reference) else self.world.find(model, reference)
        return self.find(model, [self.value(k, get) for k in key])

    def value(self, e, get, policy=None):
        op = e[0]
        if op == "lit":
            return e[2]
        if op == "caller":
            return self.scope.caller.get(e[1])
        if op == "row":
            return get(e[1])
        if op == "wrap":
            value = self.value(e[1], get)
            return value if value is None or isinstance(value, Unknown) or type(value).__name__ == "Auto" else (value,)
        if op == "letfield":
            row = self.let(e[1], get)
            return row if row is None or isinstance(row, Unknown) else row[e[2]]
        raise AssertionError(op)

    def holds(self, policy, e, get):
        op = e[0]
        if op == "and":
            return both([self.holds(policy, e[1], get), self.holds(policy, e[2], get)])
        if op == "or":
            return either([self.holds(policy, e[1], get), self.holds(policy, e[2], get)])
        if op == "not":
            inner = self.holds(policy, e[1], get)
            return None if inner is None else not inner
        if op == "letexists":
            row = self.let(e[1], get)
            return None if isinstance(row, Unknown) else row is not None
        if op == "allowed":
            reference = get(e[1])
            if isinstance(reference, Unknown):
                # The row has to be there; what its policy says about the caller alone is known.
                return both([None, self.allowed(e[3], e[2], lambda name: UNKNOWN)])
            if reference is None or any(type(p).__name__ == "Auto" for p in reference):
                return False
            row = self.world.find(e[3], reference)
            return False if row is None else self.allowed(e[3], e[2], self.reader(row))
        if op == "present":
            value = self.value(e[1], get)
            return None if isinstance(value, Unknown) else (value is not None) == e[2]
        if op in ("row", "caller"):
            value = self.value(e, get)
            return None if isinstance(value, Unknown) else value is True
        if op == "cmp":
            left, right = self.value(e[2], get), self.value(e[3], get)
            if any(v is None or type(v).__name__ == "Auto" for v in (left, right)):
                return False
            if isinstance(left, Unknown) or isinstance(right, Unknown):
                return None
            t = self.type_of(e[2]) or self.type_of(e[3])
            a, b = (int(left), int(right)) if t.kind == "bool" else (order_key(t, left), order_key(t, right))
            return {"==": a == b, "!=": a != b, "<": lambda: a < b, ">=": lambda: a >= b}[e[1]] if e[1] in ("==", "!=") \
                else (a < b if e[1] == "<" else a >= b)
        raise AssertionError(op)

    @staticmethod
    def type_of(e):
        return {"lit": lambda: e[1], "caller": lambda: e[2], "row": lambda: e[2], "wrap": lambda: e[2],
                "letfield": lambda: e[3]}[e[0]]()


# ---- the generator ----------------------------------------------------------------------------------------------

SCALARS = ("string", "int", "decimal", "date", "ulid", "uuid", "enum", "ref", "bool", "email")


def usable(field):
    return not field.managed() and not field.auto and field.type.kind in SCALARS


def same(a, b):
    return a.same(b) and a.lo == b.lo and a.hi == b.hi


def reads_row(e):
    return isinstance(e, tuple) and (e[0] == "row" or any(reads_row(x) for x in e[1:] if isinstance(x, tuple)
                                                          and e[0] not in ("letexists", "letfield")))


def asks_for_rows(e):
    return isinstance(e, tuple) and (e[0] in ("letexists", "letfield") or any(asks_for_rows(x) for x in e[1:]))


class PolicyMaker:
    """Policies for all models of a schema, in their order: delegations lead to earlier ones only."""

    def __init__(self, generator):
        self.g = generator
        self.rng = generator.rng
        self.schema = generator.schema
        self.done = []

    def chance(self, p):
        return self.rng.random() < p

    def run(self):
        for model in self.schema.models:
            model.policy = self.policy(model)
            self.done.append(model)
        self.g.count("policies")

    # ---- how many alternatives a transaction would have to write out

    def ways(self, e, positive=True):
        op = e[0]
        if op == "not":
            return self.ways(e[1], not positive)
        if op in ("and", "or"):
            left, right = self.ways(e[1], positive), self.ways(e[2], positive)
            return left + right if (op == "or") == positive else left * right
        if op == "allowed":
            return self.verb_ways(e[3], e[2]) if positive else 99
        return 1

    def verb_ways(self, model, verb):
        return sum(1 if c is None else self.ways(c) for c in rules(model.policy, verb, None))

    # ---- conditions

    def sources(self, model):
        """Required values that are there without another row."""
        out = [("row", f.name, f.type) for f in model.fields if usable(f) and not f.type.optional]
        out += [("row", f.name, f.type) for f in model.key_fields() if f.auto]
        return out + [("caller", n, t) for n, t in self.schema.context.fields if n != "c0"]

    def key_source(self, model, field, sources):
        fitting = [s for s in sources if same(s[2], field.type)]
        if field.type.kind == "ref" and len(field.type.model.key_fields()) == 1:
            inner = field.type.model.key_fields()[0].type
            fitting += [("wrap", s, field.type) for s in sources if inner.kind != "ref" and same(s[2], inner)]
        return self.rng.choice(fitting) if fitting else None

    def add_lets(self, model, policy):
        targets = [m for m in self.schema.models if m.key_fields()]
        sources = self.sources(model)
        for i in range(self.rng.choice([0, 1, 1, 2])):
            references = [s for s in sources if s[2].kind == "ref"]
            if references and self.chance(0.4):
                source = self.rng.choice(references)
                policy.lets.append(("l%d" % i, source[2].model, [("whole", source)]))
                self.g.count("policy looks a reference up")
                continue
            target = self.rng.choice(targets)
            key = [self.key_source(model, f, sources) for f in target.key_fields()]
            if None not in key:
                policy.lets.append(("l%d" % i, target, key))

    def atom(self, model, policy):
        rng = self.rng
        forms = ["row", "row", "caller", "allowed", "allowed"] + ["let"] * (3 if policy.lets else 0)
        form = rng.choice(forms)
        if form == "caller":
            return ("caller", "c0", self.schema.context.fields[0][1])
        if form == "let":
            let = rng.choice(policy.lets)
            fields = [f for f in let[1].fields if usable(f)]
            if fields and self.chance(0.5):
                field = rng.choice(fields)
                right = self.other(field.type, True)
                if right is not None:
                    self.g.count("policy compares a field of another row")
                    return ("cmp", rng.choice(["==", "!="]), ("letfield", let, field.name, field.type), right)
            self.g.count("policy asks for a row")
            return ("letexists", let)
        if form == "allowed":
            refs = [f for f in model.fields if f.type.kind == "ref" and f.type.model in self.done]
            if not refs:
                return None
            field = rng.choice(refs)
            verbs = [v for v in ("read", "update", "share") if rules(field.type.model.policy, v, None)]
            if not verbs:
                return None
            self.g.count("policy delegates")
            out = ("allowed", field.name, rng.choice(verbs), field.type.model)
            # A `create` that leaves the reference out could never show its row.
            return ("or", out, ("caller", "c0", self.schema.context.fields[0][1])) if field.type.optional else out
        fields = [f for f in model.fields if usable(f)]
        if not fields:
            return None
        field = rng.choice(fields)
        row = ("row", field.name, field.type)
        if field.type.optional and self.chance(0.3):
            return ("present", row, self.chance(0.5), False)
        if field.type.kind == "bool" and self.chance(0.6):
            return row
        right = self.other(field.type)
        if right is None:
            return None
        ops = ["==", "!="] if field.type.kind in ("ref", "bool") else ["==", "==", "!=", "<", ">="]
        self.g.count("policy compares a field of the row")
        return ("cmp", rng.choice(ops), row, right)

    def other(self, type, of_let=False):
        """The caller, or a literal."""
        base = type.base()
        fitting = [("caller", n, t) for n, t in self.schema.context.fields if n != "c0" and t.same(base)
                   and t.lo == base.lo and t.hi == base.hi]
        if fitting and self.chance(0.8):
            return self.rng.choice(fitting)
        # A literal beside one that a query binds would be decided by the compiler.
        value = self.g.default(base) if of_let and base.kind not in ("ref", "bool") else None
        return None if value is None else ("lit", base, value)

    def condition(self, model, policy, depth=1):
        form = self.rng.random()
        if depth > 0 and form < 0.35:
            left, right = self.condition(model, policy, 0), self.condition(model, policy, 0)
            if left is not None and right is not None:
                return ("or" if form < 0.22 else "and", left, right)
        for _ in range(4):
            out = self.atom(model, policy)
            if out is not None:
                return ("not", out) if out[0] not in ("allowed", "or") and self.chance(0.12) else out
        return None

    def rule(self, policy, model, verbs, p_always, or_admin=False):
        condition = None if self.chance(p_always) else self.condition(model, policy)
        # What a query binds may make a rule about the row false for good, which is an error.
        if condition is not None and (or_admin or reads_row(condition) or asks_for_rows(condition)):
            condition = ("or", condition, ("caller", "c0", self.schema.context.fields[0][1]))
        if condition is not None and self.ways(condition) > 3:
            condition = ("caller", "c0", self.schema.context.fields[0][1])
        policy.allows.append((verbs, None, condition))

    def policy(self, model):
        policy = Policy()
        self.add_lets(model, policy)
        self.rule(policy, model, ["read"], 0.25)
        if self.chance(0.25):
            names = [f.name for f in model.fields]
            limits = self.rng.sample(names, self.rng.randint(1, len(names)))
            policy.allows.append((["read"], limits, None if self.chance(0.5) else self.condition(model, policy)))
            self.g.count("policy limits fields")
        self.rule(policy, model, ["create"], 0.45, or_admin=True)
        if self.chance(0.5):
            self.rule(policy, model, ["write"], 0.3)
        else:
            self.rule(policy, model, ["update", "delete"], 0.3)
        if self.chance(0.3):
            self.rule(policy, model, ["share"], 0.2)
        return policy
