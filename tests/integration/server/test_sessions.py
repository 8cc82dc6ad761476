#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""WebSocket sessions: handshake, hello, messages, limits, time, the end.

    test_sessions.py PROGRAM
"""

import json
import os
import random
import socket
import struct
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import tokens  # noqa: E402
import wire  # noqa: E402
from runner import run_tests  # noqa: E402
from server import Server  # noqa: E402

ADA = "01HV6Z3M5N8Q0R2S4T6V8W0X2Y"
CALLER = {"userId": ADA}


def greet(server, **options):
    """A session that was welcomed as Ada."""
    session = wire.Socket(server.port, **options)
    assert session.response.status == 101, session.response.status
    welcome = session.hello(caller=CALLER)
    assert welcome["t"] == "welcome", welcome
    return session


def call(session, number, proc, value, **members):
    session.send({"t": "call", "id": number, "proc": proc, "in": value, **members})


def register(session, number, email="ada@example.com", **members):
    call(session, number, "users.register", {"email": email, "name": "Ada"}, **members)


def the_handshake_is_strict(program):
    with Server(program, "--dev", "--origin", "https://app.example.com") as server:
        def status(**options):
            session = wire.Socket(server.port, **options)
            session.close()
            return session.response.status

        assert status() == 101
        assert wire.Socket(server.port).response.headers["sec-websocket-protocol"] == "dynr.1"
        assert status(protocol="other, dynr.1") == 101
        assert status(protocol=None) == 400
        assert status(protocol="dynr.2") == 400
        assert status(protocol="http") == 400
        assert status(protocol="dynr-watch") == 400
        assert status(origin="https://evil.example") == 403
        assert status(origin="https://app.example.com") == 101
        assert status(origin=f"http://localhost:{server.port}") == 101
        assert status(headers={"host": "evil.example"}) == 421
        assert status(headers={"sec-websocket-version": "8"}) == 426
        for headers in ({"upgrade": "h2c"}, {"sec-websocket-key": None}, {"connection": "close"}):
            try:
                assert status(headers=headers) != 101, headers
            except (wire.Closed, ConnectionResetError):
                pass
        assert wire.request(server.port, "GET", "/healthz").status == 200


def hello_comes_first_and_once(program):
    with Server(program, "--dev") as server:
        session = wire.Socket(server.port)
        session.send({"t": "ping"})
        refused = session.receive()
        assert refused["t"] == "error" and refused["code"] == "UNAUTHENTICATED" and "id" not in refused, refused
        assert session.end() == 1008
        session = greet(server)
        session.send({"t": "hello"})
        assert session.receive()["code"] == "INVALID_ARGUMENT"
        session.send({"t": "ping"})
        assert session.receive()["t"] == "pong"
        session = wire.Socket(server.port)
        assert session.hello(caller={"userId": "x"})["t"] == "error"
        assert session.end() == 1008


def welcome_says_what_is_needed(program):
    with Server(program, "--dev") as server:
        session = wire.Socket(server.port)
        welcome = session.hello(caller=CALLER, client="test", unknown=[1, {"a": None}])
        assert sorted(welcome) == ["ping", "session", "t", "v"], welcome
        assert welcome["ping"] > 0 and welcome["v"] >= 0


def calls_answer(program):
    with Server(program, "--dev") as server:
        session = greet(server)
        register(session, 1)
        result = session.until("result", id=1)
        assert result["out"]["email"] == "ada@example.com" and result["v"] > 0, result
        assert session.until("commit")["v"] >= result["v"], "the write must be said to have arrived"
        call(session, 2, "users.byEmail", {"email": "ada@example.com"})
        found = session.until("result", id=2)
        assert found["out"]["id"] == result["out"]["id"] and found["v"] == 0, found
        register(session, 3)
        taken = session.until("error", id=3)
        assert (taken["code"], taken["field"]) == ("NOT_UNIQUE", "email"), taken
        call(session, 4, "absent", {})
        assert session.until("error", id=4)["code"] == "UNKNOWN_PROCEDURE"
        call(session, 5, "lists.create", {"title": "mine"})
        assert session.until("result", id=5)["out"]["owner"] == ADA


def no_mutation_overtakes_one_that_was_refused_for_now(program):
    count = 400
    with Server(program, "--dev") as server:
        session = greet(server)
        call(session, 1, "lists.create", {"title": "1"})
        for number in range(2, count + 1):
            call(session, number, "lists.create", {"title": str(number)}, after=number - 1)
            if number % 100 == 0:
                # Calls are allowed again while these go out; queries wait for nobody and hold nobody up.
                time.sleep(0.05)
                call(session, 1000 + number, "users.byEmail", {"email": "nobody@example.com"})
        answers = {}
        while len(answers) < count:
            answer = session.receive()
            if answer["t"] in ("result", "error") and answer["id"] <= count:
                answers[answer["id"]] = answer
        refused = [number for number in sorted(answers) if answers[number]["t"] == "error"]
        assert refused and refused == list(range(refused[0], count + 1)), refused[:3]
        assert all((answers[n]["code"], answers[n]["retry"]) == ("TOO_MANY", True) for n in refused)
        time.sleep(0.05)
        call(session, 2001, "lists.create", {"title": "not after it"})
        assert session.until("result", id=2001)["out"]["title"] == "not after it"


def what_is_not_found_inside_is_no_error(program):
    with Server(program, "--dev") as server:
        session = greet(server)
        register(session, 1)
        user = session.until("result", id=1)["out"]["id"]
        call(session, 2, "users.withPrefs", {"user": user})
        assert session.until("result", id=2)["out"]["prefs"] is None
        call(session, 3, "users.allOfId", {"id": ADA})
        assert session.until("result", id=3)["out"] == []
        call(session, 4, "users.allWithPrefs", {"email": "bob@example.com"})
        assert session.until("result", id=4)["out"] == []


def repeated_calls_run_once(program):
    with Server(program, "--dev") as server:
        session = greet(server)
        register(session, 1, key="k1")
        first = session.until("result", id=1)
        other = greet(server)
        register(other, 9, key="k1")
        again = other.until("result", id=9)
        assert again["out"] == first["out"] and again["v"] == first["v"], again
        assert other.until("commit")["v"] >= first["v"]
        call(other, 10, "users.register", {"email": "b@example.com", "name": "B"}, key="k1")
        assert other.until("error", id=10)["code"] == "IDEMPOTENT_MISMATCH"
        nobody = wire.Socket(server.port)
        nobody.hello()
        register(nobody, 1, "c@example.com", key="k1")
        refused = nobody.until("error", id=1)
        assert (refused["code"], refused["field"]) == ("INVALID_ARGUMENT", "key"), "a key that can be guessed"
        secret = "1f0e8c1a9b4d4e0fa5d1c3"
        register(session, 2, "d@example.com", key=secret)
        assert session.until("result", id=2)["out"]["email"] == "d@example.com"
        register(nobody, 2, "c@example.com", key=secret)
        assert nobody.until("result", id=2)["out"]["email"] == "c@example.com", "another caller's key is another key"
        call(session, 3, "lists.create", {"title": "a"}, ids=[ADA])
        assert session.until("result", id=3)["out"]["id"] == ADA


def nobody_cannot_use_what_needs_a_caller(program):
    with Server(program, "--dev") as server:
        session = wire.Socket(server.port)
        assert session.hello()["t"] == "welcome"
        call(session, 1, "lists.create", {"title": "x"})
        assert session.until("error", id=1)["code"] == "UNAUTHENTICATED"
        session.send({"t": "sub", "id": 2, "proc": "lists.mine", "in": {}})
        assert session.until("error", id=2)["code"] == "UNAUTHENTICATED"


BAD_MESSAGES = [
    ("", "SYNTAX"), ("[]", "SYNTAX"), ("null", "SYNTAX"), ("{", "SYNTAX"), ('{"t":"ping"} x', "SYNTAX"),
    ('{"t":"ping","t":"ping"}', "SYNTAX"), ("{}", "MISSING"), ('{"t":1}', "TYPE"), ('{"t":"nonsense"}', "UNSUPPORTED"),
    ('{"t":"call"}', "MISSING"), ('{"t":"call","id":1}', "MISSING"), ('{"t":"call","id":"1","proc":"a"}', "TYPE"),
    ('{"t":"call","id":-1,"proc":"a"}', "RANGE"), ('{"t":"call","id":1.5,"proc":"a"}', "RANGE"),
    ('{"t":"call","id":9007199254740992,"proc":"a"}', "RANGE"), ('{"t":"call","id":1e3,"proc":"a"}', "RANGE"),
    ('{"t":"call","id":1,"proc":7}', "TYPE"), ('{"t":"call","id":1,"proc":"a","ids":"x"}', "TYPE"),
    ('{"t":"call","id":1,"proc":"a","ids":[1]}', "TYPE"), ('{"t":"call","id":1,"proc":"a","key":1}', "TYPE"),
    ('{"t":"sub","id":1,"proc":"a","since":1}', "TYPE"), ('{"t":"sub","id":1,"proc":"a","since":{"v":"x"}}', "TYPE"),
    ('{"t":"more","id":1,"node":0}', "MISSING"), ('{"t":"more","id":1,"node":70000,"epoch":1}', "RANGE"),
    ('{"t":"trim","id":1,"node":0,"epoch":1}', "MISSING"), ('{"t":"unsub"}', "MISSING"),
    ('{"t":"call","id":1,"proc":"a","in":{"a":\x01}}', "SYNTAX"), ('{"t":"ping","x":' + "[" * 200 + "]" * 200 + "}", "SYNTAX"),
    ('{"t":"call","id":1,"proc":"a","ids":[' + ",".join(['"a"'] * 257) + "]}", "TOO_LARGE"),
    ('{"t":"ping","x":"\\ud800"}', "SYNTAX"),
]


def bad_messages_are_answered(program):
    with Server(program, "--dev") as server:
        for text, code in BAD_MESSAGES:
            session = greet(server)
            session.send(text)
            error = session.receive()
            assert (error["t"], error["code"]) == ("error", code), (text[:60], error)
            session.send({"t": "ping"})
            assert session.receive()["t"] == "pong", text[:60]
            session.close()
        assert server.metrics()["dynr_faults_total"] == len(BAD_MESSAGES)


def an_error_names_its_message(program):
    with Server(program, "--dev") as server:
        session = greet(server)
        session.send('{"t":"call","id":77}')
        assert session.receive()["id"] == 77


def what_cannot_be_is_answered_and_what_may_cross_is_not(program):
    with Server(program, "--dev") as server:
        session = greet(server)
        call(session, 1, "lists.create", {"title": "x"})
        list_id = session.until("result", id=1)["out"]["id"]
        watched = {"t": "sub", "id": 2, "proc": "todos.list", "in": {"list": list_id}}
        session.send(watched)
        window = {"t": "more", "id": 2, "node": 0, "epoch": 1}
        session.until("snap", id=2)
        faults = [
            ({**window, "node": 99}, "RANGE", "node"), ({**window, "node": 1}, "INVALID_ARGUMENT", "node"),
            ({**window, "t": "trim", "bound": "nonsense"}, "INVALID_ARGUMENT", "bound"),
            ({**window, "t": "trim", "bound": [1]}, "INVALID_ARGUMENT", "bound"),
            # As before, but not under the id either: what is watched under it goes on.
            ({"t": "more", "id": 2, "node": 0}, "MISSING", None), ({**window, "node": 70000}, "RANGE", "node"),
            ({"t": "unsub", "id": 2, "in": 1, "proc": 3}, "TYPE", "proc"), (watched, "EXISTS", "id"),
        ]
        for message, code, field in faults:
            session.send(message)
            error = session.until("error")
            assert (error["code"], error.get("field"), "id" in error) == (code, field, False), (message, error)
        # EXISTS is the engine's answer: no fault of the message.
        assert server.metrics()["dynr_faults_total"] == len(faults) - 1
        for message in ({**window, "epoch": 99}, {**window, "t": "trim", "epoch": 99, "bound": [ADA, ADA]}, {**window, "id": 7},
                        {**window, "id": 7, "node": 99}, {"t": "unsub", "id": 7}):
            session.send(message)
            session.send({"t": "ping"})
            assert session.receive()["t"] == "pong", message
        # It was watched all the time.
        call(session, 3, "todos.add", {"list": list_id, "text": "y"})
        assert session.until("patch")["ops"][0][1]["text"] == "y"
        # An error of what asks for something names it.
        session.send({"t": "sub", "id": 8, "proc": 1})
        assert session.until("error")["id"] == 8


def abuse_ends_the_session(program):
    with Server(program, "--dev") as server:
        session = greet(server)
        for _ in range(20):
            session.send("nonsense")
        messages = [session.receive() for _ in range(21)]
        assert [message["t"] for message in messages] == ["error"] * 20 + ["bye"], messages
        assert messages[-1]["after"] > 0
        assert session.end() == 1008


def frames_are_checked(program):
    def ends(server, send, code):
        session = greet(server)
        send(session)
        actual = session.end()
        assert actual == code, (actual, code)
        # And the connection itself ends, once both have said so.
        assert session.http.socket.recv(1) == b""

    with Server(program, "--dev") as server:
        ends(server, lambda s: s.send_frame(wire.BINARY, b"{}"), 1003)
        ends(server, lambda s: s.send_frame(wire.TEXT, b"x" * 40000), 1009)
        ends(server, lambda s: s.send_frame(wire.TEXT, b"{}", reserved=0x40), 1002)
        ends(server, lambda s: s.send_frame(3, b"{}"), 1002)
        ends(server, lambda s: s.send_frame(wire.CONTINUATION, b"{}"), 1002)
        ends(server, lambda s: s.send_frame(wire.PING, b"x" * 126), 1002)
        ends(server, lambda s: s.send_frame(wire.PING, b"x", final=False), 1002)
        ends(server, lambda s: (s.send_frame(wire.TEXT, b"{", final=False), s.send_frame(wire.TEXT, b"}")), 1002)
        # A length in more bytes than it needs.
        ends(server, lambda s: s.http.send_raw(b"\x81\xfe\x00\x02" + b"\0" * 4 + b"{}"), 1002)
        ends(server, lambda s: s.send_frame(wire.TEXT, b"\xff\xfe"), 1007)
        ends(server, lambda s: s.http.send_raw(b"\x81\xff\x7f" + b"\xff" * 7 + b"\0" * 40000), 1009)
        ends(server, lambda s: s.send_frame(wire.CLOSE, struct.pack(">H", 1000)), 1000)
        ends(server, lambda s: s.send_frame(wire.CLOSE, b""), None)
        ends(server, lambda s: s.send_frame(wire.CLOSE, b"x"), 1002)
        ends(server, lambda s: s.send_frame(wire.CLOSE, struct.pack(">H", 1005)), 1002)
        ends(server, lambda s: s.send_frame(wire.CLOSE, struct.pack(">H", 1000) + b"\xff"), 1007)
        assert wire.request(server.port, "GET", "/healthz").status == 200
        assert server.wait_for_metric("dynr_sessions", 0) == 0


def frames_without_a_mask_end_the_session(program):
    with Server(program, "--dev") as server:
        for opcode, payload in ((wire.TEXT, b'{"t":"ping"}'), (wire.TEXT, b""), (wire.PING, b"x"), (wire.CLOSE, b"")):
            session = greet(server)
            session.send_frame(opcode, payload, masked=False)
            assert session.end() == 1002, opcode
        # The message before it was good, and is answered.
        session = greet(server)
        masked = wire.mask_frame(wire.TEXT, b'{"t":"ping"}')
        session.http.send_raw(masked + wire.mask_frame(wire.TEXT, b'{"t":"ping"}', masked=False))
        assert session.receive()["t"] == "pong"
        assert session.end() == 1002
        assert server.wait_for_metric("dynr_sessions", 0) == 0


def pings_are_answered(program):
    with Server(program, "--dev") as server:
        session = greet(server)
        for payload in (b"", b"x", b"y" * 125):
            session.send_frame(wire.PING, payload)
            assert session.receive_frame() == (wire.PONG, True, payload)


def messages_come_with_the_handshake(program):
    """A client need not wait for the answer to its upgrade."""
    with Server(program, "--dev") as server:
        http = wire.Http(server.port)
        head = ("GET / HTTP/1.1\r\nhost: localhost\r\nupgrade: websocket\r\nconnection: keep-alive, Upgrade\r\n"
                "sec-websocket-version: 13\r\nsec-websocket-protocol: dynr.1\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n")
        hello = wire.mask_frame(wire.TEXT, json.dumps({"t": "hello", "caller": CALLER}).encode())
        http.send_raw(head.encode() + hello + wire.mask_frame(wire.TEXT, b'{"t":"ping"}'))
        session = wire.Socket.__new__(wire.Socket)
        session.http = http
        # The answer to this key, by RFC 6455's own recipe.
        assert http.read_response().headers["sec-websocket-accept"] == "ICX+Yqv66kxgM0FcWaLWlFLwTAI="
        assert [session.receive()["t"] for _ in range(2)] == ["welcome", "pong"]
        http.close()


def fragments_make_a_message(program):
    with Server(program, "--dev") as server:
        session = greet(server)
        session.send_frame(wire.TEXT, b'{"t":', final=False)
        session.send_frame(wire.PING, b"now")
        session.send_frame(wire.CONTINUATION, b'"pi', final=False)
        session.send_frame(wire.CONTINUATION, b'ng"}')
        assert session.receive()["t"] == "pong"
        # Byte by byte.
        for byte in wire.mask_frame(wire.TEXT, b'{"t":"ping"}'):
            session.http.send_raw(bytes([byte]))
        assert session.receive()["t"] == "pong"
        # In pieces that are too much together.
        session.send_frame(wire.TEXT, b"x" * 20000, final=False)
        session.send_frame(wire.CONTINUATION, b"x" * 20000)
        assert session.end() == 1009


def random_frames_end_nothing(program):
    seed = int(os.environ.get("DYNR_SEED", "20240607"))
    chooser = random.Random(seed)
    with Server(program, "--dev") as server:
        witness = greet(server)
        for _ in range(150):
            session = greet(server)
            try:
                for _ in range(chooser.randrange(1, 12)):
                    session.http.send_raw(random_frame(chooser))
                session.http.socket.settimeout(0.05)
                while session.http.socket.recv(65536):
                    pass
            except OSError:
                pass
            session.close()
        witness.send({"t": "ping"})
        assert witness.receive()["t"] == "pong", seed
        witness.close()
        assert server.wait_for_metric("dynr_sessions", 0) == 0, seed


def random_frame(chooser):
    kind = chooser.randrange(4)
    if kind == 0:
        return chooser.randbytes(chooser.randrange(1, 200))
    texts = [json.dumps({"t": "call", "id": 1, "proc": "users.byEmail", "in": {"email": "a@b.c"}}),
             '{"t":"ping"}', '{"t":"sub","id":3,"proc":"todos.list","in":{}}', '{"t":"unsub","id":3}', "{" * 50, ""]
    payload = chooser.choice(texts).encode()
    if kind == 1:
        payload = bytearray(payload or b"x")
        payload[chooser.randrange(len(payload))] = chooser.randrange(256)
        payload = bytes(payload)
    return wire.mask_frame(chooser.choice([0, 1, 1, 1, 1, 2, 3, 8, 9, 10, 15]), payload, final=chooser.random() < 0.8,
                           masked=chooser.random() < 0.95, reserved=chooser.choice([0] * 9 + [0x40, 0x20, 0x10]))


def tokens_are_needed_and_end(program):
    with Server(program, "--dev") as folder:
        path = os.path.join(folder.folder, "keys.json")
        with open(path, "w", encoding="utf-8") as file:
            file.write(tokens.key_set())
        with Server(program, "--jwks", path, "--require-token") as server:
            for members in ({}, {"token": "x"}, {"token": tokens.token(ADA, -100)}, {"caller": CALLER}):
                session = wire.Socket(server.port)
                refused = session.hello(**members)
                assert refused["code"] == "UNAUTHENTICATED", refused
                assert session.end() == 1008
            # Clocks may differ by a minute, so this one has about two seconds left.
            session = wire.Socket(server.port)
            assert session.hello(token=tokens.token(ADA, -58))["t"] == "welcome"
            call(session, 1, "lists.create", {"title": "x"})
            assert session.until("result", id=1)["out"]["owner"] == ADA
            session.skipped = []
            assert session.until("bye")["reason"] == "expired"
            assert session.end() == 1008


def silence_is_not_waited_for(program):
    with Server(program, "--dev") as server:
        session = wire.Socket(server.port)
        start = time.monotonic()
        session.http.socket.settimeout(20)
        assert session.until("bye")["reason"] == "timeout"
        assert session.end() == 1008 and 8 < time.monotonic() - start < 16


def connections_come_and_go(program):
    with Server(program, "--dev") as server:
        for number in range(300):
            session = wire.Socket(server.port) if number % 3 else greet(server)
            if number % 4 == 0:
                # Without a goodbye.
                session.http.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            elif number % 4 == 1:
                session.send_frame(wire.CLOSE, b"")
            session.close()
        assert server.wait_for_metric("dynr_sessions", 0) == 0
        assert server.metrics()["dynr_sessions_total"] == 300
        assert server.wait_for_metric("dynr_connections", 1) == 1


def the_end_is_said(program):
    with Server(program, "--dev") as server:
        sessions = [greet(server) for _ in range(20)]
        start = time.monotonic()
        server.process.terminate()
        for session in sessions:
            bye = session.until("bye")
            assert (bye["reason"], bye["after"]) == ("shutdown", 1000), bye
            assert session.end() == 1001
        assert server.process.wait(timeout=10) == 0
        assert time.monotonic() - start < 5
        try:
            wire.connect(server.port)
            raise AssertionError("the port must be closed")
        except ConnectionRefusedError:
            pass


def the_end_does_not_wait_for_ever(program):
    with Server(program, "--dev") as server:
        # Says nothing, answers nothing, reads nothing.
        session = greet(server, receive_buffer=4096)
        start = time.monotonic()
        server.process.terminate()
        assert server.process.wait(timeout=15) == 0
        assert time.monotonic() - start < 10
        session.close()


if __name__ == "__main__":
    sys.exit(run_tests(sys.argv[1], [
        the_handshake_is_strict, hello_comes_first_and_once, welcome_says_what_is_needed, calls_answer,
        what_is_not_found_inside_is_no_error, no_mutation_overtakes_one_that_was_refused_for_now, repeated_calls_run_once,
        nobody_cannot_use_what_needs_a_caller,
        bad_messages_are_answered, an_error_names_its_message, what_cannot_be_is_answered_and_what_may_cross_is_not,
        abuse_ends_the_session, frames_are_checked, frames_without_a_mask_end_the_session, pings_are_answered,
        messages_come_with_the_handshake, fragments_make_a_message, random_frames_end_nothing, tokens_are_needed_and_end,
        silence_is_not_waited_for, connections_come_and_go, the_end_is_said, the_end_does_not_wait_for_ever,
    ]))
