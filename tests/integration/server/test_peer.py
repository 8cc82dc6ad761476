#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The C client against a server, and against what is none.

    test_peer.py PROGRAM DRIVER
"""

import os
import socket
import subprocess
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from runner import run_tests  # noqa: E402
from server import Server  # noqa: E402

DRIVER = sys.argv.pop(2)


def drive(port):
    return subprocess.run([DRIVER, str(port)], capture_output=True, text=True, timeout=60, check=False)


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


if __name__ == "__main__":
    sys.exit(run_tests(sys.argv[1], [it_holds_what_the_query_answers, what_is_no_server_is_an_error]))
