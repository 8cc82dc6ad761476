#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Help, completion and manual page of `dynr` say what options.def says, all of it and nothing else.

The script for bash runs in bash; those for zsh and fish are read, and also parsed by these shells where they are installed; the manual
page is formatted by man where that is.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "server"))
from runner import Skipped, run_tests  # noqa: E402

ROOT = os.path.join(HERE, "..", "..", "..")
OPTION = re.compile(r"^DYNR_OPTION\(\"([^\"]+)\", (?:'(.)'|0), \"([^\"]+)\", \"([^\"]*)\", \"([^\"]*)\", \w+, \w+, \"(.*)\"\)$", re.MULTILINE)
TOP = {"local", "completion", "help", "manual", "version"}
SHELLS = {"bash", "zsh", "fish"}
FILES = {"a.json", "b c.json", "folder"}


class Option:
    """A line of options.def."""

    def __init__(self, match):
        commands, letter, self.name, self.value, choices, self.help = match
        self.letter = letter or ""
        self.commands = None if commands == "*" else commands.split()
        self.choices = set(choices.split())
        self.spellings = {"--" + self.name} | ({"-" + letter} if letter else set())

    def is_of(self, verb):
        return self.commands is None or verb in self.commands


def read_options():
    with open(os.path.join(ROOT, "runtime", "cli", "options.def"), encoding="utf-8") as file:
        text = file.read()
    options = [Option(match) for match in OPTION.findall(text)]
    assert len(options) == len(re.findall(r"^DYNR_OPTION", text, re.MULTILINE)) > 15
    return options


OPTIONS = read_options()
VERBS = ["start", "status", "stop", "reset", "logs", "export", "import"]
# Of every command, as it is called.
COMMANDS = [["local", verb] for verb in VERBS] + [[name] for name in sorted(TOP - {"local"})]


def options_of(words):
    return [option for option in OPTIONS if option.is_of(words[-1] if words[0] == "local" else None)]


def spellings_of(words):
    return set().union(*(option.spellings for option in options_of(words)))


def run(*words, **more):
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False, text=True, **more)
    return done.returncode, done.stdout, done.stderr


def text_of(program, *words):
    status, out, err = run(program, *words)
    assert (status, err) == (0, ""), (words, err)
    return out


def shown_options(text):
    return re.findall(r"^  (?:-(\w), |    )--([\w-]+)(?: ([A-Z:]+))?", text, re.MULTILINE)


def help_lists_the_options(program):
    assert {name for option in OPTIONS for name in option.commands or []} == set(VERBS)
    for words in COMMANDS:
        expected = [(o.letter, o.name, o.value) for o in options_of(words)]
        assert shown_options(text_of(program, *words, "--help")) == expected, words
    whole = text_of(program, "local", "--help")
    assert shown_options(whole) == [(o.letter, o.name, o.value) for o in OPTIONS]
    for option in OPTIONS:
        assert " ".join(option.help.split()) in " ".join(whole.split()), option.name
    assert max(len(line) for line in whole.split("\n")) <= 100
    listed = re.findall(r"^  (\w+)", text_of(program, "--help").partition("Commands:")[2].partition("Examples:")[0], re.MULTILINE)
    assert set(listed) == TOP, listed


def what_help_lists_is_in_the_other_texts(program):
    """The other way round than the rest: from what people read, whatever the tables say."""
    scripts = {shell: text_of(program, "completion", shell) for shell in SHELLS}
    page = text_of(program, "manual").replace("\\-", "-")
    listed = shown_options(text_of(program, "local", "--help"))
    assert len(listed) > 15
    for letter, name, _ in listed:
        assert f"\\fB--{name}\\fR" in page and (not letter or f"\\fB-{letter}\\fR, \\fB--{name}" in page), name
        assert f"--{name}" in scripts["bash"] and f"--{name}" in scripts["zsh"] and f" -l {name} " in scripts["fish"], name


def bash_completes(program):
    script = text_of(program, "completion", "bash")
    questions = [(["dynr", ""], TOP | {"--help", "--version"}), (["dynr", "loc"], {"local"}),
                 (["dynr", "local", ""], set(VERBS)), (["dynr", "local", "st"], {"start", "status", "stop"}),
                 (["dynr", "local", "-"], spellings_of(["local", "start"])), (["dynr", "local", "--memory", ""], set(VERBS)),
                 (["dynr", "local", "--port", "1", "stop", "-"], spellings_of(["local", "stop"])),
                 (["dynr", "help", ""], TOP), (["dynr", "help", "local", ""], set(VERBS)), (["dynr", "completion", ""], SHELLS),
                 (["dynr", "local", "stop", ""], set()), (["dynr", "local", "import", ""], FILES), (["dynr", "manual", ""], set()),
                 (["dynr", "local", "--durability", "=", "n"], {"normal", "none"}), (["dynr", "local", "--durability", "="], {"full", "normal", "none"}),
                 (["dynr", "local", "--data", ""], {"folder"}), (["dynr", "local", "--credentials", ""], FILES),
                 (["dynr", "local", "export", "-o", ""], FILES), (["dynr", "local", "--host", ""], set())]
    for words in COMMANDS:
        questions.append((["dynr", *words, "-"], spellings_of(words)))
        for option in options_of(words):
            for spelling in option.spellings if option.choices else ():
                questions.append((["dynr", *words, spelling, ""], option.choices))
    lines = [script]
    for words, _ in questions:
        lines.append("COMP_WORDS=(" + " ".join(f"'{word}'" for word in words) + ")")
        lines.append("COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); COMPREPLY=(); _dynr; printf '%s\\n' \"${COMPREPLY[@]}\" --END--")
    with tempfile.TemporaryDirectory() as folder:
        for file in FILES - {"folder"}:
            with open(os.path.join(folder, file), "w", encoding="utf-8"):
                pass
        os.mkdir(os.path.join(folder, "folder"))
        _, out, errors = run("bash", "-u", "-c", "\n".join(lines), cwd=folder)
    answers = [set(part.split("\n")) - {""} for part in out.split("--END--\n")[:-1]]
    assert (len(answers), errors) == (len(questions), ""), errors
    for (asked, expected), answer in zip(questions, answers):
        assert answer == expected, (asked, answer, expected)


def zsh_offers_all(program):
    script = text_of(program, "completion", "zsh")
    assert script.startswith("#compdef dynr\n")
    for name, expected in (("commands", TOP), ("verbs", set(VERBS))):
        part = re.search(rf"^    {name}=\(\n(.*?)^    \)", script, re.MULTILINE | re.DOTALL).group(1)
        assert set(re.findall(r"^        '(\w+):", part, re.MULTILINE)) == expected, part
    for words in COMMANDS:
        part = re.search(rf"^    '{' '.join(words)}'\)\n(.*?)^        ;;", script, re.MULTILINE | re.DOTALL).group(1)
        given = set()
        for line in part.split("\n"):
            match = re.match(r"\s+'\([^)]*\)'\{-(\w)\+?,(--[\w-]+)=?\}'\[|\s+'\*?(--[\w-]+)=?\[", line)
            if match:
                given |= {"-" + match.group(1), match.group(2)} if match.group(1) else {match.group(3)}
        assert given == spellings_of(words), (words, given)
        for option in options_of(words):
            assert not option.choices or set(re.search(rf"--{option.name}=.*\(([^)]*)\)'", part).group(1).split()) == option.choices


def fish_offers_all(program):
    script = text_of(program, "completion", "fish")
    assert set(re.findall(r"-n __dynr_first -a (\w+)", script)) == TOP
    assert set(re.findall(r"-n __dynr_local -a (\w+)", script)) == set(VERBS)
    for words in COMMANDS:
        given, choices = set(), {}
        for line in re.findall(rf"^complete -c dynr -n '__dynr_in {' '.join(words)}'(.*)$", script, re.MULTILINE):
            match = re.match(r"(?: -s (\w))? -l ([\w-]+)(?: -x -a '([^'(]*)')?", line)
            if match:
                given |= {"--" + match.group(2)} | ({"-" + match.group(1)} if match.group(1) else set())
                choices[match.group(2)] = set((match.group(3) or "").split())
        assert given == spellings_of(words), (words, given)
        assert all(choices[option.name] == option.choices for option in options_of(words))


def parses(shell, program, *flags):
    if shutil.which(shell) is None:
        raise Skipped(f"{shell} is not installed")
    with tempfile.NamedTemporaryFile("w", suffix="." + shell, encoding="utf-8") as file:
        file.write(text_of(program, "completion", shell))
        file.flush()
        assert run(shell, *flags, file.name) == (0, "", "")


def bash_parses_its_script(program):
    parses("bash", program, "-n")


def zsh_parses_its_script(program):
    parses("zsh", program, "-n")


def fish_parses_its_script(program):
    parses("fish", program, "--no-execute")


def unknown_shells_are_refused(program):
    status, out, err = run(program, "completion", "tcsh")
    assert (status, out) == (2, "") and "no completion for `tcsh`" in err and "bash, zsh and fish" in err, err
    status, out, err = run(program, "completion")
    assert (status, out) == (2, "") and "an argument is missing: `SHELL`" in err, err


def the_manual_has_all(program):
    page = text_of(program, "manual")
    plain = page.replace("\\-", "-").replace("\\fB", "").replace("\\fI", "").replace("\\fR", "")
    for words in COMMANDS:
        assert re.search(rf"^\.SS {' '.join(words)}( [A-Z]+)?$", plain, re.MULTILINE), words
    entries = re.findall(r"^\.TP\n(?:-(\w), )?--([\w-]+)(?: ([A-Z:]+))?\n(.*)$", plain, re.MULTILINE)
    assert entries == [(o.letter, o.name, o.value, o.help) for o in OPTIONS], entries


def man_formats_the_manual(program):
    if shutil.which("man") is None:
        raise Skipped("man is not installed")
    with tempfile.NamedTemporaryFile("w", suffix=".1", encoding="utf-8") as file:
        file.write(text_of(program, "manual"))
        file.flush()
        done = subprocess.run(["man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", file.name], stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, check=False, text=True,
                              env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "MANWIDTH": "80"})
    assert (done.returncode, done.stderr) == (0, ""), done


TESTS = [help_lists_the_options, what_help_lists_is_in_the_other_texts, bash_completes, zsh_offers_all, fish_offers_all,
         bash_parses_its_script, zsh_parses_its_script, fish_parses_its_script, unknown_shells_are_refused, the_manual_has_all,
         man_formats_the_manual]

if __name__ == "__main__":
    sys.exit(run_tests(sys.argv[1], TESTS))
