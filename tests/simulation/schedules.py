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
LIMITS = {"open": {0: 50}, "top": {0: 2}, "full": {0: 50}, "notes": {0: 50}, "letters": {0: 50}}
FIELDS = {"Person": "id name", "Board": "id title", "Task": "id board rank text done seen person deletedAt",
          "Comment": "id task text", "Member": "board person level", "Note": "id board text",
          "Letter": "id board writer text"}
# The last are those in which what is read through an index is old, and differs from read to read.
WORLDS = [Knobs("calm"), Knobs("late", seed=3, repeat=200, delay=300), Knobs("shards", seed=5, shards=4, split=30, delay=300),
          Knobs("lag", seed=7, lag=8, replicas=1), Knobs("lag", seed=11, lag=8, replicas=2, delay=200)]


def models():
    """As far as a client orders rows by their fields."""
    out = {name: schemas.Model(name) for name in FIELDS}
    kinds = {"rank": "int", "seen": "int", "level": "int", "done": "bool", "deletedAt": "timestamp"}
    references = {"board": "Board", "task": "Task", "person": "Person", "writer": "Person"}
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

    def call(self, procedure, **arguments):
        self.seed += 1
        said, position = self.send("call", "r." + procedure, '{"person":"p0"}', json.dumps(arguments), str(NOW_MS + self.seed),
                                   str(self.seed)).rsplit("\t", 1)
        self.position = int(position)
        if "error" in json.loads(said):
            raise Failure("%s(%s): %s" % (procedure, arguments, said))

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


SCHEDULES = {f.__name__: f for f in (foreign_keys_change, children_move, deleted_and_made_again, softly_deleted,
                                     removed_by_nobody, masked_then_not, late_joiners, refills_behind, replayed_values,
                                     membership, comes_back, leaves_and_returns, hidden_rows)}


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
            stage.server.kill()
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
