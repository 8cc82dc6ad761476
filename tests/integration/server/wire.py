# SPDX-License-Identifier: Apache-2.0
"""HTTP and WebSocket over plain sockets, the standard library alone: tests must be able to send what no correct client sends."""

import base64
import json
import os
import socket
import ssl
import struct

TIMEOUT = 10
TEXT, BINARY, CLOSE, PING, PONG, CONTINUATION = 1, 2, 8, 9, 10, 0


class Closed(Exception):
    """The peer ended the connection; `code` of its close frame, or None."""

    def __init__(self, code=None):
        super().__init__(f"closed with {code}")
        self.code = code


def connect(port, tls=None, host="127.0.0.1"):
    """A socket to the server, on loopback unless `host` says otherwise; `tls`: an SSLContext."""
    plain = socket.create_connection((host, port), timeout=TIMEOUT)
    plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return tls.wrap_socket(plain, server_hostname="localhost") if tls else plain


def tls_context(certificate):
    context = ssl.create_default_context(cafile=certificate)
    context.check_hostname = True
    return context


class Response:
    """Status, headers (names in lower case), body."""

    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def json(self):
        return json.loads(self.body)


class Http:
    """One connection, kept alive."""

    def __init__(self, port, tls=None):
        self.port = port
        self.socket = connect(port, tls)
        self.rest = b""

    def close(self):
        self.socket.close()

    def send_raw(self, data):
        self.socket.sendall(data)

    def read_until(self, mark):
        while mark not in self.rest:
            data = self.socket.recv(65536)
            if not data:
                raise Closed()
            self.rest += data
        head, _, self.rest = self.rest.partition(mark)
        return head

    def read_response(self, method="GET"):
        lines = self.read_until(b"\r\n\r\n").decode("latin-1").split("\r\n")
        status = int(lines[0].split(" ")[1])
        headers = {}
        for line in lines[1:]:
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        length = 0 if method == "HEAD" or status in (101, 204, 304) else int(headers.get("content-length", "0"))
        while len(self.rest) < length:
            data = self.socket.recv(65536)
            if not data:
                raise Closed()
            self.rest += data
        body, self.rest = self.rest[:length], self.rest[length:]
        return Response(status, headers, body)

    def request(self, method, path, body=None, headers=None):
        """Sends a request and reads its answer. `body`: bytes, or what becomes JSON."""
        lines = {"host": f"localhost:{self.port}"}
        data = b""
        if body is not None:
            data = body if isinstance(body, bytes) else json.dumps(body).encode()
            lines["content-type"] = "application/json"
            lines["content-length"] = str(len(data))
        lines.update(headers or {})
        head = "".join(f"{name}: {value}\r\n" for name, value in lines.items() if value is not None)
        self.send_raw(f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode("latin-1") + data)
        return self.read_response(method)


def request(port, method, path, body=None, headers=None, tls=None):
    """One request on a connection of its own."""
    http = Http(port, tls)
    try:
        return http.request(method, path, body, headers)
    finally:
        http.close()


def mask_frame(opcode, payload, final=True, masked=True, reserved=0):
    head = bytes([(0x80 if final else 0) | reserved | opcode])
    bit = 0x80 if masked else 0
    if len(payload) < 126:
        head += bytes([bit | len(payload)])
    elif len(payload) < 65536:
        head += bytes([bit | 126]) + struct.pack(">H", len(payload))
    else:
        head += bytes([bit | 127]) + struct.pack(">Q", len(payload))
    if not masked:
        return head + payload
    key = os.urandom(4)
    repeated = key * (len(payload) // 4 + 1)
    return head + key + bytes(a ^ b for a, b in zip(payload, repeated))


class Socket:
    """A WebSocket with JSON messages."""

    def __init__(self, port, protocol="dynr.1", origin=None, tls=None, headers=None, receive_buffer=None, host="127.0.0.1"):
        self.http = Http.__new__(Http)
        self.http.port, self.http.rest = port, b""
        if receive_buffer is None:
            self.http.socket = connect(port, tls, host)
        else:
            # Before the connection is made, or the window is larger already.
            self.http.socket = socket.socket()
            self.http.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
            self.http.socket.settimeout(TIMEOUT)
            self.http.socket.connect(("127.0.0.1", port))
        wanted = {
            "upgrade": "websocket", "connection": "Upgrade", "sec-websocket-version": "13",
            "sec-websocket-key": base64.b64encode(os.urandom(16)).decode(), "sec-websocket-protocol": protocol,
            "origin": origin,
        }
        wanted.update(headers or {})
        self.response = self.http.request("GET", "/", headers=wanted)
        if self.response.status != 101:
            self.http.close()

    def close(self):
        self.http.close()

    def send_frame(self, opcode, payload, **options):
        self.http.send_raw(mask_frame(opcode, payload, **options))

    def send(self, message):
        """A message: text, or what becomes JSON."""
        text = message if isinstance(message, str) else json.dumps(message)
        self.send_frame(TEXT, text.encode())

    def read_bytes(self, count):
        while len(self.http.rest) < count:
            data = self.http.socket.recv(262144)
            if not data:
                raise Closed()
            self.http.rest += data
        data, self.http.rest = self.http.rest[:count], self.http.rest[count:]
        return data

    def receive_frame(self):
        first, second = self.read_bytes(2)
        assert second & 0x80 == 0, "a server's frames are not masked"
        length = second & 0x7F
        if length == 126:
            length = struct.unpack(">H", self.read_bytes(2))[0]
        elif length == 127:
            length = struct.unpack(">Q", self.read_bytes(8))[0]
        return first & 0x0F, bool(first & 0x80), self.read_bytes(length)

    def receive(self):
        """The next message; raises Closed at the end."""
        parts = b""
        while True:
            opcode, final, payload = self.receive_frame()
            if opcode == CLOSE:
                raise Closed(struct.unpack(">H", payload[:2])[0] if len(payload) >= 2 else None)
            if opcode == PING:
                self.send_frame(PONG, payload)
                continue
            if opcode == PONG:
                continue
            parts += payload
            if final:
                return json.loads(parts)

    def until(self, kind, **members):
        """Reads on to the message `t` with these members; returns it, and keeps what came before in `skipped`."""
        self.skipped = []
        while True:
            message = self.receive()
            if message["t"] == kind and all(message.get(name) == value for name, value in members.items()):
                return message
            self.skipped.append(message)

    def hello(self, **members):
        self.send({"t": "hello", **members})
        return self.receive()

    def end(self):
        """Reads to the end; the code of the close frame, or None where there was none."""
        while True:
            try:
                self.receive()
            except Closed as closed:
                return closed.code
            except ConnectionResetError:
                return None
