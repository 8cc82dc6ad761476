#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Schedules by name: courses of events that went wrong once or are likely to, played in every kind of world.

What clients show in the end must be what the store answers when it is asked. Output is TAP: one test per schedule.

    schedules.py [--only NAME]
"""
import argparse
import collections
import json
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "oracle"))

import schema as schemas  # noqa: E402
from carry import WRONG, Run  # noqa: E402
from clients import Subscription  # noqa: E402
from fold import View, make_nodes  # noqa: E402
from harness import Program, Refused, Tools  # noqa: E402
from server import Failure, Knobs  # noqa: E402
from simulate import live_of  # noqa: E402
from values import Type  # noqa: E402

NOW_MS = 1780000000000
LIMITS = {"open": {0: 50}, "top": {0: 2}, "few": {0: 2}, "full": {0: 50}, "notes": {0: 50}, "letters": {0: 50},
          "diaries": {0: 50}, "pages": {0: 50, 1: 5}, "beside": {1: 5}}
FIELDS = {"Person": "id name", "Board": "id title", "Task": "id board rank text done seen person deletedAt",
          "Comment": "id task text", "Member": "board person level", "Note": "id board text",
          "Letter": "id board writer text", "Page": "id above owner",
          "Diary": "id board text"}
# The last are those in which what is read through an index is old, and differs from read to read.
WORLDS = [Knobs("calm", queue=2), Knobs("late", seed=3, repeat=200, delay=300, queue=2, on_file=True),
          Knobs("shards", seed=5, shards=4, split=30, repeat=100, delay=300, queue=2, on_file=True),
          Knobs("lag", seed=7, lag=8, replicas=1), Knobs("lag", seed=11, lag=8, replicas=2, delay=200)]


def models():
    """As far as a client orders rows by their fields."""
    out = {name: schemas.Model(name) for name in FIELDS}
    kinds = {"rank": "int", "seen": "int", "level": "int", "done": "bool", "deletedAt": "timestamp"}
    references = {"board": "Board", "task": "Task", "person": "Person", "writer": "Person", "above": "Page", "owner": "Person"}
    for name, fields in FIELDS.items():
        for field in fields.split():
            type = Type("ref", model=out[references[field]]) if field in references else Type(kinds.get(field, "string"))
            out[name].fields.append(schemas.Field(field, type, key=field == "id" or name == "Member" and field != "level"))
    return out


class Watch(Subscription):
    """A subscription whose query is known by its description alone."""

    def __init__(self, id, name, arguments, caller, live):
        self.id = id
        self.name = name
        self.arguments = arguments
        self.caller = caller
        self.live = live
        self.view = View(make_nodes(live, models()), live["valuesOnly"], LIMITS.get(name, {}))
        self.number = None
        self.position = 0
        self.early = collections.defaultdict(list)
        self.error = None
        self.has_ended = False
        self.continues = False
        self.parts = []
        self.note()

    def wire(self):
        return json.dumps(self.arguments)

    def check_rows(self):
        """Conditions are those of the store here: it is asked."""


def plain(value):
    """Without members that are null, which answers have and clients drop."""
    if isinstance(value, dict):
        return {n: plain(v) for n, v in value.items() if v is not None}
    return [plain(v) for v in value] if isinstance(value, list) else value


class Stage(Run):
    """One schedule in one world."""

    def __init__(self, driver, program, live, knobs, fault=""):
        empty = collections.namedtuple("Empty", "models procedures")([], lambda: [])
        super().__init__(driver, program, empty, live, knobs, fault)
        self.seed = 0

    def path_of(self, s):
        return "r." + s.name

    def line(self, procedure, arguments):
        self.seed += 1
        return ("call", "r." + procedure, '{"person":"p0"}', json.dumps(arguments), str(NOW_MS + self.seed), str(self.seed))

    def call(self, procedure, **arguments):
        said, position = self.send(*self.line(procedure, arguments)).rsplit("\t", 1)
        self.position = int(position)
        if "error" in json.loads(said):
            raise Failure("%s(%s): %s" % (procedure, arguments, said))

    def die_of(self, procedure, **arguments):
        """The process is killed when the call is committed; where there is no file to come back to, the engine alone goes."""
        if self.server.folder is None:
            self.call(procedure, **arguments)
            self.do_restart(0)
            return
        line = self.line(procedure, arguments)
        self.send("die")
        self.lose_connections(lambda: self.server.die_of(*line))

    def crash(self):
        self.lose_connections(self.server.crash if self.server.folder is not None else lambda: self.send("restart", "0"))

    def connect(self, name, person="p0"):
        self.do_connect(name, {"person": person}, json.dumps({"person": person}))

    def watch(self, name, query, **arguments):
        client = self.clients[name]
        s = Watch(self.next_id, query, arguments, client.caller_json, self.live["r." + query])
        self.next_id += 1
        client.subscriptions[s.id] = s
        self.subscribe(client, s)
        return s

    def deliver(self, n=1000):
        self.do_deliver(n)
        self.ask_windows()

    def reads(self, n=1000):
        self.do_reads(n)
        self.ask_windows()

    def check(self, client, s):
        """The last word has the store, asked by a way that no index is behind on."""
        answer = json.loads(self.send("ask", self.path_of(s), client.caller_json, s.wire()))
        if s.error is not None:
            shown = {"error": s.error}
            answer = {"error": answer.get("error")}
        elif s.number is None:
            raise Failure("client %s, %s(%s): no snapshot came" % (client.name, s.name, s.wire()))
        else:
            shown = {"ok": s.view.compose()}
            if answer.get("error") == "NOT_FOUND":
                answer = {"ok": None}
        if plain(shown) != plain(answer):
            raise Failure("client %s, %s(%s)\n  shows %s\n  should show %s" % (client.name, s.name, s.wire(), plain(shown),
                                                                       plain(answer)))


# ---- the schedules ---------------------------------------------------------------------------------------------------


def furnish(stage, n=4):
    for i in range(2):
        stage.call("person", id="p%d" % i, name="n%d" % i)
    for i in range(n):
        stage.call("task", id="t%d" % i, board="b%d" % (i % 2 if n > 2 else 0), rank=i, text="x", person="p%d" % (i % 2))
        stage.call("comment", id="c%d" % i, task="t%d" % i, text="c")


def everybody(stage, *queries):
    for name in range(2):
        stage.connect(name)
        for query in queries:
            for board in ("b0", "b1"):
                stage.watch(name, query, board=board)


def foreign_keys_change(stage):
    """Who a row refers to changes again and again, while the row referred to changes too."""
    furnish(stage)
    everybody(stage, "full")
    stage.watch(1, "one", id="t0")
    for i in range(6):
        stage.call("give", id="t0", person=("p0", "p1", None)[i % 3])
        stage.deliver(1)
        stage.call("rename", id="p%d" % (i % 2), name="m%d" % i)
        stage.reads(1)
    stage.do_check()
    stage.call("dismiss", id="p1")
    stage.deliver()
    stage.call("person", id="p1", name="back")
    stage.call("give", id="t0", person="p1")


def children_move(stage):
    """Comments move between tasks, and tasks between boards with what hangs on them."""
    furnish(stage)
    everybody(stage, "full", "values")
    stage.watch(0, "one", id="t1")
    for i in range(8):
        stage.call("shift", id="c%d" % (i % 4), task="t%d" % ((i + 1) % 4))
        if i % 2:
            stage.call("move", id="t%d" % (i % 4), board="b%d" % (i // 2 % 2))
        stage.deliver(2)
        stage.reads(1)


def deleted_and_made_again(stage):
    """A row dies and another one takes its key, before and after anybody heard of it."""
    furnish(stage)
    everybody(stage, "full")
    for i in range(5):
        stage.call("erase", id="c0")
        if i % 2:
            stage.deliver()
            stage.reads(1)
        stage.call("comment", id="c0", task="t%d" % (i % 3), text="new%d" % i)
        stage.deliver(1)
    stage.do_check()
    stage.call("erase", id="c0")
    stage.call("erase", id="c1")


def softly_deleted(stage):
    """Rows are soft-deleted or finished, and come back by an update."""
    furnish(stage, 6)
    everybody(stage, "open", "top", "values", "full")
    for i in range(6):
        stage.call("finish", id="t%d" % i, done=True)
        stage.deliver(1)
        stage.reads(2)
    stage.do_check()
    for i in range(6):
        stage.call("finish", id="t%d" % i, done=False)
        stage.call("write", id="t%d" % i, text="again")
    stage.deliver(3)
    stage.call("drop", id="t2")
    stage.call("drop", id="t3")


def removed_by_nobody(stage):
    """Rows go by themselves, as they do when their time is over: nothing else is written with it."""
    furnish(stage)
    everybody(stage, "full")
    stage.watch(0, "one", id="t0")
    for i in range(4):
        stage.call("erase", id="c%d" % i)
        stage.deliver(1)
    stage.do_check()
    for person in ("p0", "p1"):
        stage.call("dismiss", id=person)


def masked_then_not(stage):
    """A write that nobody is shown, then one that somebody is."""
    furnish(stage)
    everybody(stage, "open", "top")
    stage.do_check()
    for i in range(6):
        stage.call("see", id="t0", seen=i)
        stage.deliver(1)
        stage.call("write", id="t0", text="y%d" % i)
        stage.deliver(2)
        if i == 3:
            stage.call("see", id="t0", seen=99)
            stage.call("rerank", id="t0", rank=50)


def late_joiners(stage):
    """A window grows far beyond what is shown; who joins late tightens it, who was there trims."""
    stage.connect(0)
    stage.watch(0, "top", board="b0")
    for i in range(24):
        stage.call("task", id="t%d" % i, board="b0", rank=100 - i, text="x", person=None)
        stage.deliver(1)
    stage.connect(1)
    stage.watch(1, "top", board="b0")
    stage.reads(1)
    for i in range(12):
        stage.call("drop", id="t%d" % (23 - i))
        stage.deliver(1)
        stage.reads(1)
    stage.do_check()
    stage.connect(2)
    stage.watch(2, "top", board="b0")
    for i in range(6):
        stage.call("rerank", id="t%d" % i, rank=i)
        stage.deliver(1)


def out_of_a_tighter_window(stage):
    """A row goes to the end while somebody joins late, whose snapshot has it where it was and tightens the window."""
    for name in range(3):
        stage.connect(name)
    for i in range(4):
        board = "b%d" % i
        # Two who watch, so that nobody's trim is answered.
        stage.watch(0, "top", board=board)
        stage.watch(1, "top", board=board)
        stage.do_check()
        for k in range(10):
            stage.call("task", id="t%d%d" % (i, k), board=board, rank=100 - k, text="x", person=None)
            stage.deliver(1)
        stage.do_check()
        stage.watch(2, "top", board=board)
        stage.call("rerank", id="t%d9" % i, rank=1000)
        stage.deliver()
        stage.do_check()


def refills_behind(stage):
    """A window runs short again and again, and the index that fills it is behind."""
    furnish(stage, 16)
    everybody(stage, "top")
    stage.do_check()
    for i in range(16):
        stage.call("finish", id="t%d" % i, done=True)
        stage.deliver(1)
        if i % 3 == 0:
            stage.reads(1)
    stage.do_check()
    for i in range(16):
        stage.call("finish", id="t%d" % (15 - i), done=False)
        stage.call("rerank", id="t%d" % (15 - i), rank=-i)


def replayed_values(stage):
    """Values, while records come twice and the server dies."""
    furnish(stage, 6)
    everybody(stage, "values")
    stage.watch(0, "one", id="t0")
    for i in range(10):
        stage.call("rerank", id="t%d" % (i % 6), rank=10 * i)
        stage.call("finish", id="t%d" % (i * 5 % 6), done=i % 2 == 0)
        stage.deliver(2)
        if i == 5:
            stage.do_restart(5)
        stage.reads(1)


def membership(stage):
    """Who may see is decided by another row, which goes and comes."""
    furnish(stage)
    for board in ("b0", "b1"):
        stage.call("join", board=board, person="p0")
        stage.call("note", id="n" + board, board=board, text="x")
    stage.connect(0, "p0")
    stage.connect(1, "p1")
    for name in range(2):
        stage.watch(name, "notes", board="b0")
        stage.watch(name, "notes", board="b1")
    stage.do_check()
    for i in range(4):
        stage.call("quit", board="b0", person="p0")
        stage.call("edit", id="nb0", text="hidden%d" % i if i < 10 else "")
        stage.deliver(1)
        stage.reads(1)
        stage.do_check()
        stage.call("join", board="b0", person="p0")
        stage.call("edit", id="nb0", text="seen%d" % i)
        stage.deliver(1)
    stage.do_check()
    stage.call("join", board="b1", person="p1")
    stage.call("quit", board="b1", person="p0")


def rows_below_themselves(stage):
    """Who may see a row is decided by another row, and it stands under itself and others: what is read is changed meanwhile."""
    furnish(stage)
    for i in range(3):
        stage.call("page", id="g%d" % i, above="g0", owner="p%d" % (i % 2))
    stage.connect(0)
    stage.watch(0, "pages", above="g0")
    stage.do_check()
    for i in range(6):
        stage.call("hand", id="g0", owner="p%d" % ((i + 1) % 2))
        stage.deliver()
        stage.reads(1 + i % 2 * 999)
        stage.call("hang", id="g%d" % (i % 3), above="g%d" % (i // 3))
        stage.call("hand", id="g%d" % (i % 3), owner="p1")
        stage.deliver(1)
        stage.reads(2)
        stage.call("hang", id="g%d" % (i % 3), above="g0")
        if i == 3:
            stage.call("dismiss", id="p1")
        if i > 3:
            stage.do_check()
    stage.deliver()
    stage.call("person", id="p1", name="back")


def values_beside_rows(stage):
    """Rows and values below one row are read at a time, and an index that is behind has one of them read again."""
    furnish(stage)
    stage.connect(0)
    stage.connect(1)
    for i in range(12):
        stage.call("comment", id="d%d" % i, task="t%d" % (i % 2), text="v%d" % i)
        stage.deliver()
        stage.watch(i % 2, "beside", id="t%d" % (i % 3))
        stage.reads(1 + i % 4)
        if i % 4 == 3:
            stage.call("shift", id="d%d" % (i - 1), task="t2")
            stage.call("erase", id="d%d" % (i - 2))
            stage.do_check()
            stage.do_unsubscribe(0)
            stage.do_unsubscribe(1)


def extrema_leave(stage):
    """All extrema of a value leave at once, and an index that is behind has some of them read again after others are known."""
    for i in range(12):
        stage.call("task", id="t%02d" % i, board="b0", rank=i, text="x%02d" % i, person=None)
    everybody(stage, "extrema")
    stage.do_check()
    for i in range(5):
        stage.call("finish", id="t%02d" % i, done=True)
        stage.call("drop", id="t%02d" % (11 - i))
        stage.deliver(1 + i % 2)
        stage.reads(i)
        stage.do_check()
    stage.call("drop", id="t05")
    stage.call("move", id="t06", board="b1")
    stage.do_check()
    stage.call("move", id="t06", board="b0")


def hidden_by_others(stage):
    """Who decides who may see a row goes between two reads: the row is read again for a change of theirs, then they are."""
    stage.connect(0)
    for i in range(8):
        board, page, person = "b%d" % i, "g%d" % i, "p%d" % i
        stage.call("person", id=person, name="open")
        stage.call("letter", id="l%d" % i, board=board, writer=person, text="x")
        stage.call("page", id=page, above=page, owner=person)
        # The snapshot is ahead of what the engine has heard of.
        stage.watch(0, "letters", board=board)
        stage.watch(0, "pages", above=page)
        stage.reads()
        stage.deliver(50)
        stage.reads(1 + i % 4)
        stage.call("dismiss", id=person)
        stage.do_check()


def shown_ahead(stage):
    """Who comes late is shown a row that died and came again, before the engine hears of either; then nobody may see it, and it dies."""
    for name in range(3):
        stage.connect(name)
    for i in range(6):
        board, person = "b%d" % i, "p%d" % i
        stage.call("person", id=person, name="open")
        stage.call("letter", id="l%d" % i, board=board, writer=person, text="x")
        stage.watch(0, "letters", board=board)
        stage.do_check()
        stage.call("burn", id="l%d" % i)
        stage.call("letter", id="l%d" % i, board=board, writer=person, text="again")
        stage.watch(1, "letters", board=board)
        stage.reads(1000 if i % 2 else 3)
        stage.call("rename", id=person, name="shut")
        stage.call("burn", id="l%d" % i)
        stage.watch(2, "letters", board=board)
        for _ in range(i):
            stage.deliver(1)
            stage.reads(1)
        stage.do_check()


def values_of_judged_rows(stage):
    """Which rows a value is made of is decided by other rows, which change, go and come, before and after who comes late has read."""
    for name in range(3):
        stage.connect(name)
    for i in range(4):
        stage.call("person", id="p%d" % i, name="open")
        stage.call("page", id="g%d" % i, above="g0", owner="p%d" % i)
    for i in range(6):
        stage.call("letter", id="l%d" % i, board="b0", writer="p%d" % (i % 4), text="x%d" % i)
    stage.watch(0, "mail", board="b0")
    stage.watch(0, "above", page="g0")
    stage.do_check()
    for i in range(8):
        person = "p%d" % (i * 3 % 4)
        stage.call("rename", id=person, name="shut" if i % 2 else "open")
        stage.call("weigh", id="l%d" % (i % 5), weight=10 * i)
        if i % 3 == 1:
            stage.watch(1, "mail", board="b0")
        stage.deliver(1 + i % 3)
        stage.reads(1 + i % 4)
        stage.call("sign", id="l%d" % (i * 5 % 6), writer=person)
        stage.call("hand", id="g%d" % (1 + i % 3), owner="p%d" % (i % 4))
        if i % 2:
            stage.watch(2, "above", page="g0")
            stage.watch(2, "mail", board="b0")
        stage.reads(1)
        if i == 3:
            stage.call("dismiss", id="p1")
            stage.call("burn", id="l5")
        if i == 6:
            stage.call("person", id="p1", name="open")
            stage.call("letter", id="l5", board="b0", writer="p1", text="x9")
        stage.deliver(1)
        if i % 4 == 3:
            stage.do_check()
            stage.do_unsubscribe(1)
            stage.do_unsubscribe(2)


def short_while_reading(stage):
    """A window runs short, and is asked for more rows while something else of the view is read."""
    furnish(stage, 24)
    everybody(stage, "few")
    stage.do_check()
    for i in range(5):
        stage.call("person", id="q%d" % i, name="q")
        for k in range(4):
            stage.call("finish", id="t%d" % (4 * i + k), done=True)
        stage.call("give", id="t%d" % (4 * i + 4), person="q%d" % i)
        stage.call("give", id="t%d" % (4 * i + 5), person="q%d" % i)
        for _ in range(4):
            stage.deliver(50)
        if i % 2:
            stage.reads(i)
        stage.do_check()


def two_wait_for_a_refill(stage):
    """Several come while a window is filled again: each of them is shown something."""
    furnish(stage, 24)
    for name in range(6):
        stage.connect(name)
    stage.watch(0, "top", board="b0")
    stage.do_check()
    for i in range(5):
        for name in range(1, 6):
            stage.watch(name, "top", board="b0")
            if name == 3:
                for k in range(4):
                    stage.call("finish", id="t%d" % (4 * i + k), done=True)
                stage.deliver(50)
                stage.deliver(50)
        for _ in range(6):
            stage.reads(1)
        stage.do_check()
        for name in range(1, 6):
            stage.do_unsubscribe(name)


def let_go_and_taken_on(stage):
    """One row lets go of a person, others take him on, and somebody comes in between. Between shards the others may come first."""
    stage.call("person", id="p0", name="x")
    stage.connect(0)
    stage.connect(1)
    for i in range(6):
        board = "b%d" % i
        for k in range(6):
            stage.call("task", id="t%d%d" % (i, k), board=board, rank=k, text="x", person=None if k else "p0")
        stage.watch(0, "full", board=board)
        stage.do_check()
        stage.call("give", id="t%d0" % i, person=None)
        stage.watch(1, "full", board=board)
        stage.reads(1 if i % 2 else 1000)
        for k in range(1, 6):
            stage.call("give", id="t%d%d" % (i, k), person="p0")
            stage.deliver(1)
        stage.do_check()


def refilled_ahead(stage, deliver=1):
    """A window is filled again with rows whose person nobody else refers to any more, before the one who does has let go."""
    furnish(stage, 0)
    for i in range(12):
        stage.call("task", id="r%02d" % i, board="b0", rank=i, text="x", person=None if i else "p0")
    stage.connect(0)
    first = stage.watch(0, "few", board="b0")
    stage.do_check()
    n_held = len(first.view.versions()) - 1
    for i in range(1, n_held):
        stage.call("finish", id="r%02d" % i, done=True)
    for i in range(n_held, 12):
        stage.call("give", id="r%02d" % i, person="p0")
    stage.call("give", id="r00", person=None)
    stage.connect(1)
    stage.watch(1, "few", board="b0")
    stage.reads()
    for _ in range(12):
        stage.deliver(deliver)
        stage.reads()


def refilled_while_told(stage):
    """The same, and that he let go has been delivered, but waits with all else until the window is filled."""
    refilled_ahead(stage, deliver=1000)


def refers_back(stage):
    """A row lets go of a person and takes him on again; who came in between lacks him, and the first is heard of as the second."""
    for person in ("p0", "p1"):
        stage.call("person", id=person, name="x")
    stage.call("page", id="root", above="g", owner="p1")
    stage.call("page", id="leaf", above="root", owner="p0")
    stage.call("page", id="other", above="root", owner="p1")
    stage.connect(0)
    stage.watch(0, "pages", above="g")
    stage.do_check()
    for i in range(6):
        if i % 2:
            # What is read for this has the others wait.
            stage.call("person", id="q%d" % i, name="x")
            stage.call("hand", id="other", owner="q%d" % i)
        stage.call("hand", id="leaf", owner="p1")
        stage.connect(1)
        stage.watch(1, "pages", above="g")
        stage.reads()
        stage.call("hand", id="leaf", owner="p0")
        stage.deliver(1000 if i % 2 else 1)
        stage.reads()
        stage.do_check()
        stage.do_disconnect(1)
        stage.do_unsubscribe(1)


def comes_back(stage):
    """A client goes, things change, and it comes back with what it held."""
    furnish(stage)
    everybody(stage, "open", "top", "full")
    stage.do_check()
    for i in range(5):
        stage.do_disconnect(0)
        stage.call("write", id="t%d" % (i % 4), text="off%d" % i)
        stage.call("move", id="t%d" % (i % 4), board="b%d" % (i % 2))
        stage.deliver(1)
        stage.connect(0)
        stage.reads(2)
        if i % 2:
            stage.do_resync(1)
        if i == 1:
            # Tokens of before mean nothing to the new engine: who comes back to it starts over, and only then resumes.
            stage.do_restart(5)
            stage.reads(1000)


def leaves_and_returns(stage):
    """A row leaves and comes back between two looks at it, and what hung on it has changed in between."""
    furnish(stage)
    everybody(stage, "full")
    stage.do_check()
    for i in range(4):
        stage.call("give", id="t2", person="p%d" % (i % 2))
        stage.deliver()
        # Who waits for the read hears of all this at once.
        stage.call("move", id="t0", board="b1")
        stage.call("erase", id="c0")
        stage.call("move", id="t0", board="b0")
        stage.deliver()
        stage.do_check()
        stage.call("comment", id="c0", task="t0", text="r%d" % i)


def hidden_rows(stage):
    """Rows that nobody may read come, change and go, most of all while snapshots are on their way: their keys are never told."""
    told = []

    def enter(name):
        stage.connect(name)
        client = stage.clients[name]
        take = type(client).take
        client.take = lambda frame: (told.append(json.dumps(frame)), take(client, frame))
        stage.watch(name, "letters", board="b0")

    stage.call("person", id="p0", name="open")
    stage.call("person", id="p1", name="shut")
    for i in range(4):
        stage.call("letter", id="secret%d" % i, board="b0", writer="p1", text="x")
    stage.call("letter", id="v0", board="b0", writer="p0", text="x")
    enter(0)
    stage.do_check()
    for i in range(4):
        enter(1)
        stage.call("reword", id="secret%d" % i, text="y")
        stage.deliver()
        stage.reads(i)
        if i % 2:
            stage.call("burn", id="secret%d" % i)
            stage.deliver()
        # Read ahead of the records: a row that the snapshot shows, and one beside it that it does not.
        stage.call("letter", id="secret%d" % (i + 4), board="b0", writer="p1", text="x")
        stage.call("letter", id="v%d" % (i + 1), board="b0", writer="p0", text="x")
        enter(2)
        stage.reads()
        stage.deliver(1)
        stage.call("burn", id="secret%d" % (i + 4))
        stage.do_check()
        stage.do_disconnect(1)
        stage.do_disconnect(2)
    for frame in told:
        if "secret" in frame:
            raise Failure("a client was told of a row that it may not read: " + frame)


def killed(stage):
    """The process dies: between two calls, when it has committed and told nobody, while reads are under way."""
    furnish(stage)
    everybody(stage, "open", "full", "values")
    stage.do_check()
    for i in range(3):
        stage.call("write", id="t%d" % i, text="a%d" % i)
        stage.crash()
        stage.call("give", id="t%d" % i, person="p%d" % (i % 2))
        stage.deliver(1)
        stage.die_of("rerank", id="t%d" % i, rank=100 + i)
        stage.deliver(1)
        stage.die_of("erase", id="c%d" % i)
        stage.reads(1)
    stage.do_check()
    stage.do_disconnect(0)
    stage.die_of("drop", id="t0")
    stage.connect(0)


def reads_too_slowly(stage):
    """A client does not read: some of what it is sent waits, then all of it is lost, and it starts over."""
    furnish(stage)
    everybody(stage, "open", "top", "full")
    stage.do_check()
    for i in range(6):
        stage.do_stall(i % 2)
        stage.call("write", id="t%d" % (i % 4), text="s%d" % i)
        stage.deliver()
        stage.do_sip(i % 2, 1)
        stage.call("move", id="t%d" % (i % 4), board="b%d" % (i % 2))
        stage.call("erase", id="c0")
        stage.deliver()
        stage.reads(1)
        stage.call("comment", id="c0", task="t%d" % (i % 4), text="s%d" % i)
        if i % 3 != 2:
            stage.do_drain(i % 2)


def falls_behind_again(stage):
    """Who fell behind is told to start over, does not read that either, and is told again before a snapshot came."""
    furnish(stage, 6)
    stage.connect(0)
    stage.watch(0, "open", board="b0")
    stage.do_check()
    stage.do_stall(0)
    stage.do_resync(0)
    for i in range(4):
        stage.call("write", id="t%d" % (i % 2 * 2), text="f%d" % i)
        stage.deliver()
    stage.do_drain(0)
    stage.call("write", id="t4", text="last")
    stage.deliver()


def falls_behind_at_a_gate(stage):
    """A gate is read again, and the client that is told so does not hear it."""
    furnish(stage)
    stage.call("join", board="b0", person="p0")
    stage.call("diary", id="d0", board="b0", text="x")
    stage.connect(0)
    stage.watch(0, "open", board="b0")
    stage.watch(0, "diaries", board="b0")
    stage.do_check()
    for i in range(4):
        stage.do_stall(0)
        stage.call("rename", id="p0", name="r%d" % i)
        stage.deliver()
        for k in range(3):
            stage.call("write", id="t0", text="w%d%d" % (i, k))
            stage.deliver()
        stage.call("correct", id="d0", text="c%d" % i)
        stage.do_drain(0)
        stage.call("write", id="t2", text="e%d" % i)
        stage.deliver()
        stage.do_check()


SCHEDULES = {f.__name__: f for f in (foreign_keys_change, children_move, deleted_and_made_again, softly_deleted,
                                     removed_by_nobody, masked_then_not, late_joiners, out_of_a_tighter_window,
                                     refills_behind, replayed_values, membership, rows_below_themselves,
                                     values_beside_rows, extrema_leave,
                                     hidden_by_others, shown_ahead, values_of_judged_rows, short_while_reading, two_wait_for_a_refill,
                                     let_go_and_taken_on, refilled_ahead, refilled_while_told, refers_back,
                                     comes_back, leaves_and_returns, killed, reads_too_slowly, falls_behind_again,
                                     falls_behind_at_a_gate, hidden_rows)}


def load(tools, edit=None):
    """The program, and what clients know of its queries."""
    with open(os.path.join(HERE, "schedules.dyn"), encoding="utf-8") as f:
        program = Program(tools, f.read(), edit)
    return program, live_of(tools, program)


def play(driver, program, live, name, fault="", worlds=WORLDS):
    """What goes wrong with it, or None."""
    for knobs in worlds:
        stage = Stage(driver, program, live, knobs, fault)
        try:
            SCHEDULES[name](stage)
            stage.do_check()
            stage.server.close()
        except WRONG as failure:
            return "%s: %s: %s" % (knobs.kind, type(failure).__name__, failure)
        finally:
            stage.server.remove()
    return None


def find_driver():
    return os.environ.get("SIMULATION_DRIVER") or os.path.join(os.environ.get("BUILD", "build"), "tests", "simulation",
                                                               "simulation-driver")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", help="only schedules whose name contains this")
    options = parser.parse_args()
    tools = Tools()
    driver = find_driver()
    if not os.access(tools.dynrc, os.X_OK) or not os.access(driver, os.X_OK):
        print("1..0 # SKIP not built: " + driver)
        return 0
    names = [n for n in SCHEDULES if not options.only or options.only in n]
    print("TAP version 13\n1..%d" % len(names), flush=True)
    try:
        program, live = load(tools)
    except Refused as refused:
        print("Bail out! " + str(refused))
        return 1
    failed = 0
    for i, name in enumerate(names):
        problem = play(driver, program, live, name)
        failed += problem is not None
        print("%s %d - %s" % ("ok" if problem is None else "not ok", i + 1, name.replace("_", " ")), flush=True)
        if problem is not None:
            sys.stdout.write("".join("# %s\n" % l for l in problem.split("\n")))
    program.close()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
