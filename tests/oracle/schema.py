# SPDX-License-Identifier: Apache-2.0
"""Random schemas: Python objects, and their text.

Only valid schemas are made: what the compiler refuses is a failure of one of the two. An expression is a tuple:
  ("lit", type, value) ("arg", name, type) ("caller", name, type) ("row", field, type) ("now",)
  ("part", field, member, type)    of a struct: `.field.member`
  ("cmp", op, l, r) ("between", x, low, high) ("in", x, [items]) ("inlist", x, list) ("begins", l, r)
  ("notin", x, [items]) ("contains", l, r) ("present", x, wanted, as a word) ("and", l, r) ("or", l, r) ("not", x) ("add", l, r) ("sub", l, r)
"""
import collections
import os

from policies import PolicyMaker
from values import INT64_MAX, Domain, Enum, Struct, Type, literal

# Faults that are found and not repaired yet (found/*/open.txt): what would meet them is left out.
KNOWN = frozenset()

MODEL_NAMES = ["Alpha", "Beta", "Gamma", "Delta", "Epsilon", "Zeta", "Eta", "Theta"]
SORTABLE = ("string", "int", "decimal", "bytes", "date", "timestamp", "ulid", "uuid", "enum", "bool")


class Field:
    def __init__(self, name, type, key=False, auto=False, default=None, unique=None, origin=None):
        self.name = name
        self.type = type
        self.key = key
        self.auto = auto
        self.default = default
        self.has_default = default is not None
        self.unique = unique  # None, "exact", "fold"
        self.origin = origin  # None, "parent", "createdAt", "updatedAt", "version", "ttl"
        self.index = None

    def managed(self):
        return self.origin in ("createdAt", "updatedAt", "version")


class Index:
    def __init__(self, field, within, sort):
        self.field = field
        self.within = within  # field names
        self.sort_names = sort

    def partition(self):
        return list(self.within) if self.within else [self.field]

    def sort(self):
        return ([self.field] if self.within else []) + list(self.sort_names)

    def text(self):
        parts = []
        if self.within:
            parts.append("within: " + (self.within[0] if len(self.within) == 1 else "[" + ", ".join(self.within) + "]"))
        if self.sort_names:
            parts.append("sort: " + (self.sort_names[0] if len(self.sort_names) == 1
                                     else "[" + ", ".join(self.sort_names) + "]"))
        return "@index" + ("(" + ", ".join(parts) + ")" if parts else "")


class WrittenIndex:
    """`index byX "phys" pk x [sort y]`: native attributes."""

    def __init__(self, name, physical, partition, sort):
        self.name = name
        self.physical = physical
        self.part = partition
        self.sort_field = sort

    def text(self):
        return 'index %s "%s" pk %s%s' % (self.name, self.physical, self.part,
                                          " sort " + self.sort_field if self.sort_field else "")


class Relation:
    def __init__(self, name, target, via, many, far=None):
        self.name = name
        self.target = target
        self.via = via
        self.many = many
        self.far = far  # `through` the link `target`: the field of its other end


class Aggregate:
    def __init__(self, kind, name, relation=None, field=None, where=None):
        self.kind = kind  # "count", "sum", "min", "max"
        self.name = name
        self.relation = relation
        self.field = field
        self.where = where

    def text(self):
        of = [] if self.relation is None else [self.relation.name]
        if self.field is not None:
            of = ["%s.%s" % (self.relation.name if self.relation else "", self.field.name)]
        where = ["where " + expr_text(self.where)] if self.where is not None else []
        return " ".join([self.kind] + of + where + ["as", self.name])

    def type(self):
        if self.kind == "count":
            return Type("int")
        if self.kind == "sum":
            return Type(self.field.type.kind)
        return self.field.type.opt()


def expires(model):
    """Rows of the model, or those that they stand under, expire by themselves: nothing can be unique."""
    while model is not None and not model.ttl:
        model = model.parent
    return model is not None


class Path:
    """A way to many rows: `part` fields are bound, rows come by `sort` fields. `ties` False: the end is not known."""

    def __init__(self, kind, name, part, sort, ties=True):
        self.kind = kind  # "children", "index", "relation", "written"
        self.name = name
        self.part = part
        self.sort = sort
        self.ties = ties


class Model:
    def __init__(self, name):
        self.name = name
        self.parent = None
        self.single = False
        self.fields = []  # key fields first
        self.relations = []
        self.timestamps = False
        self.versioned = False
        self.soft = False
        self.ttl = False
        self.table = None
        self.written_key = None  # text
        self.written_indexes = []
        self.partition_fields = None  # of a written key, or None
        self.children = []
        self.can_be_referred = True
        self.link = None  # the second end's field
        self.policy = None

    def field(self, name):
        for f in self.fields:
            if f.name == name:
                return f
        raise KeyError(name)

    def key_fields(self):
        return [f for f in self.fields if f.key]

    def own_key_fields(self):
        return [f for f in self.fields if f.key and f.origin != "parent"]

    def key_types(self):
        out = []
        for f in self.key_fields():
            out += f.type.model.key_types() if f.type.kind == "ref" else [f.type.base()]
        return out

    def key_of(self, row):
        out = []
        for f in self.key_fields():
            value = row[f.name]
            out += list(value) if f.type.kind == "ref" else [value]
        return tuple(out)

    def indexes(self):
        return [f.index for f in self.fields if f.index is not None]

    def paths(self):
        keys = [f.name for f in self.key_fields()]
        out = []
        if self.parent is not None and not self.single:
            out.append(Path("children", self.parent_field().name, [self.parent_field().name],
                            [f.name for f in self.own_key_fields()]))
        if self.partition_fields is not None:
            out.append(Path("children", None, list(self.partition_fields),
                            [k for k in keys if k not in self.partition_fields], ties=True))
        for index in self.indexes():
            part = index.partition()
            server = self.server_of(index)
            sort = []
            for name in server.sort() + keys:
                if name not in sort and (name not in part or name in server.sort()):
                    sort.append(name)
            out.append(Path("index", index.field, part, sort))
        for index in self.written_indexes:
            out.append(Path("written", index.name, [index.part], [index.sort_field] if index.sort_field else [],
                            ties=False))
        return out

    def server_of(self, index):
        """language.md: of two indexes with the same partition, one whose sort parts extend the other's serves both."""
        presence = lambda i: {n for n in i.partition() + i.sort() if self.field(n).type.optional}
        for other in self.indexes():
            if other is index or other.partition() != index.partition() or presence(other) != presence(index):
                continue
            if len(other.sort()) > len(index.sort()) and other.sort()[:len(index.sort())] == index.sort():
                return self.server_of(other)
        return index

    def is_ambiguous(self):
        """Two indexes could serve a third: then which order that one has is not known."""
        for a in self.indexes():
            servers = [b for b in self.indexes() if b is not a and b.partition() == a.partition()
                       and len(b.sort()) >= len(a.sort()) and b.sort()[:len(a.sort())] == a.sort()]
            if len(servers) > 1 or any(len(b.sort()) == len(a.sort()) for b in servers):
                return True
        return False

    def relation_paths(self, schema):
        """Paths that only inverse relations ask for."""
        out = []
        for model in schema.models:
            for relation in model.relations:
                if relation.target is self and self.field(relation.via).origin != "parent":
                    served = any(p.part == [relation.via] for p in self.paths() + out)
                    if not served:
                        keys = [f.name for f in self.key_fields() if f.name != relation.via]
                        out.append(Path("relation", None, [relation.via], keys))
        return out

    def parent_field(self):
        for f in self.fields:
            if f.origin == "parent":
                return f
        return None

    def text(self):
        head = "model " + self.name
        if self.link is not None:
            head = "link %s between %s: %s, %s: %s" % (self.name, self.parent_field().name, self.parent.name,
                                                       self.link.name, self.link.type.model.name)
        elif self.parent is not None:
            head += " in %s: %s" % (self.parent_field().name, self.parent.name)
        if self.single:
            head += " single"
        if self.table is not None:
            head += " @table(%s)" % self.table
        lines = [head + " {"]
        for f in self.fields:
            if f.origin is not None:
                continue
            parts = ["  " + f.name, f.type.text()]
            if f.has_default:
                parts.append("= " + literal(f.type, f.default))
            if f.key and self.written_key is None:
                parts.append("@key")
            elif f.key:
                parts.append("@key")
            if f.auto:
                parts.append("@auto")
            if f.unique == "fold":
                parts.append("@unique(fold)")
            elif f.unique:
                parts.append("@unique")
            if f.index is not None:
                parts.append(f.index.text())
            lines.append(" ".join(parts))
        for r in self.relations:
            if r.far is not None:
                far = r.target.field(r.far).type.model
                via = " via %s.%s" % (r.target.name, r.via) if far is self else ""
                lines.append("  %s %s[] through %s%s" % (r.name, far.name, r.target.name, via))
                continue
            lines.append("  %s %s%s via %s.%s" % (r.name, r.target.name, "[]" if r.many else "?", r.target.name, r.via))
        traits = [t for t, on in (("timestamps", self.timestamps), ("versioned", self.versioned),
                                  ("softDelete", self.soft), ("ttl(expiresAt)", self.ttl)) if on]
        if traits:
            lines.append("  use " + ", ".join(traits))
        if self.written_key is not None:
            lines.append("  " + self.written_key)
        for index in self.written_indexes:
            lines.append("  " + index.text())
        lines.append("}")
        return "\n".join(lines)


class Argument:
    def __init__(self, name, type, default=None, hint=None):
        self.name = name
        self.type = type
        self.default = default
        self.hint = hint  # (model, field): where likely values are

    def text(self):
        out = "%s: %s" % (self.name, self.type.text(True))
        if self.default is not None:
            out += " = " + literal(self.type, self.default)
        return out


class Include:
    def __init__(self, name, relation=None, field=None, where=None, order=None, desc=False, take=None, select=None,
                 ties=None):
        self.name = name
        self.relation = relation
        self.field = field
        self.where = where
        self.order = order
        self.desc = desc
        self.take = take
        self.select = select
        self.ties = ties


class Query:
    kind = "query"

    def __init__(self, model, mode):
        self.model = model
        self.mode = mode  # "get", "unique", "from"
        self.key = None  # expressions per key field
        self.inside = None  # parent reference
        self.by = None  # index name
        self.by_partition = None  # field that `by ... ==` binds
        self.by_value = None
        self.where = None
        self.order = None
        self.desc = False
        self.take = None
        self.select = None
        self.includes = []
        self.aggregates = []
        # What is known about the order of ties: field names, or None.
        self.ties = None


class Write:
    def __init__(self, kind, model):
        self.kind = kind  # "create", "update", "delete"
        self.model = model
        self.key = None
        self.assign = []  # [(field name, expression)]
        self.condition = None
        self.expecting = None


class Procedure:
    def __init__(self, name):
        self.name = name
        self.args = []
        self.query = None
        self.writes = []
        self.returns = None  # model
        self.router = None
        self.switches = 0

    def path(self):
        return self.router.name + "." + self.name

    def models(self):
        out = [self.query.model] if self.query else [w.model for w in self.writes]
        for i in self.query.includes + self.query.aggregates if self.query else []:
            if i.relation:
                out.append(i.relation.target)
        return out

    def text(self):
        args = ", ".join(a.text() for a in self.args)
        if self.query is not None:
            return "  query %s(%s) {\n%s\n  }" % (self.name, args, query_text(self.query))
        head = "  mutation %s(%s)%s {\n" % (self.name, args, " -> " + self.returns.name if self.returns else "")
        lines = [write_text(w) for w in self.writes]
        if len(lines) > 1:
            return head + "    transaction {\n" + "\n".join("  " + l for l in lines) + "\n    }\n  }"
        return head + lines[0] + "\n  }"


class Router:
    def __init__(self, name, context=None):
        self.name = name
        self.context = context
        self.procedures = []


class Context:
    def __init__(self, name, fields):
        self.name = name
        self.fields = fields  # [(name, Type)]


class Schema:
    def __init__(self):
        self.seed = None
        self.enums = []
        self.structs = []
        self.models = []
        self.routers = []
        self.context = None
        self.table = None  # text lines
        self.tables = []

    def procedures(self):
        return [p for r in self.routers for p in r.procedures]

    def text(self):
        out = ["dyn 1", "namespace oracle", ""]
        out += self.tables
        for e in self.enums:
            out.append("enum %s { %s }" % (e.name, "  ".join("%s = %d" % v for v in e.values)))
        for s in self.structs:
            out.append("struct %s {" % s.name)
            for name, type, default in s.fields:
                out.append("  %s %s%s" % (name, type.text(), " = " + literal(type, default) if default is not None else ""))
            out.append("}")
        for m in self.models:
            out += ["", m.text()]
        if self.context is not None:
            out += ["", "context %s {" % self.context.name]
            out += ["  %s %s" % (n, t.text(True)) for n, t in self.context.fields]
            out += ["}"]
            policies = [m.policy.text(m, expr_text) for m in self.models if m.policy is not None]
            out += policies or ["public"]
        for r in self.routers:
            if r.procedures:
                out += ["", "router %s%s {" % (r.name, "(caller: %s)" % r.context.name if r.context else "")]
                out += [p.text() for p in r.procedures]
                out.append("}")
        return "\n".join(out) + "\n"


# ---- text of procedures -----------------------------------------------------------------------------------------


def expr_text(e):
    op = e[0]
    if op == "lit":
        return literal(e[1], e[2])
    if op == "arg":
        return e[1]
    if op == "caller":
        return "caller." + e[1]
    if op == "row":
        return "." + e[1]
    if op == "part":
        return ".%s.%s" % (e[1], e[2])
    if op == "letexists":
        return e[1][0] + " exists"
    if op == "letfield":
        return "%s.%s" % (e[1][0], e[2])
    if op == "allowed":
        return ".%s.%s" % (e[1], e[2])
    if op in ("wrap", "whole"):
        return expr_text(e[1])
    if op == "now":
        return "now()"
    if op == "cmp":
        sides = ["(%s)" % expr_text(x) if x[0] == "cmp" else expr_text(x) for x in (e[2], e[3])]
        return "%s %s %s" % (sides[0], e[1], sides[1])
    if op == "between":
        return "%s between %s and %s" % (expr_text(e[1]), expr_text(e[2]), expr_text(e[3]))
    if op == "in":
        return "%s in [%s]" % (expr_text(e[1]), ", ".join(expr_text(i) for i in e[2]))
    if op == "notin":
        return "%s not in [%s]" % (expr_text(e[1]), ", ".join(expr_text(i) for i in e[2]))
    if op == "inlist":
        return "%s in %s" % (expr_text(e[1]), expr_text(e[2]))
    if op == "begins":
        return "%s begins_with %s" % (expr_text(e[1]), expr_text(e[2]))
    if op == "contains":
        return "%s contains %s" % (expr_text(e[1]), expr_text(e[2]))
    if op == "present":
        if len(e) > 3 and e[3] and e[2]:
            return expr_text(e[1]) + " exists"
        return "%s %s null" % (expr_text(e[1]), "!=" if e[2] else "==")
    if op == "and" or op == "or":
        return "%s %s %s" % (wrapped(e[1]), op, wrapped(e[2]))
    if op == "not":
        return "not %s" % (expr_text(e[1]) if e[1][0] in ("row", "arg", "part") else "(%s)" % expr_text(e[1]))
    if op == "add":
        return "%s + %s" % (expr_text(e[1]), expr_text(e[2]))
    if op == "sub":
        return "%s - %s" % (expr_text(e[1]), expr_text(e[2]))
    raise AssertionError(op)


def wrapped(e):
    return "(%s)" % expr_text(e) if e[0] in ("and", "or", "between") else expr_text(e)


def select_text(select):
    return ", ".join(n if not c else "%s { %s }" % (n, ", ".join(c)) for n, c in select)


def query_text(q):
    lines = []
    if q.mode == "get":
        lines.append("get %s(%s)" % (q.model.name, ", ".join(expr_text(k) for k in q.key)))
    elif q.mode == "unique":
        lines.append("get %s by %s == %s" % (q.model.name, q.by, expr_text(q.by_value)))
    else:
        head = "from " + q.model.name
        if q.inside is not None:
            head += " in " + expr_text(q.inside)
        if q.by is not None:
            head += " by " + q.by
            if q.by_value is not None:
                head += " == " + expr_text(q.by_value)
        lines.append(head)
    if q.where is not None:
        lines.append("where " + expr_text(q.where))
    if q.order is not None:
        lines.append("order .%s %s" % (q.order, "desc" if q.desc else "asc"))
    if q.take is not None:
        lines.append("take " + expr_text(q.take))
    if q.select is not None:
        lines.append("select " + select_text(q.select))
    for i in q.includes:
        parts = []
        if i.where is not None:
            parts.append("where " + expr_text(i.where))
        if i.order is not None:
            parts.append("order .%s %s" % (i.order, "desc" if i.desc else "asc"))
        if i.take is not None:
            parts.append("take " + expr_text(i.take))
        if i.select is not None:
            parts.append("select " + select_text(i.select))
        lines.append("include %s%s" % (i.name, " { %s }" % "  ".join(parts) if parts else ""))
    lines += [a.text() for a in q.aggregates]
    return "\n".join("    " + l for l in lines)


def write_text(w):
    if w.kind == "create":
        parts = [n if e[0] == "arg" and e[1] == n else "%s: %s" % (n, expr_text(e)) for n, e in w.assign]
        return "    create %s { %s }" % (w.model.name, ", ".join(parts))
    key = "%s(%s)" % (w.model.name, ", ".join(expr_text(k) for k in w.key))
    if w.kind == "delete":
        out = "    delete " + key
    else:
        out = "    update %s set %s" % (key, ", ".join("%s = %s" % (n, expr_text(e)) for n, e in w.assign))
    if w.condition is not None:
        out += " if " + expr_text(w.condition)
    if w.expecting is not None:
        out += " expecting " + expr_text(w.expecting)
    return out


# ---- the generator ----------------------------------------------------------------------------------------------


class Generator:
    def __init__(self, rng, size=None):
        self.rng = rng
        self.schema = Schema()
        self.domain = Domain(rng)
        self.n_names = 0
        self.coverage = collections.Counter()
        self.size = size

    def chance(self, p):
        return self.rng.random() < p

    def count(self, what, n=1):
        self.coverage[what] += n

    # ---- types

    def scalar(self, where):
        """`where`: "key", "sort", "payload"."""
        rng = self.rng
        kinds = {"key": ["string"] * 6 + ["int"] * 3 + ["ulid"] * 2 + ["uuid", "date", "timestamp", "enum", "bytes"],
                 "sort": ["string"] * 5 + ["int"] * 4 + ["date"] * 2 + ["timestamp", "enum"] * 2
                 + ["decimal"] * 2 + ["ulid", "uuid", "bytes", "bool"],
                 "payload": ["string"] * 3 + ["int"] * 2 + ["bool"] * 3 + ["enum"] * 2
                 + ["decimal", "float", "bytes", "email", "url", "date", "timestamp", "ulid", "uuid", "json"]}[where]
        kind = rng.choice(kinds)
        self.count("%s type %s" % (where, kind))
        if kind == "string":
            return Type("string", lo=rng.choice([None, None, 1]), hi=rng.choice([4, 8, 12]))
        if kind == "int":
            form = rng.randint(0, 3)
            if form == 0:
                return Type("int", width=32)
            if form == 1:
                lo, hi = rng.choice([(-10, 10), (0, 100), (-1000, 1000), (1, 5)])
                return Type("int", lo=lo, hi=hi)
            return Type("int")
        if kind == "bytes":
            return Type("bytes", hi=4)
        if kind == "enum":
            return Type("enum", enum=rng.choice(self.schema.enums))
        return Type(kind)

    def payload(self):
        form = self.rng.random()
        rng = self.rng
        if form < 0.72:
            return self.scalar("payload")
        if form < 0.8 and self.schema.structs:
            self.count("payload struct")
            return Type("struct", struct=rng.choice(self.schema.structs))
        elem = rng.choice([Type("string", hi=8), Type("int", width=32), Type("enum", enum=rng.choice(self.schema.enums)),
                           Type("date"), Type("int")])
        if form < 0.88:
            self.count("payload set")
            return Type("set", elem=elem, max=5)
        if form < 0.95:
            self.count("payload list")
            if self.schema.structs and self.chance(0.3):
                elem = Type("struct", struct=rng.choice(self.schema.structs))
            return Type("list", elem=elem, max=5)
        self.count("payload map")
        return Type("map", elem=elem, max=5)

    def default(self, type):
        """A default value, or None."""
        if type.kind == "list":
            return []
        if type.kind in ("struct", "set", "map", "ref", "json", "ulid", "uuid"):
            return None
        for _ in range(20):
            value = self.domain.sample(type.base())
            if not isinstance(value, str) or (value.isprintable() and "\\" not in value):
                return value
        return None

    # ---- declarations

    def enums(self):
        for i in range(self.rng.randint(1, 2)):
            names = ["e%d%s" % (i, n) for n in self.rng.sample(["x", "aa", "b", "zz", "m", "q"], self.rng.randint(2, 4))]
            tags = self.rng.sample([1, 2, 3, 5, 9, 10, 11, 100], len(names))
            self.schema.enums.append(Enum("Kind%d" % i, list(zip(names, tags))))

    def structs(self):
        if self.chance(0.5):
            fields = [("label", Type("string", hi=8), None), ("on", Type("bool"), True)]
            if self.chance(0.5):
                fields.append(("n", Type("int", optional=True), None))
            self.schema.structs.append(Struct("Part", fields))

    def make_models(self):
        rng = self.rng
        n = self.size or rng.choice([1, 1, 2, 2, 2, 3, 3, 4, 5, 6])
        for i in range(n):
            model = Model(MODEL_NAMES[i])
            parents = [m for m in self.schema.models if m.written_key is None and depth(m) < 3]
            if parents and self.chance(0.55):
                model.parent = rng.choice(parents)
                model.single = self.chance(0.2) and not model.parent.single
                model.parent.children.append(model)
                self.count("single child" if model.single else ("grandchild" if depth(model) > 2 else "child"))
            else:
                self.count("root")
            self.schema.models.append(model)
            self.key(model)
        for name in ("Knot", "Bond"):
            if self.chance(0.25):
                self.link(name)
        for model in self.schema.models:
            self.traits(model)
        for model in self.schema.models:
            self.members(model)
        for model in self.schema.models:
            self.add_traits(model)
            self.indexes(model)
        for model in self.schema.models:
            self.relations(model)
        if self.chance(0.15):
            self.native_model()
        if self.chance(0.12):
            self.written_model()

    def link(self, name):
        ends = [m for m in self.schema.models if m.key_fields() and len(m.key_types()) <= 2 and m.link is None
                and depth(m) < 3]
        if not ends:
            return
        first, second = self.rng.choice(ends), self.rng.choice(ends)
        link = Model(name)
        link.parent = first
        first.children.append(link)
        end = Field("yonder", Type("ref", model=second), key=True, origin="end")
        link.fields += [Field("hither", Type("ref", model=first), key=True, origin="parent"), end]
        end.index = Index("yonder", [], [])
        link.link = end
        self.schema.models.append(link)
        self.count("link" + (" with itself" if first is second else ""))

    def key(self, model):
        rng = self.rng
        if model.parent is not None:
            name = model.parent.name[0].lower() + model.parent.name[1:]
            model.fields.append(Field(name, Type("ref", model=model.parent), key=True, origin="parent"))
        if model.single:
            return
        n = rng.choice([1, 1, 1, 1, 2, 2, 3])
        if n > 1:
            self.count("composite key")
        for i in range(n):
            name = "id" if n == 1 else "k%d" % (i + 1)
            others = [m for m in self.schema.models if m is not model and m is not model.parent and m.key_fields()
                      and len(m.key_types()) <= 3]
            if others and self.chance(0.12):
                self.count("reference as key")
                target = rng.choice(others)
                model.fields.append(Field("r%d" % (i + 1), Type("ref", model=target), key=True))
                continue
            type = self.scalar("key")
            if type.kind == "bool" and n == 1:
                type = Type("string", hi=8)
            auto = type.kind in ("ulid", "uuid") and self.chance(0.8)
            if auto:
                self.count("auto key")
            model.fields.append(Field(name, type, key=True, auto=auto))

    def traits(self, model):
        model.timestamps = self.chance(0.35)
        model.versioned = self.chance(0.4)
        model.soft = self.chance(0.3)
        model.ttl = self.chance(0.1)
        for name in ("timestamps", "versioned", "soft", "ttl"):
            if getattr(model, name):
                self.count("trait " + name)

    def members(self, model):
        rng = self.rng
        n = rng.randint(1, 5)
        for i in range(n):
            name = "f%d" % (i + 1)
            targets = [m for m in self.schema.models if m.key_fields() and len(m.key_types()) <= 4]
            if targets and self.chance(0.28):
                target = rng.choice(targets)
                self.count("belongsTo" + (" self" if target is model else "")
                           + (" of several parts" if len(target.key_types()) > 1 else ""))
                model.fields.append(Field(name, Type("ref", model=target, optional=self.chance(0.35))))
                continue
            unique = not expires(model) and self.chance(0.22)
            if unique:
                kind = rng.choice(["string", "email", "string", "date", "timestamp", "ulid"])
                type = {"string": Type("string", hi=8), "email": Type("email"), "date": Type("date"),
                        "timestamp": Type("timestamp"), "ulid": Type("ulid")}[kind]
                type = type.opt(self.chance(0.4))
                fold = kind in ("string", "email") and self.chance(0.6)
                self.count("unique fold" if fold else "unique")
                model.fields.append(Field(name, type, unique="fold" if fold else "exact"))
                continue
            type = self.scalar("sort") if self.chance(0.5) else self.payload()
            if type.kind == "set":
                model.fields.append(Field(name, type))
                continue
            optional = self.chance(0.35) and type.kind not in ("list", "map")
            type = type.opt(optional)
            default = None
            if (type.kind == "list" and self.chance(0.5)) or (type.kind != "map" and not optional and self.chance(0.3)):
                default = self.default(type)
            auto = False
            if type.kind == "timestamp" and not optional and default is None and self.chance(0.4):
                auto = True
                self.count("auto timestamp")
            field = Field(name, type, auto=auto, default=default)
            if optional:
                self.count("optional")
            model.fields.append(field)

    def add_traits(self, model):
        if model.timestamps:
            model.fields.append(Field("createdAt", Type("timestamp"), origin="createdAt"))
            model.fields.append(Field("updatedAt", Type("timestamp"), origin="updatedAt"))
        if model.versioned:
            model.fields.append(Field("version", Type("version"), origin="version"))
        if model.ttl:
            model.fields.append(Field("expiresAt", Type("epoch", optional=True), origin="ttl"))

    def indexes(self, model):
        rng = self.rng
        orderable = [f for f in model.fields if f.type.kind in SORTABLE and f.origin in (None, "createdAt", "updatedAt")]
        for f in model.fields:
            if f.origin is not None or f.unique or f.key and self.chance(0.85):
                continue
            is_ref = f.type.kind == "ref"
            if not is_ref and f.type.kind not in SORTABLE:
                continue
            if not self.chance(0.75 if is_ref else 0.35) or len(model.indexes()) >= 4:
                continue
            others = [o for o in orderable if o is not f]
            sort = []
            if others and self.chance(0.7):
                sort.append(rng.choice(others).name)
                if len(others) > 1 and self.chance(0.25):
                    second = rng.choice(others).name
                    if second not in sort and self.allow_two_sorts:
                        sort.append(second)
            within = []
            if not is_ref and self.chance(0.55):
                candidates = [o for o in model.fields if o is not f and o.name not in sort
                              and (o.type.kind == "ref" or o.type.kind in ("enum", "string", "bool", "int"))
                              and not o.managed()]
                parent = model.parent_field()
                if parent is not None and self.chance(0.6):
                    within = [parent.name]
                elif candidates:
                    within = [c.name for c in rng.sample(candidates, min(len(candidates), rng.choice([1, 1, 1, 2])))]
                if len(within) > 1:
                    self.count("index within two fields")
            if f.type.kind == "ref" and f.type.model.parent is not None:
                self.count("index on reference of several parts")
            f.index = Index(f.name, within, sort)
            if model.is_ambiguous():
                f.index = None
                continue
            self.count("index within" if within else "index")
            if sort:
                self.count("index sort %d" % len(sort))
            if any(model.field(n).type.optional for n in f.index.partition() + f.index.sort()):
                self.count("sparse index")

    allow_two_sorts = True

    def relations(self, model):
        for link in [m for m in self.schema.models if m.link is not None]:
            for via, far in (("hither", "yonder"), ("yonder", "hither")):
                if link.field(via).type.model is model and self.chance(0.8):
                    model.relations.append(Relation("over%s%s" % (link.name, via), link, via, True, far=far))
                    self.count("through")
        for target in self.schema.models:
            for f in target.fields:
                if f.type.kind != "ref" or f.type.model is not model:
                    continue
                if f.origin == "parent":
                    if self.chance(0.7):
                        self.count("hasOne" if target.single else "hasMany children")
                        model.relations.append(Relation("in%s" % target.name, target, f.name, not target.single))
                    continue
                if f.key and target.written_key is not None:
                    continue
                if f.index is not None and f.index.within or not self.chance(0.6):
                    continue
                self.count("hasMany" + (" without @index" if f.index is None else " by index"))
                model.relations.append(Relation("by%s%s" % (target.name, f.name.upper()), target, f.name, True))

    def native_model(self):
        """A table of another system, with its own attribute names."""
        rng = self.rng
        with_sort = self.chance(0.4)
        model = Model("Native")
        id_type = Type("string", lo=1, hi=8)
        if not with_sort and self.chance(0.4):
            id_type = Type("int")
        model.fields.append(Field("id", id_type, key=True))
        model.written_key = "key pk id"
        if with_sort:
            sort_type = rng.choice([Type("int"), Type("string", lo=1, hi=8), Type("timestamp"), Type("date")])
            model.fields.append(Field("seq", sort_type, key=True))
            model.written_key = "key pk id sk seq"
            model.partition_fields = ["id"]
        model.fields.append(Field("f1", rng.choice([Type("string", lo=1, hi=8), Type("int"), Type("date")]).opt(
            self.chance(0.4))))
        model.fields.append(Field("f2", rng.choice([Type("int"), Type("decimal"), Type("string", lo=1, hi=8),
                                                    Type("timestamp")]).opt(self.chance(0.4))))
        model.fields.append(Field("f3", Type("bool"), default=False))
        model.written_indexes.append(WrittenIndex("byF1", "other-index", "f1", "f2" if self.chance(0.6) else None))
        model.table = "Other"
        self.schema.tables += ["table Other {", '  name "other-table"', '  pk "id"',
                               "  sk %s" % ('"seq"' if with_sort else "none"), "  type none", "}"]
        model.can_be_referred = False
        self.schema.models.append(model)
        self.count("native table")

    def written_model(self):
        """Templates of one's own in the common table."""
        model = Model("Written")
        model.fields.append(Field("org", Type("string", lo=self.rng.choice([None, 1]), hi=8), key=True))
        model.fields.append(Field("seq", self.rng.choice([Type("int"), Type("string", hi=8), Type("date")]), key=True))
        model.fields.append(Field("f1", self.scalar("sort").opt(self.chance(0.3))))
        model.fields.append(Field("f2", Type("bool"), default=True))
        model.written_key = 'key pk "ORG#{org}" sk "WRITTEN#{seq}"'
        model.partition_fields = ["org"]
        model.can_be_referred = False
        self.schema.models.append(model)
        self.count("written key")

    # ---- procedures

    def new_procedure(self, router, prefix):
        self.n_names += 1
        procedure = Procedure("%s%d" % (prefix, self.n_names))
        procedure.router = router
        return procedure

    def argument(self, procedure, type, hint=None, name=None, default=None):
        if name is None:
            name = "a%d" % (len(procedure.args) + 1)
        while any(a.name == name for a in procedure.args):
            name += "x"
        argument = Argument(name, type, default, hint)
        procedure.args.append(argument)
        return ("arg", name, type)

    def operand(self, procedure, model, field, optional=0.0):
        """Something to compare a field with."""
        type = field.type.base()
        if type.kind == "epoch":
            type = Type("epoch")
        if type.kind not in ("ref", "json", "struct", "version") and self.chance(0.2):
            value = self.default(type)
            if value is not None or type.kind in ("ulid", "uuid"):
                if value is None:
                    value = self.domain.sample(type)
                return ("lit", type, value)
        if procedure.router.context is not None and self.chance(0.5):
            for name, t in procedure.router.context.fields:
                if t.same(type) and t.lo == type.lo and t.hi == type.hi:
                    self.count("caller in an expression")
                    return ("caller", name, t)
        if self.chance(optional):
            type = type.opt()
            self.count("optional argument in a comparison")
        return self.argument(procedure, type, (model, field.name))

    def key_operands(self, procedure, model):
        out = []
        own = [f for f in model.key_fields()]
        for f in own:
            out.append(self.argument(procedure, f.type.base(), (model, f.name)))
        return out

    def comparison(self, procedure, model, field, optional=0.15, without=()):
        """A condition on one field."""
        rng = self.rng
        row = ("row", field.name, field.type)
        kind = field.type.kind
        if field.type.optional and self.chance(0.2):
            self.count("where presence")
            return ("present", row, self.chance(0.5), self.chance(0.3))
        if kind == "struct" and self.chance(0.7):
            name, type, _ = rng.choice(field.type.struct.fields)
            type = type.opt(type.optional or field.type.optional)
            part = ("part", field.name, name, type)
            self.count("where part of a struct")
            if type.optional and self.chance(0.2):
                return ("present", part, self.chance(0.5), self.chance(0.3))
            if type.kind == "bool" and self.chance(0.7):
                return part if self.chance(0.5) else ("not", part)
            op = rng.choice(["==", "!="] if type.kind == "bool" else ["==", "!=", "<", ">="])
            return ("cmp", op, part, self.argument(procedure, type.base()))
        if kind == "bool" and self.chance(0.6):
            self.count("where bool")
            return row if self.chance(0.5) else ("not", row)
        if kind in ("set", "list"):
            elem = field.type.elem
            if elem.kind == "struct":
                return None
            self.count("where contains element")
            return ("contains", row, self.argument(procedure, elem.base()))
        if kind in ("map", "struct", "json"):
            return ("present", row, self.chance(0.5)) if field.type.optional else None
        same = [f for f in model.fields if f is not field and f.type.kind == kind and f.type.same(field.type)
                and f.name not in without and kind not in ("ref", "struct", "json", "list", "set", "map", "version")]
        if same and self.chance(0.15):
            self.count("where field with field")
            other = rng.choice(same)
            op = rng.choice(["==", "!=", "<", ">="] if kind != "bool" else ["==", "!="])
            return ("cmp", op, row, ("row", other.name, other.type))
        ops = ["==", "!=", "in", "inlist"]
        if kind not in ("bool", "ref"):
            ops += ["<", "<=", ">", ">=", "between"]
        if kind in ("string", "email", "url"):
            ops += ["begins", "contains"] * 2
        op = rng.choice(ops)
        self.count("where " + op)
        if op == "between":
            return between(row, self.operand(procedure, model, field, optional),
                           self.operand(procedure, model, field, optional))
        if op == "in":
            return (rng.choice(["in", "in", "notin"]), row, [self.operand(procedure, model, field) for _ in range(rng.randint(1, 3))])
        if op == "inlist":
            if kind in ("ref", "epoch", "version"):
                return ("cmp", "==", row, self.operand(procedure, model, field, optional))
            is_set = kind in ("string", "int", "enum") and self.chance(0.4)
            if is_set:
                self.count("where in a set")
            type = Type("set" if is_set else "list", elem=field.type.base(), max=5)
            return ("inlist", row, self.argument(procedure, type, (model, field.name)))
        if op in ("begins", "contains"):
            return (op, row, self.argument(procedure, Type("string", hi=8), (model, field.name)))
        right = self.operand(procedure, model, field, optional)
        if self.chance(0.15) and right[0] != "lit":
            flip = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}
            self.count("where flipped")
            return ("cmp", flip.get(op, op), right, row)
        return ("cmp", op, row, right)

    def condition(self, procedure, model, depth=2, optional=0.15, without=(), top=True, nested=True):
        """
        Any condition on the row. Below `or` and `not` each optional input is a switch of a query, of which there may be
        four; elsewhere (`nested` False) it is refused.
        """
        form = self.rng.random()
        if depth > 0 and form < 0.2:
            left = self.condition(procedure, model, depth - 1, optional, without, False, nested)
            right = self.condition(procedure, model, depth - 1, optional, without, False, nested)
            if left is not None and right is not None:
                self.count("where or")
                return ("or", left, right)
        if depth > 0 and form < 0.4:
            left = self.condition(procedure, model, depth - 1, optional, without, top, nested)
            right = self.condition(procedure, model, depth - 1, optional, without, top, nested)
            if left is not None and right is not None:
                self.count("where and")
                return ("and", left, right)
        if depth > 0 and form < 0.55:
            inner = self.condition(procedure, model, depth - 1, optional, without, False, nested)
            if inner is not None:
                self.count("where not")
                return ("not", inner)
        for _ in range(5):
            fields = [f for f in model.fields if f.origin not in ("version", "ttl") and f.name not in without]
            if not fields:
                return None
            allowed = optional if top or (nested and procedure.switches < 2) else 0
            before = sum(a.type.optional for a in procedure.args)
            out = self.comparison(procedure, model, self.rng.choice(fields), allowed, without)
            if not top:
                procedure.switches += sum(a.type.optional for a in procedure.args) - before
                self.count("optional argument below or, not", sum(a.type.optional for a in procedure.args) - before)
            if out is not None:
                return out
        return None

    def switch(self, procedure, model, without=()):
        """A condition that an argument switches off."""
        condition = self.condition(procedure, model, 1, without=without, top=False)
        if condition is None:
            return None
        form = self.rng.randint(0, 3)
        self.count("switch %d" % form)
        if form == 0:
            return ("or", self.argument(procedure, Type("bool")), condition)
        if form == 1:
            enum = self.rng.choice(self.schema.enums)
            argument = self.argument(procedure, Type("enum", enum=enum), default=enum.values[0][0])
            return ("or", ("cmp", "==", argument, ("lit", Type("enum", enum=enum), enum.values[0][0])), condition)
        if form == 2:
            fields = [f for f in model.fields if f.origin is None and f.type.kind in SORTABLE and f.type.kind != "bool"
                      and f.name not in without]
            if fields:
                field = self.rng.choice(fields)
                argument = self.argument(procedure, field.type.opt(), (model, field.name))
                op = self.rng.choice(["==", "<=", ">=", "<", ">"])
                return ("or", ("present", argument, False), ("cmp", op, ("row", field.name, field.type), argument))
        bools = [f for f in model.fields if f.type.kind == "bool" and f.origin is None and f.name not in without]
        if bools:
            enum = self.rng.choice(self.schema.enums)
            argument = self.argument(procedure, Type("enum", enum=enum))
            field = self.rng.choice(bools)
            return ("cmp", "==", ("row", field.name, field.type),
                    ("cmp", "==", argument, ("lit", Type("enum", enum=enum), enum.values[-1][0])))
        return ("or", ("not", self.argument(procedure, Type("bool"))), condition)

    def take(self, procedure):
        if self.chance(0.4):
            self.count("take argument")
            default = self.rng.choice([None, 3, 20])
            return self.argument(procedure, Type("int", lo=1, hi=50), name="first", default=default)
        self.count("take literal")
        return ("lit", Type("int"), self.rng.choice([1, 2, 3, 5, 50, 100]))

    def select(self, model, query=None):
        fields = [f for f in model.fields if f.type.kind != "json"]
        names = self.rng.sample(fields, self.rng.randint(1, len(fields)))
        out = []
        for f in names:
            if query is not None and f.type.kind == "ref" and self.chance(0.4):
                target = f.type.model
                inner = self.rng.sample(target.fields, self.rng.randint(1, min(3, len(target.fields))))
                self.count("select of a referred row")
                out.append((f.name, [i.name for i in inner]))
            else:
                out.append((f.name, None))
        self.count("select")
        return out

    def includes(self, procedure, query, model):
        candidates = [("relation", r) for r in model.relations]
        candidates += [("field", f) for f in model.fields if f.type.kind == "ref" and f.origin != "parent"]
        if model.parent_field() is not None:
            candidates.append(("field", model.parent_field()))
        self.rng.shuffle(candidates)
        for kind, what in candidates[:self.rng.choice([1, 1, 2])]:
            if kind == "field":
                include = Include(what.name, field=what)
                if self.chance(0.4):
                    include.select = self.select(what.type.model, query)
                self.count("include belongsTo")
            else:
                include = Include(what.name, relation=what)
                target = what.target
                if what.many:
                    paths = [p for p in target.paths() + target.relation_paths(self.schema) if p.part == [what.via]]
                    if len(paths) != 1:
                        continue
                    path = paths[0]
                    include.take = ("lit", Type("int"), self.rng.choice([1, 2, 5, 50]))
                    include.ties = path.sort if path.ties else None
                    if path.sort and self.chance(0.6):
                        first = target.field(path.sort[0])
                        if first.type.kind in SORTABLE and first.type.kind != "bool":
                            include.order = first.name
                            include.desc = self.chance(0.5)
                    if self.chance(0.4):
                        include.where = self.condition(procedure, target, 1, nested=False)
                    for name in path.sort:
                        if target.field(name).type.optional:
                            present = ("present", ("row", name, target.field(name).type), True)
                            include.where = present if include.where is None else ("and", include.where, present)
                    self.count("include hasMany")
                else:
                    self.count("include hasOne")
                if self.chance(0.4):
                    include.select = self.select(target, query)
            query.includes.append(include)

    def get(self, router, model):
        procedure = self.new_procedure(router, "get")
        query = Query(model, "get")
        query.key = self.key_operands(procedure, model)
        if self.chance(0.25):
            query.select = self.select(model, query)
        elif self.chance(0.5):
            self.includes(procedure, query, model)
        if self.chance(0.4):
            self.aggregates_below(procedure, query, model)
        procedure.query = query
        router.procedures.append(procedure)
        self.count("get")

    def aggregate(self, model, relation, name, where):
        """Any aggregate of rows of `model`."""
        numbers = [f for f in model.fields if f.type.kind in ("int", "decimal") and not f.managed()]
        ordered = [f for f in model.fields if f.type.kind in ("string", "int", "decimal", "date", "timestamp", "ulid",
                                                              "uuid", "enum", "email", "bytes")]
        kind = self.rng.choice(["count", "count", "sum", "sum", "min", "max"])
        if kind == "sum" and not numbers or kind in ("min", "max") and not ordered:
            kind = "count"
        field = None if kind == "count" else self.rng.choice(numbers if kind == "sum" else ordered)
        self.count("aggregate " + kind + (" of a relation" if relation else ""))
        return Aggregate(kind, name, relation, field, where)

    def aggregates_below(self, procedure, query, model):
        for relation in [r for r in model.relations if r.many and self.chance(0.5)][:2]:
            target = relation.target
            paths = [p for p in target.paths() + target.relation_paths(self.schema) if p.part == [relation.via]]
            if len(paths) != 1:
                continue
            where = self.condition(procedure, target, 1, nested=False) if self.chance(0.4) else None
            for name in paths[0].sort:
                if target.field(name).type.optional:
                    present = ("present", ("row", name, target.field(name).type), True)
                    where = present if where is None else ("and", where, present)
            query.aggregates.append(self.aggregate(target, relation, "n%d" % len(query.aggregates), where))

    def get_unique(self, router, model, field):
        procedure = self.new_procedure(router, "find")
        query = Query(model, "unique")
        query.by = field.name
        query.by_value = self.argument(procedure, field.type.base(), (model, field.name))
        if self.chance(0.3):
            query.select = self.select(model, query)
        procedure.query = query
        router.procedures.append(procedure)
        self.count("get by unique")

    def from_path(self, router, model, path):
        rng = self.rng
        procedure = self.new_procedure(router, "list")
        query = Query(model, "from")
        procedure.query = query
        conjuncts = []
        bound = []  # fields bound by equality outside the sort
        present = set()
        free = False
        if path.kind == "children" and path.name is not None:
            query.inside = self.argument(procedure, model.field(path.name).type.base(), (model, path.name))
            self.count("from in parent")
        elif path.kind in ("index", "written"):
            parent = model.parent_field()
            if len(path.part) == 1 and path.part[0] == path.name and self.chance(0.6):
                query.by = path.name
                query.by_value = self.operand(procedure, model, model.field(path.name))
                query.by_partition = path.name
                self.count("from by index ==")
            elif path.kind == "written" and self.chance(0.6):
                query.by = path.name
                query.by_value = self.operand(procedure, model, model.field(path.part[0]))
                query.by_partition = path.part[0]
                self.count("from by written index ==")
            elif parent is not None and path.part == [parent.name]:
                query.inside = self.argument(procedure, parent.type.base(), (model, parent.name))
                query.by = path.name
                self.count("from in parent by index")
            else:
                free = True
        else:
            free = True
        if free:
            for name in path.part:
                field = model.field(name)
                conjuncts.append(("cmp", "==", ("row", name, field.type),
                                  self.operand(procedure, model, field, optional=0.1)))
            self.count("from where " + path.kind)
        present |= set(path.part)
        # Bind some sort values by equality, perhaps a range on the next.
        n_equal = 0
        while n_equal < len(path.sort) - 1 and self.chance(0.25):
            field = model.field(path.sort[n_equal])
            conjuncts.append(("cmp", "==", ("row", field.name, field.type),
                              self.operand(procedure, model, field, optional=0.1)))
            present.add(field.name)
            n_equal += 1
            self.count("equality on the sort key")
        next_field = model.field(path.sort[n_equal]) if n_equal < len(path.sort) else None
        if next_field is not None and next_field.type.kind in SORTABLE + ("email",) and self.chance(0.55):
            row = ("row", next_field.name, next_field.type)
            kind = next_field.type.kind
            form = rng.choice(["<", "<=", ">", ">=", "between", "two", "prefix"] if kind != "bool" else ["=="])
            if form == "prefix" and kind != "string":
                form = "two"
            if form == "two":
                conjuncts.append(("cmp", rng.choice([">", ">="]), row, self.operand(procedure, model, next_field, 0.05)))
                conjuncts.append(("cmp", rng.choice(["<", "<="]), row, self.operand(procedure, model, next_field, 0.05)))
            elif form == "between":
                conjuncts.append(between(row, self.operand(procedure, model, next_field, 0.05),
                                         self.operand(procedure, model, next_field, 0.05)))
            elif form == "prefix":
                conjuncts.append(("begins", row, self.argument(procedure, Type("string", hi=8),
                                                               (model, next_field.name))))
            else:
                conjuncts.append(("cmp", form, row, self.operand(procedure, model, next_field, 0.05)))
            present.add(next_field.name)
            self.count("range on the sort key " + form)
        for name in path.part + path.sort:
            field = model.field(name)
            if field.type.optional and name not in present:
                conjuncts.append(("present", ("row", name, field.type), True))
                present.add(name)
        # Native key attributes cannot be filtered on; a look-up by a unique value takes no other condition.
        without = path.part + path.sort if path.kind == "written" or model.table == "Other" else ()
        has_extra = False
        if self.chance(0.35) and path.kind != "unique":
            extra = self.condition(procedure, model, 2, without=without)
            if extra is not None:
                conjuncts.append(extra)
                has_extra = True
        if self.chance(0.2) and path.kind != "unique":
            extra = self.switch(procedure, model, without)
            if extra is not None:
                conjuncts.append(extra)
                has_extra = True
        rng.shuffle(conjuncts)
        for c in conjuncts:
            query.where = c if query.where is None else ("and", query.where, c)
        if next_field is not None and next_field.type.kind in SORTABLE and next_field.type.kind != "bool" \
                and self.chance(0.8):
            query.order = next_field.name
            query.desc = self.chance(0.5)
            self.count("order desc" if query.desc else "order asc")
        # `in` alone leaves the choice: an equality in the extra condition may lead along an index of the same partition.
        rivals = [p for p in model.paths() if p is not path and p.part == path.part]
        is_open = query.by is None and len(rivals) > 0 and has_extra
        if not free and path.ties and not is_open:
            query.ties = path.sort
        if path.kind != "unique" and self.chance(0.15) and not (query.order and query.where is None):
            query.order = None
            for i in range(self.rng.choice([1, 1, 2, 3])):
                query.aggregates.append(self.aggregate(model, None, "n%d" % i, None))
            router.procedures.append(procedure)
            self.count("from with aggregates")
            return
        query.take = self.take(procedure)
        if self.chance(0.25):
            query.select = self.select(model, query)
        elif self.chance(0.3):
            self.includes(procedure, query, model)
        router.procedures.append(procedure)
        self.count("from")

    def create(self, router, model, full=True):
        procedure = self.new_procedure(router, "create")
        write = Write("create", model)
        self.assign_new(procedure, write, model, full, prefix=False)
        procedure.writes.append(write)
        procedure.returns = model
        router.procedures.append(procedure)
        self.count("create")

    def assign_new(self, procedure, write, model, full, prefix, explicit_auto=None):
        for f in model.fields:
            if f.managed():
                continue
            needed = not f.type.optional and not f.has_default and not f.auto \
                and f.type.kind not in ("set", "list", "map")
            if f.auto:
                given = self.chance(0.5) if explicit_auto is None else explicit_auto
            else:
                given = needed or self.chance(0.85 if full else 0.4)
            if not given:
                continue
            if not needed and f.type.optional and self.chance(0.04):
                write.assign.append((f.name, ("lit", f.type, None)))
                continue
            if f.type.kind not in ("ref", "json", "struct", "list", "map", "set", "ulid", "uuid", "epoch") and not f.key \
                    and not f.auto and self.chance(0.06):
                value = self.default(f.type.base())
                if value is not None:
                    write.assign.append((f.name, ("lit", f.type.base(), value)))
                    self.count("create with a literal")
                    continue
            if f.type.kind == "timestamp" and self.chance(0.1):
                write.assign.append((f.name, ("now",)))
                self.count("now()")
                continue
            name = f.name if not prefix else "n%s" % f.name
            hint = (model, f.name) if f.unique or (f.key and f.origin is None and self.chance(0.2)) else None
            default = None
            if self.chance(0.08) and f.type.kind in ("int", "bool", "enum", "date") and not f.type.optional:
                default = self.default(f.type)
            write.assign.append((f.name, self.argument(procedure, f.type, hint, name=name, default=default)))

    def changes(self, procedure, model, write):
        """Assignments of an update."""
        rng = self.rng
        movable = not model.children and model.written_key is None
        fields = [f for f in model.fields if not f.managed() and not f.key]
        keys = [f for f in model.key_fields() if f.origin is None] if movable else []
        if keys and self.chance(0.12):
            fields += [rng.choice(keys)]
            self.count("update of a key part")
        if not fields:
            return False
        for f in rng.sample(fields, rng.randint(1, min(3, len(fields)))):
            row = ("row", f.name, f.type)
            kind = f.type.kind
            if f.type.optional and self.chance(0.2):
                self.count("update to null")
                write.assign.append((f.name, ("lit", f.type, None)))
                continue
            if kind == "int" and not f.key and not f.type.optional and self.chance(0.5):
                amount = Type("int", lo=-5, hi=5) if f.type.width == 64 else Type("int", width=32)
                op = rng.choice(["add", "sub"])
                self.count("update arithmetic")
                write.assign.append((f.name, (op, row, self.argument(procedure, amount))))
                continue
            if kind == "decimal" and not f.key and not f.type.optional and not write.assign and self.chance(0.4) \
                    and not any(f.name in m.partition() + m.sort() for m in model.indexes()) \
                    and not model.written_indexes:
                # Alone: beside values that are computed from the row it is not supported yet (DYN1049).
                write.assign.append((f.name, ("add", row, self.argument(procedure, Type("decimal")))))
                self.count("update decimal arithmetic")
                break
            if kind == "bool" and not f.type.optional and not f.key and self.chance(0.5):
                self.count("update not")
                write.assign.append((f.name, ("not", row)))
                continue
            same = [o for o in model.fields if o is not f and o.type.same(f.type) and o.type.lo == f.type.lo
                    and o.type.hi == f.type.hi and (f.type.optional or not o.type.optional) and not o.managed()
                    and kind not in ("json", "struct", "list", "set", "map")]
            if same and not f.key and self.chance(0.15):
                other = rng.choice(same)
                self.count("update from another field")
                write.assign.append((f.name, ("row", other.name, other.type)))
                continue
            if kind == "timestamp" and self.chance(0.2):
                write.assign.append((f.name, ("now",)))
                continue
            if kind not in ("ref", "json", "struct", "list", "map", "set", "ulid", "uuid", "epoch") and self.chance(0.1):
                value = self.default(f.type.base())
                if value is not None:
                    write.assign.append((f.name, ("lit", f.type.base(), value)))
                    continue
            hint = (model, f.name) if f.unique else None
            write.assign.append((f.name, self.argument(procedure, f.type, hint)))
            self.count("update plain")
            if f.unique:
                self.count("update of a unique field")
            if kind == "ref":
                self.count("update of a reference")
        return True

    def update(self, router, model):
        procedure = self.new_procedure(router, "update")
        write = Write("update", model)
        write.key = self.key_operands(procedure, model)
        if not self.changes(procedure, model, write):
            return
        if self.chance(0.25):
            write.condition = self.condition(procedure, model, 1, nested=False)
            self.count("update if")
        if model.versioned and self.chance(0.35):
            write.expecting = self.argument(procedure, Type("version"), (model, "version"), name="expect")
            self.count("update expecting")
        procedure.writes.append(write)
        if self.chance(0.8):
            procedure.returns = model
        router.procedures.append(procedure)
        self.count("update")

    def delete(self, router, model):
        procedure = self.new_procedure(router, "remove")
        write = Write("delete", model)
        write.key = self.key_operands(procedure, model)
        if self.chance(0.25):
            write.condition = self.condition(procedure, model, 1, nested=False)
            self.count("delete if")
        procedure.writes.append(write)
        router.procedures.append(procedure)
        self.count("delete soft" if model.soft else ("delete cascade" if model.children else "delete"))

    def transaction(self, router):
        rng = self.rng
        models = [m for m in self.schema.models if m.table is None]
        if len(models) < 2:
            return
        first, second = rng.sample(models, 2)
        procedure = self.new_procedure(router, "both")
        create = Write("create", first)
        self.assign_new(procedure, create, first, True, prefix=True, explicit_auto=True)
        other = Write("update", second)
        other.key = self.key_operands(procedure, second)
        if not self.changes(procedure, second, other):
            return
        if any(second.field(n).key for n, _ in other.assign):
            return
        if self.chance(0.25):
            other.condition = self.condition(procedure, second, 1, nested=False)
        writes = [create, other]
        rng.shuffle(writes)
        procedure.writes = writes
        procedure.returns = writes[-1].model if self.chance(0.7) else None
        router.procedures.append(procedure)
        self.count("transaction")

    def routers(self):
        plain = Router("r1")
        self.schema.routers.append(plain)
        routers = [plain]
        with_policies = self.chance(0.45)
        if with_policies or self.chance(0.4):
            fields = [("c0", Type("bool"))] if with_policies else []
            for m in self.schema.models:
                for f in m.fields:
                    if f.type.kind in ("string", "ulid", "int", "enum", "ref") and not f.managed() and self.chance(0.3) \
                            and len(fields) < (4 if with_policies else 2):
                        fields.append(("c%d" % (len(fields) + 1), f.type.base()))
            if fields:
                self.schema.context = Context("Caller", fields)
                routers.append(Router("r2", self.schema.context))
                self.schema.routers.append(routers[-1])
                self.count("context")
        if with_policies:
            PolicyMaker(self).run()
            # Without a caller, little would ever be allowed.
            routers = routers[1:]
        for model in self.schema.models:
            pick = lambda: self.rng.choice(routers)
            self.create(pick(), model)
            if self.chance(0.4):
                self.create(pick(), model, full=False)
            self.get(pick(), model)
            for f in model.fields:
                if f.unique:
                    self.get_unique(pick(), model, f)
                if f.unique == "exact" and self.chance(0.5):
                    self.from_path(pick(), model, Path("unique", None, [f.name], []))
            for path in model.paths():
                for _ in range(self.rng.choice([1, 2, 2, 3])):
                    self.from_path(pick(), model, path)
            for path in model.relation_paths(self.schema):
                self.from_path(pick(), model, path)
            for _ in range(self.rng.choice([1, 2, 3])):
                self.update(pick(), model)
            self.delete(pick(), model)
        for _ in range(self.rng.choice([0, 1, 1])):
            self.transaction(self.rng.choice(routers))

    def run(self):
        self.enums()
        self.structs()
        self.make_models()
        self.routers()
        if self.chance(0.6):
            self.budget()
        return self.schema

    def budget(self):
        needed = 0
        for m in self.schema.models:
            if m.table is None:
                needed = max(needed, len(m.indexes()) + len(m.relation_paths(self.schema)))
        if needed and needed <= 20:
            lines = ["table Data {", "  targets embedded, dynamodb", "  gsi max %d" % needed]
            if self.chance(0.2):
                lines.append('  delimiter "%s"' % self.rng.choice("!%&*+"))
                self.count("delimiter of its own")
            for m in self.schema.models:
                if m.table is None and self.schema.tables:
                    m.table = "Data"
            self.schema.tables = lines + ["}"] + self.schema.tables
            self.count("index budget")
        elif self.schema.tables:
            for m in self.schema.models:
                if m.table is None:
                    m.table = "Data"
            self.schema.tables = ["table Data {", "}"] + self.schema.tables


def between(row, low, high):
    """Two literals the wrong way round are refused (DYN1523)."""
    if low[0] == high[0] == "lit" and low[1].kind == "int" and low[2] > high[2]:
        low, high = high, low
    return ("between", row, low, high)


def depth(model):
    return 1 if model.parent is None else 1 + depth(model.parent)


def generate(rng, size=None):
    """Returns (schema, coverage, domain)."""
    generator = Generator(rng, size)
    schema = generator.run()
    if schema.tables and not any(t.startswith("table Data") for t in schema.tables):
        # Two tables: each model says where it lives.
        schema.tables = ["table Data {", "  targets embedded", "}"] + schema.tables
    if any(t.startswith("table Other") for t in schema.tables):
        for m in schema.models:
            if m.table is None:
                m.table = "Data"
    return schema, generator.coverage, generator.domain


if __name__ == "__main__":
    import random
    import sys
    print(generate(random.Random(sys.argv[1] if len(sys.argv) > 1 else "0"))[0].text())
