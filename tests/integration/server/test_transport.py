#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What lies below HTTP and WebSocket: heads that are refused, time, TLS, writes that are gathered.

    test_transport.py PROGRAM
"""

import json
import os
import socket
import ssl
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import wire  # noqa: E402
from runner import run_tests  # noqa: E402
from server import Server  # noqa: E402
from test_live import Client, IMPATIENT, add, catch_up, fill, new_list, shown  # noqa: E402

HEAD = "GET /healthz HTTP/1.1\r\nhost: localhost\r\n"


def answer_to(server, text, ends):
    """Status of the answer to raw bytes. Whether the connection ends after it is asserted: an end is waited for, that there is none is not."""
    http = wire.Http(server.port)
    http.send_raw(text.encode("latin-1"))
    status = http.read_response().status
    http.socket.settimeout(wire.TIMEOUT if ends else 0.1)
    try:
        assert http.socket.recv(1) == b"" and ends, text[:80]
    except TimeoutError:
        assert not ends, text[:80]
    http.close()
    return status


def heads_are_read_strictly(program):
    with Server(program, "--dev") as server:
        fine = {
            "as it should be": HEAD + "\r\n",
            "white space around a value": "GET /healthz HTTP/1.1\r\nhost: \t localhost \t\r\n\r\n",
            "an empty line before it": "\r\n\r\n" + HEAD + "\r\n",
            "bytes above ASCII in a value": HEAD + "x: \xe9\r\n\r\n",
            "an upgrade to something else": HEAD + "connection: upgrade\r\nupgrade: h2c\r\n\r\n",
            "a body that nobody asked for": HEAD + "content-length: 3\r\n\r\nabc",
        }
        for name, text in fine.items():
            assert answer_to(server, text, ends=False) == 200, name
        ends = {"connection: close": HEAD + "connection: x, Close\r\n\r\n", "HTTP/1.0": "GET /healthz HTTP/1.0\r\nhost: localhost\r\n\r\n"}
        for name, text in ends.items():
            assert answer_to(server, text, ends=True) == 200, name
        bad = {
            "line feeds alone": HEAD.replace("\r\n", "\n") + "\n",
            "one line feed alone": "GET /healthz HTTP/1.1\nhost: localhost\r\n\r\n",
            "a name with a space behind it": HEAD + "x : y\r\n\r\n",
            "a line that goes on": HEAD + "x: y\r\n z\r\n\r\n",
            "no name": HEAD + ": y\r\n\r\n",
            "no colon": HEAD + "xy\r\n\r\n",
            "a NUL": HEAD + "x: a\0b\r\n\r\n",
            "a carriage return": HEAD + "x: a\rb\r\n\r\n",
            "no host": "GET /healthz HTTP/1.1\r\n\r\n",
            "two hosts": HEAD + "host: localhost\r\n\r\n",
            "two lengths": HEAD + "content-length: 1\r\ncontent-length: 1\r\n\r\na",
            "two spaces": "GET  /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n",
            "a space in the address": "GET /a b HTTP/1.1\r\nhost: localhost\r\n\r\n",
            "an address with a host": "GET http://localhost/healthz HTTP/1.1\r\nhost: localhost\r\n\r\n",
            "no slash": "GET healthz HTTP/1.1\r\nhost: localhost\r\n\r\n",
            "half a percent": "GET /%4 HTTP/1.1\r\nhost: localhost\r\n\r\n",
            "an encoded NUL": "GET /%00 HTTP/1.1\r\nhost: localhost\r\n\r\n",
            "no protocol": "GET /healthz\r\nhost: localhost\r\n\r\n",
        }
        for name, text in bad.items():
            wanted = (400, 505) if name == "a space in the address" else (400,)
            assert answer_to(server, text, ends=True) in wanted, name
        assert answer_to(server, "GET / HTTP/2.0\r\nhost: localhost\r\n\r\n", ends=True) == 505
        assert answer_to(server, HEAD + "x: y\r\n" * 101 + "\r\n", ends=True) == 431
        assert answer_to(server, HEAD + "x: " + "y" * 33000 + "\r\n\r\n", ends=True) == 431
        assert answer_to(server, HEAD + "transfer-encoding: chunked\r\n\r\n0\r\n\r\n", ends=True) == 411
        # What stands behind a request that was refused is not read as one.
        http = wire.Http(server.port)
        http.send_raw((HEAD + "transfer-encoding: chunked\r\n\r\n" + HEAD + "\r\n").encode())
        assert http.read_response().status == 411
        try:
            http.read_response()
            raise AssertionError("the connection must end")
        except wire.Closed:
            pass


def requests_may_come_in_any_pieces(program):
    with Server(program, "--dev") as server:
        body = json.dumps({"email": "ada@example.com", "name": "Ada"})
        one = f"POST /rpc/users.register HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n{body}"
        text = (one + HEAD + "\r\n" + one).encode()
        for size in (1, 7, 64, len(text)):
            http = wire.Http(server.port)
            for at in range(0, len(text), size):
                http.send_raw(text[at:at + size])
            statuses = [http.read_response().status for _ in range(3)]
            assert statuses[1:] == [200, 409] and statuses[0] in (200, 409), statuses
            http.close()
        # A client that waits for a sign before it sends the body gets it.
        http = wire.Http(server.port)
        head, _, rest = one.partition("\r\n\r\n")
        http.send_raw(f"{head}\r\nexpect: 100-continue\r\n\r\n".encode())
        assert http.read_until(b"\r\n\r\n") == b"HTTP/1.1 100 Continue"
        http.send_raw(rest.encode())
        assert http.read_response().status == 409
        http.close()


def slow_requests_are_not_waited_for(program):
    with Server(program, "--dev", limits={"HEADER": 1, "KEEPALIVE": 2}) as server:
        def lasts(text, drip=b""):
            """Seconds until the server ends a connection that sent `text`, and then `drip` again and again."""
            http = wire.Http(server.port)
            http.send_raw(text)
            http.socket.settimeout(0.2)
            start = time.monotonic()
            while time.monotonic() < start + 10:
                try:
                    if not http.socket.recv(65536):
                        break
                except TimeoutError:
                    try:
                        http.send_raw(drip)
                    except OSError:
                        break
                except ConnectionResetError:
                    break
            http.close()
            return time.monotonic() - start

        assert 0.9 < lasts(b"") < 9
        assert 0.9 < lasts(b"GET / HT") < 9
        assert 0.9 < lasts(b"GET / HTTP/1.1\r\n", drip=b"a: b\r\n") < 9, "a head has one time for all of it"
        assert 0.9 < lasts(b"POST /rpc/users.register HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
                           b"content-length: 10\r\n\r\n{") < 9
        assert 1.9 < lasts(HEAD.encode() + b"\r\n") < 9, "kept, but not for ever"
        assert server.wait_for_metric("dynr_connections", 1) == 1
        # Sessions have a time of their own.
        session = Client(server)
        time.sleep(3.5)
        session.settle()


def an_answer_waits_for_its_reader(program):
    """Answers that are not read are queued, and what else was asked meanwhile waits; nothing is lost or out of order."""
    with Server(program, "--dev") as outer:
        folder = os.path.join(outer.folder, "public")
        os.makedirs(folder)
        big = os.urandom(3000000)
        with open(os.path.join(folder, "big.bin"), "wb") as file:
            file.write(big)
        with Server(program, "--dev", "--static", folder) as server:
            http = wire.Http.__new__(wire.Http)
            http.port, http.rest, http.socket = server.port, b"", socket.socket()
            http.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            http.socket.settimeout(wire.TIMEOUT)
            http.socket.connect(("127.0.0.1", server.port))
            file_request = HEAD.replace("/healthz", "/big.bin") + "\r\n"
            http.send_raw((file_request + HEAD + "\r\n" + file_request + HEAD + "connection: close\r\n\r\n").encode())
            time.sleep(0.3)
            assert wire.request(server.port, "GET", "/healthz").status == 200
            bodies = [http.read_response().body for _ in range(4)]
            assert bodies == [big, b"ok\n", big, b"ok\n"], [len(body) for body in bodies]
            assert http.socket.recv(1) == b""


def what_a_change_makes_goes_out_at_once(program):
    with Server(program, "--dev") as server:
        writer = Client(server)
        list_id = new_list(writer)
        reader = Client(server)
        for first in (5, 6, 7, 8):
            reader.watch(list_id, first=first)
        reader.settle()
        wire_before = server.metrics()
        # Over HTTP, so that the writer's own messages are not counted in.
        wire.request(server.port, "POST", "/rpc/todos.add", {"list": list_id, "text": "x"}, {"dynr-caller": json.dumps({"userId": "01HV6Z3M5N8Q0R2S4T6V8W0X2Y"})})
        reader.until(lambda message: message["t"] == "commit" or message.get("end"))
        after = server.metrics()
        n_messages = after["dynr_messages_out_total"] - wire_before["dynr_messages_out_total"]
        # Of the writes two are answers over HTTP: of the call, and of the metrics before.
        n_writes = after["dynr_writes_total"] - wire_before["dynr_writes_total"] - 2
        assert n_messages >= 4 and n_writes == 1, (n_messages, n_writes)


def make_certificate(folder):
    certificate, key = os.path.join(folder, "cert.pem"), os.path.join(folder, "key.pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days",
                    "2", "-keyout", key, "-out", certificate, "-subj", "/CN=localhost", "-addext",
                    "subjectAltName=DNS:localhost"], check=True, capture_output=True, timeout=30)
    return certificate, key


def tls_versions_and_protocols_are_chosen(program):
    with Server(program, "--dev") as outer:
        certificate, key = make_certificate(outer.folder)
        with Server(program, "--dev", "--tls-cert", certificate, "--tls-key", key, limits={"HEADER": 1}) as server:
            for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
                context = wire.tls_context(certificate)
                context.minimum_version = context.maximum_version = version
                context.set_alpn_protocols(["h2", "http/1.1"])
                connection = wire.connect(server.port, context)
                assert connection.selected_alpn_protocol() == "http/1.1", version
                connection.close()
                assert wire.request(server.port, "GET", "/healthz", tls=context).body == b"ok\n"
            old = wire.tls_context(certificate)
            old.set_ciphers("ALL:@SECLEVEL=0")
            old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
            try:
                wire.connect(server.port, old)
                raise AssertionError("TLS 1.1 must be refused")
            except (ssl.SSLError, ConnectionResetError):
                pass
            # A handshake that does not go on ends, too.
            silent = wire.connect(server.port)
            start = time.monotonic()
            assert silent.recv(1) == b"" and 0.9 < time.monotonic() - start < 9
            # The end is said: what follows would otherwise be taken for a truncation.
            session = Client(server, tls=wire.tls_context(certificate))
            server.process.terminate()
            assert session.until(lambda message: message["t"] == "bye")["reason"] == "shutdown"
            assert session.socket.end() == 1001
            assert session.socket.http.socket.recv(1) == b""
            session.close()
            assert server.process.wait(timeout=10) == 0


def a_slow_reader_over_tls_starts_over(program):
    """A record that the socket did not take must be offered again as it was, though the queue that it came from was dropped."""
    with Server(program, "--dev") as outer:
        certificate, key = make_certificate(outer.folder)
        with Server(program, "--dev", "--tls-cert", certificate, "--tls-key", key, limits=IMPATIENT) as server:
            tls = wire.tls_context(certificate)
            writer = Client(server, tls=tls)
            list_id = new_list(writer)
            slow = Client(server, tls=tls)
            view = slow.watch(list_id, first=5)
            rounds = 0
            while metric(server, tls, "dynr_queue_drops_total") == 0 and rounds < 60:
                fill(writer, list_id, 200)
                rounds += 1
            assert metric(server, tls, "dynr_queue_drops_total") >= 1, rounds
            catch_up(slow, view, shown(writer, list_id, 5))
            time.sleep(0.002)
            add(writer, list_id, "after")
            while [row["text"] for row in view.shown(1)] != ["after"]:
                slow.receive()


def metric(server, tls, name):
    text = wire.request(server.port, "GET", "/metrics", tls=tls).body.decode()
    return next(float(line.rsplit(" ", 1)[1]) for line in text.splitlines() if line.startswith(name + " "))


def few_descriptors_are_enough(program):
    """Where no descriptor is left, those who have one are served, and the others as soon as there is one."""
    with Server(program, "--dev") as server:
        session = Client(server)
        used = len(os.listdir(f"/proc/{server.process.pid}/fd"))
        resource_limit = used + 5
        subprocess.run(["prlimit", f"--pid={server.process.pid}", f"--nofile={resource_limit}"], check=True, timeout=10)
        sockets = [wire.connect(server.port) for _ in range(20)]
        time.sleep(0.2)
        session.settle()
        new_list(session)
        for one in sockets:
            one.close()
        # It looks again at the next tick.
        assert wire.request(server.port, "GET", "/healthz").status == 200
        assert "no descriptors" in server.errors()


if __name__ == "__main__":
    sys.exit(run_tests(sys.argv[1], [
        heads_are_read_strictly, requests_may_come_in_any_pieces, slow_requests_are_not_waited_for,
        an_answer_waits_for_its_reader, what_a_change_makes_goes_out_at_once, tls_versions_and_protocols_are_chosen,
        a_slow_reader_over_tls_starts_over, few_descriptors_are_enough,
    ]))
