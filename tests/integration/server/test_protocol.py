#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The examples of docs/protocol.md are run against a server.

    test_protocol.py PROGRAM

Blocks tagged `session` are one WebSocket session each, those tagged `http` one request each: the document says how to read them.
"""

import json
import os
import re
import sys
import urllib.parse

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import wire  # noqa: E402
from runner import run_tests  # noqa: E402
from server import Server  # noqa: E402

DOCUMENT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..", "docs", "protocol.md")
BLOCK = re.compile(r"^```(session|http)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ADA = "01HV6Z3M5N8Q0R2S4T6V8W0X2Y"
CALLER = {"dynr-caller": json.dumps({"userId": ADA})}


def blocks(kind):
    with open(DOCUMENT, encoding="utf-8") as file:
        found = [match.group(2).splitlines() for match in BLOCK.finditer(file.read()) if match.group(1) == kind]
    assert found, "the document has no examples"
    return found


def fits(pattern, value, names):
    """Whether a value is as the pattern says; binds names."""
    if pattern == "*":
        return True
    if isinstance(pattern, str) and pattern.startswith("$"):
        return names.setdefault(pattern[1:], value) == value
    if isinstance(pattern, dict):
        return isinstance(value, dict) and all(key in value and fits(part, value[key], names) for key, part in pattern.items())
    if isinstance(pattern, list):
        return isinstance(value, list) and len(pattern) == len(value) and all(map(fits, pattern, value, [names] * len(value)))
    return pattern == value


def fill(text, names):
    """Puts the values of names into what is sent."""
    return re.sub(r"\$(\w+)", lambda match: str(names[match.group(1)]), text)


def new_list(server):
    """A list with one task; its id."""
    made = wire.request(server.port, "POST", "/rpc/lists.create", {"title": "L"}, CALLER).json()
    wire.request(server.port, "POST", "/rpc/todos.add", {"list": made["id"], "text": "Buy oat milk"}, CALLER)
    return made["id"]


def receive(session, line):
    try:
        return session.receive()
    except TimeoutError as error:
        raise AssertionError(f"{line}\n  was not answered") from error


def run_session(server, lines):
    names = {"list": new_list(server)}
    session = wire.Socket(server.port)
    for line in lines:
        if line.startswith("> "):
            session.send(fill(line[2:], names))
        elif line.startswith("close "):
            assert session.end() == int(line[6:]), line
        else:
            assert line.startswith("< "), line
            message = receive(session, line)
            assert fits(json.loads(line[2:]), message, names), f"{line}\n  was answered by {message}"
    session.close()


def run_http(server, lines):
    names = {"list": new_list(server)}
    method, path, *value = fill(lines[0], names).split(" ", 2)
    rest = lines[1:]
    body = None
    if method == "POST":
        body, rest = fill(rest[0], names).encode(), rest[1:]
    elif value:
        path += "?input=" + urllib.parse.quote(value[0])
    answer = wire.request(server.port, method, path, body, CALLER)
    assert answer.status == int(rest[0]), (lines[0], answer.status, answer.body)
    assert fits(json.loads(rest[1]), answer.json(), names), f"{rest[1]}\n  was answered by {answer.body}"
    for header in rest[2:]:
        name, _, wanted = header.partition(": ")
        assert fits(wanted, answer.headers[name], names), header


def sessions_are_as_documented(program):
    with Server(program, "--dev") as server:
        for lines in blocks("session"):
            run_session(server, lines)


def http_is_as_documented(program):
    with Server(program, "--dev") as server:
        for lines in blocks("http"):
            run_http(server, lines)


def a_wrong_example_would_be_found(program):
    with Server(program, "--dev") as server:
        for kind, run in (("session", run_session), ("http", run_http)):
            for lines in blocks(kind):
                changed = [re.sub(r'"(t|code|text)":"(?!\*)(\w)', r'"\1":"x\2', line) if not line.startswith(">") else line
                           for line in lines]
                if kind == "http":
                    changed[:2] = lines[:2]
                    changed = changed if changed != lines else lines[:-1] + [lines[-1] + "x"]
                try:
                    run(server, changed)
                except (AssertionError, wire.Closed):
                    continue
                raise AssertionError(f"this should not pass: {changed}")


if __name__ == "__main__":
    sys.exit(run_tests(sys.argv[1], [sessions_are_as_documented, http_is_as_documented, a_wrong_example_would_be_found]))
