# SPDX-License-Identifier: Apache-2.0
"""The naive evaluation: all rows in lists, every procedure by the definition of its syntax tree.

What is relied on, beyond the semantics of expressions (docs: a comparison with a missing value is false whatever the
operator, `not` of it is true; texts compare by UTF-8 bytes, enums by tag, references part by part):
  - order: by the path's sort fields, then the base key, as `order` says "completed by the key". Where the schema does
    not force a path (neither `in` alone nor `by`), rows that are equal in the order field may come in any order; where
    there is no order either, any rows up to `take` may come.
  - create checks neither that a parent nor that a referred row exists.
  - a soft-deleted row is invisible, keeps its key (EXISTS) and its unique values (NOT_UNIQUE); its children stay.
  - removing a row removes its children, theirs, and their unique values; soft deletion of a child does not protect it.
  - several reasons to refuse: any of them may be reported.
  - the version starts at 1 and grows by 1 with each update; updatedAt is the clock's time of the last write.
"""
import re

from policies import UNKNOWN, Judge
from values import (EXACT, INT32_MAX, INT32_MIN, INT64_MAX, INT64_MIN, BadForm, normal, normal_value, order_key)

ULID = re.compile(r"^[0-7][0-9A-HJKMNP-TV-Z]{25}$")
UUID = re.compile(r"^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")
CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


class Auto:
    """A value that the runtime chooses."""

    def __init__(self, kind):
        self.kind = kind

    def fits(self, value, now_ms):
        if self.kind == "ulid":
            if not isinstance(value, str) or not ULID.match(value):
                return False
            ms = 0
            for c in value[:10]:
                ms = ms * 32 + CROCKFORD.index(c)
            return ms == now_ms
        return isinstance(value, str) and UUID.match(value) is not None

    def __repr__(self):
        return "<a new %s>" % self.kind


class RowsSpec:
    """Rows in groups; within a group any order. `take` rows come."""

    def __init__(self, groups, take):
        self.groups = groups
        self.take = take

    def __repr__(self):
        return "first %s of %r" % (self.take, self.groups)


class Outcome:
    def __init__(self, errors=None, value=None, commit=None, warning=None):
        self.errors = errors  # set of (status, field or None); None: it succeeds
        self.value = value  # None, dict, RowsSpec
        self.commit = commit  # called with the adopted values
        self.now_ms = 0
        # A gate is false: whether that is said, or nothing is shown, depends on what the compiler knows of the rows.
        self.may_be_denied = False

    def text(self):
        if self.errors is not None:
            return "one of " + ", ".join("%s%s" % (s, "(%s)" % f if f else "") for s, f in sorted(
                self.errors, key=repr))
        return repr(self.value)


def timestamp_text(ms):
    import datetime
    t = datetime.datetime(1970, 1, 1) + datetime.timedelta(milliseconds=ms)
    return "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ" % (t.year, t.month, t.day, t.hour, t.minute, t.second,
                                                    t.microsecond // 1000)


# ---- expressions ------------------------------------------------------------------------------------------------


class Scope:
    def __init__(self, args, caller, now):
        self.args = args
        self.caller = caller
        self.now = now


BOOLEANS = ("cmp", "between", "in", "notin", "inlist", "begins", "contains", "present", "and", "or", "not")


def type_of(e):
    if e[0] == "lit":
        return e[1]
    if e[0] in ("arg", "caller", "row"):
        return e[2]
    if e[0] == "part":
        return e[3]
    if e[0] in ("add", "sub"):
        return type_of(e[1])
    return None


def value_of(e, row, scope):
    op = e[0]
    if op == "lit":
        return e[2]
    if op == "arg":
        return scope.args.get(e[1])
    if op == "caller":
        return scope.caller.get(e[1])
    if op == "row":
        return row[e[1]]
    if op == "part":
        return row[e[1]].get(e[2]) if row[e[1]] is not None else None
    if op == "now":
        return scope.now
    if op in BOOLEANS:
        return holds(e, row, scope)
    if op in ("add", "sub"):
        left, right = value_of(e[1], row, scope), value_of(e[2], row, scope)
        if left is None or right is None:
            return None
        if type_of(e[1]).kind == "decimal":
            return EXACT.add(left, right) if op == "add" else EXACT.subtract(left, right)
        return left + right if op == "add" else left - right
    raise AssertionError(op)


def compared(type, value):
    if type is None or type.kind == "bool":
        return int(value)
    return order_key(type, value)


def holds(e, row, scope):
    op = e[0]
    if op == "and":
        return holds(e[1], row, scope) and holds(e[2], row, scope)
    if op == "or":
        return holds(e[1], row, scope) or holds(e[2], row, scope)
    if op == "not":
        return not holds(e[1], row, scope)
    if op == "notin":
        return not holds(("in", e[1], e[2]), row, scope)
    if op in ("row", "part", "arg", "caller", "lit"):
        return value_of(e, row, scope) is True
    if op == "present":
        return (value_of(e[1], row, scope) is not None) == e[2]
    if op == "cmp":
        left, right = value_of(e[2], row, scope), value_of(e[3], row, scope)
        if left is None or right is None:
            return False
        type = type_of(e[2]) or type_of(e[3])
        a, b = compared(type, left), compared(type, right)
        return {"==": a == b, "!=": a != b, "<": lambda: a < b, "<=": lambda: a <= b, ">": lambda: a > b,
                ">=": lambda: a >= b}[e[1]] if e[1] in ("==", "!=") else \
            {"<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b}[e[1]]
    left = value_of(e[1], row, scope)
    if left is None:
        return False
    type = type_of(e[1])
    if op == "between":
        low, high = value_of(e[2], row, scope), value_of(e[3], row, scope)
        if low is None or high is None:
            return False
        return compared(type, low) <= compared(type, left) <= compared(type, high)
    if op == "in":
        items = [value_of(i, row, scope) for i in e[2]]
        return any(i is not None and compared(type, i) == compared(type, left) for i in items)
    right = value_of(e[2], row, scope)
    if right is None:
        return False
    if op == "inlist":
        return any(compared(type, i) == compared(type, left) for i in right)
    if op == "begins":
        return left.startswith(right)
    if op == "contains":
        if type.kind in ("list", "set"):
            return any(compared(type.elem, i) == compared(type.elem, right) for i in left)
        return right in left
    raise AssertionError(op)


# ---- the world --------------------------------------------------------------------------------------------------


class World:
    def __init__(self, schema):
        self.schema = schema
        self.rows = {m: [] for m in schema.models}
        self.judge = None

    def known(self, model):
        return [model.key_of(r) for r in self.rows[model]]

    def live(self, model):
        return [r for r in self.rows[model] if not r["_deleted"]]

    def find(self, model, key, deleted=False):
        for r in self.rows[model]:
            if model.key_of(r) == key and (deleted or not r["_deleted"]):
                return r
        return None

    def overflows(self, procedure, call):
        """Whether a computed value leaves its type, not just its bounds."""
        scope = Scope({a.name: call.args.get(a.name, a.default) for a in procedure.args}, call.caller, "")
        for w in procedure.writes:
            row = self.find(w.model, self.key_values(w.model, w.key, scope)) if w.kind == "update" else None
            for name, e in w.assign if row is not None else []:
                t = w.model.field(name).type
                value = value_of(e, row, scope) if e[0] in ("add", "sub") and t.kind == "int" else None
                low, high = (INT32_MIN, INT32_MAX) if t.width == 32 else (INT64_MIN, INT64_MAX)
                if value is not None and not low <= value <= high:
                    return True
        return False

    # ---- queries

    def call(self, procedure, args, caller, now_ms):
        full = {}
        for a in procedure.args:
            full[a.name] = args[a.name] if a.name in args else a.default
        scope = Scope(full, caller, timestamp_text(now_ms))
        self.judge = Judge(self, scope)
        try:
            outcome = self.query(procedure.query, scope) if procedure.query else self.mutation(procedure, scope)
        except AggregateError as error:
            outcome = Outcome(errors=error.errors)
            outcome.may_be_denied = True
        outcome.now_ms = now_ms
        return outcome

    def key_values(self, model, key, scope):
        out = []
        for f, e in zip(model.key_fields(), key):
            value = value_of(e, None, scope)
            out += list(value) if f.type.kind == "ref" else [value]
        return tuple(out)

    def query(self, q, scope):
        model = q.model
        if q.mode == "get":
            row = self.find(model, self.key_values(model, q.key, scope))
        elif q.mode == "unique":
            field = model.field(q.by)
            wanted = folded(field, value_of(q.by_value, None, scope))
            row = None
            for r in self.live(model):
                if r[q.by] is not None and folded(field, r[q.by]) == wanted:
                    row = r
        known = self.known_fields(q, scope)
        fields = shown_fields(q)
        denied = self.gate_fails(q, known, fields)
        if q.mode == "get" and self.judge.allowed(model, "read", keyed(row, known), fields) is not True:
            return Outcome(errors={("DENIED", None)})
        if q.mode != "from":
            if q.mode == "unique" and row is not None and not self.visible(model, row, fields):
                row = None
            out = Outcome(errors={("NOT_FOUND", None)}) if row is None else Outcome(value=self.shape(q, row, scope))
            out.may_be_denied = denied
            return out
        rows = []
        for r in self.live(model):
            if q.inside is not None:
                inside = value_of(q.inside, None, scope)
                if inside is None or r[model.parent_field().name] != inside:
                    continue
            if q.by_value is not None:
                value = value_of(q.by_value, None, scope)
                have = r[q.by_partition]
                type = model.field(q.by_partition).type
                if value is None or have is None or compared(type, value) != compared(type, have):
                    continue
            if q.by is not None and not self.in_index(model, q.by, r):
                continue
            if (q.where is None or holds(q.where, r, scope)) and self.visible(model, r, fields):
                rows.append(r)
        if q.aggregates:
            out = self.aggregates(q, rows)
            out.may_be_denied = denied
            return out
        take = value_of(q.take, None, scope) if q.take is not None else None
        shaped = lambda r: self.shape(q, r, scope)
        out = Outcome(value=self.ordered(model, rows, q.order, q.desc, q.ties, take, shaped))
        out.may_be_denied = denied
        return out

    # ---- policies

    def visible(self, model, row, fields):
        return self.judge.allowed(model, "read", self.judge.reader(row), fields) is True

    def known_fields(self, q, scope):
        """What the query says about all rows that it can find."""
        known = {}
        if q.mode == "get":
            at = 0
            values = self.key_values(q.model, q.key, scope)
            for f in q.model.key_fields():
                n = len(f.type.model.key_types()) if f.type.kind == "ref" else 1
                known[f.name] = tuple(values[at:at + n]) if f.type.kind == "ref" else values[at]
                at += n
        if q.mode == "unique" and q.model.field(q.by).unique != "fold":
            known[q.by] = value_of(q.by_value, None, scope)
        if q.inside is not None:
            known[q.model.parent_field().name] = value_of(q.inside, None, scope)
        if q.by_value is not None and q.mode == "from":
            known[q.by_partition] = value_of(q.by_value, None, scope)
        add_equations(known, q.where, scope)
        return known

    def gate_fails(self, q, known, fields):
        """Whether some policy is false whatever the rows are."""
        judge = self.judge
        unread = lambda k: lambda name: k[name] if name in k else UNKNOWN
        fails = q.mode != "get" and judge.allowed(q.model, "read", unread(known), fields) is False

        def referred(field, select, above):
            target = field.type.model
            reference = above.get(field.name, UNKNOWN)
            below = {}
            if reference is None:
                below = {f.name: None for f in target.key_fields()}
            if isinstance(reference, tuple):
                at = 0
                for f in target.key_fields():
                    n = len(f.type.model.key_types()) if f.type.kind == "ref" else 1
                    below[f.name] = reference[at:at + n] if f.type.kind == "ref" else reference[at]
                    at += n
            names = None if select is None else [n for n, _ in select]
            out = judge.allowed(target, "read", unread(below), names) is False
            return out or children(target, select, below)

        def children(model, select, above):
            return any(referred(model.field(n), [(c, None) for c in inner], above)
                       for n, inner in select or [] if inner is not None)

        fails = fails or children(q.model, q.select, known)
        key = [known.get(f.name, UNKNOWN) for f in q.model.key_fields()]
        for i in q.includes + q.aggregates:
            if isinstance(i.field, object) and i.relation is None and not hasattr(i, "kind"):
                fails = fails or referred(i.field, i.select, known)
                continue
            if i.relation is None:
                continue
            said = {}
            add_equations(said, i.where, self.judge.scope)
            below = dict(said)
            if all(k is not UNKNOWN for k in key):
                flat = []
                for f, k in zip(q.model.key_fields(), key):
                    flat += list(k) if f.type.kind == "ref" and k is not None else [k]
                below[i.relation.via] = tuple(flat)
            names = fields_below(i)
            # Rows below satisfy both: that they refer to this one, and what the condition says of them.
            for known_below in (below, {**below, **said}):
                fails = fails or judge.allowed(i.relation.target, "read", unread(known_below), names) is False
                if not hasattr(i, "kind"):
                    if i.select is None and i.relation.far is not None:
                        fails = fails or referred(i.relation.target.field(i.relation.far), None, known_below)
                    fails = fails or children(i.relation.target, i.select, known_below)
        return fails

    # ---- aggregates

    def aggregates(self, q, rows):
        out = {}
        errors = set()
        for a in q.aggregates:
            value, found = aggregate(a, rows)
            errors |= found
            if value is not None:
                out[a.name] = value
        return Outcome(errors=errors) if errors else Outcome(value=out)

    def in_index(self, model, name, row):
        """A row without a part of an index's key is not in it."""
        for f in model.fields:
            if f.name == name and f.index is not None:
                return all(row[n] is not None for n in f.index.partition() + f.index.sort())
        for w in model.written_indexes:
            if w.name == name:
                return row[w.part] is not None and (w.sort_field is None or row[w.sort_field] is not None)
        return True

    def ordered(self, model, rows, order, desc, ties, take, shaped):
        if ties is not None:
            key = lambda r: tuple(order_key(model.field(n).type, r[n]) for n in ties)
        elif order is not None:
            key = lambda r: order_key(model.field(order).type, r[order])
        else:
            return RowsSpec([[shaped(r) for r in rows]] if rows else [], take)
        rows = sorted(rows, key=key, reverse=desc)
        groups = []
        last = None
        for r in rows:
            if groups and key(r) == last:
                groups[-1].append(shaped(r))
            else:
                groups.append([shaped(r)])
            last = key(r)
        return RowsSpec(groups, take)

    def whole(self, model, row):
        return {f.name: normal_value(f.type, row[f.name]) for f in model.fields if row[f.name] is not None}

    def selected(self, model, select, row):
        out = {}
        for name, children in select:
            field = model.field(name)
            if children is None:
                out[name] = normal_value(field.type, row[name])
                continue
            target = field.type.model
            referred = self.find(target, row[name]) if row[name] is not None else None
            if referred is not None and not self.visible(target, referred, list(children)):
                referred = None
            out[name] = None if referred is None else self.selected(target, [(c, None) for c in children], referred)
        return {n: v for n, v in out.items() if v is not None}

    def shape(self, q, row, scope):
        model = q.model
        out = self.selected(model, q.select, row) if q.select is not None else self.whole(model, row)
        for i in q.includes:
            if i.field is not None:
                target = i.field.type.model
                key = row[i.field.name]
                referred = self.find(target, key) if key is not None else None
                if referred is not None and not self.visible(target, referred, include_fields(i)):
                    referred = None
                value = None if referred is None else self.include_row(i, target, referred)
            else:
                target = i.relation.target
                key = model.key_of(row)
                rows = [r for r in self.live(target) if r[i.relation.via] == key]
                if i.where is not None:
                    rows = [r for r in rows if holds(i.where, r, scope)]
                rows = [r for r in rows if self.visible(target, r, include_fields(i))]
                if i.relation.many:
                    take = value_of(i.take, None, scope) if i.take is not None else None
                    value = self.ordered(target, rows, i.order, i.desc, i.ties, take,
                                         lambda r: self.include_row(i, target, r))
                else:
                    value = self.include_row(i, target, rows[0]) if rows else None
            if value is None:
                out.pop(i.name, None)
            else:
                out[i.name] = value
        for a in q.aggregates:
            key = model.key_of(row)
            target = a.relation.target
            names = [] if a.field is None else [a.field.name]
            rows = [r for r in self.live(target) if r[a.relation.via] == key
                    and (a.where is None or holds(a.where, r, scope)) and self.visible(target, r, names)]
            value, errors = aggregate(a, rows)
            if errors:
                raise AggregateError(errors)
            if value is not None:
                out[a.name] = value
        return out

    def include_row(self, include, target, row):
        if include.relation is not None and include.relation.far is not None and include.select is None:
            out = self.whole(target, row)
            far = target.field(include.relation.far).type.model
            other = self.find(far, row[include.relation.far])
            out.pop(include.relation.far)
            if other is not None and self.visible(far, other, None):
                out[include.relation.far] = self.whole(far, other)
            return out
        return self.selected(target, include.select, row) if include.select is not None else self.whole(target, row)

    # ---- mutations

    def may_write(self, w, scope, is_shown):
        """The row as it is, or as it would be; and, where its key changes, where it goes."""
        judge = self.judge
        model = w.model
        if w.kind == "create":
            row = self.create(w, scope)[1][0]
            ok = judge.allowed(model, "create", judge.reader(row)) is True
            return ok and (not is_shown or judge.allowed(model, "read", judge.reader(row)) is True)
        at = 0
        values = self.key_values(model, w.key, scope)
        known = {}
        for f in model.key_fields():
            n = len(f.type.model.key_types()) if f.type.kind == "ref" else 1
            known[f.name] = tuple(values[at:at + n]) if f.type.kind == "ref" else values[at]
            at += n
        row = self.find(model, values)
        get = keyed(row, known)
        ok = judge.allowed(model, w.kind, get) is True
        moved = {n: value_of(e, None, scope) for n, e in w.assign if w.kind == "update" and model.field(n).key}
        if moved:
            ok = ok and judge.allowed(model, w.kind, lambda n: moved[n] if n in moved else get(n)) is True
        return ok and (not is_shown or judge.allowed(model, "read", get) is True)

    def mutation(self, procedure, scope):
        errors = set()
        results = []
        for w in procedure.writes:
            is_shown = procedure.returns is not None and w is procedure.writes[-1]
            if not self.may_write(w, scope, is_shown):
                return Outcome(errors={("DENIED", None)})
        for w in procedure.writes:
            found, result = getattr(self, w.kind)(w, scope)
            errors |= found
            results.append(result)
        if errors:
            return Outcome(errors=errors)
        last = results[-1][0]
        model = procedure.writes[-1].model
        value = None
        if procedure.returns is not None:
            value = {f.name: last[f.name] if isinstance(last[f.name], Auto) else normal_value(f.type, last[f.name])
                     for f in model.fields if last[f.name] is not None}

        def commit(adopted):
            for name, v in adopted.items():
                last[name] = v
            for row, apply in results:
                apply()
        return Outcome(value=value, commit=commit)

    def unique_errors(self, model, row, old):
        errors = set()
        for f in model.fields:
            if not f.unique or row[f.name] is None:
                continue
            value = folded(f, row[f.name])
            for other in self.rows[model]:
                if other is not old and other[f.name] is not None and folded(f, other[f.name]) == value:
                    errors.add(("NOT_UNIQUE", f.name))
        return errors

    def create(self, w, scope):
        model = w.model
        row = {"_deleted": False}
        assigned = dict(w.assign)
        for f in model.fields:
            if f.name in assigned:
                value = value_of(assigned[f.name], None, scope)
            elif f.has_default:
                value = f.default
            elif f.auto:
                value = scope.now if f.type.kind == "timestamp" else Auto(f.type.kind)
            elif f.origin in ("createdAt", "updatedAt"):
                value = scope.now
            elif f.origin == "version":
                value = 1
            elif f.type.kind in ("set", "list"):
                value = []
            elif f.type.kind == "map":
                value = {}
            else:
                value = None
            if f.type.kind == "epoch" and value is not None:
                value = value[:20] + "000Z"
            row[f.name] = value
        errors = set()
        if not any(isinstance(v, Auto) for v in row.values()) and self.find(model, model.key_of(row), True) is not None:
            errors.add(("EXISTS", None))
        errors |= self.unique_errors(model, row, None)
        return errors, (row, lambda: self.rows[model].append(row))

    def update(self, w, scope):
        model = w.model
        row = self.find(model, self.key_values(model, w.key, scope))
        if row is None:
            return {("NOT_FOUND", None)}, None
        errors = set()
        if w.condition is not None and not holds(w.condition, row, scope):
            errors.add(("CONDITION_FAILED", None))
        if w.expecting is not None and value_of(w.expecting, None, scope) != row["version"]:
            errors.add(("CONFLICT", None))
        new = dict(row)
        for name, e in w.assign:
            f = model.field(name)
            value = value_of(e, row, scope)
            errors |= range_errors(f, e, value)
            if f.type.kind == "epoch" and value is not None:
                value = value[:20] + "000Z"
            new[name] = value
        for f in model.fields:
            if f.origin == "updatedAt":
                new[f.name] = scope.now
            elif f.origin == "version":
                new[f.name] += 1
        if model.key_of(new) != model.key_of(row) and self.find(model, model.key_of(new), True) is not None:
            errors.add(("EXISTS", None))
        errors |= self.unique_errors(model, new, row)

        def apply():
            row.update(new)
        return errors, (new, apply)

    def delete(self, w, scope):
        model = w.model
        row = self.find(model, self.key_values(model, w.key, scope))
        if row is None:
            return {("NOT_FOUND", None)}, None
        errors = set()
        if w.condition is not None and not holds(w.condition, row, scope):
            errors.add(("CONDITION_FAILED", None))

        def apply():
            if model.soft:
                row["_deleted"] = True
            else:
                self.remove(model, row)
        return errors, (row, apply)

    def remove(self, model, row):
        self.rows[model] = [r for r in self.rows[model] if r is not row]
        key = model.key_of(row)
        for child in model.children:
            for r in [r for r in self.rows[child] if r[child.parent_field().name] == key]:
                self.remove(child, r)


class AggregateError(Exception):
    def __init__(self, errors):
        super().__init__("no value")
        self.errors = errors


def keyed(row, known):
    """The row that a key leads to; where there is none, the key is all that is there."""
    return lambda name: row[name] if row is not None else known.get(name)


def add_equations(known, where, scope):
    if where is None:
        return
    if where[0] == "and":
        add_equations(known, where[1], scope)
        add_equations(known, where[2], scope)
    elif where[0] == "cmp" and where[1] == "==":
        for left, right in ((where[2], where[3]), (where[3], where[2])):
            if left[0] == "row" and right[0] in ("arg", "caller", "lit", "cmp") and left[1] not in known:
                known[left[1]] = value_of(right, None, scope) if right[0] != "cmp" else holds(right, None, scope)


def shown_fields(q):
    """What of a row comes out; None: the row as it is."""
    if q.aggregates and q.mode == "from":
        return [a.field.name for a in q.aggregates if a.field is not None]
    if q.select is not None:
        return [n for n, _ in q.select] + [i.field.name for i in q.includes if i.field is not None]
    return [f.name for f in q.model.fields] if q.includes or q.aggregates else None


def fields_below(i):
    """What comes out of the rows of an aggregate or include."""
    if hasattr(i, "kind"):
        return [] if i.field is None else [i.field.name]
    return include_fields(i)


def include_fields(i):
    if i.select is not None:
        return [n for n, _ in i.select]
    return [f.name for f in i.relation.target.fields] if i.relation is not None and i.relation.far is not None else None


def aggregate(a, rows):
    """(value or None, errors)"""
    if a.kind == "count":
        return len(rows), set()
    values = [r[a.field.name] for r in rows if r[a.field.name] is not None]
    if a.kind == "sum" and a.field.type.kind == "int":
        total = sum(values)
        return (total, set()) if INT64_MIN <= total <= INT64_MAX else (None, {("RANGE", a.name)})
    if a.kind == "sum":
        total = EXACT.create_decimal(0)
        for v in values:
            total = EXACT.add(total, v)
        digits = "".join(map(str, total.as_tuple().digits)).lstrip("0").rstrip("0")
        return (total, set()) if len(digits) <= 38 else (None, {("RANGE", a.name)})
    if not values:
        return None, set()
    best = (min if a.kind == "min" else max)(values, key=lambda v: order_key(a.field.type, v))
    return normal_value(a.field.type, best), set()


def folded(field, value):
    if field.unique != "fold":
        return order_key(field.type, value)
    return "".join(chr(ord(c) + 32) if "A" <= c <= "Z" else c for c in value)


def range_errors(field, e, value):
    """Computed values are checked when they are stored."""
    if e[0] not in ("add", "sub") or value is None:
        return set()
    t = field.type
    if t.kind == "int":
        low, high = (INT32_MIN, INT32_MAX) if t.width == 32 else (INT64_MIN, INT64_MAX)
        low = t.lo if t.lo is not None else low
        high = t.hi if t.hi is not None else high
        return set() if low <= value <= high else {("RANGE", None)}
    if t.kind == "decimal":
        digits = "".join(map(str, value.as_tuple().digits)).lstrip("0").rstrip("0")
        # An ADD that the service refuses has no field to name: INVALID_ARGUMENT.
        return {("RANGE", None), ("INVALID_ARGUMENT", None)} if len(digits) > 38 else set()
    return set()


# ---- comparing --------------------------------------------------------------------------------------------------


class Differ(Exception):
    pass


def output_types(procedure):
    """Members of an answer: name -> type, or (model members) for nested rows."""
    q = procedure.query
    if q is None:
        return row_types(procedure.returns, None, []) if procedure.returns is not None else None
    if q.aggregates and q.mode == "from":
        return {a.name: a.type() for a in q.aggregates}
    out = row_types(q.model, q.select, q.includes)
    out.update({a.name: a.type() for a in q.aggregates})
    return out


def row_types(model, select, includes):
    if select is None:
        out = {f.name: f.type for f in model.fields}
    else:
        out = {}
        for name, children in select:
            f = model.field(name)
            out[name] = f.type if children is None else row_types(f.type.model, [(c, None) for c in children], [])
    for i in includes:
        target = i.field.type.model if i.field is not None else i.relation.target
        members = row_types(target, i.select, [])
        if i.relation is not None and i.relation.far is not None and i.select is None:
            members[i.relation.far] = row_types(target.field(i.relation.far).type.model, None, [])
        out[i.name] = [members] if i.relation is not None and i.relation.many else members
    return out


def normal_row(types, value):
    if not isinstance(value, dict):
        raise BadForm("%r is not a row" % (value,))
    out = {}
    for name, v in value.items():
        if name not in types:
            if name == "deletedAt" and v is None:
                continue
            raise BadForm("unexpected member `%s`" % name)
        if v is None:
            continue
        t = types[name]
        if isinstance(t, dict):
            out[name] = normal_row(t, v)
        elif isinstance(t, list):
            out[name] = [normal_row(t[0], r) for r in v]
        else:
            out[name] = normal(t, v)
    return out


def match(expected, actual, now_ms, adopted=None):
    """Raises Differ where `actual` (normal) is not `expected`."""
    if isinstance(expected, Auto):
        if not expected.fits(actual, now_ms):
            raise Differ("%r is not %r of %d" % (actual, expected, now_ms))
        return
    if isinstance(expected, RowsSpec):
        if not isinstance(actual, list):
            raise Differ("not a list: %r" % (actual,))
        return match_rows(expected, actual, now_ms)
    if isinstance(expected, dict) and isinstance(actual, dict):
        for name in expected.keys() | actual.keys():
            if name not in actual:
                raise Differ("`%s` is missing, should be %r" % (name, expected[name]))
            if name not in expected:
                raise Differ("`%s` is %r, should be absent" % (name, actual[name]))
            try:
                match(expected[name], actual[name], now_ms)
            except Differ as d:
                raise Differ("%s: %s" % (name, d))
            if adopted is not None and isinstance(expected[name], Auto):
                adopted[name] = actual[name]
        return
    if expected != actual or isinstance(expected, bool) != isinstance(actual, bool):
        raise Differ("%r, should be %r" % (actual, expected))


def match_rows(spec, actual, now_ms):
    total = sum(len(g) for g in spec.groups)
    wanted = total if spec.take is None else min(spec.take, total)
    if len(actual) != wanted:
        raise Differ("%d rows, should be %d" % (len(actual), wanted))
    at = 0
    for group in spec.groups:
        n = min(len(group), wanted - at)
        left = list(group)
        for row in actual[at:at + n]:
            why = None
            for candidate in left:
                try:
                    match(candidate, row, now_ms)
                    left.remove(candidate)
                    break
                except Differ as d:
                    why = why or d
            else:
                raise Differ("row %d: %s" % (at, why))
            at += 1
        if at >= wanted:
            break


def compare(procedure, outcome, answer):
    """Returns what the model must adopt; raises Differ. `answer` is the driver's line."""
    if outcome.may_be_denied and answer.get("error") == "DENIED":
        return None
    if outcome.errors is not None:
        if "error" not in answer:
            raise Differ("succeeded, should fail with " + outcome.text())
        for status, field in outcome.errors:
            if answer["error"] == status and (field is None or answer.get("field") == field):
                return None
        raise Differ("failed with %s(%s), should fail with %s" % (answer["error"], answer.get("field"), outcome.text()))
    if "error" in answer:
        raise Differ("failed with %s(%s): %s; should succeed" % (answer["error"], answer.get("field"),
                                                               answer.get("message")))
    types = output_types(procedure)
    got = answer["ok"]
    adopted = {}
    try:
        if types is None:
            if got is not None:
                raise Differ("answered %r, should be null" % (got,))
        elif isinstance(outcome.value, RowsSpec):
            match(outcome.value, [normal_row(types, r) for r in got], outcome.now_ms)
        else:
            match(outcome.value, normal_row(types, got), outcome.now_ms, adopted)
    except BadForm as bad:
        raise Differ("bad form: %s" % bad)
    return adopted
