#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""HTTP: procedures, errors, limits, origins, files, metrics.

    test_http.py PROGRAM
"""

import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.parse

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "lint"))
import tokens  # noqa: E402
import wire  # noqa: E402
from runner import run_tests  # noqa: E402
from server import Server  # noqa: E402

ADA = "01HV6Z3M5N8Q0R2S4T6V8W0X2Y"


def get(port, procedure, value=None, **options):
    query = "" if value is None else "?input=" + urllib.parse.quote(json.dumps(value))
    return wire.request(port, "GET", f"/rpc/{procedure}{query}", **options)


def post(port, procedure, value, **headers):
    return wire.request(port, "POST", f"/rpc/{procedure}", value, {k.replace("_", "-"): v for k, v in headers.items()})


def register(port, email="ada@example.com", **headers):
    return post(port, "users.register", {"email": email, "name": "Ada"}, **headers)


def procedures_answer(program):
    with Server(program, "--dev") as server:
        created = register(server.port)
        assert created.status == 200, created.body
        assert created.json()["email"] == "ada@example.com"
        position = int(created.headers["dynr-position"])
        assert position > 0
        found = get(server.port, "users.byEmail", {"email": "ADA@example.com"})
        assert found.status == 200 and found.json()["id"] == created.json()["id"], found.body
        assert int(found.headers["dynr-position"]) >= position, found.headers
        assert found.headers["cache-control"] == "no-store"


def what_is_not_found_inside_is_no_error(program):
    with Server(program, "--dev") as server:
        user = register(server.port).json()
        plain = get(server.port, "users.withPrefs", {"user": user["id"]})
        assert plain.status == 200 and plain.json()["prefs"] is None, plain.body
        listed = get(server.port, "users.allWithPrefs", {"email": "ada@example.com"})
        assert listed.status == 200 and [row["prefs"] for row in listed.json()] == [None], listed.body
        for query, value in (("allOfId", {"id": ADA}), ("allWithPrefs", {"email": "bob@example.com"})):
            answer = get(server.port, "users." + query, value)
            assert (answer.status, answer.json()) == (200, []), answer.body
        absent = get(server.port, "users.withPrefs", {"user": ADA})
        assert absent.status == 404 and absent.json()["error"]["code"] == "NOT_FOUND", absent.body


def an_etag_is_compared(program):
    with Server(program, "--dev") as server:
        register(server.port)
        first = get(server.port, "users.byEmail", {"email": "ada@example.com"})
        again = get(server.port, "users.byEmail", {"email": "ada@example.com"},
                    headers={"if-none-match": first.headers["etag"]})
        assert (again.status, again.body) == (304, b""), again.status
        assert again.headers["etag"] == first.headers["etag"] and "dynr-position" in again.headers
        for value in (f'"x", W/{first.headers["etag"]}', "*"):
            assert get(server.port, "users.byEmail", {"email": "ada@example.com"}, headers={"if-none-match": value}).status == 304


def errors_are_typed(program):
    with Server(program, "--dev") as server:
        register(server.port)
        taken = register(server.port)
        assert taken.status == 409 and taken.json()["error"]["code"] == "NOT_UNIQUE", taken.body
        assert taken.json()["error"]["field"] == "email"
        wrong = post(server.port, "users.register", {"email": "no", "name": "Ada"})
        assert wrong.status == 400 and wrong.json()["error"]["field"] == "email", wrong.body
        malformed = post(server.port, "users.register", b"{")
        assert malformed.status == 400 and malformed.json()["error"]["code"] == "SYNTAX", malformed.body
        absent = post(server.port, "users.nothing", {})
        assert absent.status == 404 and absent.json()["error"]["code"] == "UNKNOWN_PROCEDURE", absent.body
        nobody = post(server.port, "lists.create", {"title": "x"})
        assert nobody.status == 401 and nobody.headers["www-authenticate"] == "Bearer", nobody.body


def methods_and_bodies_are_checked(program):
    with Server(program, "--dev") as server:
        port = server.port
        mutation = get(port, "users.register", {})
        assert mutation.status == 405 and mutation.headers["allow"] == "POST"
        for method in ("PUT", "DELETE", "PATCH"):
            assert wire.request(port, method, "/rpc/users.byEmail", {}).status == 405, method
        assert wire.request(port, "POST", "/healthz", {}).status == 405
        assert post(port, "users.register", {}, content_type="text/plain").status == 415
        assert post(port, "users.register", {}, content_type="application/jsonx").status == 415
        fine = post(port, "users.register", {}, content_type="application/json; charset=utf-8")
        assert fine.status == 400 and fine.json()["error"]["code"] == "MISSING", fine.body
        assert post(port, "users.register", b"x" * (1024 * 1024 + 1)).status == 413
        announced = wire.Http(port)
        announced.send_raw(b"POST /rpc/a HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
                           b"content-length: 99999999999\r\n\r\n")
        assert announced.read_response().status == 413
        for lines in ("transfer-encoding: chunked", "content-type: application/json", "content-length: 1x",
                      "content-length: -1", "content-length: 2\r\ncontent-length: 2\r\ntransfer-encoding: chunked"):
            http = wire.Http(port)
            http.send_raw(f"POST /rpc/a HTTP/1.1\r\nhost: localhost\r\n{lines}\r\n\r\n{{}}".encode())
            assert http.read_response().status in (400, 411), lines
            http.close()
        announced.close()


def nothing_is_said_twice(program):
    with Server(program, "--dev") as server:
        register(server.port)
        target = "/rpc/users.byEmail?input=" + urllib.parse.quote('{"email":"ada@example.com"}')
        cases = [
            (target, "", 200), (target, "accept: a\r\naccept: b\r\n", 200), (target, "dynr-caller: {}\r\n" * 2, 400),
            (target, "authorization: Bearer a\r\nAuthorization: Bearer b\r\n", 400), (target + target[target.index("?"):], "", 400),
            (target, f"origin: http://127.0.0.1:{server.port}\r\n" * 2, 400), (target.replace("?", "?input=1&"), "", 400),
        ]
        for path, lines, status in cases:
            http = wire.Http(server.port)
            http.send_raw(f"GET {path} HTTP/1.1\r\nhost: localhost\r\n{lines}\r\n".encode())
            answer = http.read_response()
            assert answer.status == status, (path, lines, answer.status, answer.body)
            http.close()


def a_connection_is_kept(program):
    with Server(program, "--dev") as server:
        http = wire.Http(server.port)
        for number in range(20):
            value = {"email": f"u{number}@example.com", "name": "U"}
            assert http.request("POST", "/rpc/users.register", value).status == 200
            assert http.request("GET", "/healthz").body == b"ok\n"
            assert http.request("POST", "/rpc/absent", value).status == 404
            assert http.request("POST", "/rpc/absent", value, {"content-type": "text/plain"}).status == 415
        # Two at once.
        http.send_raw(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n" * 2)
        assert [http.read_response().status for _ in range(2)] == [200, 200]
        assert http.request("HEAD", "/healthz").headers["content-length"] == "3"
        assert http.request("GET", "/healthz").status == 200
        http.close()
        assert server.metrics()["dynr_connections_total"] <= 3


def a_repeated_call_runs_once(program):
    secret, other_secret = "1f0e8c1a9b4d4e0fa5d1c3", "2f0e8c1a9b4d4e0fa5d1c3"
    with Server(program, "--dev") as server:
        first = register(server.port, idempotency_key=secret)
        again = register(server.port, idempotency_key=secret)
        assert first.status == again.status == 200 and first.body == again.body, again.body
        assert first.headers["dynr-position"] == again.headers["dynr-position"]
        other = register(server.port, "eve@example.com", idempotency_key=secret)
        assert other.json()["error"]["code"] == "IDEMPOTENT_MISMATCH", other.body
        # An error that stays one is remembered as well; and another caller's key is another key.
        taken = register(server.port, idempotency_key=other_secret)
        assert taken.json()["error"]["code"] == "NOT_UNIQUE"
        caller = json.dumps({"userId": ADA})
        assert register(server.port, "eve@example.com", idempotency_key=secret, dynr_caller=caller).status == 200
        assert register(server.port, idempotency_key="k" * 129).status == 400
        # Nobody is known by nothing but the key: one that can be guessed would give the answer away.
        short = register(server.port, "fay@example.com", idempotency_key=secret[:-1])
        assert short.status == 400 and short.json()["error"]["field"] == "key", short.body
        assert register(server.port, "fay@example.com", idempotency_key="key-1", dynr_caller=caller).status == 200
        assert server.metrics()["dynr_calls_remembered_total"] == 1


def clients_bring_ids(program):
    with Server(program, "--dev") as server:
        created = register(server.port, dynr_ids=ADA)
        assert created.json()["id"] == ADA, created.body
        assert register(server.port, "eve@example.com", dynr_ids="nonsense").status == 400


def calls_are_limited(program):
    with Server(program, "--dev") as server:
        http = wire.Http(server.port)
        statuses = [http.request("POST", "/rpc/absent", {}).status for _ in range(400)]
        assert statuses[:150] == [404] * 150, statuses[:150]
        assert 429 in statuses, "400 calls at once should be too many"
        refused = http.request("POST", "/rpc/absent", {})
        if refused.status == 429:
            assert refused.json()["error"]["retry"] is True and refused.headers["retry-after"] == "1"
        http.close()
        assert post(server.port, "absent", {}).status == 404


def origins_are_checked(program):
    with Server(program, "--dev", "--origin", "https://app.example.com") as server:
        port = server.port

        def status(**headers):
            return post(port, "absent", {}, **headers).status

        assert status(origin="https://evil.example") == 403
        assert status(origin="null") == 403
        assert status(origin=f"http://localhost:{port}") == 404
        assert status(origin=f"https://localhost:{port}") == 403
        listed = post(port, "absent", {}, origin="https://app.example.com")
        assert listed.status == 404 and listed.headers["access-control-allow-origin"] == "https://app.example.com"
        assert "access-control-allow-origin" not in post(port, "absent", {}).headers
        ask = wire.request(port, "OPTIONS", "/rpc/absent", headers={"origin": "https://app.example.com"})
        assert ask.status == 204 and "POST" in ask.headers["access-control-allow-methods"]
        ask = wire.request(port, "OPTIONS", "/rpc/absent", headers={"origin": "https://evil.example"})
        assert ask.status == 204 and "access-control-allow-methods" not in ask.headers
        # DNS rebinding: the page's own name leads to loopback.
        assert status(host=f"evil.example:{port}", origin=f"http://evil.example:{port}") == 421
        assert status(host="") == 421
        assert status(host="app.example.com") == 404
        assert status(host="[::1]:80") == 404


def tokens_are_checked(program):
    with open(os.path.join(os.environ.get("TMPDIR", "/tmp"), f"dynr-keys-{os.getpid()}"), "w", encoding="utf-8") as file:
        file.write(tokens.key_set())
    try:
        with Server(program, "--jwks", file.name, "--issuer", "me", "--audience", "todo") as server:
            check_tokens(server)
    finally:
        os.unlink(file.name)


def check_tokens(server):
    def create(bearer):
        return post(server.port, "lists.create", {"title": "x"}, authorization=f"Bearer {bearer}")

    good = {"iss": "me", "aud": ["other", "todo"]}
    made = create(tokens.token(ADA, **good))
    assert made.status == 200 and made.json()["owner"] == ADA, made.body
    assert create(tokens.token(ADA, -30, **good)).status == 200, "clocks may differ by a minute"
    bad = {
        "expired": tokens.token(ADA, -3600, **good),
        "expired for more than the leeway": tokens.token(ADA, -61, **good),
        "not yet": tokens.token(ADA, nbf=int(time.time()) + 90, **good),
        "another issuer": tokens.token(ADA, iss="you", aud="todo"),
        "another audience": tokens.token(ADA, iss="me", aud="x"),
        "a caller that is none": tokens.token("x", **good),
        "another key": tokens.sign({"sub": ADA, "exp": 9999999999, **good}, secret=b"x" * 32),
        "no algorithm": tokens.sign({"sub": ADA, "exp": 9999999999, **good}, header={"alg": "none"}),
        "no text": "abc",
    }
    for name, bearer in bad.items():
        refused = create(bearer)
        assert refused.status == 401, (name, refused.status, refused.body)
        assert refused.json()["error"]["message"] == "the token is not good, or has expired", refused.body
    errors = server.errors()
    assert "expired" in errors and "another issuer" in errors, errors
    assert not any(bearer in errors for bearer in bad.values()), "the log must not hold tokens"
    assert server.metrics()["dynr_unauthenticated_total"] == len(bad)
    # Trusting callers was not asked for.
    nobody = post(server.port, "lists.create", {"title": "x"}, dynr_caller=json.dumps({"userId": ADA}))
    assert nobody.status == 401, nobody.body
    assert register(server.port).status == 200, "an open procedure needs no token"


def who_is_no_caller_is_not_known(program):
    """What is wrong is who asks, not what is asked for: everybody is told so, and that it is no use to come again."""
    wrong = {'{"userId":"x': "this is no caller: JSON is malformed", "{}": "this is no caller: userId: is required",
             '{"userid":"%s"}' % ADA: "this is no caller: userid: there is no such member; did you mean `userId`?"}
    with Server(program, "--dev") as server:
        for caller, message in wrong.items():
            answer = post(server.port, "lists.create", {"title": "x"}, dynr_caller=caller)
            assert answer.status == 401 and answer.json()["error"]["code"] == "UNAUTHENTICATED", answer.body
            assert answer.json()["error"]["message"].startswith(message), answer.body
        session = wire.Socket(server.port)
        said = session.hello(caller={"userid": ADA})
        assert said["t"] == "error" and said["code"] == "UNAUTHENTICATED" and "retry" not in said, said
        assert said["message"].startswith("this is no caller: userid: "), said
        assert "nobody can say" not in server.errors()
    with Server(program) as server:
        assert "nobody can say who they are: procedures that need a caller are refused; see --jwks, or --dev\n" in server.errors()


def files_are_served(program):
    with Server(program, "--dev") as outer:
        folder = os.path.join(outer.folder, "public")
        os.makedirs(os.path.join(folder, "sub", ".git"))
        big = os.urandom(700000)
        files = {"index.html": b"<h1>hi</h1>", "app.js": b"1;", "sub/index.html": b"sub", "big.bin": big, "empty.css": b"",
                 ".secret": b"s", "sub/.git/config": b"s", "a b.txt": b"spaces", "../outside": b"o"}
        for name, data in files.items():
            with open(os.path.join(folder, name), "wb") as file:
                file.write(data)
        os.symlink("../outside", os.path.join(folder, "link"))
        os.symlink("app.js", os.path.join(folder, "inside.js"))
        os.mkfifo(os.path.join(folder, "fifo"))
        with Server(program, "--dev", "--static", folder) as server:
            check_files(server.port, big)


def a_directory_that_is_none_is_refused(program):
    with tempfile.TemporaryDirectory() as folder:
        missing, file = os.path.join(folder, "missing"), os.path.join(folder, "file")
        with open(file, "wb"):
            pass
        for path, reason in ((missing, "No such file or directory"), (file, "Not a directory")):
            words = [program, "serve", "--listen", "127.0.0.1:0", "--store", ":memory:", "--dev", "--static", path]
            done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False, text=True, timeout=20)
            assert (done.returncode, done.stdout) == (1, ""), done
            assert f"files cannot be served from `{path}`: {reason}" in done.stderr, done.stderr


def check_files(port, big):
    def fetch(path, method="GET", **headers):
        return wire.request(port, method, path, headers={k.replace("_", "-"): v for k, v in headers.items()})

    index = fetch("/")
    assert (index.status, index.body) == (200, b"<h1>hi</h1>") and index.headers["content-type"].startswith("text/html")
    assert fetch("/index.html", if_none_match=index.headers["etag"]).status == 304
    assert fetch("/app.js?v=1").headers["content-type"].startswith("text/javascript")
    assert fetch("/app.js").headers["x-content-type-options"] == "nosniff"
    assert fetch("/inside.js").body == b"1;"
    assert fetch("/a%20b.txt").body == b"spaces"
    assert (fetch("/sub").status, fetch("/sub").headers["location"]) == (301, "/sub/")
    assert fetch("/sub/").body == b"sub"
    assert fetch("/empty.css").status == 200
    tag = index.headers["etag"]
    for value in (f'"other", {tag}', f"W/{tag}", "*", f'"a,b",{tag}'):
        for method in ("GET", "HEAD"):
            same = fetch("/index.html", method, if_none_match=value)
            assert (same.status, same.body, same.headers["etag"]) == (304, b"", tag), (value, method, same.status)
    for value in ('"other"', "nonsense", tag[:-1], f"{tag}x"):
        assert fetch("/index.html", if_none_match=value).status == 200, value
    assert fetch("/absent", if_none_match="*").status == 404
    head = fetch("/big.bin", "HEAD")
    of_get = fetch("/big.bin")
    assert {**of_get.headers, "date": 0} == {**head.headers, "date": 0}, (of_get.headers, head.headers)
    assert head.headers["content-length"] == str(len(big)) and head.body == b""
    http = wire.Http(port)
    for _ in range(3):
        assert http.request("GET", "/big.bin").body == big
    assert http.request("GET", "/healthz").status == 200
    http.close()
    assert fetch("/index.html", "POST").status == 405
    for path in ("/absent", "/link", "/fifo", "/.secret", "/sub/.git/config", "/../outside", "/%2e%2e/outside",
                 "/sub/..%2f..%2foutside", "/..%5coutside", "//app.js/", "/sub/../../outside", "/app.js/"):
        refused = fetch(path)
        assert refused.status == 404, (path, refused.status)


def garbage_ends_nothing(program):
    with Server(program, "--dev") as server:
        for data in (b"\r\n\r\n", b"GET\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00", b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 20000 + b"\r\n",
                     b"G" * 100000, b"GET / HTTP/9.9\r\n\r\n", b"GET /" + b"a" * 60000 + b" HTTP/1.1\r\n\r\n", os.urandom(5000)):
            http = wire.Http(server.port)
            try:
                http.send_raw(data)
                http.socket.settimeout(0.5)
                http.socket.recv(1000)
            except (TimeoutError, OSError):
                pass
            http.close()
        assert wire.request(server.port, "GET", "/healthz").status == 200


def options_are_refused(program):
    cases = [
        (["serve", "--listen", "0.0.0.0:0", "--store", ":memory:", "--dev"], 1, "who they say they are (--dev), so only a loopback address"),
        (["serve", "--listen", "0.0.0.0:0", "--store", ":memory:"], 1,
         "signed with (--jwks FILE), say that everybody may (--insecure), or listen on 127.0.0.1\n"),
        (["serve", "--listen", "nonsense", "--store", ":memory:"], 1, "is no address to listen on"),
        *((["serve", "--store", ":memory:", "--origin", origin], 1,
           f"`{origin}` is no origin that a browser sends: write scheme, host and the port if it is not the scheme's own, as in https://app.")
          for origin in ("app.example.com", "https://app.example.com/", "https://app.example.com:443", "https://*.example.com", "null", "*")),
        (["serve", "--store", ":memory:", "--tls-cert", "x"], 1, "come together"),
        (["serve", "--listen", "127.0.0.1:0", "--store", ":memory:", "--tls-cert", "/absent", "--tls-key", "/absent"], 1, "TLS cannot start"),
        (["serve", "--store", ":memory:", "--jwks", "/absent"], 1, "cannot read /absent"),
        (["serve", "--store", ":memory:", "--require-token"], 1, "nothing says which tokens are good (--jwks FILE)"),
        (["serve", "--nonsense"], 2, "there is no option"),
        (["serve", "--store"], 2, "no value"),
        (["nonsense"], 2, "there is no verb"),
        (["call"], 2, "which procedure"),
        ([], 2, "serve    answer"),
        (["call", "lists.mine", "--store", ":memory:"], 1, "needs a caller"),
        (["call", "absent", "--store", ":memory:"], 1, "UNKNOWN_PROCEDURE"),
    ]
    for words, status, text in cases:
        done = subprocess.run([program, *words], capture_output=True, text=True, timeout=20, check=False)
        assert done.returncode == status and text in done.stderr, (words, done.returncode, done.stderr)
    called = subprocess.run([program, "call", "lists.create", '{"title":"x"}', "--store", ":memory:", "--as",
                             json.dumps({"userId": ADA})], capture_output=True, text=True, timeout=20, check=False)
    assert called.returncode == 0 and json.loads(called.stdout)["title"] == "x", called.stderr
    schema = subprocess.run([program, "schema"], capture_output=True, text=True, timeout=20, check=True)
    paths = [procedure["path"] for procedure in json.loads(schema.stdout)["procedures"]]
    assert "todos.list" in paths and paths == sorted(paths)
    assert subprocess.run([program, "--help"], capture_output=True, timeout=20, check=False).returncode == 0


def misspelt_words_are_answered_with_what_was_meant(program):
    cases = [
        (["call", "todos.lst", "{}", "--store", ":memory:"], 1, "help: did you mean `todos.list`?\n"),
        (["call", "no.suchProcedure", "{}", "--store", ":memory:"], 1, "help: `todo schema` names the procedures\n"),
        (["call", "lists.create", '{"titel":"x"}', "--store", ":memory:", "--as", json.dumps({"userId": ADA})], 1,
         "INVALID_ARGUMENT: titel: there is no such member; did you mean `title`?\n"),
        (["call", "lists.create", '{"title":"x"}', "--store", ":memory:", "--as", json.dumps({"userid": ADA})], 1,
         "todo: --as: INVALID_ARGUMENT: userid: there is no such member; did you mean `userId`?\n"),
        (["serve", "--stor", "x"], 2, "there is no option `--stor`; see todo --help\nhelp: did you mean `--store`?\n"),
        (["call", "--listn"], 2, "there is no option `--listn`; see todo --help\n"),
        (["srve"], 2, "there is no verb `srve`; see todo --help\nhelp: did you mean `serve`?\n"),
    ]
    for words, status, text in cases:
        done = subprocess.run([program, *words], capture_output=True, text=True, timeout=20, check=False)
        assert done.returncode == status and done.stderr.endswith(text), (words, done.returncode, done.stderr)
    # Who asks over the network is not told which names there are.
    with Server(program, "--dev") as server:
        answer = post(server.port, "todos.lst", {})
        assert answer.json()["error"] == {"code": "UNKNOWN_PROCEDURE", "message": "there is no such procedure"}, answer.body


def two_servers_cannot_share_a_port(program):
    with Server(program, "--dev") as server:
        done = subprocess.run([program, "serve", "--store", ":memory:", "--listen", f"127.0.0.1:{server.port}"],
                              capture_output=True, text=True, timeout=20, check=False)
        assert done.returncode == 1 and done.stderr.endswith(
            f"cannot listen on 127.0.0.1:{server.port}: Address already in use; name another port (--listen HOST:PORT), or 0 for one "
            "that is free\n"), done.stderr


if __name__ == "__main__":
    sys.exit(run_tests(sys.argv[1], [
        procedures_answer, what_is_not_found_inside_is_no_error, an_etag_is_compared, errors_are_typed,
        methods_and_bodies_are_checked, nothing_is_said_twice, a_connection_is_kept,
        a_repeated_call_runs_once, clients_bring_ids, calls_are_limited, origins_are_checked, tokens_are_checked,
        who_is_no_caller_is_not_known,
        files_are_served, a_directory_that_is_none_is_refused, garbage_ends_nothing, options_are_refused,
        misspelt_words_are_answered_with_what_was_meant, two_servers_cannot_share_a_port,
    ]))
