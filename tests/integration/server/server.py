# SPDX-License-Identifier: Apache-2.0
"""A server of the sample application in a folder of its own."""

import os
import re
import signal
import subprocess
import tempfile
import time

import wire

START_TIMEOUT = 10
STOP_TIMEOUT = 20


class Server:
    """Started by `with`; `port` is where it listens. What it prints stands in `folder`. `limits`: see live_app.c."""

    def __init__(self, program, *arguments, store="store.db", limits=None, listen="127.0.0.1:0"):
        self.program, self.arguments, self.store, self.listen = program, list(arguments), store, listen
        self.environment = {**os.environ, **{f"LIVE_{name}": str(value) for name, value in (limits or {}).items()}}

    def __enter__(self):
        self.folder_object = tempfile.TemporaryDirectory()
        self.folder = self.folder_object.name
        self.out_path = os.path.join(self.folder, "out")
        self.err_path = os.path.join(self.folder, "err")
        words = [self.program, "serve", "--listen", self.listen, "--store", os.path.join(self.folder, self.store)]
        with open(self.out_path, "wb") as out, open(self.err_path, "wb") as err:
            self.process = subprocess.Popen(words + self.arguments, stdout=out, stderr=err, stdin=subprocess.DEVNULL,
                                            env=self.environment)
        self.port = self.wait_for_port()
        return self

    def wait_for_port(self):
        end = time.monotonic() + START_TIMEOUT
        while time.monotonic() < end:
            match = re.search(r":(\d+)\n", self.output())
            if match:
                return int(match.group(1))
            if self.process.poll() is not None:
                break
            time.sleep(0.01)
        self.kill()
        raise AssertionError(f"the server did not start: {self.output()}{self.errors()}")

    def output(self):
        with open(self.out_path, encoding="utf-8", errors="replace") as file:
            return file.read()

    def errors(self):
        with open(self.err_path, encoding="utf-8", errors="replace") as file:
            return file.read()

    def stop(self):
        """SIGTERM; returns the exit status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(timeout=STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            self.kill()
            return "did not stop"

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def __exit__(self, kind, value, trace):
        status = self.stop()
        errors = self.errors()
        self.folder_object.cleanup()
        if kind is None:
            assert status == 0, f"the server ended with {status}: {errors}"
            assert "Sanitizer" not in errors, errors

    def metrics(self):
        """{series: number}."""
        text = wire.request(self.port, "GET", "/metrics").body.decode()
        return {line.rsplit(" ", 1)[0]: float(line.rsplit(" ", 1)[1]) for line in text.splitlines() if line[:1] != "#"}

    def wait_for_metric(self, name, value, seconds=10):
        """Waits until a counter has a value; returns it as it is then."""
        end = time.monotonic() + seconds
        while True:
            actual = self.metrics()[name]
            if actual == value or time.monotonic() > end:
                return actual
            time.sleep(0.02)
