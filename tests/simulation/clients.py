# SPDX-License-Identifier: Apache-2.0
"""Clients: what they are sent, what they hold, and when they show it."""
import collections
import json

from fold import Broken, View, make_nodes, text
from model import Scope, holds, value_of
from values import normal, to_json

# Kinds whose JSON form says at once what the model's value is.
PLAIN = ("int", "decimal", "float", "bytes", "bool", "string", "date", "timestamp", "ulid", "uuid", "email", "enum")


class Unknown(Exception):
    """The row does not tell."""


class ShownRow:
    """A row as a client holds it, for conditions over rows of the model."""

    def __init__(self, node, row):
        self.node = node
        self.row = row

    def __getitem__(self, name):
        if name not in self.node.fields:
            raise Unknown()
        value = self.row.get(name)
        type = self.node.model.field(name).type
        if value is None:
            return None
        if type.kind == "ref" and len(type.model.key_types()) == 1 and type.model.key_types()[0].kind in PLAIN:
            return (normal(type, value),)
        if type.kind not in PLAIN:
            raise Unknown()
        return normal(type, value)


def is_excluded(condition, row, scope):
    """Whether the row's own fields say that the condition does not hold."""
    if condition[0] == "and":
        return is_excluded(condition[1], row, scope) or is_excluded(condition[2], row, scope)
    try:
        return not holds(condition, row, scope)
    except Unknown:
        return False


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
        # Of the last frame that said what the view holds, and its `v`.
        self.token = ""
        self.token_from = 0
        # Patches since it waits for a snapshot, by view.
        self.early = collections.defaultdict(list)
        self.error = None
        self.has_ended = False
        # Whether there was a snapshot of it before, of which the next one may not fall short.
        self.continues = False
        self.parts = []
        self.note()

    def note(self):
        """Something came that may have changed what it shows."""
        # Whether its rows were looked at since, the whole compared with what should be, and its windows looked at.
        self.is_seen = self.is_compared = self.is_asked = False

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

    def await_snapshot(self):
        """What it holds is not kept up any more."""
        self.number = None
        self.parts = []
        self.early.clear()

    def check_rows(self):
        """What is shown satisfies the query, as far as it can tell itself."""
        q = self.procedure.query
        wheres = {i.name: i.where for i in q.includes if i.relation is not None and i.where is not None}
        if self.live["valuesOnly"] or q.where is None and not wheres:
            return
        for group in self.view.groups.values():
            node = group.node
            where = q.where if node.index == 0 else wheres.get(node.name) if node.parent == 0 else None
            for _, row in group.rows.values() if where is not None else []:
                if is_excluded(where, ShownRow(node, row), self.scope):
                    raise Broken("a row that the query excludes is held: %s" % json.dumps(row))

    def wire(self):
        types = {a.name: a.type for a in self.procedure.args}
        return json.dumps({n: to_json(types[n], v) for n, v in self.args.items()})

    def since(self):
        if self.position == 0:
            return "0", "", "", "0"
        root = self.view.group(self.view.nodes[0], [])
        return str(self.position), text(root.settled) if 0 in self.view.limits else "", self.token, str(self.token_from)


class Client:
    """One connection after the other, and what was held over from the last."""

    def __init__(self, number, caller, caller_json):
        self.name = number
        self.connection = number
        self.caller = caller
        self.caller_json = caller_json
        self.connected = False
        self.subscriptions = {}
        # Frames that it did not read yet, while it is slow; behind: more came than wait for it, all of them are lost.
        self.is_slow = False
        self.is_behind = False
        self.unread = collections.deque()
        # The last position that this connection was told of.
        self.committed = 0

    def leave(self):
        """What was not read goes with the connection."""
        self.committed = 0
        self.connected = self.is_slow = self.is_behind = False
        self.unread.clear()

    def keep(self, frame, limit):
        """Who reads too slowly loses what waits for it but errors, as docs/protocol.md says."""
        if not self.is_behind or frame["t"] == "error":
            self.unread.append(frame)
        if not self.is_behind and len(self.unread) > limit:
            self.unread = collections.deque(f for f in self.unread if f["t"] == "error")
            self.is_behind = True

    def by_view(self, number):
        return [s for s in self.subscriptions.values() if s.number == number]

    def take(self, frame):
        t = frame["t"]
        if t in ("snap", "same"):
            self.loaded(frame)
        elif t in ("patch", "bound"):
            views = self.by_view(frame["view"])
            for s in self.subscriptions.values():
                if s.number is None:
                    # It may be of this view: which one it is, its snapshot says.
                    s.early[frame["view"]].append(frame)
            for s in views:
                s.view.apply(frame)
                s.note()
            if frame.get("end"):
                self.commit(frame["v"])
        elif t == "commit":
            self.commit(frame["v"])
        elif t == "reset":
            # Who reads late may have ended the subscription since.
            if frame["id"] in self.subscriptions or not self.is_slow:
                self.subscriptions[frame["id"]].await_snapshot()
        elif t == "error":
            if frame.get("id") in self.subscriptions:
                s = self.subscriptions[frame["id"]]
                s.error = frame["code"]
                s.has_ended = not frame.get("suspended", False)
                s.await_snapshot()
                s.note()
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
        s.note()
        early = s.early[s.number]
        if frame["t"] == "same":
            s.view.windows(frame["groups"])
        else:
            s.parts += frame["groups"]
            if frame.get("part") == "more":
                s.number = None
                return
            held = s.view.versions() if s.continues else {}
            s.view.load(s.parts, frame["v"])
            s.parts = []
            for one in early:
                s.view.apply(one)
            self.compare_versions(s, held)
        s.position = frame["v"]
        s.token = frame["token"]
        s.token_from = frame["v"]
        s.continues = True

    def compare_versions(self, s, held):
        now = s.view.versions()
        for name, v in held.items():
            if now.get(name, v) < v:
                raise Broken("the row %s was held as of %d, and the snapshot has it as of %d" % (name, v, now[name]))
