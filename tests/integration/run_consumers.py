#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What is installed works for people outside: builds the projects of consumers/ against an installation.

    run_consumers.py SOURCE_ROOT BUILD_ROOT

Installs BUILD_ROOT into a temporary folder (nothing is rebuilt, nothing lands in the system). Each project is then built
with its own tools, run, and built again after changes to its schema: what depends on the change must be compiled again and
nothing else, an imported file counts, and a schema with an error must fail the build and show the diagnostic. A tool that
is missing skips its project by name. CC is the compiler of BUILD_ROOT, CONSUMER_FLAGS its sanitizers.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lint"))
from tap import Tap  # noqa: E402

# name: (folder, tools it needs, how to configure, how to build, programs)
CMAKE = ["cmake", "-S", ".", "-B", "out", "-DCMAKE_PREFIX_PATH={prefix}", "-DCMAKE_BUILD_TYPE=Debug", "-G"]
PROJECTS = {
    "make": ("pkgconfig-make", ["make", "pkg-config"], [], ["make", "app"], ["./app"]),
    "cmake with make": ("cmake", ["cmake", "make"], CMAKE + ["Unix Makefiles"], ["cmake", "--build", "out"],
                        ["out/app", "out/app-static"]),
    "cmake with ninja": ("cmake", ["cmake", "ninja"], CMAKE + ["Ninja"], ["cmake", "--build", "out"],
                         ["out/app", "out/app-static"]),
    "meson": ("meson", ["meson", "ninja", "pkg-config"], ["meson", "setup", "out", "."], ["ninja", "-C", "out"],
              ["out/app"]),
}
TIMEOUT = 120
DIAGNOSTIC = re.compile(r"todo\.dyn:\d+:\d+: error: .* \[DYN\d{4}\]")


class Failure(Exception):
    """Why a project fails; the text is shown."""


def run(words, folder, env, succeed=True):
    """Runs a command; returns all that it printed."""
    try:
        done = subprocess.run(words, cwd=folder, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              check=False, timeout=TIMEOUT)
    except subprocess.TimeoutExpired as error:
        raise Failure(f"`{' '.join(words)}` did not end within {TIMEOUT} seconds") from error
    if (done.returncode == 0) != succeed:
        state = f"failed with {done.returncode}" if succeed else "should have failed"
        raise Failure(f"`{' '.join(words)}` {state}:\n{done.stdout}")
    return done.stdout


def install(build, folder):
    """Installs into `folder` and returns (prefix, folder of .pc files)."""
    words = ["meson", "install", "-C", build, "--no-rebuild", "--quiet", "--destdir", folder]
    run(words, folder, dict(os.environ))
    packages = prefix = None
    for base, _, files in os.walk(folder):
        if "libdynr.pc" in files:
            packages = base
    if packages is None:
        raise Failure("no libdynr.pc was installed")
    for name in ("libdynr.pc", "dynrc.pc", "dynr-server.pc", "dynr-peer.pc"):
        path = os.path.join(packages, name)
        with open(path, encoding="utf-8") as file:
            text = file.read()
        match = re.search(r"^prefix=(.*)$", text, re.MULTILINE)
        if match.group(1).startswith("/"):
            # Staged: the prefix that it was configured for lies below `folder` now.
            prefix = folder + match.group(1)
            with open(path, "w", encoding="utf-8") as file:
                file.write(text.replace(match.group(), "prefix=" + prefix))
        else:
            prefix = os.path.normpath(match.group(1).replace("${pcfiledir}", packages))
    return prefix, packages


def check_installed(prefix, packages):
    """Problems with the list of what was installed."""
    wanted = ["bin/dynrc", "include/dynr/gen.h", "include/dynr/status.def", "share/dynrc/dynrc.mk",
              "share/man/man1/dynrc.1", "share/bash-completion/completions/dynrc.bash",
              "share/zsh/site-functions/_dynrc", "share/fish/vendor_completions.d/dynrc.fish",
              "bin/dynr", "share/man/man1/dynr.1", "share/bash-completion/completions/dynr.bash",
              "share/zsh/site-functions/_dynr", "share/fish/vendor_completions.d/dynr.fish",
              "share/dynrc/examples/meson/meson.build",
              "share/cmake/dynrc/dynrc-config.cmake"]
    libraries = os.path.dirname(packages)
    wanted += [os.path.relpath(os.path.join(libraries, name), prefix)
               for name in ("libdynr.a", "libdynr.so", "libdynr.so.0")]
    return [f"{name} was not installed" for name in wanted if not os.path.exists(os.path.join(prefix, name))]


class Project:
    """One project in a fresh folder."""

    def __init__(self, source, name, base, prefix, packages):
        folder, self.tools, configure, self.build_words, self.programs = PROJECTS[name]
        self.folder = os.path.join(base, name.replace(" ", "-"))
        self.configure_words = [word.replace("{prefix}", prefix) for word in configure]
        consumers = os.path.join(source, "tests", "integration", "consumers")
        shutil.copytree(os.path.join(consumers, folder), self.folder)
        for file in ("main.c", "other.c"):
            shutil.copy(os.path.join(consumers, file), self.folder)
        with open(os.path.join(source, "samples", "todo", "todo.dyn"), encoding="utf-8") as file:
            self.schema = file.read()
        self.write("todo.dyn", self.schema)
        flags = os.environ.get("CONSUMER_FLAGS", "")
        self.env = {key: value for key, value in os.environ.items() if not key.startswith(("MESON", "MAKE", "MFLAGS"))}
        self.env.update({
            "PKG_CONFIG_PATH": packages, "LD_LIBRARY_PATH": os.path.dirname(packages), "LC_ALL": "C.UTF-8",
            "CFLAGS": ("-g " + flags).strip(), "LDFLAGS": flags})

    def extend(self, schema):
        """Fields stay from now on: what the lock file has may not be gone again."""
        self.schema = schema
        self.write("todo.dyn", schema)

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        before = os.stat(path).st_mtime_ns if os.path.exists(path) else 0
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        while os.stat(path).st_mtime_ns <= before:
            time.sleep(0.005)
            os.utime(path)

    def build(self):
        return run(self.build_words, self.folder, self.env)

    def built(self):
        """What was built: {file: time of its last change}."""
        found = {}
        for base, _, files in os.walk(self.folder):
            for name in files:
                path = os.path.relpath(os.path.join(base, name), self.folder)
                if "CMakeFiles/" in path and "CompilerId" in path:
                    continue
                if name.endswith(".o") or path in [os.path.normpath(program) for program in self.programs]:
                    found[path] = os.stat(os.path.join(self.folder, path)).st_mtime_ns
        return found

    def rebuilt(self):
        """Builds; returns the names of what was built anew."""
        before = self.built()
        self.build()
        return sorted({os.path.basename(path).replace(".c.o", ".o").split("_")[-1].split(".p/")[-1]
                       for path, changed in self.built().items() if before.get(path) != changed})

    def run_programs(self):
        for program in self.programs:
            for name in os.listdir(self.folder):
                if name.startswith("consumer.db"):
                    os.remove(os.path.join(self.folder, name))
            text = run([os.path.join(self.folder, program)], self.folder, self.env)
            if text != "found Ada\n":
                raise Failure(f"{program} printed {text!r}")


def expect(actual, expected):
    if actual != expected:
        raise Failure(f"expected {expected}, got {actual}")


def first_build(project):
    if project.configure_words:
        run(project.configure_words, project.folder, project.env)
    project.build()
    project.run_programs()


def build_again(project):
    expect(project.rebuilt(), [])


def change_comment(project):
    project.write("todo.dyn", project.schema + "// A remark that changes nothing that is generated.\n")
    expect(project.rebuilt(), [])
    expect(project.rebuilt(), [])


def change_model(project):
    text = project.schema.replace("  theme string", "  font  string(..40)?\n  theme string", 1)
    expect(text != project.schema, True)
    project.extend(text)
    programs = [os.path.basename(program) for program in project.programs]
    expect(project.rebuilt(), sorted(programs + ["main.o", "todo.o"]))
    project.run_programs()


def change_import(project):
    project.write("more.dyn", "dyn 1\n\nnamespace todo\n\nenum Mood { good = 1  bad = 2 }\n")
    text = project.schema.replace("namespace todo\n", "namespace todo\n\nimport \"more.dyn\" { Mood }\n", 1)
    project.extend(text.replace("  theme string", "  mood  Mood?\n  theme string", 1))
    programs = [os.path.basename(program) for program in project.programs]
    project.build()
    expect(project.rebuilt(), [])
    project.write("more.dyn", "dyn 1\n\nnamespace todo\n\nenum Mood { good = 1  bad = 2  mixed = 3 }\n")
    expect(project.rebuilt(), sorted(programs + ["main.o", "todo.o"]))


def break_schema(project):
    project.write("todo.dyn", re.sub(r"\bowner(\s+)User\b", r"owner\1Usr", project.schema, count=1))
    text = run(project.build_words, project.folder, project.env, succeed=False)
    if not DIAGNOSTIC.search(text):
        raise Failure("the build failed without the diagnostic:\n" + text)
    project.write("todo.dyn", project.schema)
    project.build()
    project.run_programs()


STEPS = (
    ("builds and runs", first_build),
    ("a second build does nothing", build_again),
    ("a comment in the schema compiles nothing", change_comment),
    ("a new field compiles what uses the schema, nothing else", change_model),
    ("an imported file is followed", change_import),
    ("an error in the schema fails the build with its diagnostic", break_schema),
)


def run_project(tap, name, project):
    problem = None
    for label, step in STEPS:
        if problem is not None:
            tap.skip(f"{name}: {label}", "an earlier step failed")
            continue
        try:
            step(project)
        except (Failure, OSError) as error:
            problem = str(error)
        tap.result(f"{name}: {label}", [problem] if problem else [])


def sanitizer_flags(build):
    """What objects that link with this build's library must be compiled with."""
    text = subprocess.run(["meson", "introspect", "--buildoptions", build], check=True, stdout=subprocess.PIPE).stdout
    value = next(option["value"] for option in json.loads(text) if option["name"] == "b_sanitize")
    return "" if value == "none" else "-fsanitize=" + value


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    source, build = (os.path.abspath(argument) for argument in sys.argv[1:])
    tap = Tap()
    if not shutil.which("meson"):
        tap.skip("consumers", "there is no meson to install with")
        return tap.finish()
    os.environ.setdefault("CONSUMER_FLAGS", sanitizer_flags(build))
    with tempfile.TemporaryDirectory(prefix="dynr-consumers-") as base:
        try:
            prefix, packages = install(build, base)
        except Failure as error:
            tap.result("meson install", [str(error)])
            return tap.finish()
        tap.result("meson install brings everything", check_installed(prefix, packages))
        for name, project in PROJECTS.items():
            missing = [tool for tool in project[1] if not shutil.which(tool)]
            if missing:
                tap.skip(name, "there is no " + ", ".join(missing))
            else:
                run_project(tap, name, Project(source, name, base, prefix, packages))
    return tap.finish()


if __name__ == "__main__":
    sys.exit(main())
