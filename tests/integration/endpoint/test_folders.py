#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The folders of `dynr local`: which ones it takes, who has them, and what a start that fails leaves there."""

import fcntl
import os
import signal
import socket
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "server"))
from local import Local  # noqa: E402
from runner import run_tests  # noqa: E402

PATIENCE = 30


class Place:
    """A working folder and a run-time folder that do not exist for others."""

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="dynr-folders-")
        self.path = os.path.realpath(self.folder.name)
        self.runtime = os.path.join(self.path, "run")
        os.mkdir(self.runtime)
        return self

    def __exit__(self, *unused):
        self.folder.cleanup()

    def files(self):
        return sorted(os.path.relpath(os.path.join(base, name), self.path)
                      for base, folders, files in os.walk(self.path) for name in folders + files)

    def refused(self, program, *words):
        run = subprocess.run([program, "local", *words], cwd=self.path, capture_output=True, text=True, timeout=PATIENCE, check=False,
                             env={**os.environ, "XDG_RUNTIME_DIR": self.runtime})
        assert run.returncode == 1 and run.stdout == "", (words, run)
        return run.stderr

    def serve(self, program, *words):
        return Local(program, *words, runtime=self.runtime)


def files_are_not_folders(program):
    with Place() as place:
        os.mkdir(os.path.join(place.path, "data"))
        for name in ("plain", "data/tables.db"):
            with open(os.path.join(place.path, name), "w", encoding="utf-8") as file:
                file.write("mine")
        before = place.files()
        said = place.refused(program, "--port", "0", "--data", "plain")
        assert said == ("dynr local: --data takes a folder, and plain is a file: name a folder, or one that is not there yet\n"), said
        said = place.refused(program, "--port", "0", "--data", "data/tables.db")
        assert said.endswith("data/tables.db is a file: name the folder that it is in, --data data\n"), said
        said = place.refused(program, "--port", "0", "--data", "plain/below")
        assert said == "dynr local: cannot make the folder plain/below: Not a directory\n", said
        assert "--data is empty" in place.refused(program, "--port", "0", "--data", "")
        assert place.files() == before
        with open(os.path.join(place.path, "plain"), encoding="utf-8") as file:
            assert file.read() == "mine"


def failed_starts_leave_nothing(program):
    with Place() as place, socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        for words in (["--port", port], ["--port", port, "--background"], ["--port", port, "--data", "a/b/c/"],
                      ["--port", "0", "--host", "0.0.0.0"], ["--port", "0", "--host", "example.com", "--data", "a"],
                      ["--port", "0", "--credentials", "missing", "--data", "a/b"]):
            place.refused(program, *words)
            assert place.files() == ["run"], (words, place.files())
        # Folders that were there stay, and so does what is in them.
        os.makedirs(os.path.join(place.path, "a/b"))
        place.refused(program, "--port", port, "--data", "a/b/c/d")
        place.refused(program, "--port", port, "--data", "a/b")
        assert place.files() == ["a", "a/b", "run"], place.files()


def failed_starts_leave_tables_alone(program):
    with Place() as place, socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        data = os.path.join(place.path, "data")
        with place.serve(program, "--data", data) as local:
            local.make_table()
            local.put("1", "kept")
            assert local.stop() == 0
        before = place.files()
        place.refused(program, "--port", str(taken.getsockname()[1]), "--data", data)
        assert place.files() == before
        with place.serve(program, "--data", data) as local:
            assert local.get("1")["text"] == {"S": "kept"}
            # Nothing of those who came in vain is removed, nor of the one that is there.
            before = place.files()
            place.refused(program, "--port", "0", "--data", data)
            assert place.files() == before
            # Another address of the same port is found out last.
            said = place.refused(program, "--port", str(local.port), "--host", "127.0.0.2", "--data", os.path.join(place.path, "other"))
            assert "another one of this user serves port" in said, said
            assert place.files() == before
            assert local.get("1")["text"] == {"S": "kept"}


def a_taken_run_time_folder_leaves_nothing(program):
    with Place() as place:
        os.mkdir(os.path.join(place.runtime, "dynr"))
        os.chmod(os.path.join(place.runtime, "dynr"), 0o777)
        assert "is open to others" in place.refused(program, "--port", "0")
        assert place.files() == ["run", "run/dynr"], place.files()


def questions_make_nothing(program):
    with Place() as place:
        for verb in ("status", "stop", "reset"):
            assert "nothing runs on port 1 " in place.refused(program, verb, "--port", "1")
        assert "nothing was logged on port 1" in place.refused(program, "logs", "--port", "1")
        assert place.files() == ["run"], place.files()


def who_has_a_folder_is_told(program):
    with Place() as place:
        data = os.path.join(place.path, "data")
        lock = os.path.join(data, "tables.db-lock")
        with place.serve(program, "--data", data) as local:
            said = place.refused(program, "--data", data, "--port", "0")
            assert said == (f"dynr local: process {local.process.pid} uses {data} and serves it on port {local.port}; "
                            f"`dynr local stop --port {local.port}` ends it\n"), said
            # Stopped it answers nobody, and is still told.
            local.process.send_signal(signal.SIGSTOP)
            said = place.refused(program, "--data", data, "--port", "0")
            assert f"process {local.process.pid} uses" in said, said
            local.process.send_signal(signal.SIGCONT)
            # A port that another process wrote there is not believed.
            with open(lock, "w", encoding="utf-8") as file:
                file.write("1 4711\n")
            said = place.refused(program, "--data", data, "--port", "0")
            assert said == f"dynr local: process {local.process.pid} uses {data}\n", said
            local.kill()
        # Killed it left its name there, which is not that of who has it now.
        with place.serve(program, "--data", data) as local:
            local.kill()
        with open(lock, "r+", encoding="utf-8") as file:
            assert file.read() == f"{local.process.pid} {local.port}\n"
            fcntl.flock(file, fcntl.LOCK_EX)
            said = place.refused(program, "--data", data, "--port", "0")
            assert said == f"dynr local: another process uses {data}\n", said


TESTS = [files_are_not_folders, failed_starts_leave_nothing, failed_starts_leave_tables_alone, a_taken_run_time_folder_leaves_nothing,
         questions_make_nothing, who_has_a_folder_is_told]

if __name__ == "__main__":
    sys.exit(run_tests(os.path.abspath(sys.argv[1]), TESTS))
