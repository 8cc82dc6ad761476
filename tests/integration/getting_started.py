#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Takes every step of docs/getting-started.md, as a reader would.

    getting_started.py SOURCE_ROOT BUILD_ROOT

Files are the blocks under a line that ends in `NAME`:, commands are the blocks tagged `sh`. BUILD_ROOT is installed into a
temporary folder, which stands for the block tagged `sh install`. The server listens where the system lets it rather than on
8787. At the end the page is used in a browser; without one that is a skipped test that says so.
"""

import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "lint"), os.path.join(HERE, "..", "browser")]
import run as browser  # noqa: E402
from run_consumers import install, sanitizer_flags  # noqa: E402
from tap import Tap  # noqa: E402

BLOCK = re.compile(r"^```(\w+)( install)?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"`([\w./]+)`:\s*\Z")
ADDRESS = "127.0.0.1:8787"
STEPS = 10
TIMEOUT = 120


def blocks(text):
    """Yields (kind, file name or None, text) of every block but the installation's."""
    end = 0
    for match in BLOCK.finditer(text):
        name = FILE.search(text[end:match.start()])
        end = match.end()
        if match.group(2) is None:
            yield match.group(1), name and name.group(1), match.group(3)


class Reader:
    """Does what the page says, in a folder that is empty at first."""

    def __init__(self, folder, env):
        self.folder, self.env, self.server, self.address, self.said = folder, env, None, None, ""

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)

    def command(self, line):
        if line.startswith("mkdir "):
            # The shell of every command is its own.
            self.folder = os.path.join(self.folder, line.split()[1])
            os.mkdir(self.folder)
        elif " serve " in line:
            self.serve(line)
        else:
            words = line if self.address is None else line.replace(ADDRESS, self.address)
            done = subprocess.run(["bash", "-ec", words], cwd=self.folder, env=self.env, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, text=True, check=False, timeout=TIMEOUT)
            self.said += f"$ {line}\n{done.stdout}"
            if done.returncode != 0:
                raise AssertionError(f"`{line}` failed with {done.returncode}:\n{done.stdout}")

    def serve(self, line):
        words = [*line.split(), "--listen", "127.0.0.1:0"]
        self.server = subprocess.Popen(words, cwd=self.folder, env=self.env, stdout=subprocess.PIPE, text=True)
        listens = self.server.stdout.readline()
        match = re.search(r"127\.0\.0\.1:\d+", listens)
        if match is None:
            raise AssertionError(f"the server does not listen: {listens}")
        self.address = match.group()

    def stop(self):
        if self.server is None:
            return 0
        self.server.terminate()
        try:
            return self.server.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.server.kill()
            return self.server.wait()
        finally:
            self.server.stdout.close()


def read_along(reader, text):
    for kind, name, body in blocks(text):
        if kind == "sh":
            for line in body.splitlines():
                reader.command(line)
        elif name is not None:
            reader.write(name, body)


def check_said(reader):
    """Problems with what the commands printed."""
    wanted = ["BOARD#{name}", "wrote      generated/notes.c", '"text":"Buy milk"', "wrote      web/notes.client.js",
              '"text":"Said by curl"', '"text":"Said by another process"']
    problems = [f"nothing printed {text!r}:\n{reader.said}" for text in wanted if text not in reader.said]
    # When it is added, in the list, and by its key.
    if reader.said.count('"text":"Buy milk","done":false') != 3:
        problems.append(f"the note should have been printed three times:\n{reader.said}")
    return problems


def check_page(tap, reader):
    title = "the page is live in a browser"
    reason = browser.missing()
    if reason is not None:
        tap.skip(title, f"{reason}: run ./dev setup")
        return
    words = ["node", "--test", "--test-reporter=tap", os.path.join(browser.HERE, "notes.test.mjs")]
    env = {**os.environ, "CHROMIUM": browser.browser(), "DYNR_BROWSER": '{"url":"http://%s"}' % reader.address}
    done = subprocess.run(words, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
                          timeout=TIMEOUT)
    tap.result(title, [] if done.returncode == 0 else [done.stdout])


def main():
    source, build = map(os.path.abspath, sys.argv[1:3])
    tap = Tap()
    with open(os.path.join(source, "docs/getting-started.md"), encoding="utf-8") as file:
        text = file.read()
    with tempfile.TemporaryDirectory(prefix="dynr-start-") as base:
        installed, folder = os.path.join(base, "installed"), os.path.join(base, "reader")
        os.mkdir(installed)
        os.mkdir(folder)
        prefix, packages = install(build, installed)
        flags = sanitizer_flags(build)
        env = {**os.environ, "PATH": os.path.join(prefix, "bin") + os.pathsep + os.environ["PATH"], "PKG_CONFIG_PATH": packages,
               "LD_LIBRARY_PATH": os.path.dirname(packages)}
        if flags:
            text = text.replace("\ncc ", f"\ncc {flags} ")
        reader = Reader(folder, env)
        try:
            read_along(reader, text)
            tap.equal("there are ten steps", len(re.findall(r"^## \d+\. ", text, re.MULTILINE)), STEPS)
            tap.result("the commands do what the page says", check_said(reader))
            check_page(tap, reader)
        except AssertionError as error:
            tap.result("the commands do what the page says", [str(error)])
        finally:
            tap.equal("the server ends well", reader.stop(), 0)
    return tap.finish()


if __name__ == "__main__":
    sys.exit(main())
