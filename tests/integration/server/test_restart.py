#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Clients that come back to a server that was restarted: on the same store, on another one, on one that was put back.

    test_restart.py PROGRAM
"""

import json
import os
import shutil
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import wire  # noqa: E402
from runner import run_tests  # noqa: E402
from server import Server  # noqa: E402


ADA, GRACE = "01HV6Z3M5N8Q0R2S4T6V8W0X2Y", "01HV6Z3M5N8Q0R2S4T6V8W0X2Z"


class Client:
    """A session of one user, who watches the titles of the lists that are theirs, and remembers what the server said of them."""

    def __init__(self, server, user):
        self.socket, self.number = wire.Socket(server.port), 0
        assert self.socket.hello(caller={"userId": user})["t"] == "welcome"

    def watch(self, held=None):
        """`held`: what this gave before. Gives the answer, `snap` or `same`, and what is held then with all that was missed."""
        self.number += 1
        since = {} if held is None else {"since": {"v": held["v"], "bound": None, "token": held["token"], "from": held["from"]}}
        self.socket.send({"t": "sub", "id": self.number, "proc": "lists.mine", "in": {}, **since})
        answer = self.until(lambda message: message.get("id") == self.number)
        assert answer["t"] in ("snap", "same"), answer
        titles = [row["title"] for row in answer["groups"][0]["rows"]] if answer["t"] == "snap" else list(held["titles"])
        self.socket.send({"t": "ping"})

        def take(message):
            if message["t"] == "patch" and message["view"] == answer["view"]:
                assert all(op[0] == "+" for op in message["ops"]), message
                titles.extend(op[1]["title"] for op in message["ops"])
            return message["t"] == "pong"

        pong = self.until(take)
        return answer["t"], {"v": pong["v"], "token": answer["token"], "from": answer["v"], "titles": sorted(titles)}

    def close(self):
        self.socket.close()

    def until(self, test):
        while True:
            message = self.socket.receive()
            if test(message):
                return message


def create(server, user, *titles):
    for title in titles:
        answer = wire.request(server.port, "POST", "/rpc/lists.create", {"title": title}, {"dynr-caller": json.dumps({"userId": user})})
        assert answer.status == 200, answer.body


class Store:
    """A file that outlives the servers on it."""

    def __enter__(self):
        self.object = tempfile.TemporaryDirectory()
        self.path = os.path.join(self.object.name, "store.db")
        return self

    def __exit__(self, kind, value, trace):
        self.object.cleanup()

    def serve(self, program):
        return Server(program, "--dev", store=self.path)

    def files(self):
        return [os.path.join(self.object.name, name) for name in os.listdir(self.object.name)]


def what_was_missed_is_sent_after_a_restart(program):
    with Store() as store:
        with store.serve(program) as server:
            create(server, ADA, "one")
            (_, first), (_, of_grace) = Client(server, ADA).watch(), Client(server, GRACE).watch()
            assert first["titles"] == ["one"] and of_grace["titles"] == []
        # Several times: what one server promised, the third after it keeps.
        wanted = ["one"]
        for title in ("three", "two", "zero"):
            wanted = sorted([*wanted, title])
            with store.serve(program) as server:
                create(server, ADA, title)
                answer, held = Client(server, ADA).watch(first)
                assert (answer, held["titles"]) == ("same", wanted), (answer, held)
                # What it says now is to go on from, too.
                assert Client(server, ADA).watch(held)[0] == "same"
                assert Client(server, GRACE).watch(of_grace)[0] == "same"
                assert Client(server, GRACE).watch(held)[0] == "snap", "it was not said to her"


def another_store_starts_from_snapshots(program):
    with Store() as store:
        with store.serve(program) as server:
            create(server, ADA, "one", "two")
            _, held = Client(server, ADA).watch()
        for path in store.files():
            os.remove(path)
        with store.serve(program) as server:
            # Its positions go past those that the client has.
            create(server, GRACE, "a", "b", "c", "d")
            answer, now = Client(server, ADA).watch(held)
            assert now["v"] > held["v"], (now["v"], held["v"])
            assert (answer, now["titles"]) == ("snap", []), "she never had a list in this store"


def a_store_that_was_put_back_starts_from_snapshots(program):
    with Store() as store, tempfile.TemporaryDirectory() as backup:
        with store.serve(program) as server:
            create(server, ADA, "one")
            _, early = Client(server, ADA).watch()
        for path in store.files():
            shutil.copy(path, backup)
        with store.serve(program) as server:
            create(server, ADA, "lost")
            _, fresh = Client(server, ADA).watch()
            answer, late = Client(server, ADA).watch(early)
            assert (answer, late["titles"]) == ("same", ["lost", "one"])
        for path in store.files():
            os.remove(path)
        for name in os.listdir(backup):
            shutil.copy(os.path.join(backup, name), os.path.dirname(store.path))
        with store.serve(program) as server:
            create(server, GRACE, "a", "b", "c")
            for held in (fresh, late, {**early, "v": late["v"]}):
                answer, now = Client(server, ADA).watch(held)
                assert now["v"] > held["v"]
                assert (answer, now["titles"]) == ("snap", ["one"]), "what was held is of another branch of history"
            assert Client(server, ADA).watch(early)[0] == "same", "what was before the backup is still so"


if __name__ == "__main__":
    sys.exit(run_tests(sys.argv[1], [
        what_was_missed_is_sent_after_a_restart, another_store_starts_from_snapshots,
        a_store_that_was_put_back_starts_from_snapshots,
    ]))
