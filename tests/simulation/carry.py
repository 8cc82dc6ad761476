# SPDX-License-Identifier: Apache-2.0
"""Carries steps out, and knows what every client should show."""
import collections
import json

from clients import Client, Subscription
from fold import Broken, text
from model import Differ, compare
from run import START_MS
from server import Failure, Server
from values import BadForm
from world import RememberingWorld

# What a run ends with where something is wrong: also frames that a client cannot make sense of.
WRONG = (Failure, Broken, Differ, BadForm, KeyError, IndexError, TypeError, ValueError)
# Rounds of delivering and asking after which there will be no rest.
RESTLESS = 300
# Of the checks right after a commit of what nothing was said about, one in so many is made.
SPARSE = 8


def makes_keys(procedure):
    """Whether the runtime chooses values that only its answer tells."""
    given = {name for w in procedure.writes for name, _ in w.assign}
    return any(f.auto and f.name not in given for w in procedure.writes if w.kind == "create" for f in w.model.fields)


class Run:
    """Carries steps out, and knows what should be."""

    def __init__(self, driver, program, schema, live, knobs, fault=""):
        self.schema = schema
        self.knobs = knobs
        self.live = live
        self.models = {m.name: m for m in schema.models}
        self.procedures = {p.path(): p for p in schema.procedures()}
        self.world = RememberingWorld(schema)
        self.server = Server(driver, program, knobs, fault)
        self.clients = {}
        self.next_connection = 1
        self.next_id = 1
        self.now_ms = START_MS
        # Calls that committed, and rows that they wrote.
        self.writes = 0
        self.rows = 0
        # Of the last change of the store.
        self.position = 0
        self.exact = 0
        self.commits = 0
        self.counts = collections.Counter()

    def send(self, *parts):
        answer, frames = self.server.send(*parts)
        for connection, frame in frames:
            client = next((c for c in self.clients.values() if c.connected and c.connection == connection), None)
            if client is None:
                raise Broken("a frame for connection %d, which is gone" % connection)
            if client.is_slow:
                client.keep(frame, self.knobs.queue)
            else:
                self.take(client, frame)
        return answer

    def take(self, client, frame):
        client.take(frame)
        self.counts["frame " + frame["t"]] += 1
        if frame["t"] == "commit" or frame.get("end"):
            if frame["v"] < client.committed and self.knobs.is_ordered():
                raise Broken("a commit of %d after one of %d" % (frame["v"], client.committed))
            client.committed = frame["v"]
            self.committed(client, frame["v"])

    def committed(self, client, v):
        """What is shown now is shown to people."""
        self.commits += 1
        for s in client.subscriptions.values():
            if s.number is None or s.error is not None:
                continue
            if not s.is_seen:
                s.check_rows()
                s.is_seen = True
            if v == self.position and self.knobs.is_ordered() and s.position == v and s.view.is_settled() \
                    and (not s.is_compared or (self.commits + s.id) % SPARSE == 0):
                # Everything was said, and nothing can have been read ahead: it must be right now, not only in the end.
                self.exact += 1
                self.check(client, s)
                s.is_compared = True

    def step(self, step):
        getattr(self, "do_" + step[0])(*step[1:])
        self.ask_windows()

    def do_call(self, call):
        said, position = self.send("call", call.path, call.caller_json, call.input, str(call.now_ms),
                                   str(call.seed)).rsplit("\t", 1)
        answer = json.loads(said)
        self.position = int(position)
        self.now_ms = call.now_ms
        if call.invalid:
            return False
        procedure = self.procedures[call.path]
        outcome = self.world.call(procedure, call.args, call.caller, call.now_ms)
        return self.commit(procedure, outcome, compare(procedure, outcome, answer))

    def commit(self, procedure, outcome, adopted):
        if outcome.errors is not None or outcome.commit is None:
            return False
        outcome.commit(adopted)
        self.world.changed()
        self.writes += 1
        self.rows += len(procedure.writes)
        for write in procedure.writes:
            self.counts["rows " + write.kind + "d"] += 1
        self.counts["transactions"] += len(procedure.writes) > 1
        return True

    def do_connect(self, name, caller, caller_json):
        client = self.clients.setdefault(name, Client(name, caller, caller_json))
        if client.connected:
            return
        client.connection = self.next_connection
        self.next_connection += 1
        client.connected = True
        self.send("connect", str(client.connection), client.caller_json)
        for s in client.subscriptions.values():
            self.subscribe(client, s)

    def do_disconnect(self, name):
        client = self.clients.get(name)
        if client is not None and client.connected:
            client.leave()
            self.send("disconnect", str(client.connection))

    def do_become(self, name, caller, caller_json):
        """Somebody else sits there: nothing of what was held is theirs."""
        self.do_disconnect(name)
        self.clients.pop(name, None)
        self.do_connect(name, caller, caller_json)

    # ---- clients that read slowly

    def do_stall(self, name):
        client = self.clients.get(name)
        if client is not None and client.connected:
            client.is_slow = True

    def do_sip(self, name, n):
        """It reads a few frames of those that wait."""
        client = self.clients.get(name)
        while client is not None and client.unread and n > 0:
            self.take(client, client.unread.popleft())
            n -= 1

    def do_drain(self, name):
        client = self.clients.get(name)
        if client is None or not client.is_slow:
            return
        while client.unread:
            self.take(client, client.unread.popleft())
        client.is_slow = False
        if client.is_behind:
            client.is_behind = False
            self.counts["fell behind"] += 1
            self.send("resync", str(client.connection))

    def do_subscribe(self, name, path, args):
        client = self.clients.get(name)
        if client is None or not client.connected:
            return
        s = Subscription(self.next_id, self.procedures[path], args, client.caller, self.live[path], self.models)
        self.next_id += 1
        client.subscriptions[s.id] = s
        self.subscribe(client, s)

    def path_of(self, s):
        return s.procedure.path()

    def subscribe(self, client, s):
        s.await_snapshot()
        self.send("sub", str(client.connection), str(s.id), self.path_of(s), s.wire(), *s.since())

    def do_unsubscribe(self, name):
        client = self.clients.get(name)
        if client is not None and client.subscriptions:
            # One that is over, or the oldest.
            over = [id for id, s in client.subscriptions.items() if s.has_ended]
            s = client.subscriptions.pop(over[0] if over else next(iter(client.subscriptions)))
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
        self.lose_connections(lambda: self.send("restart", str(back)), back)

    def do_crash(self):
        """The process is killed; what it had committed is there again."""
        if self.server.folder is not None:
            self.lose_connections(self.server.crash)

    def do_killed(self, call):
        """It is killed after the commit, before it can answer or say anything."""
        procedure = self.procedures[call.path]
        if self.server.folder is None or call.invalid or makes_keys(procedure):
            return
        outcome = self.world.call(procedure, call.args, call.caller, call.now_ms)
        self.now_ms = call.now_ms
        self.commit(procedure, outcome, {})
        self.send("die")
        self.lose_connections(lambda: self.server.die_of("call", call.path, call.caller_json, call.input, str(call.now_ms),
                                                         str(call.seed)))

    def lose_connections(self, event, back=0):
        connected = [c for c in self.clients.values() if c.connected]
        if back > 0 and self.knobs.kind == "lag":
            # An engine that begins in the past may take an index at its word that is as old.
            for s in [s for c in self.clients.values() for s in c.subscriptions.values()]:
                s.continues = False
        for client in connected:
            client.leave()
        event()
        self.position = int(self.send("position"))
        for client in connected:
            self.do_connect(client.name, client.caller, client.caller_json)

    def do_check(self):
        self.quiesce()
        counters = json.loads(self.send("counters"))
        if counters["rereads"] != 0:
            raise Failure("%d groups were read again that promise not to be" % counters["rereads"])
        for client in self.clients.values():
            if client.connected:
                for s in client.subscriptions.values():
                    self.check(client, s)
                    self.counts["checks"] += 1

    def do_gather(self):
        """Who is away comes back."""
        for client in list(self.clients.values()):
            self.do_connect(client.name, client.caller, client.caller_json)

    # ---- windows

    def ask_windows(self):
        asked = False
        for client in list(self.clients.values()):
            for s in list(client.subscriptions.values()) if client.connected else []:
                if s.is_asked or s.number is None or s.error is not None:
                    continue
                s.is_asked = True
                for group, what in list(s.view.short()):
                    asked = True
                    self.ask_window(client, s, group, what)
        return asked

    def ask_window(self, client, s, group, what):
        parts = [what, str(client.connection), str(s.id), str(group.node.index), text(group.parent) if group.parent else "",
                 str(group.epoch)]
        if what == "trim":
            row = group.sorted()[2 * s.view.limits[group.node.index] - 1]
            node = group.node
            parts.append(text([row.get(f) for f, _ in node.order] + [row.get(f) for f in node.key]))
        self.send(*parts)

    # ---- what should be

    def quiesce(self):
        """Until nothing is delivered, read or asked any more."""
        for _ in range(RESTLESS):
            for name in list(self.clients):
                self.do_drain(name)
            if self.send("rest") != "quiet":
                break
            if not self.ask_windows():
                return
        raise Failure("engine and clients do not come to rest: they ask and answer for ever")

    def check(self, client, s):
        outcome = self.world.call(s.procedure, s.args, client.caller, self.now_ms)
        where = "client %s, subscription %d of %s(%s)" % (client.name, s.id, s.procedure.path(), s.wire())
        shown = None
        if s.error is not None and s.has_ended:
            # A value left its bounds at some time: the subscription is over, whatever the value is now.
            if s.error != "RANGE":
                raise Failure("%s: ended with %s" % (where, s.error))
            return
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
