# SPDX-License-Identifier: Apache-2.0
"""Carries steps out, and knows what every client should show."""
import json

from clients import Client, Subscription
from fold import Broken, text
from model import Differ, World, compare
from run import START_MS
from server import Failure, Server
from values import BadForm

# What a run ends with where something is wrong: also frames that a client cannot make sense of.
WRONG = (Failure, Broken, Differ, BadForm, KeyError, IndexError, TypeError, ValueError)
# Deliveries of nothing after which nothing is held back any more.
QUIET = 40
# Rounds after which there will be no rest.
RESTLESS = 2000


class Run:
    """Carries steps out, and knows what should be."""

    def __init__(self, driver, program, schema, live, knobs, fault=""):
        self.schema = schema
        self.knobs = knobs
        self.live = live
        self.models = {m.name: m for m in schema.models}
        self.procedures = {p.path(): p for p in schema.procedures()}
        self.world = World(schema)
        self.server = Server(driver, program, knobs, fault)
        self.clients = {}
        self.next_connection = 1
        self.next_id = 1
        self.now_ms = START_MS
        self.writes = 0
        # Of the last change of the store.
        self.position = 0
        self.exact = 0

    def send(self, *parts):
        answer, frames = self.server.send(*parts)
        for connection, frame in frames:
            client = next((c for c in self.clients.values() if c.connected and c.connection == connection), None)
            if client is None:
                raise Broken("a frame for connection %d, which is gone" % connection)
            client.take(frame)
            if frame["t"] == "commit" or frame.get("end"):
                self.committed(client, frame["v"])
        return answer

    def committed(self, client, v):
        """What is shown now is shown to people."""
        for s in client.subscriptions.values():
            if s.number is None or s.error is not None:
                continue
            s.check_rows()
            if v == self.position and self.knobs.is_ordered() and s.position == v and s.view.is_settled():
                # Everything was said, and nothing can have been read ahead: it must be right now, not only in the end.
                self.exact += 1
                self.check(client, s)

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

    def path_of(self, s):
        return s.procedure.path()

    def subscribe(self, client, s):
        s.await_snapshot()
        s.continues = False
        self.send("sub", str(client.connection), str(s.id), self.path_of(s), s.wire(), *s.since())

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
        counters = json.loads(self.send("counters"))
        if counters["rereads"] != 0:
            raise Failure("%d groups were read again that promise not to be" % counters["rereads"])
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
        quiet = rounds = 0
        while quiet < QUIET:
            rounds += 1
            if rounds > RESTLESS:
                raise Failure("engine and clients do not come to rest: they ask and answer for ever")
            delivered = self.do_deliver(1000)
            waiting = self.do_reads(1000)
            asked = self.ask_windows()
            quiet = 0 if delivered or waiting or asked else quiet + 1

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
