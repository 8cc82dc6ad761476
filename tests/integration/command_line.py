#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Help, completion and manual page say what options.def and the command table say, all of it and nothing else.

    command_line.py SOURCE_ROOT DYNRC

The script for bash runs in bash; those for zsh and fish are read, and also parsed by these shells where they are installed; the manual
page is formatted by man where that is.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lint"))
from tap import Tap  # noqa: E402

OPTION = re.compile(r"^DYN_OPTION\('(.)', (?:'(.)'|0), \"([^\"]+)\", \"([^\"]*)\", \"([^\"]*)\", \"(.*)\"\)$", re.MULTILINE)
COMMAND = re.compile(r"^    \{\"(\w+)\", \"(\w*)\", (?:true|false),(.*?)\"(\w*)\", dyn_command_\w+\},", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"^DYN_CODE\((\d+), \w+, \"([\w-]+)\", (\w+)\)", re.MULTILINE)
WORDS = {"SHELL": {"bash", "zsh", "fish"}}


class Option:
    """A line of options.def."""

    def __init__(self, match):
        self.group, self.letter, self.name, self.value, choices, self.help = match
        self.choices = set(choices.split())
        self.long = ("-" if self.name.startswith("fdiag") else "--") + self.name
        self.spellings = {self.long} | ({"-" + self.letter} if self.letter else set())


def read(root, path):
    with open(os.path.join(root, path), encoding="utf-8") as file:
        return file.read()


def run(*words):
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False, text=True)
    return done.returncode, done.stdout, done.stderr


def missing(what, wanted, text):
    return [f"{what} lacks {word}" for word in sorted(wanted) if word not in text]


def check_help(tap, dynrc, commands):
    _, general, _ = run(dynrc, "--help")
    tap.equal("help without a command is --help", run(dynrc, "help"), (0, general, ""))
    listed = re.findall(r"^  (\w+) {2,}", general.partition("Commands:")[2].partition("Examples:")[0], re.MULTILINE)
    tap.equal("--help lists all commands", listed, list(commands))
    for name, (_, options) in commands.items():
        status, text, _ = run(dynrc, name, "--help")
        tap.equal(f"help {name} is {name} --help", run(dynrc, "help", name), (status, text, ""))
        shown = re.findall(r"^  (?:-(\w), |    )(--?[\w-]+)(?: ([A-Z]+))?", text, re.MULTILINE)
        tap.equal(f"{name} --help lists its options", shown, [(o.letter, o.long, o.value) for o in options])
    tap.equal("help of nothing", run(dynrc, "help", "chekc"),
              (2, "", "dynrc: unknown command `chekc`\nhelp: did you mean `check`?\nhelp: dynrc --help\n"))


def bash_answers(script, folder, questions):
    """What bash offers for each list of words, as sets."""
    lines = [script]
    for words in questions:
        lines.append("COMP_WORDS=(" + " ".join(f"'{word}'" for word in words) + ")")
        lines.append("COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); COMPREPLY=(); _dynrc; printf '%s\\n' \"${COMPREPLY[@]}\" --END--")
    done = subprocess.run(["bash", "-u", "-c", "\n".join(lines)], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          check=False, text=True)
    answers = [set(part.split("\n")) - {""} for part in done.stdout.split("--END--\n")[:-1]]
    return answers, done.stderr


def check_bash(tap, script, commands, codes):
    words = {"SHELL": WORDS["SHELL"], "COMMAND": set(commands), "": set(), "FILE": {"a.dyn", "b c.dyn", "folder"},
             "CODE": {f"DYN{number}" for number, _, _ in codes} | {slug for _, slug, _ in codes}}
    questions = [(["dynrc", ""], set(commands) | {"--help", "--version"})]
    for name, (operand, options) in commands.items():
        questions.append((["dynrc", name, "-"], set().union(*(option.spellings for option in options))))
        questions.append((["dynrc", name, ""], words[operand]))
        for option in options:
            for spelling in option.spellings if option.choices else ():
                questions.append((["dynrc", name, spelling, ""], option.choices))
    warnings = [slug for _, slug, level in codes if level == "WARNING"]
    attached = {"error"} | {prefix + slug for slug in warnings for prefix in ("", "no-", "error=")}
    questions += [(["dynrc", "check", "-W", ""], attached),
                  (["dynrc", "check", "-Wno-"], {f"-Wno-{slug}" for slug in warnings}),
                  (["dynrc", "check", "--color", "=", "al"], {"always"}), (["dynrc", "check", "--color", "="], {"auto", "always", "never"}),
                  (["dynrc", "build", "-o", ""], {"folder"}), (["dynrc", "build", "--depfile", ""], {"a.dyn", "b c.dyn", "x.txt", "folder"}),
                  (["dynrc", "build", "--c-prefix", ""], set())]
    with tempfile.TemporaryDirectory() as folder:
        for file in ("a.dyn", "b c.dyn", "x.txt"):
            with open(os.path.join(folder, file), "w", encoding="utf-8"):
                pass
        os.mkdir(os.path.join(folder, "folder"))
        answers, errors = bash_answers(script, folder, [words for words, _ in questions])
    tap.equal("bash runs the script", (len(answers), errors), (len(questions), ""))
    for (asked, expected), answer in zip(questions, answers):
        tap.equal("bash: " + " ".join(asked), answer, expected)


def check_zsh(tap, script, commands):
    names = re.findall(r"^        '(\w+):", script, re.MULTILINE)
    tap.equal("zsh: all commands", names, list(commands))
    for name, (_, options) in commands.items():
        part = re.search(rf"^    {name}\)\n(.*?)^        ;;", script, re.MULTILINE | re.DOTALL).group(1)
        given = set()
        for line in part.split("\n"):
            match = re.match(r"\s+'(?:\([^)]*\)|\*)'\{-(\w)\+?,(--[\w-]+)=?\}'\[|\s+'(--?[\w-]+)=?\[", line)
            if match:
                given |= {"-" + match.group(1), match.group(2)} if match.group(1) else {match.group(3)}
        tap.equal(f"zsh: options of {name}", given, set().union(*(option.spellings for option in options)))
        problems = [f"{option.long} lacks its values" for option in options
                    if option.choices and not re.search(rf"'{option.long}=.*\(({'|'.join(option.choices)})[^)]*\)'", part)]
        tap.result(f"zsh: values of {name}", problems)


def check_fish(tap, script, commands):
    tap.equal("fish: all commands", re.findall(r"-n __dynrc_first -a (\w+)", script), list(commands))
    for name, (_, options) in commands.items():
        given, choices = set(), {}
        for line in re.findall(rf"^complete -c dynrc -n '__dynrc_in {name}'(.*)$", script, re.MULTILINE):
            match = re.match(r"(?: -s (\w))? -([lo]) ([\w-]+)(?: -x -a '([^'(]*)')?", line)
            if match:
                given |= {"-" + match.group(1)} if match.group(1) else set()
                given.add(("--" if match.group(2) == "l" else "-") + match.group(3))
                choices[match.group(3)] = set((match.group(4) or "").split())
        tap.equal(f"fish: options of {name}", given, set().union(*(option.spellings for option in options)))
        tap.equal(f"fish: values of {name}", {o.name: choices.get(o.name) for o in options if o.choices},
                  {o.name: o.choices for o in options if o.choices})


def check_syntax(tap, shell, words, script):
    if shutil.which(shell) is None:
        tap.skip(f"{shell} parses its script", f"{shell} is not installed")
        return
    with tempfile.NamedTemporaryFile("w", suffix="." + shell, encoding="utf-8") as file:
        file.write(script)
        file.flush()
        tap.equal(f"{shell} parses its script", run(shell, *words, file.name), (0, "", ""))


def check_manual(tap, dynrc, commands, options):
    _, page, _ = run(dynrc, "manual")
    plain = page.replace("\\-", "-").replace("\\fB", "").replace("\\fI", "").replace("\\fR", "")
    tap.result("the manual has all commands", missing("the manual", {f".SS {name}" for name in commands}, plain))
    entries = set(re.findall(r"^\.TP\n(?:-(\w), )?(--?[\w-]+)(?: ([A-Z]+))?\n(.*)$", plain, re.MULTILINE))
    wanted = {(option.letter, option.long, option.value, option.help) for option in options}
    tap.equal("the manual has all options", {entry for entry in entries if entry[1].startswith("-")}, wanted)
    if shutil.which("man") is None:
        tap.skip("man formats the manual", "man is not installed")
        return
    with tempfile.NamedTemporaryFile("w", suffix=".1", encoding="utf-8") as file:
        file.write(page)
        file.flush()
        done = subprocess.run(["man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", file.name], stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, check=False, text=True,
                              env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "MANWIDTH": "80"})
        tap.equal("man formats the manual", (done.returncode, done.stderr), (0, ""))


def main():
    root, dynrc = sys.argv[1:]
    tap = Tap()
    options = [Option(match) for match in OPTION.findall(read(root, "compiler/driver/options.def"))]
    codes = CODE.findall(re.sub(r",\n\s+", ", ", read(root, "compiler/diag/codes.def")))
    commands = {name: (operand, [option for option in options if option.group in "a" + groups])
                for name, operand, _, groups in COMMAND.findall(read(root, "compiler/driver/main.c"))}
    tap.true("the tables are read", len(options) > 20 and len(commands) > 10 and len(codes) > 60)
    check_help(tap, dynrc, commands)
    scripts = {shell: run(dynrc, "completion", shell)[1] for shell in ("bash", "zsh", "fish")}
    check_bash(tap, scripts["bash"], commands, codes)
    check_zsh(tap, scripts["zsh"], commands)
    check_fish(tap, scripts["fish"], commands)
    check_syntax(tap, "bash", ["-n"], scripts["bash"])
    check_syntax(tap, "zsh", ["-n"], scripts["zsh"])
    check_syntax(tap, "fish", ["--no-execute"], scripts["fish"])
    check_manual(tap, dynrc, commands, options)
    return tap.finish()


if __name__ == "__main__":
    sys.exit(main())
