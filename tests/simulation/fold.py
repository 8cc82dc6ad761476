# SPDX-License-Identifier: Apache-2.0
"""A client of docs/protocol.md, as simple as it can be: what it holds after each frame, and what it would show.

It knows a query by `dynrc ir` alone. Everything that the document promises and a frame breaks raises Broken.
"""
import copy
import json

from values import key_part, normal, order_key


class Broken(Exception):
    """A frame that the protocol does not allow."""


def text(key):
    return json.dumps(key, separators=(",", ":"), ensure_ascii=False)


class Node:
    def __init__(self, index, description, models):
        self.index = index
        self.name = description["name"]
        self.kind = description["class"]
        self.parent = description["parent"]
        self.single = description["single"]
        self.model = models[description["model"]]
        self.fields = description["fields"]
        self.shown = self.fields[:description["shown"]]
        self.key = description["key"]
        self.order = [(o["field"], o["descending"]) for o in description["order"]]
        self.descends = bool(self.order) and self.order[0][1]
        self.reference = description.get("reference")
        self.children = []

    def at(self, row):
        """Where a row stands: comparable."""
        return [self.place(f, row.get(f), d) for f, d in self.order] + [self.place(f, row.get(f), self.descends)
                                                                        for f in self.key]

    def at_bound(self, bound):
        names = [(f, d) for f, d in self.order] + [(f, self.descends) for f in self.key]
        return [self.place(f, value, d) for (f, d), value in zip(names, bound)]

    def place(self, field, value, descends):
        return Place(self.model.field(field).type, value, descends)


class Place:
    """One value of a position; missing ones first."""

    def __init__(self, type, value, descends):
        joined = type.kind == "ref" and len(type.model.key_types()) > 1
        if value is None:
            self.key = None
        elif joined:
            self.key = value.encode("utf-8")
        elif type.kind == "ref":
            self.key = order_key(type.model.key_types()[0], normal(type, value))
        else:
            self.key = order_key(type, normal(type, value))
        self.descends = descends

    def __eq__(self, other):
        return self.key == other.key

    def __lt__(self, other):
        if self.key is None or other.key is None:
            result = self.key is None and other.key is not None
            return (other.key is None and self.key is not None) if self.descends else result
        return self.key > other.key if self.descends else self.key < other.key


class Group:
    def __init__(self, node, parent):
        self.node = node
        self.parent = parent
        self.rows = {}  # key text -> (v, row)
        self.gone = {}  # key text -> v
        self.floor = 0
        self.reach = None  # positions up to here were read at `floor`; None: all
        self.epoch = 0
        self.bound = None
        self.is_open = False  # rows are on their way
        self.settled = None  # the last bound up to which all rows were there
        self.value = None
        self.value_v = -1
        self.asked = None
        self.trimmed = None

    def copy(self):
        """Another one, which may lose rows."""
        other = copy.copy(self)
        other.rows, other.gone = dict(self.rows), dict(self.gone)
        return other

    def id(self, row):
        return text([row.get(f) for f in self.node.key])

    def is_within(self, row, bound):
        return bound is None or not self.node.at_bound(bound) < self.node.at(row)

    def known(self, id, row):
        """What is known of a row that is not held: gone since when."""
        reached = row is None or self.is_within(row, self.reach)
        return max(self.gone.get(id, -1), self.floor if reached else -1)

    def apply(self, v, operation):
        what = operation[0]
        if what == "=":
            if v > self.value_v:
                self.value, self.value_v = operation[1], v
        elif what == "+":
            self.put(v, operation[1])
        elif what == "-":
            id = text(operation[1])
            if id in self.rows and v > self.rows[id][0] or id not in self.rows and v > self.known(id, None):
                self.rows.pop(id, None)
                self.gone[id] = v
        elif what == "~":
            self.change(v, text(operation[1]), operation[2])
        else:
            raise Broken("unknown operation %r" % (operation,))

    def put(self, v, row):
        id = self.id(row)
        if id in self.rows:
            news = v > self.rows[id][0]
        else:
            news = v > self.known(id, row) or v == self.gone.get(id)
        if not news:
            return
        if self.is_within(row, self.bound):
            self.gone.pop(id, None)
            self.rows[id] = (v, row)
        else:
            # It moved out of the window: where it stood is old news, too.
            self.rows.pop(id, None)

    def change(self, v, id, fields):
        if id not in self.rows:
            # Keyed rows that nobody refers to were dropped; others must be there.
            if v > self.known(id, None) and self.node.kind != "keyed":
                raise Broken("fields of %s, which is not held" % id)
            return
        if v <= self.rows[id][0]:
            return
        row = dict(self.rows[id][1])
        for name, value in fields.items():
            if value is None:
                row.pop(name, None)
            else:
                row[name] = value
        del self.rows[id]
        if self.is_within(row, self.bound):
            self.rows[self.id(row)] = (v, row)

    def begin_anew(self, v):
        """`whole`: what is not newer is gone, and what follows counts."""
        for id in [i for i, (at, _) in self.rows.items() if at <= v]:
            del self.rows[id]
        self.gone = {i: at for i, at in self.gone.items() if at > v}
        self.floor = min(self.floor, v - 1)
        self.bound = self.settled = None

    def rebound(self, bound, epoch, is_open=False):
        if epoch < self.epoch:
            return
        self.bound, self.epoch, self.is_open = bound, epoch, is_open
        if not is_open:
            self.settled = bound
        for id in [i for i, (_, row) in self.rows.items() if not self.is_within(row, bound)]:
            del self.rows[id]
        if bound is not None and (self.reach is None or self.node.at_bound(bound) < self.node.at_bound(self.reach)):
            # What lies beyond is unknown from here on.
            self.reach = bound

    def sorted(self):
        return sorted((row for _, row in self.rows.values()), key=self.node.at)


class View:
    """What one subscription holds."""

    def __init__(self, nodes, values_only, limits):
        self.nodes = nodes
        self.values_only = values_only
        self.limits = limits  # node index -> rows shown, or None
        self.groups = {}

    def group(self, node, parent):
        name = (node.index, "" if node.kind == "keyed" else text(parent))
        if name not in self.groups:
            self.groups[name] = Group(node, parent)
        return self.groups[name]

    def load(self, pieces, v):
        self.groups = {}
        floors = {}
        for piece in pieces:
            node = self.nodes[piece["node"]]
            group = self.group(node, piece.get("parent", []))
            at = piece.get("v", v)
            if "value" in piece:
                group.value, group.value_v = piece["value"], at
                continue
            if "epoch" in piece:
                group.epoch, group.bound = piece["epoch"], piece.get("bound")
                group.settled = group.bound
            floors[id(group)] = (group, min(floors.get(id(group), (group, at))[1], at))
            for row in piece.get("rows", []):
                self.check_row(node, row)
                group.rows[group.id(row)] = (at, row)
        for group, floor in floors.values():
            group.floor = floor if group.node.kind != "keyed" else 0
            group.reach = group.bound

    def holds(self, node, parent):
        """Whether the row is held under which this group stands."""
        above = self.nodes[node.parent]
        if node.index == 0 or not parent or node.kind == "keyed":
            return True
        if above.kind == "keyed":
            return text(parent[0]) in self.group(above, []).rows
        return text(parent[-1]) in self.group(above, parent[:-1]).rows and self.holds(above, parent[:-1])

    def sweep(self):
        """At the end of a transition: what hangs on nothing any more is dropped."""
        for name, group in list(self.groups.items()):
            if group.node.kind == "keyed":
                used = self.references(group.node)
                for row_id, (_, row) in list(group.rows.items()):
                    if not any(self.refers(group.node, row, r) for r in used):
                        del group.rows[row_id]
                        group.gone.pop(row_id, None)
            elif group.node.kind != "aggregate" and not self.holds(group.node, group.parent):
                del self.groups[name]

    def references(self, node):
        out = []
        for group in self.groups.values():
            if group.node.index == node.parent:
                out += [row[node.name] for _, row in group.rows.values() if row.get(node.name) is not None]
        return out

    def check_row(self, node, row):
        extra = set(row) - set(node.fields)
        if extra:
            raise Broken("a row of node %d has %s" % (node.index, sorted(extra)))

    def windows(self, pieces):
        """Of `same`: epochs begin anew, and what was asked for went with the view before."""
        for piece in pieces:
            group = self.group(self.nodes[piece["node"]], piece.get("parent", []))
            group.epoch = 0
            group.asked = group.trimmed = None
            group.rebound(piece.get("bound"), piece["epoch"])

    def apply(self, frame):
        node = self.nodes[frame["node"]]
        parent = frame.get("parent", [])
        group = self.group(node, parent)
        if frame["t"] == "bound":
            group.rebound(frame["bound"], frame["epoch"], frame.get("open", False))
            return
        if frame.get("whole"):
            group.begin_anew(frame["v"])
        ignored = not self.holds(node, parent) and not frame.get("whole")
        for operation in frame["ops"]:
            if operation[0] == "+":
                self.check_row(node, operation[1])
            if not ignored or operation[0] == "=":
                group.apply(frame["v"], operation)

    # ---- what is shown

    def compose(self):
        if self.values_only:
            return {n.name: self.group(n, []).value for n in self.nodes if self.group(n, []).value is not None}
        return self.compose_group(self.nodes[0], [])

    def compose_group(self, node, parent):
        rows = self.group(node, parent).sorted()
        limit = self.limits.get(node.index)
        if limit is not None:
            rows = rows[:limit]
        shown = [self.compose_row(node, row, parent) for row in rows]
        if node.single:
            return shown[0] if shown else None
        return shown

    def compose_row(self, node, row, parent):
        out = {name: row[name] for name in node.shown if name in row}
        key = [row.get(f) for f in node.key]
        path = [key] if node.kind == "keyed" else parent + [key]
        for child in node.children:
            if child.kind == "keyed":
                value = self.find(child, row.get(child.name))
            elif child.kind == "aggregate":
                value = self.group(child, path).value
            else:
                value = self.compose_group(child, path)
            if value is None:
                out.pop(child.name, None)
            else:
                out[child.name] = value
        return out

    def find(self, node, reference):
        if reference is None:
            return None
        for id, (_, row) in self.group(node, []).rows.items():
            if self.refers(node, row, reference):
                return self.compose_row(node, row, [])
        return None

    def refers(self, node, row, reference):
        """Whether `reference`, as rows carry it, is this row's key."""
        fields = node.model.key_fields()
        types = node.model.key_types()
        if len(types) == 1:
            return normal(types[0], row[fields[0].name]) == normal(types[0], reference)
        return "#".join(self.part(f.type, row[f.name]) for f in fields) == reference

    def part(self, type, value):
        """One field's part of a joined key; a joined reference is joined already."""
        if type.kind != "ref":
            return key_part(type, normal(type, value))
        types = type.model.key_types()
        return key_part(types[0], normal(types[0], value)) if len(types) == 1 else value

    def versions(self):
        """(node, parent, key) of each row that hangs on something -> the version it is held in."""
        left = copy.copy(self)
        left.groups = {name: group.copy() for name, group in self.groups.items()}
        for _ in self.nodes:
            # What is dropped leaves what hung on it.
            left.sweep()
        return {name + (id,): v for name, group in left.groups.items() for id, (v, _) in group.rows.items()}

    def is_settled(self):
        """No window waits for rows."""
        return not any(g.is_open or g.bound is not None and len(g.rows) < self.limits[g.node.index]
                       for g in self.groups.values() if self.limits.get(g.node.index) is not None)

    def short(self):
        """Groups that hold fewer rows than they show although there are more, and those that hold far more."""
        for (index, _), group in list(self.groups.items()):
            limit = self.limits.get(index)
            if limit is None:
                continue
            if group.bound is not None and len(group.rows) < limit and group.asked != group.epoch:
                group.asked = group.epoch
                yield group, "more"
            elif len(group.rows) > 4 * limit and group.trimmed != group.epoch:
                group.trimmed = group.epoch
                yield group, "trim"


def make_nodes(live, models):
    nodes = [Node(i, d, models) for i, d in enumerate(live["nodes"])]
    for node in nodes[1:]:
        if not live["valuesOnly"]:
            nodes[node.parent].children.append(node)
    return nodes
