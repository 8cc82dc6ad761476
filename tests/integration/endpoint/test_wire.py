#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The protocol as bytes: what SDKs hide from suites that use them."""

import gzip
import os
import sys
import tempfile
import threading
import zlib

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "server"))
from local import ANY_SIGNATURE, TARGET, Local, checksum, read_answers, wait_until  # noqa: E402
from runner import run_tests  # noqa: E402

LIST = b"{}"
JSON = "application/x-amz-json-1.0"


def raw_request(body, operation="ListTables", extra=""):
    return (f"POST / HTTP/1.1\r\nHost: x\r\nX-Amz-Target: {TARGET}{operation}\r\nContent-Type: {JSON}\r\n"
            f"Authorization: {ANY_SIGNATURE}\r\nX-Amz-Date: 20261120T100000Z\r\n{extra}"
            f"Content-Length: {len(body)}\r\n\r\n").encode() + body


def every_answer_has_its_headers(program):
    with Local(program) as local:
        first, second = local.post("ListTables", {}), local.post("ListTables", {})
        assert first.status == 200 and first.json() == {"TableNames": []}, first.body
        for answer in (first, second, local.post("GetItem", {}), local.post("Nothing", {})):
            assert answer.headers["x-amz-crc32"] == str(checksum(answer)), answer.headers
            assert answer.headers["Content-Type"] == JSON
            assert len(answer.headers["x-amzn-RequestId"]) == 52
            assert answer.headers["Date"].endswith("GMT")
            assert answer.headers["Content-Length"] == str(len(answer.body))
        assert first.headers["x-amzn-RequestId"] != second.headers["x-amzn-RequestId"]
        plain = local.post("ListTables", {}, Content_Type="application/json; charset=utf-8")
        assert plain.headers["Content-Type"] == "application/json" and plain.status == 200


def a_health_check_is_answered(program):
    with Local(program) as local:
        for method in ("GET", "HEAD"):
            answer = local.request(method, "/", {})
            assert answer.status == 200
            assert answer.headers["Content-Length"] == "42"
            assert answer.headers["x-amz-crc32"] == "3128867991"
        assert local.request("GET", "/", {}).body == b"healthy: dynamodb.us-east-1.amazonaws.com "


def what_is_no_request_is_not_found(program):
    with Local(program) as local:
        for answer in (local.request("PUT", "/", {"Content-Length": "0"}), local.request("GET", "/x", {}),
                       local.post("ListTables", {}, Content_Type="text/plain"),
                       local.post("ListTables", {}, Content_Type=None)):
            assert answer.status == 404, answer.status
            assert answer.body == b"<UnknownOperationException/>\n"
            assert answer.headers["x-amz-crc32"] == "3552371480"


def errors_have_the_services_bodies(program):
    with Local(program) as local:
        for operation in ("Nothing", "DynamoDB_20111205.ListTables", "ListTables"):
            target = operation if "." in operation or operation == "Nothing" else "ListTables."
            answer = local.post(target, {})
            assert (answer.status, answer.body) == (
                400, b'{"__type":"com.amazon.coral.service#UnknownOperationException"}'), (operation, answer.body)
        for body in (b"", b"{", b"[]", b'{"TableName":', b"\xff\xfe", b'{"a":"\xff"}', b"null", b'{"a":1}x'):
            answer = local.post("GetItem", body)
            assert answer.status == 400, (body, answer.status)
            assert answer.json()["__type"] == "com.amazon.coral.service#SerializationException", (body, answer.body)
        deep = b'{"Item":' + b'{"M":{"a":' * 5000 + b"1" + b"}}" * 5000 + b"}"
        assert local.post("PutItem", deep).error()[0] in ("SerializationException", "ValidationException")
        assert local.post("GetItem", {"TableName": "none", "Key": {"id": {"S": "1"}}}).error() == (
            "ResourceNotFoundException", "Requested resource not found")


def requests_without_a_signature_are_refused(program):
    with Local(program) as local:
        missing = ("MissingAuthenticationTokenException", "Request is missing Authentication Token")
        assert local.post("ListTables", {}, Authorization=None).error() == missing
        assert local.post("ListTables", {}, Authorization="Basic abc").error() == missing
        name, text = local.post("ListTables", {}, Authorization="AWS4-HMAC-SHA256 Credential=a").error()
        assert name == "IncompleteSignatureException"
        assert text.startswith("Authorization header requires 'Signature' parameter. Authorization header requires "
                               "'SignedHeaders' parameter."), text
        answer = local.request("POST", "/?X-Amz-Algorithm=x", {"Authorization": ANY_SIGNATURE, "Content-Type": JSON,
                                                               "X-Amz-Target": TARGET + "ListTables"}, LIST)
        assert answer.error()[0] == "InvalidSignatureException"


def bodies_come_in_every_form(program):
    with Local(program) as local:
        with local.connect() as connection:
            # In pieces of a byte.
            for byte in raw_request(LIST):
                connection.sendall(bytes([byte]))
            assert read_answers(connection, 1)[0].status == 200
            # Two at once: answers in order.
            connection.sendall(raw_request(LIST) + raw_request(b"{", "GetItem"))
            assert [answer.status for answer in read_answers(connection, 2)] == [200, 400]
            # In chunks.
            head = raw_request(b"").replace(b"Content-Length: 0\r\n", b"Transfer-Encoding: chunked\r\n")
            connection.sendall(head + b"1\r\n{\r\n1;x=y\r\n}\r\n0\r\n\r\n")
            assert read_answers(connection, 1)[0].status == 200
        with local.connect() as connection:
            connection.sendall(raw_request(LIST, extra="Expect: 100-continue\r\n")[:-len(LIST)])
            assert connection.recv(100).startswith(b"HTTP/1.1 100 ")
            connection.sendall(LIST)
            assert read_answers(connection, 1)[0].status == 200
        with local.connect() as connection:
            connection.sendall(raw_request(LIST).replace(b"HTTP/1.1", b"HTTP/1.0"))
            assert read_answers(connection, 1)[0].status == 200
            assert connection.recv(1) == b"", "an HTTP/1.0 connection is closed"


def bodies_that_are_too_long_are_refused(program):
    limit = 16 << 20
    with Local(program) as local:
        local.make_table()
        with local.connect() as connection:
            head = raw_request(b"").replace(b"Content-Length: 0", b"Content-Length: %d" % (limit + 1))
            connection.sendall(head)
            try:
                for _ in range(limit // 65536 + 1):
                    connection.sendall(b" " * 65536)
            except (BrokenPipeError, ConnectionResetError):
                pass
            assert connection.recv(20).startswith(b"HTTP/1.1 413 ")
        # Just below: spaces around a small request.
        assert local.post("ListTables", b"{" + b" " * (limit - 2) + b"}").status == 200
        local.put("1", "x" * 390000)
        assert local.get("1")["text"]["S"] == "x" * 390000


def half_requests_harm_nobody(program):
    with Local(program) as local:
        local.make_table()
        halves = [local.connect() for _ in range(100)]
        for i, connection in enumerate(halves):
            text = raw_request(b'{"TableName":"things"}', "GetItem")
            connection.sendall(text[:(i * 37) % len(text)])
        local.put("1")
        for connection in halves[::2]:
            connection.close()
        assert local.get("1") is not None
        for garbage in (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"GET\r\n\r\n", b"\0" * 5000,
                        b"POST / HTTP/1.1\r\nX: " + b"y" * 100000, b"POST / HTTP/9.9\r\n\r\n",
                        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
                        raw_request(LIST, extra="Content-Length: 7\r\n"),
                        raw_request(LIST, extra="Transfer-Encoding: chunked\r\n"),
                        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"):
            with local.connect() as connection:
                try:
                    connection.sendall(garbage)
                    connection.shutdown(1)
                    said = b""
                    while (piece := connection.recv(4096)):
                        said += piece
                    assert b"HTTP/1.1 200" not in said, (garbage[:80], said)
                except (BrokenPipeError, ConnectionResetError):
                    pass
        assert local.get("1") is not None
        for connection in halves[1::2]:
            connection.close()
        assert local.stop() == 0


def connections_are_bounded(program):
    with Local(program, "--connections", "8") as local:
        held = [local.connect() for _ in range(8)]
        for connection in held:
            connection.sendall(raw_request(LIST))
            assert read_answers(connection, 1)[0].status == 200
        with local.connect() as ninth:
            try:
                ninth.sendall(raw_request(LIST))
                assert ninth.recv(1) == b""
            except (BrokenPipeError, ConnectionResetError):
                pass
        held.pop().close()

        def is_served():
            with local.connect() as another:
                try:
                    another.sendall(raw_request(LIST))
                    return another.recv(12) == b"HTTP/1.1 200"
                except (BrokenPipeError, ConnectionResetError):
                    return False

        wait_until(is_served, "a place is free again")
        for connection in held:
            connection.close()


def the_store_never_lacks_files(program):
    """More clients than the process may open files: some are turned away, and whoever is let in is served."""
    with tempfile.TemporaryDirectory() as folder:
        frugal = os.path.join(folder, "frugal")
        with open(frugal, "w", encoding="utf-8") as file:
            file.write(f'#!/bin/sh\nulimit -n 200\nexec "{os.path.abspath(program)}" "$@"\n')
        os.chmod(frugal, 0o700)
        with Local(frugal, "--data", os.path.join(folder, "data")) as local:
            local.make_table()
            clients = [local.connect() for _ in range(100)]
            statuses = []
            for connection in clients:
                try:
                    connection.sendall(raw_request(b'{"TableName":"things"}', "Scan"))
                    statuses.append(read_answers(connection, 1)[0].status)
                except (BrokenPipeError, ConnectionResetError, IndexError):
                    statuses.append(0)
            for connection in clients:
                connection.close()
            assert statuses.count(200) == 72 and statuses.count(0) == 28, statuses


def answers_are_compressed_when_asked(program):
    with Local(program) as local:
        local.make_table()
        local.put("1", "long " * 2000)
        body = {"TableName": "things", "Key": {"id": {"S": "1"}}}
        for accepted in ("gzip", "deflate, gzip;q=0.5", "GZIP"):
            zipped = local.post("GetItem", body, Accept_Encoding=accepted)
            assert zipped.headers["Content-Encoding"] == "gzip", accepted
            assert zipped.headers["x-amz-crc32"] == str(zlib.crc32(zipped.body)), "of the bytes that are sent"
            assert len(zipped.body) < 2000 and gzip.decompress(zipped.body) == local.post("GetItem", body).body
        for accepted in ("identity", "gzip;q=0", "gzip;q=0.0, br", "x-gzippy"):
            assert "Content-Encoding" not in local.post("GetItem", body, Accept_Encoding=accepted).headers, accepted
        assert "Content-Encoding" not in local.post("ListTables", {}, Accept_Encoding="gzip").headers


def pages_of_this_machine_may_call(program):
    with Local(program, "--origin", "https://studio.example") as local:
        preflight = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "x-amz-target,x-y"}
        for origin in ("http://localhost:5173", "http://127.0.0.1:8001", "https://studio.example"):
            answer = local.request("OPTIONS", "/", {"Origin": origin, **preflight})
            assert (answer.status, answer.body) == (200, b""), answer.status
            assert answer.headers["Access-Control-Allow-Origin"] == origin
            assert answer.headers["Access-Control-Allow-Headers"] == "x-amz-target,x-y"
            assert answer.headers["Access-Control-Allow-Methods"] == "POST"
            assert answer.headers["Access-Control-Max-Age"] == "172800"
            answer = local.post("ListTables", {}, Origin=origin)
            assert answer.status == 200 and answer.headers["Access-Control-Allow-Origin"] == origin
            assert "x-amz-crc32" in answer.headers["Access-Control-Expose-Headers"]
        for origin in ("https://evil.example", "http://localhost.evil.example", "null", f"http://evil.example:{local.port}"):
            host = origin.split("//")[-1]
            for answer in (local.request("OPTIONS", "/", {"Origin": origin, **preflight}),
                           local.post("CreateTable", {}, Origin=origin), local.post("ListTables", {}, Origin=origin, Host=host)):
                assert answer.status == 403, (origin, answer.status)
                assert "Access-Control-Allow-Origin" not in answer.headers
    with Local(program, "--origin", "null", "--origin", "HTTPS://Studio.example:8443") as local:
        for origin in ("null", "https://studio.example:8443"):
            assert local.post("ListTables", {}, Origin=origin).status == 200, origin


def many_writers_share_commits(program):
    with Local(program) as local:
        local.make_table()
        failures = []

        def write(writer):
            try:
                with local.connect() as connection:
                    for i in range(50):
                        body = b'{"TableName":"things","Item":{"id":{"S":"%d-%d"}}}' % (writer, i)
                        connection.sendall(raw_request(body, "PutItem"))
                        answer = read_answers(connection, 1)[0]
                        assert (answer.status, answer.body) == (200, b"{}"), answer.body
            except Exception as problem:  # noqa: BLE001: told to the test's own thread
                failures.append(problem)

        threads = [threading.Thread(target=write, args=(writer,)) for writer in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not failures, failures
        answer = local.post("Scan", {"TableName": "things", "Select": "COUNT"}).json()
        assert answer["Count"] == 800, answer


def values_that_double_end(program):
    """A few hundred bytes of expression ask for gigabytes: refused within what one request may take, and nobody else is harmed."""
    with Local(program) as local:
        local.make_table()
        many = b",".join([b'{"NULL":true}'] * 30000)
        answer = local.post("PutItem", b'{"TableName":"things","Item":{"id":{"S":"1"},"l":{"L":[' + many + b"]}}}")
        assert answer.status == 200, answer.body
        expression = "SET k = " + "list_append(l, " * 250 + "l" + ")" * 250
        answer = local.post("UpdateItem", {"TableName": "things", "Key": {"id": {"S": "1"}}, "UpdateExpression": expression})
        assert answer.status in (400, 500), answer.body[:200]
        with open(f"/proc/{local.process.pid}/status", encoding="utf-8") as file:
            peak = int(file.read().split("VmHWM:")[1].split()[0])
        assert peak < 1 << 20, f"{peak} kB"
        local.put("2")
        assert local.get("1") is not None


TESTS = [every_answer_has_its_headers, a_health_check_is_answered, what_is_no_request_is_not_found,
         errors_have_the_services_bodies, requests_without_a_signature_are_refused, bodies_come_in_every_form,
         bodies_that_are_too_long_are_refused, half_requests_harm_nobody, values_that_double_end, connections_are_bounded, the_store_never_lacks_files,
         answers_are_compressed_when_asked, pages_of_this_machine_may_call, many_writers_share_commits]

if __name__ == "__main__":
    sys.exit(run_tests(sys.argv[1], TESTS))
