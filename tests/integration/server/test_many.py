#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""5,000 connections at once: all of them watch, all get every change once and in order, all are told of the end.

    test_many.py PROGRAM
"""

import json
import os
import resource
import select
import socket
import struct
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import wire  # noqa: E402
from runner import run_tests  # noqa: E402
from server import Server  # noqa: E402

CONNECTIONS, LISTS, CHANGES, BATCH = 5000, 50, 3, 250
# What this process and the server open beside the sockets.
OTHER_FILES = 200
# Nothing may take longer, however busy the machine is.
SECONDS = 200
CALLER = {"userId": "01HV6Z3M5N8Q0R2S4T6V8W0X2Y"}
UPGRADE = ("GET / HTTP/1.1\r\nhost: localhost\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-version: 13\r\n"
           "sec-websocket-protocol: dynr.1\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n").encode()


class Crowd:
    """Sockets that are read as they have something; what came and was not looked at stays in `rest`."""

    def __init__(self, port, count):
        self.port, self.epoll, self.sockets, self.rest = port, select.epoll(), {}, {}
        self.list_of, self.end = {}, time.monotonic() + SECONDS
        for first in range(0, count, BATCH):
            self.join(min(BATCH, count - first))

    def join(self, count):
        new = []
        for _ in range(count):
            member = wire.connect(self.port)
            member.setblocking(False)
            self.sockets[member.fileno()], self.rest[member.fileno()] = member, b""
            self.epoll.register(member.fileno(), select.EPOLLIN)
            new.append(member.fileno())
        for number in new:
            self.sockets[number].sendall(UPGRADE + wire.mask_frame(wire.TEXT, json.dumps({"t": "hello", "caller": CALLER}).encode()))
        self.read(new, lambda number: b'"welcome"' in self.rest[number])
        for number in new:
            head, _, self.rest[number] = self.rest[number].partition(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 101 "), head
            assert self.take(number)["t"] == "welcome"

    def watch(self, lists):
        numbers = list(self.sockets)
        for at, number in enumerate(numbers):
            self.list_of[number] = at % len(lists)
            value = {"list": lists[at % len(lists)], "first": 20}
            message = {"t": "sub", "id": 1, "proc": "todos.list", "in": value}
            self.sockets[number].sendall(wire.mask_frame(wire.TEXT, json.dumps(message).encode()))
        self.read(numbers, self.has_frame)
        for number in numbers:
            assert self.take(number)["t"] == "snap"

    def read(self, numbers, is_done):
        """Reads until `is_done` holds for all of these."""
        waiting = {number for number in numbers if not is_done(number)}
        while waiting:
            assert time.monotonic() < self.end, f"{len(waiting)} of {len(numbers)} wait still"
            for number, _ in self.epoll.poll(1, 1024):
                try:
                    data = self.sockets[number].recv(65536)
                except ConnectionResetError:
                    data = b""
                if not data:
                    self.epoll.unregister(number)
                self.rest[number] += data
                if is_done(number):
                    waiting.discard(number)
                else:
                    assert data, f"a connection ended: {self.rest[number][-200:]}"

    def has_frame(self, number):
        return self.frame_size(number) <= len(self.rest[number])

    def frame_size(self, number):
        rest = self.rest[number]
        if len(rest) < 4:
            return 4 if len(rest) < 2 or rest[1] > 125 else 2 + rest[1]
        assert rest[1] < 127
        return 2 + rest[1] if rest[1] < 126 else 4 + struct.unpack(">H", rest[2:4])[0]

    def take(self, number):
        """The next message; the code of a close frame."""
        size = self.frame_size(number)
        frame, self.rest[number] = self.rest[number][:size], self.rest[number][size:]
        payload = frame[2:] if frame[1] < 126 else frame[4:]
        return json.loads(payload) if frame[0] == 0x81 else struct.unpack(">H", payload)[0]

    def leave(self, numbers, abruptly):
        for number in numbers:
            member = self.sockets.pop(number)
            if abruptly:
                member.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.epoll.unregister(number)
            member.close()
            del self.rest[number], self.list_of[number]

    def close(self):
        for member in self.sockets.values():
            member.close()
        self.epoll.close()


def make_lists(session):
    lists = []
    for number in range(LISTS):
        session.send({"t": "call", "id": number, "proc": "lists.create", "in": {"title": "List"}})
        lists.append(session.until("result", id=number)["out"]["id"])
    return lists


def change(crowd, session, lists, text):
    """One row more in every list; everybody gets the one of his."""
    for number, list_id in enumerate(lists):
        session.send({"t": "call", "id": number, "proc": "todos.add", "in": {"list": list_id, "text": f"{text} {number}"}})
    for number in range(len(lists)):
        session.until("result", id=number)
    crowd.read(list(crowd.sockets), crowd.has_frame)
    for number in crowd.sockets:
        patch = crowd.take(number)
        added = [row["text"] for row in find_rows(patch["ops"])]
        assert patch["t"] == "patch" and added == [f"{text} {crowd.list_of[number]}"], patch
        assert not crowd.rest[number], crowd.rest[number]


def find_rows(value):
    """The rows in a patch, wherever they stand."""
    if isinstance(value, dict):
        if "text" in value:
            yield value
        else:
            for member in value.values():
                yield from find_rows(member)
    elif isinstance(value, list):
        for member in value:
            yield from find_rows(member)


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def say_shares(server, started, own_before):
    """Who took how much of this machine: a generator that takes most of it measures itself."""
    wall = (time.monotonic() - started) * os.cpu_count()
    own, others = time.process_time() - own_before, cpu_seconds(server.process.pid)
    print(f"# {CONNECTIONS} connections, {time.monotonic() - started:.1f} s: the load generator took {100 * own / wall:.0f} % of "
          f"{os.cpu_count()} cores, the server {100 * others / wall:.0f} %", flush=True)


def five_thousand_connections_are_served(program):
    started, own_before = time.monotonic(), time.process_time()
    with Server(program, "--dev", limits={"MAX_CALLS": 100000, "MAX_SUBSCRIBES": 100000, "PING": 600}) as server:
        session = wire.Socket(server.port)
        assert session.hello(caller=CALLER)["t"] == "welcome"
        session.http.socket.settimeout(SECONDS)
        lists = make_lists(session)
        crowd = Crowd(server.port, CONNECTIONS)
        crowd.watch(lists)
        assert server.metrics()["dynr_sessions"] == CONNECTIONS + 1
        for round_number in range(CHANGES):
            change(crowd, session, lists, f"change {round_number}")
        # Some go with a goodbye, some without; the others do not notice.
        numbers = list(crowd.sockets)
        crowd.leave(numbers[0:1000:2], abruptly=True)
        crowd.leave(numbers[1:1000:2], abruptly=False)
        assert server.wait_for_metric("dynr_sessions", CONNECTIONS - 1000 + 1, 60) == CONNECTIONS - 1000 + 1
        assert server.wait_for_metric("dynr_subscribers", CONNECTIONS - 1000, 60) == CONNECTIONS - 1000
        change(crowd, session, lists, "after")
        crowd.join(500)
        assert server.metrics()["dynr_sessions"] == CONNECTIONS - 500 + 1
        say_shares(server, started, own_before)
        server.process.terminate()
        crowd.read(list(crowd.sockets), lambda number: crowd.rest[number].endswith(b"\x88\x02\x03\xe9"))
        for number in crowd.sockets:
            assert crowd.take(number)["reason"] == "shutdown"
            assert crowd.take(number) == 1001 and not crowd.rest[number]
        assert server.process.wait(timeout=20) == 0
        crowd.close()


if __name__ == "__main__":
    needed = CONNECTIONS + OTHER_FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < needed:
        print(f"1..0 # SKIP a process may open {hard} files at most here (ulimit -Hn), and this needs {needed}")
        sys.exit(0)
    if soft != resource.RLIM_INFINITY and soft < needed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))
    sys.exit(run_tests(sys.argv[1], [five_thousand_connections_are_served]))
