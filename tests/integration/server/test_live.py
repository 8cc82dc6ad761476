#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Live views over WebSocket: snapshots, patches, resumes, slow readers, writes by others.

    test_live.py PROGRAM
"""

import datetime
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import wire  # noqa: E402
from fold import View  # noqa: E402
from runner import Skipped, run_tests  # noqa: E402
from server import Server  # noqa: E402

ADA = "01HV6Z3M5N8Q0R2S4T6V8W0X2Y"
CALLER = {"userId": ADA}


class Client:
    """A session of Ada's that folds what it watches."""

    def __init__(self, server, **options):
        self.socket = wire.Socket(server.port, **options)
        assert self.socket.hello(caller=CALLER)["t"] == "welcome"
        self.views, self.number = {}, 0

    def next_number(self):
        self.number += 1
        return self.number

    def receive(self):
        message = self.socket.receive()
        for view in self.views.values():
            view.apply(message)
        return message

    def until(self, test):
        # Of its own: while the server pings, a socket's timeout never comes.
        end = time.monotonic() + 60
        while True:
            message = self.receive()
            if test(message):
                return message
            assert time.monotonic() < end, "it never came"

    def call(self, proc, value, **members):
        number = self.next_number()
        self.socket.send({"t": "call", "id": number, "proc": proc, "in": value, **members})
        answer = self.until(lambda message: message.get("id") == number and message["t"] in ("result", "error"))
        assert answer["t"] == "result", answer
        if answer["v"] > 0:
            self.until(lambda message: reaches(message, answer["v"]))
        return answer["out"]

    def watch(self, list_id, first=50, show="open", **members):
        number = self.next_number()
        view = self.views[number] = View(number)
        value = {"list": list_id, "first": first, "show": show}
        self.socket.send({"t": "sub", "id": number, "proc": "todos.list", "in": value, **members})
        answer = self.until(lambda message: message.get("id") == number)
        assert answer["t"] in ("snap", "same"), answer
        return view

    def settle(self):
        """Until all that was said before the server's answer to a ping has arrived."""
        self.socket.send({"t": "ping"})
        # Who asks too often is told so in the same place.
        return self.until(lambda message: message["t"] == "pong" or (message["t"] == "error" and "id" not in message))

    def close(self):
        self.socket.close()


def reaches(message, v):
    """Whether everything up to `v` was said."""
    closes = message["t"] == "commit" or (message["t"] == "patch" and message.get("end"))
    return closes and message["v"] >= v


def texts(view, count=50):
    return [row["text"] for row in view.shown(count)]


def new_list(client):
    return client.call("lists.create", {"title": "List"})["id"]


def add(client, list_id, text):
    return client.call("todos.add", {"list": list_id, "text": text})


def changes_arrive(program):
    with Server(program, "--dev") as server:
        writer, reader = Client(server), Client(server)
        list_id = new_list(writer)
        first = add(writer, list_id, "one")
        view = reader.watch(list_id)
        assert texts(view) == ["one"]
        second = add(writer, list_id, "two")
        reader.settle()
        # The newest first; ids of one millisecond are in no order.
        expected = [text for _, text in sorted([(first["id"], "one"), (second["id"], "two")], reverse=True)]
        assert texts(view) == expected, view.rows
        writer.call("todos.toggle", {"list": list_id, "id": first["id"]})
        reader.settle()
        assert texts(view) == ["two"]
        writer.call("todos.remove", {"list": list_id, "id": second["id"]})
        reader.settle()
        assert texts(view) == [] and view.n_snaps == 1
        assert server.metrics()["dynr_rereads_total"] == 0


def watch_load(client, list_id):
    """(view, what its snapshot says)"""
    number = client.next_number()
    client.socket.send({"t": "sub", "id": number, "proc": "todos.load", "in": {"list": list_id}})
    answer = client.until(lambda message: message.get("id") == number)
    assert answer["t"] == "snap" and [group["node"] for group in answer["groups"]] == [0], answer
    return answer["view"], answer["groups"][0]["value"]


def loads(client, view):
    """What the server says of it, up to its answer to a ping."""
    said = []

    def ends(message):
        if message["t"] == "patch" and message["view"] == view:
            assert message["node"] == 0 and [op[0] for op in message["ops"]] == ["="], message
            said.append(message["ops"][0][1])
        return message["t"] == "pong"
    client.socket.send({"t": "ping"})
    client.until(ends)
    return said


def code_is_watched(program):
    with Server(program, "--dev") as server:
        writer, reader, late = Client(server), Client(server), Client(server)
        list_id = new_list(writer)
        first = add(writer, list_id, "one")
        view, value = watch_load(reader, list_id)
        assert value == {"title": "List", "open": "1", "words": ["one"]}, value
        add(writer, list_id, "two")
        other, value = watch_load(late, list_id)
        assert other == view and sorted(value["words"]) == ["one", "two"], (other, value)
        writer.call("todos.toggle", {"list": list_id, "id": first["id"]})
        writer.call("lists.rename", {"list": list_id, "title": "Another", "expect": "1"})
        for client in (reader, late):
            assert loads(client, view)[-1] == {"title": "Another", "open": "1", "words": ["two"]}
        # Where the code gives the same, nobody is told.
        runs = server.metrics()["dynr_runs_total"]
        writer.call("todos.toggle", {"list": list_id, "id": first["id"]})
        writer.call("todos.toggle", {"list": list_id, "id": first["id"]})
        elsewhere = new_list(writer)
        add(writer, elsewhere, "not here")
        assert loads(reader, view)[-1] == {"title": "Another", "open": "1", "words": ["two"]}
        assert loads(reader, view) == [] and server.metrics()["dynr_runs_total"] > runs
        # What the code answers ends a subscription as it ends a call.
        number = reader.next_number()
        reader.socket.send({"t": "sub", "id": number, "proc": "todos.load", "in": {"list": ADA}})
        answer = reader.until(lambda message: message.get("id") == number)
        assert (answer["t"], answer["code"]) == ("error", "NOT_FOUND"), answer
        number = reader.next_number()
        reader.socket.send({"t": "sub", "id": number, "proc": "todos.loadOnce", "in": {"list": list_id}})
        answer = reader.until(lambda message: message.get("id") == number)
        assert (answer["t"], answer["code"]) == ("error", "INVALID_ARGUMENT"), answer


def one_view_serves_all(program):
    with Server(program, "--dev") as server:
        writer = Client(server)
        list_id = new_list(writer)
        readers = [Client(server) for _ in range(20)]
        views = [reader.watch(list_id) for reader in readers]
        assert server.metrics()["dynr_views"] == 1 and server.metrics()["dynr_subscribers"] == 20
        before = server.metrics()
        add(writer, list_id, "for all")
        for reader, view in zip(readers, views):
            reader.settle()
            assert texts(view) == ["for all"]
        after = server.metrics()
        assert after["dynr_steps_total"] - before["dynr_steps_total"] == 1, after
        for reader in readers[:10]:
            reader.close()
        assert server.wait_for_metric("dynr_subscribers", 10) == 10


def own_writes_are_read(program):
    with Server(program, "--dev") as server:
        client = Client(server)
        list_id = new_list(client)
        view = client.watch(list_id)
        for number in range(30):
            add(client, list_id, f"todo {number}")
            assert f"todo {number}" in texts(view), "the result's position was said before its patch"


def a_subscription_ends(program):
    with Server(program, "--dev") as server:
        writer, reader = Client(server), Client(server)
        list_id = new_list(writer)
        view = reader.watch(list_id)
        reader.socket.send({"t": "unsub", "id": view.subscription})
        reader.settle()
        add(writer, list_id, "unseen")
        reader.settle()
        assert view.n_patches == 0
        # The id may be used again; an id in use may not.
        reader.number = view.subscription - 1
        again = reader.watch(list_id)
        assert texts(again) == ["unseen"]
        reader.socket.send({"t": "sub", "id": again.subscription, "proc": "todos.list", "in": {"list": list_id}})
        refused = reader.until(lambda message: message["t"] == "error")
        # Under the id it would say that what is watched there has ended.
        assert (refused["code"], refused["field"], "id" in refused) == ("EXISTS", "id", False), refused
        add(writer, list_id, "seen")
        reader.settle()
        assert sorted(texts(again)) == ["seen", "unseen"]


def errors_of_subscriptions_are_typed(program):
    with Server(program, "--dev") as server:
        client = Client(server)

        def code(proc, value):
            number = client.next_number()
            client.socket.send({"t": "sub", "id": number, "proc": proc, "in": value})
            return client.until(lambda message: message.get("id") == number)["code"]

        assert code("absent", {}) == "UNKNOWN_PROCEDURE"
        assert code("todos.add", {}) == "INVALID_ARGUMENT"
        assert code("todos.list", {}) == "MISSING"
        assert code("todos.list", {"list": "x"}) == "TYPE"
        assert code("todos.list", {"list": ADA, "first": 1000}) == "RANGE"


def a_client_comes_back(program):
    with Server(program, "--dev") as server:
        writer, reader = Client(server), Client(server)
        list_id = new_list(writer)
        add(writer, list_id, "one")
        view = reader.watch(list_id)
        reader.settle()
        # A window is kept for a while also when nobody else watches it.
        reader.close()
        server.wait_for_metric("dynr_views_lingering", 1)
        add(writer, list_id, "two")
        back = Client(server)
        number = back.next_number()
        view.subscription, view.number = number, None
        back.views[number] = view
        back.socket.send({"t": "sub", "id": number, "proc": "todos.list",
                          "in": {"list": list_id, "first": 50, "show": "open"}, "since": {"v": view.v, "bound": view.bound, "token": view.token, "from": view.token_from}})
        back.until(lambda message: message.get("id") == number)
        back.settle()
        assert sorted(texts(view)) == ["one", "two"] and view.n_snaps == 1, "what was missed should have come, not everything"
        # From a position that never was, everything comes.
        number = back.next_number()
        fresh = back.views[number] = View(number)
        back.socket.send({"t": "sub", "id": number, "proc": "todos.list",
                          "in": {"list": list_id, "first": 50, "show": "all"}, "since": {"v": 9007199254740991}})
        assert back.until(lambda message: message.get("id") == number)["t"] == "snap"
        assert sorted(texts(fresh)) == ["one", "two"]


def http_and_sockets_agree(program):
    with Server(program, "--dev") as server:
        writer = Client(server)
        list_id = new_list(writer)
        view = writer.watch(list_id)
        created = wire.request(server.port, "POST", "/rpc/todos.add", {"list": list_id, "text": "over HTTP"},
                               {"dynr-caller": json.dumps(CALLER)})
        writer.settle()
        assert texts(view) == ["over HTTP"] and view.v >= int(created.headers["dynr-position"])


def rows_whose_time_is_over_leave(program):
    with Server(program, "--dev") as server:
        writer, reader = Client(server), Client(server)
        list_id = new_list(writer)
        past, long_past, future = (add(writer, list_id, text) for text in ("past", "long past", "future"))
        view = reader.watch(list_id)
        now = datetime.datetime.now(datetime.timezone.utc)
        # More than five years ago is taken for a mistake, as DynamoDB takes it.
        for todo, days in (past, -1), (long_past, -6 * 365), (future, 1):
            at = (now + datetime.timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")
            writer.call("todos.expire", {"list": list_id, "id": todo["id"], "at": at})
        reader.until(lambda _: "past" not in texts(view))
        assert sorted(texts(view)) == ["future", "long past"] and view.n_snaps == 1
        rows = writer.call("todos.list", {"list": list_id})
        assert sorted(row["text"] for row in rows) == ["future", "long past"], rows


def another_process_writes(program):
    with Server(program, "--dev") as server:
        client = Client(server)
        list_id = new_list(client)
        view = client.watch(list_id)
        subprocess.run([program, "call", "todos.add", json.dumps({"list": list_id, "text": "from outside"}), "--as",
                        json.dumps(CALLER), "--store", os.path.join(server.folder, "store.db")],
                       check=True, capture_output=True, timeout=20)
        client.until(lambda message: message["t"] == "patch")
        assert texts(view) == ["from outside"]


def windows_move(program):
    with Server(program, "--dev") as server:
        writer, reader = Client(server), Client(server)
        list_id = new_list(writer)
        # Ids of one millisecond are in no order.
        todos = sorted((add(writer, list_id, str(number)) for number in range(30)), key=lambda todo: todo["id"], reverse=True)
        view = reader.watch(list_id, first=5)
        assert texts(view, 5) == [todo["text"] for todo in todos[:5]]
        assert len(view.rows) < 30, "a window does not hold all"
        for todo in todos[:10]:
            writer.call("todos.remove", {"list": list_id, "id": todo["id"]})
            reader.settle()
            if len(view.rows) < 5 and view.bound is not None:
                reader.socket.send({"t": "more", "id": view.subscription, "node": 0, "epoch": view.epoch})
                reader.settle()
        assert texts(view, 5) == [todo["text"] for todo in todos[10:15]], texts(view, 10)


# No waiting for refusals: writes come as fast as they can, and little may wait.
IMPATIENT = {"MAX_QUEUE": 65536, "MAX_CALLS": 1000000}


def fill(client, list_id, count):
    """Todos as long as they may be. Their order is the server's: ids of one millisecond are in no order."""
    for number in range(count):
        wire_call(client, list_id, f"{number} " + "x" * 1900)
        if number % 50 == 49:
            client.settle()
    client.settle()


def shown(client, list_id, first):
    """What a view of the list should show now."""
    return [row["id"] for row in client.call("todos.list", {"list": list_id, "first": first})]


def catch_up(reader, view, ids):
    end = time.monotonic() + 20
    while [row["id"] for row in view.shown(len(ids))] != ids:
        assert time.monotonic() < end, (view.n_snaps, view.n_patches)
        reader.receive()


def a_slow_reader_starts_over(program):
    with Server(program, "--dev", limits=IMPATIENT) as server:
        writer = Client(server)
        list_id = new_list(writer)
        slow = Client(server, receive_buffer=4096)
        view = slow.watch(list_id, first=5)
        rounds = 0
        while server.metrics()["dynr_queue_drops_total"] == 0 and rounds < 40:
            fill(writer, list_id, 200)
            rounds += 1
        assert server.metrics()["dynr_queue_drops_total"] == 1, rounds
        catch_up(slow, view, shown(writer, list_id, 5))
        assert view.n_snaps == 2, view.n_snaps
        # And it goes on as before.
        time.sleep(0.002)
        add(writer, list_id, "after")
        while texts(view, 1) != ["after"]:
            slow.receive()
        assert view.n_snaps == 2, view.n_snaps


def what_is_watched_may_be_longer_than_a_queue(program):
    """Snapshots that do not fit were dropped, read again and dropped again, for ever."""
    with Server(program, "--dev", limits={**IMPATIENT, "MAX_QUEUE": 1048576}) as server:
        writer = Client(server)
        list_id = new_list(writer)
        fill(writer, list_id, 200)
        slow = Client(server)
        views = []
        for number in range(40):
            views.append(View(number + 1))
            slow.views[number + 1] = views[-1]
            # Of the same rows, but another size each: 14 MB together, more than sockets hold.
            slow.socket.send({"t": "sub", "id": number + 1, "proc": "todos.list", "in": {"list": list_id, "first": 161 + number}})
        server.wait_for_metric("dynr_queue_drops_total", 1)
        for number, view in enumerate(views):
            catch_up(slow, view, shown(writer, list_id, 161 + number))
        assert server.metrics()["dynr_queue_drops_total"] == 1


def what_can_never_be_sent_ends_the_session(program):
    """Starting over is bounded as well: who watches more than 16 queues hold, and does not read it, is let go."""
    with Server(program, "--dev", limits=IMPATIENT) as server:
        writer = Client(server)
        list_id = new_list(writer)
        fill(writer, list_id, 200)
        slow = Client(server, receive_buffer=4096)
        # 14 MB, more than sockets and 16 queues of 64 KiB hold together.
        for number in range(40):
            slow.socket.send({"t": "sub", "id": number + 1, "proc": "todos.list", "in": {"list": list_id, "first": 161 + number}})
        server.wait_for_metric("dynr_queue_drops_total", 1)
        assert slow.socket.end() == 1008
        assert server.wait_for_metric("dynr_sessions", 1) == 1, "the writer's alone"
        # Others notice nothing.
        reader = Client(server)
        view = reader.watch(list_id, first=5)
        assert texts(view, 5) and server.metrics()["dynr_queue_drops_total"] == 1


# Runs until it is stopped: subscribes, says so, answers pings.
WATCHER = """
import sys
sys.path.insert(0, sys.argv[1])
from test_live import Client
class Server:
    port = int(sys.argv[2])
client = Client(Server, receive_buffer=4096)
client.watch(sys.argv[3], first=5)
print("watching", flush=True)
client.socket.http.socket.settimeout(60)
while True:
    client.receive()
"""


def who_falls_silent_is_let_go(program):
    """A stopped process: its kernel acknowledges what comes and ends nothing, as a machine behind a broken path never does."""
    with Server(program, "--dev", limits={**IMPATIENT, "PING": 1}) as server:
        writer = Client(server)
        lists = [new_list(writer), new_list(writer)]
        here = os.path.dirname(os.path.abspath(__file__))
        watchers = [subprocess.Popen([sys.executable, "-c", WATCHER, here, str(server.port), list_id], stdout=subprocess.PIPE)
                    for list_id in lists]
        try:
            for watcher in watchers:
                # Starting takes them long on a busy machine, and the writer is not to fall silent meanwhile.
                while not select.select([watcher.stdout], [], [], 0)[0]:
                    keep_reading(writer, 0.1)
                assert watcher.stdout.readline() == b"watching\n"
            # Who answers pings stays, with nothing to say, for longer than the silent may.
            assert keep_reading(writer, 3.5) >= 2
            assert server.metrics()["dynr_sessions"] == 3
            for watcher in watchers:
                os.kill(watcher.pid, signal.SIGSTOP)
            stopped = time.monotonic()
            # One of the two is sent to all the time, the other is idle.
            while server.metrics()["dynr_sessions"] > 1 and time.monotonic() < stopped + 20:
                fill(writer, lists[0], 100)
            # Two seconds of silence, counted from the last sign of life, in whole seconds; by default it would be sixty.
            took = time.monotonic() - stopped
            assert server.metrics()["dynr_sessions"] == 1 and took < 10, took
            assert server.wait_for_metric("dynr_subscribers", 0) == 0
        finally:
            for watcher in watchers:
                watcher.kill()
                watcher.wait()
                watcher.stdout.close()


def keep_reading(client, seconds):
    """Answers pings, says nothing else; returns how many came."""
    end, count = time.monotonic() + seconds, 0
    try:
        while time.monotonic() < end:
            client.socket.http.socket.settimeout(max(0.01, end - time.monotonic()))
            opcode, _, payload = client.socket.receive_frame()
            if opcode == wire.PING:
                client.socket.send_frame(wire.PONG, payload)
                count += 1
    except TimeoutError:
        pass
    client.socket.http.socket.settimeout(wire.TIMEOUT)
    return count


def wire_call(client, list_id, text):
    """Sends a call; the answers are taken in later."""
    client.socket.send({"t": "call", "id": client.next_number(), "proc": "todos.add", "in": {"list": list_id, "text": text}})


def random_work_converges(program):
    import random
    chooser = random.Random(int(os.environ.get("DYNR_SEED", "7")))
    with Server(program, "--dev") as server:
        writers = [Client(server) for _ in range(3)]
        list_id = new_list(writers[0])
        readers = [(Client(server), show) for show in ("open", "closed", "all") for _ in range(2)]
        views = [reader.watch(list_id, first=200, show=show) for reader, show in readers]
        known = []
        for _ in range(150):
            writer = chooser.choice(writers)
            step = chooser.random()
            if step < 0.5 or not known:
                known.append(add(writer, list_id, str(chooser.random()))["id"])
            elif step < 0.8:
                writer.call("todos.toggle", {"list": list_id, "id": chooser.choice(known)})
            else:
                writer.call("todos.remove", {"list": list_id, "id": known.pop(chooser.randrange(len(known)))})
        for (reader, show), view in zip(readers, views):
            reader.settle()
            expected = writers[0].call("todos.list", {"list": list_id, "first": 200, "show": show})
            assert [row["id"] for row in view.shown(200)] == [row["id"] for row in expected], show
            assert texts(view, 200) == [row["text"] for row in expected]


def many_clients_come_and_go(program):
    with Server(program, "--dev") as server:
        writer = Client(server)
        list_id = new_list(writer)
        faults = []

        def come_and_go():
            try:
                for _ in range(15):
                    client = Client(server)
                    client.watch(list_id)
                    client.watch(list_id, show="all")
                    client.close()
            except Exception as error:  # noqa: BLE001
                faults.append(error)

        threads = [threading.Thread(target=come_and_go) for _ in range(6)]
        for thread in threads:
            thread.start()
        for number in range(60):
            add(writer, list_id, str(number))
        for thread in threads:
            thread.join(60)
        assert not faults, faults
        writer.close()
        assert server.wait_for_metric("dynr_sessions", 0) == 0
        metrics = server.metrics()
        assert (metrics["dynr_subscribers"], metrics["dynr_record_errors_total"]) == (0, 0), metrics


def rates_are_of_a_caller(program):
    limits = {"MAX_SUBSCRIBES": 5, "MAX_WINDOWS": 3, "MAX_PINGS": 2}
    with Server(program, "--dev", limits=limits) as server:
        one, other = Client(server), Client(server)
        list_id = new_list(one)

        def refused(client, message):
            """The first of many of these that is one too many: how many came before it, its id, its answer."""
            for count in range(100):
                number = client.next_number()
                client.socket.send({**message, **({} if message["t"] == "ping" else {"id": number})})
                answer = client.until(lambda m, number=number: m["t"] == "pong" or m["t"] == "error" or m.get("id") == number)
                if answer["t"] == "error":
                    return count, number, answer
            raise AssertionError("nothing was refused")

        subscribe = {"t": "sub", "proc": "todos.list", "in": {"list": list_id, "first": 50, "show": "open"}}
        start = time.monotonic()

        def refilled(per_second):
            return per_second * (time.monotonic() - start) + 1

        count, number, answer = refused(one, subscribe)
        assert 10 <= count <= 10 + refilled(5) and answer["id"] == number, (count, answer)
        assert (answer["code"], answer["retry"]) == ("TOO_MANY", True), answer
        # The caller is the same over there; another one is not, nor are messages of another kind.
        assert refused(other, subscribe)[0] <= refilled(5)
        count, _, answer = refused(one, {"t": "ping"})
        assert 4 <= count <= 4 + refilled(2) and answer["code"] == "TOO_MANY" and "id" not in answer, (count, answer)
        grace = wire.Socket(server.port)
        assert grace.hello(caller={"userId": ADA[:-1] + "Z"})["t"] == "welcome"
        grace.send({**subscribe, "id": 1})
        assert grace.receive()["t"] == "snap"
        # What was refused for now goes later.
        for _ in range(100):
            number = one.next_number()
            one.socket.send({**subscribe, "id": number})
            if one.until(lambda m, number=number: m.get("id") == number)["t"] == "snap":
                return
            time.sleep(0.1)
        raise AssertionError("it is refused for ever")


def a_window_that_asks_too_often_ends(program):
    with Server(program, "--dev", limits={"MAX_WINDOWS": 2}) as server:
        client = Client(server)
        list_id = new_list(client)
        view = client.watch(list_id)
        answer = None
        for _ in range(50):
            client.socket.send({"t": "more", "id": view.subscription, "node": 0, "epoch": 999})
            client.socket.send({"t": "ping"})
            answer = client.until(lambda message: message["t"] in ("pong", "error"))
            if answer["t"] == "error":
                break
        assert answer == {**answer, "t": "error", "id": view.subscription, "code": "TOO_MANY", "retry": True}, answer
        assert server.metrics()["dynr_subscribers"] == 0
        number = client.next_number()
        client.socket.send({"t": "sub", "id": number, "proc": "todos.list", "in": {"list": list_id, "first": 50, "show": "open"}})
        assert client.until(lambda message: message.get("id") == number)["t"] == "snap"


def own_address():
    """One of this machine's that is not of loopback."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            # Nothing is sent.
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return None
        address = probe.getsockname()[0]
        return None if address.startswith("127.") else address


def rates_are_of_an_address(program):
    host = own_address()
    if host is None:
        raise Skipped("this machine has no address but those of loopback")
    with Server(program, "--insecure", limits={"MAX_PINGS": 2, "ADDRESS_SHARE": 2}, listen="0.0.0.0:0") as server:
        def count_pongs(host):
            client = wire.Socket(server.port, host=host)
            assert client.hello()["t"] == "welcome"
            for count in range(60):
                client.send({"t": "ping"})
                if client.receive()["t"] == "error":
                    return count
            return None

        start = time.monotonic()
        count = count_pongs(host)
        assert 8 <= count <= 9 + 4 * (time.monotonic() - start), count
        count = count_pongs(host)
        assert count <= 1 + 4 * (time.monotonic() - start), "nobody in particular is counted by address, over all connections"
        assert count_pongs("127.0.0.1") is None, "whoever comes through a proxy here has its address"


def tls_works(program):
    with Server(program, "--dev") as outer:
        certificate, key = os.path.join(outer.folder, "cert.pem"), os.path.join(outer.folder, "key.pem")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days",
                        "2", "-keyout", key, "-out", certificate, "-subj", "/CN=localhost", "-addext",
                        "subjectAltName=DNS:localhost"], check=True, capture_output=True, timeout=30)
        with Server(program, "--dev", "--tls-cert", certificate, "--tls-key", key) as server:
            tls = wire.tls_context(certificate)
            assert wire.request(server.port, "GET", "/healthz", tls=tls).body == b"ok\n"
            client = Client(server, tls=tls)
            list_id = new_list(client)
            view = client.watch(list_id)
            for number in range(20):
                add(client, list_id, str(number) + "x" * 1900)
            assert len(view.rows) == 20
            client.close()
            # Who speaks no TLS hears nothing, and disturbs nobody.
            try:
                plain = wire.Http(server.port)
                plain.socket.settimeout(2)
                assert plain.request("GET", "/healthz").status != 200
            except (OSError, wire.Closed):
                pass
            assert wire.request(server.port, "GET", "/healthz", tls=tls).status == 200


if __name__ == "__main__":
    sys.exit(run_tests(sys.argv[1], [
        changes_arrive, code_is_watched, one_view_serves_all, own_writes_are_read, a_subscription_ends, errors_of_subscriptions_are_typed,
        a_client_comes_back, http_and_sockets_agree, rows_whose_time_is_over_leave, another_process_writes, windows_move, a_slow_reader_starts_over,
        what_can_never_be_sent_ends_the_session,
        what_is_watched_may_be_longer_than_a_queue, who_falls_silent_is_let_go,
        random_work_converges, many_clients_come_and_go, rates_are_of_a_caller, a_window_that_asks_too_often_ends,
        rates_are_of_an_address, tls_works,
    ]))
