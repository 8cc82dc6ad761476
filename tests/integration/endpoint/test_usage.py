#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How `dynr` is told what to do: help, words that it does not know, options that have no effect."""

import os
import pty
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "server"))
from runner import run_tests  # noqa: E402

PATIENCE = 30
VERBS = ("start", "status", "stop", "reset", "logs")


def dynr(program, *words, **environment):
    run = subprocess.run([program, *words], capture_output=True, text=True, timeout=PATIENCE, check=False,
                         stdin=subprocess.DEVNULL, env={**os.environ, **environment})
    return run.returncode, run.stdout, run.stderr


def help_is_found(program):
    for words in (["help"], ["--help"], ["-h"], ["local", "--help"], ["help", "local"], ["local", "status", "--help"], ["local", "help"]):
        status, out, err = dynr(program, *words)
        assert (status, err) == (0, "") and "dynr local" in out and "Examples:" in out, words
    status, out, _ = dynr(program, "local", "--help")
    for verb in (*VERBS, "export", "import"):
        assert re.search(rf"^  {verb} ", out, re.MULTILINE), verb
        told = dynr(program, "local", verb, "--help")
        assert told[0] == 0 and f"Usage: dynr local {verb} [OPTIONS]" in told[1], told
        assert dynr(program, "help", "local", verb) == told == dynr(program, "local", "help", verb)
    assert "--follow" not in dynr(program, "local", "stop", "--help")[1]
    assert dynr(program)[0] == 2 and "Usage:" in dynr(program)[2]
    status, out, _ = dynr(program, "--version")
    assert status == 0 and out.startswith("dynr 0."), out
    assert dynr(program, "version") == (0, out, "") == dynr(program, "-V")


def unknown_commands_are_refused(program):
    for words in (["help", "foo"], ["foo", "--help"], ["foo"], ["--help", "foo"]):
        status, out, err = dynr(program, *words)
        assert (status, out) == (2, "") and err == "dynr: there is no command `foo`\nhelp: dynr --help\n", (words, status, err)
    for words, meant in ((["help", "loca"], "dynr local"), (["lcoal", "--help"], "dynr local"), (["versoin"], "dynr version"),
                         (["stop"], "dynr local stop"), (["local", "sttus"], "dynr local status"),
                         (["help", "local", "lgos"], "dynr local logs"), (["local", "help", "rset"], "dynr local reset")):
        status, out, err = dynr(program, *words)
        assert (status, out) == (2, "") and f"help: did you mean `{meant}`?\n" in err, (words, err)
    for words in (["help", "local", "stop", "now"], ["version", "9"], ["local", "stop", "now"], ["local", "help", "stop", "now"]):
        status, out, err = dynr(program, *words)
        assert (status, out) == (2, "") and "one argument too many: `" in err, (words, err)


def unknown_options_are_refused(program):
    for words, meant in ((["--prot", "1"], "did you mean `--port`?"), (["--memroy"], "did you mean `--memory`?"),
                         (["-inMemory"], "what DynamoDB Local calls -inMemory is here --memory"),
                         (["-help"], "is here --help"), (["-dbPath", "x"], "is here --data DIR"), (["-sharedDb"], "tables are shared unless --isolate")):
        status, out, err = dynr(program, "local", *words)
        assert (status, out) == (2, "") and f"there is no option `{words[0]}`" in err and meant in err, (words, err)
    status, _, err = dynr(program, "version", "--port")
    assert status == 2 and "dynr: there is no option `--port`\nhelp: dynr version --help\n" == err, err


def options_without_effect_are_refused(program):
    for verb in VERBS[1:]:
        for words in (["--data", "x"], ["-m"], ["--durability=none"], ["--host", "127.0.0.1"], ["--credentials", "x"],
                      ["--background"], ["-q"]):
            for line in ([verb, *words], [*words, verb]):
                status, out, err = dynr(program, "local", *line)
                assert (status, out) == (2, "") and f"has no effect on `{verb}`" in err, (line, err)
                assert "--port N" in err and f"dynr local {verb} --help" in err, err
    for verb in ("status", "stop", "reset", "start"):
        status, _, err = dynr(program, "local", verb, "--follow")
        assert status == 2 and f"--follow has no effect on `{verb}`" in err, err
    assert dynr(program, "local", "--follow", "--memory")[0] == 2


def a_free_port_is_for_starting_alone(program):
    assert "0: on one that is free" in dynr(program, "local", "start", "--help")[1]
    for verb in VERBS[1:]:
        assert "--port N" in dynr(program, "local", verb, "--help")[1] and "free" not in dynr(program, "local", verb, "--help")[1], verb
        status, out, err = dynr(program, "local", verb, "--port", "0")
        assert (status, out) == (2, "") and "is a number from 1 to 65535, not `0`\n" in err and f"dynr local {verb} --help" in err, (verb, err)
    # A name in two rows is suggested once.
    assert dynr(program, "local", "--prot", "1")[2].count("did you mean") == 1


def on_terminal(program, *words, **environment):
    """What a terminal would show of standard output and error."""
    ours, theirs = pty.openpty()
    run = subprocess.Popen([program, *words], stdout=theirs, stderr=theirs, stdin=subprocess.DEVNULL,
                           env={**os.environ, "TERM": "xterm", **environment})
    os.close(theirs)
    shown = b""
    try:
        while True:
            piece = os.read(ours, 4096)
            if not piece:
                break
            shown += piece
    except OSError:
        # The other end was closed.
        pass
    os.close(ours)
    run.wait(timeout=PATIENCE)
    return shown.decode()


def terminals_have_colours(program):
    # Empty is as good as absent.
    environment = {"NO_COLOR": ""}
    assert "\033[1mUsage:\033[0m" in on_terminal(program, "help", **environment)
    assert "\033[1;31mdynr local:\033[0m there" in on_terminal(program, "local", "halt", **environment)
    for refused in ({"NO_COLOR": "1"}, {"NO_COLOR": "", "TERM": "dumb"}):
        assert "\033" not in on_terminal(program, "help", **refused)
        assert "\033" not in on_terminal(program, "local", "halt", **refused)
    assert "\033" not in dynr(program, "help", TERM="xterm", NO_COLOR="")[1]


TESTS = [help_is_found, unknown_commands_are_refused, unknown_options_are_refused, options_without_effect_are_refused,
         a_free_port_is_for_starting_alone, terminals_have_colours]

if __name__ == "__main__":
    sys.exit(run_tests(sys.argv[1], TESTS))
