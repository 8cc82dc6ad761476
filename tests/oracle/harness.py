# SPDX-License-Identifier: Apache-2.0
"""Builds generated programs and talks to them."""
import json
import os
import select
import shlex
import subprocess
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))


class Tools:
    """Where the compiler, the driver and the headers are."""

    def __init__(self, build=None, dynrc=None, driver=None):
        build = build or os.environ.get("BUILD") or os.path.join(ROOT, "build")
        places = [os.path.join(build, *p) for p in (("dynrc",), ("compiler", "driver", "dynrc"), ("compiler", "dynrc"))]
        self.dynrc = dynrc or os.environ.get("DYNRC") or next((p for p in places if os.access(p, os.X_OK)), places[0])
        self.driver = driver or os.environ.get("ORACLE_DRIVER") or os.path.join(build, "tests", "oracle", "oracle-driver")
        self.include = os.path.join(ROOT, "runtime", "include")
        self.cc = shlex.split(os.environ.get("CC", "cc"))
        self.flags = shlex.split(os.environ.get("ORACLE_CFLAGS", ""))

    def missing(self):
        return [t for t in (self.dynrc, self.driver) if not os.access(t, os.X_OK)]


class Refused(Exception):
    """The compiler refused the schema, or the C compiler what it made."""

    def __init__(self, stage, text):
        super().__init__("%s: %s" % (stage, text))
        self.stage = stage
        self.text = text


def run(command, cwd=None, timeout=60):
    result = subprocess.run(command, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=timeout)
    return result.returncode, result.stdout.decode("utf-8", "replace")


class Program:
    """A schema, compiled to a shared object in a folder of its own. `edit(text) -> text` plants faults in the C source."""

    def __init__(self, tools, text, edit=None):
        self.tools = tools
        self.folder = tempfile.TemporaryDirectory(prefix="oracle-")
        self.object = os.path.join(self.folder.name, "program.so")
        source = os.path.join(self.folder.name, "oracle.dyn")
        with open(source, "w", encoding="utf-8") as f:
            f.write(text)
        status, output = run([tools.dynrc, "build", source, "--c", "-o", self.folder.name])
        if status != 0:
            raise Refused("dynrc (exit %d)" % status, output)
        self.c_path = os.path.join(self.folder.name, "oracle.c")
        if edit is not None:
            with open(self.c_path, encoding="utf-8") as f:
                c_text = f.read()
            changed = edit(c_text)
            with open(self.c_path, "w", encoding="utf-8") as f:
                f.write(changed)
        status, output = run(tools.cc + ["-std=c11", "-O0", "-w", "-fPIC", "-shared", "-I" + tools.include,
                                         "-I" + self.folder.name, "-o", self.object, self.c_path] + tools.flags)
        if status != 0:
            raise Refused("cc", output)

    def close(self):
        self.folder.cleanup()


class Crashed(Exception):
    pass


class Driver:
    """A running program."""

    def __init__(self, tools, program, store="", mode=""):
        self.errors = tempfile.TemporaryFile()
        self.process = subprocess.Popen([tools.driver, program.object, store, mode], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=self.errors)

    def send(self, line):
        try:
            self.process.stdin.write(line.encode("utf-8", "surrogatepass") + b"\n")
            self.process.stdin.flush()
            ready, _, _ = select.select([self.process.stdout], [], [], 30)
            answer = self.process.stdout.readline() if ready else None
        except BrokenPipeError:
            answer = b""
        if answer is None:
            self.process.kill()
            raise Crashed("no answer after 30 s")
        if not answer:
            raise Crashed(self.last_words())
        try:
            return json.loads(answer)
        except ValueError as error:
            raise Crashed("not JSON (%s): %r" % (error, answer))

    def last_words(self):
        self.process.wait()
        self.errors.seek(0)
        text = self.errors.read().decode("utf-8", "replace")
        return "the program ended with %s\n%s" % (self.process.returncode, text[-4000:])

    def close(self):
        """Raises Crashed when the program did not end well (sanitizers speak up at the end)."""
        self.process.stdin.close()
        self.process.stdout.close()
        try:
            status = self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            status = "a hang"
        if status != 0:
            raise Crashed(self.last_words())
        self.errors.close()

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()
        self.errors.close()
