#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The C client against a server, and against what is none.

    test_peer.py PROGRAM DRIVER
"""

import base64
import hashlib
import json
import os
import re
import socket
import subprocess
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from runner import run_tests  # noqa: E402
from server import Server  # noqa: E402

DRIVER = sys.argv.pop(2)


def drive(port, *words):
    return subprocess.run([DRIVER, str(port), *words], capture_output=True, text=True, timeout=60, check=False)


def it_holds_what_the_query_answers(program):
    with Server(program, "--dev") as server:
        done = drive(server.port)
        assert done.returncode == 0, done.stderr


def what_is_no_server_is_an_error(program):
    answers = [b"", b"HTTP/1.1 404 Not Found\r\n\r\n", b"SSH-2.0-x\r\n\r\n",
               b"HTTP/1.1 101 x\r\n\r\n\x81\x85aaaaahello", b"HTTP/1.1 101 x\r\n\r\n\x81\x02{}",
               b"HTTP/1.1 101 x\r\n\r\n\x81\x7f\xff\xff\xff\xff\xff\xff\xff\xff", b"HTTP/1.1 101 x\r\n\r\n\x88\x00",
               b'HTTP/1.1 101 x\r\n\r\n\x81\x0f{"t":"welcome"']
    for answer in answers:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            def serve(answer=answer, listener=listener):
                connection, _ = listener.accept()
                with connection:
                    connection.recv(4096)
                    connection.sendall(answer)
                    connection.settimeout(0.2)
                    try:
                        connection.recv(4096)
                    except OSError:
                        pass

            thread = threading.Thread(target=serve)
            thread.start()
            done = drive(listener.getsockname()[1])
            thread.join(10)
            assert done.returncode == 1 and "cannot connect" in done.stderr, (answer, done.returncode, done.stderr)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert drive(port).returncode == 1


class PlayedServer:
    """One WebSocket, whose answers the test gives."""

    def __init__(self, connection):
        self.connection, self.rest = connection, b""
        connection.settimeout(30)
        while b"\r\n\r\n" not in self.rest:
            self.rest += connection.recv(4096)
        head, self.rest = self.rest.split(b"\r\n\r\n", 1)
        key = re.search(rb"sec-websocket-key: *(\S+)", head, re.IGNORECASE).group(1)
        accept = base64.b64encode(hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())
        connection.sendall(b"HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\n"
                           b"sec-websocket-protocol: dynr.1\r\nsec-websocket-accept: " + accept + b"\r\n\r\n")

    def take(self, count):
        while len(self.rest) < count:
            more = self.connection.recv(4096)
            assert more, "the client has gone"
            self.rest += more
        taken, self.rest = self.rest[:count], self.rest[count:]
        return taken

    def receive(self):
        """The next message; clients mask what they send."""
        length = self.take(2)[1] & 0x7F
        if length == 126:
            length = int.from_bytes(self.take(2), "big")
        mask = self.take(4)
        return json.loads(bytes(byte ^ mask[i % 4] for i, byte in enumerate(self.take(length))))

    def say(self, *messages):
        for message in messages:
            payload = json.dumps(message, separators=(",", ":")).encode()
            size = bytes([len(payload)]) if len(payload) < 126 else b"\x7e" + len(payload).to_bytes(2, "big")
            self.connection.sendall(b"\x81" + size + payload)


def early_changes_are_for_each_who_waits(program):
    del program

    def row(letter):
        return {"id": letter * 26, "text": letter, "done": False}

    def snap(number, *letters):
        return {"t": "snap", "id": number, "view": "7", "v": 10, "token": "t",
                "groups": [{"node": 0, "v": 10, "epoch": 1, "bound": None, "rows": [row(letter) for letter in letters]}]}

    def add(v, letter):
        return {"t": "patch", "view": "7", "v": v, "node": 0, "ops": [["+", row(letter)]], "end": True}

    faults = []

    def play(listener):
        try:
            connection, _ = listener.accept()
            with connection:
                server = PlayedServer(connection)
                assert server.receive()["t"] == "hello"
                server.say({"t": "welcome", "session": "s", "v": 10, "ping": 0})
                first = server.receive()["id"]
                server.say(snap(first, "A"))
                second = server.receive()["id"]
                # The second waits for all of these, the first for those since `reset` alone.
                server.say(add(14, "Z"), {"t": "reset", "id": first, "view": "7"}, add(11, "B"), snap(first, "A"), add(12, "C"),
                           snap(second, "A"))
                assert connection.recv(1) in (b"", b"\x88")
        except Exception as error:  # noqa: BLE001
            faults.append(error)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=play, args=(listener,))
        thread.start()
        done = drive(listener.getsockname()[1], "twice")
        thread.join(30)
    assert not faults, faults
    assert done.returncode == 0, done.stderr
    held = ["".join(name[0] for name in line.split(",") if name) for line in done.stdout.split()]
    assert held == ["CBA", "ZCBA"], done.stdout


if __name__ == "__main__":
    sys.exit(run_tests(sys.argv[1], [it_holds_what_the_query_answers, what_is_no_server_is_an_error, early_changes_are_for_each_who_waits]))
