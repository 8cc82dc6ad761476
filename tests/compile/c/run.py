#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compiles generated C as its users do.

    run.py ROOT

DYNRC is the compiler. Of every sample and of every case of tests/golden/c that compiles, the source must compile as C11 with
gcc and clang and the header as C++17 with g++ and clang++, without a warning. wrong_key.c must not compile, right_key.c must.
Names that C, C++, TypeScript or .dyn itself reserve, in every place where a schema names something, give code that compiles or
an error of dynrc. A compiler that is missing is skipped by name.
"""

import glob
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "lint"))
from tap import Tap  # noqa: E402

C_FLAGS = ["-std=c11", "-pedantic", "-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Werror"]
CXX_FLAGS = ["-std=c++17", "-Wall", "-Wextra", "-Werror"]
# Standard C and nothing else: without any warning flag, what the standard forbids is an error.
STRICT_C11 = ["-std=c11", "-pedantic-errors"]
C_COMPILERS = ("gcc", "clang")
CXX_COMPILERS = ("g++", "clang++")

C_WORDS = """auto break case char const continue default do double else enum extern float for goto if inline int long register
restrict return short signed sizeof static struct switch typedef union unsigned void volatile while bool true false NULL errno
assert stdin stdout stderr complex imaginary noreturn alignas alignof static_assert thread_local offsetof main memset EOF
linux unix INT_MAX size_t int64_t isnan signbit""".split()
CXX_WORDS = """and and_eq asm bitand bitor catch char16_t char32_t class compl const_cast constexpr decltype delete
dynamic_cast explicit export friend mutable namespace new noexcept not not_eq nullptr operator or or_eq private protected
public reinterpret_cast static_cast template this throw try typeid typename using virtual wchar_t xor xor_eq final
override""".split()
TS_WORDS = """any as async await boolean constructor debugger declare extends finally function get implements import in
instanceof interface keyof let module never null number object of package readonly require set string super symbol type
typeof undefined unknown var with yield arguments eval Promise Array Object Record Date""".split()
# What generated functions call their own things.
OUR_WORDS = """client arena err out row rows key value status count items n_items cursor options changes expect input output
caller item buf table tables entity path i j init get_key decode encode create put update destroy restore to_json from_str
set_x has_x dynr dynr_str dynr_client""".split()


def run(words, folder=None):
    done = subprocess.run(words, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, text=True,
                          timeout=300)
    return done.returncode, done.stdout


class World:
    """Where headers are, and the compiler under test."""

    def __init__(self, root, base):
        self.root, self.base = root, base
        self.dynrc = os.environ["DYNRC"]
        self.include = os.path.join(root, "runtime", "include")

    def compile(self, compiler, flags, path, *more):
        return run([compiler, *flags, f"-I{self.include}", f"-I{os.path.dirname(path)}", *more, "-c", path, "-o",
                    os.path.join(self.base, "unused.o")])

    def problems(self, compiler, flags, path, *more):
        status, output = self.compile(compiler, flags, path, *more)
        return [] if status == 0 else [f"{compiler} {' '.join(flags)} {os.path.basename(path)}:", output[:8000]]


def check_generated(tap, world, name, folder):
    """All sources and headers in `folder`."""
    for compiler in C_COMPILERS:
        label = f"{name}: C11 with {compiler}"
        if not shutil.which(compiler):
            tap.skip(label, f"there is no {compiler}")
            continue
        problems = []
        for source in sorted(glob.glob(os.path.join(folder, "*.c"))):
            problems += world.problems(compiler, C_FLAGS, source)
        tap.result(label, problems)
    for compiler in CXX_COMPILERS:
        label = f"{name}: header as C++17 with {compiler}"
        if not shutil.which(compiler):
            tap.skip(label, f"there is no {compiler}")
            continue
        problems = []
        for header in sorted(glob.glob(os.path.join(folder, "*.h"))):
            user = os.path.join(folder, os.path.basename(header) + ".cpp")
            with open(user, "w", encoding="utf-8") as file:
                file.write(f'#include "{os.path.basename(header)}"\n#include "{os.path.basename(header)}"\n')
            problems += world.problems(compiler, CXX_FLAGS, user)
        tap.result(label, problems)


def generate(world, name, source):
    """Builds C of a schema in a copy of its folder; (folder of what was made, problems)."""
    copy = os.path.join(world.base, "schemas", name)
    shutil.copytree(os.path.dirname(source), copy, ignore=shutil.ignore_patterns("out", "*.lock"))
    folder = os.path.join(world.base, "generated", name)
    status, output = run([world.dynrc, "build", "--c", "--quiet", "-o", folder, os.path.basename(source)], copy)
    made = sorted(os.path.splitext(path)[1] for path in glob.glob(os.path.join(folder, "*")))
    return folder, [] if status == 0 and made == [".c", ".h"] else [f"exit status {status}, made {made}", output]


def check_schemas(tap, world):
    sources = [(os.path.basename(path)[:-4], path)
               for path in sorted(glob.glob(os.path.join(world.root, "samples", "*", "*.dyn")))]
    sources += [("golden " + os.path.basename(os.path.dirname(path)), path)
                for path in sorted(glob.glob(os.path.join(world.root, "tests/golden/c", "*", "input.dyn")))
                if not os.path.exists(os.path.join(os.path.dirname(path), "exit"))]
    for name, source in sources:
        folder, problems = generate(world, name, source)
        tap.result(f"{name}: dynrc writes a source and a header", problems)
        if not problems:
            check_generated(tap, world, name, folder)


# --- keys ---

def check_keys(tap, world):
    """A key of one model is no key of another. Keys go by value, so this is an error for every compiler, without any flag."""
    folder = os.path.join(world.base, "generated", "blog")
    if not os.path.exists(os.path.join(folder, "blog.h")):
        tap.result("a wrong key does not compile", ["blog.dyn was not generated"])
        return
    wrong, right = (os.path.join(HERE, name) for name in ("wrong_key.c", "right_key.c"))
    include = f"-I{folder}"
    for compiler, flags in (("gcc", C_FLAGS), ("clang", C_FLAGS), ("gcc", STRICT_C11), ("clang", STRICT_C11),
                            ("gcc", ["-std=c11"]), ("clang", ["-std=c11"]),
                            ("g++", ["-x", "c++", "-std=c++17"]), ("clang++", ["-x", "c++", "-std=c++17"])):
        label = f"{compiler} {' '.join(flags)}"
        if not shutil.which(compiler):
            tap.skip(label, f"there is no {compiler}")
            continue
        tap.result(f"the right key compiles: {label}", world.problems(compiler, flags, right, include))
        status, output = world.compile(compiler, flags, wrong, include)
        tap.true(f"a post's key for a user's function does not compile: {label}",
                 status != 0 and "blog_user_get" in output, "it compiles, or fails for another reason:\n" + output)


# --- names ---

def keywords(world):
    with open(os.path.join(world.root, "grammar", "tokens.def"), encoding="utf-8") as file:
        return re.findall(r'^DYN_(?:KEYWORD|BUILTIN_\w+|TABLE_SETTING)\((?:\w+, )?"(\w+)"', file.read(), re.MULTILINE)


def as_fields(words):
    lines = "".join(f"  {word} int?\n" for word in words)
    return f"model Holder {{\n  key0 ulid @key @auto\n{lines}}}\npublic\nrouter r {{\n  query q(h: ref Holder) {{ get Holder(h) }}\n}}\n"


def as_members(words):
    return "struct Holder {\n" + "".join(f"  {word} int\n" for word in words) + "}\nmodel M {\n  k ulid @key @auto\n  h Holder\n}\n"


def as_models(words):
    return "".join(f"model {word} {{\n  k ulid @key @auto\n}}\n" for word in words)


def as_structs(words):
    used = "".join(f"  f{number} {word}\n" for number, word in enumerate(words))
    return "".join(f"struct {word} {{\n  v int\n}}\n" for word in words) + f"model M {{\n  k ulid @key @auto\n{used}}}\n"


def as_enums(words):
    used = "".join(f"  f{number} {word}\n" for number, word in enumerate(words))
    return "".join(f"enum {word} {{ a = 1 }}\n" for word in words) + f"model M {{\n  k ulid @key @auto\n{used}}}\n"


def as_literals(words):
    values = "".join(f"  {word} = {number}\n" for number, word in enumerate(words, 1))
    return f"enum E {{\n{values}}}\nmodel M {{\n  k ulid @key @auto\n  e E\n}}\n"


def as_arguments(words):
    arguments = ", ".join(f"{word}: int?" for word in words)
    return f"model M {{\n  k ulid @key @auto\n}}\npublic\nrouter r {{\n  query q(m: ref M, {arguments}) {{ get M(m) }}\n}}\n"


def as_procedures(words):
    lines = "".join(f"  query {word}(m: ref M) {{ get M(m) }}\n" for word in words)
    return f"model M {{\n  k ulid @key @auto\n}}\npublic\nrouter r {{\n{lines}}}\n"


def as_routers(words):
    return "model M {\n  k ulid @key @auto\n}\npublic\n" + "".join(
        f"router {word} {{\n  query q(m: ref M) {{ get M(m) }}\n}}\n" for word in words)


PLACES = {"fields": as_fields, "struct members": as_members, "models": as_models, "structs": as_structs, "enums": as_enums,
          "enum literals": as_literals, "arguments": as_arguments, "procedures": as_procedures, "routers": as_routers}


def snake(word):
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", word).lower()


def candidates(world):
    """Reserved words; of those that C would see as one name, the first."""
    found = {}
    for word in (*C_WORDS, *CXX_WORDS, *TS_WORDS, *OUR_WORDS, *keywords(world)):
        found.setdefault(snake(word), word)
    return list(found.values())


def refused_words(world, folder, words, text):
    """Words whose line has an error; None when dynrc failed otherwise."""
    path = os.path.join(folder, "names.dyn")
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    done = subprocess.run([world.dynrc, "build", "--quiet", "--diagnostics=json", "--error-limit=10000", "-o", "out", "names.dyn"],
                          cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False, timeout=60)
    if done.returncode == 0:
        return set(), ""
    message = done.stderr.decode("utf-8", "replace")
    if done.returncode != 1:
        return None, f"exit status {done.returncode}\n{message}"
    source = text.encode()
    refused = set()
    for diagnostic in json.loads(message)["diagnostics"]:
        if diagnostic["severity"] == "error":
            refused |= {word for word in words if re.search(rf"\b{word}\b", diagnostic_text(diagnostic, source))}
    return refused, message


def diagnostic_text(diagnostic, source):
    """The text under a diagnostic."""
    return source[diagnostic["start"]["offset"]:diagnostic["end"]["offset"]].decode("utf-8", "replace")


def check_place(tap, world, place, make):
    """Takes out what dynrc refuses until it accepts the rest; that must then compile."""
    words, refused = candidates(world), []
    folder = os.path.join(world.base, "names", place.replace(" ", "-"))
    os.makedirs(folder)
    for _ in range(12):
        found, message = refused_words(world, folder, words, "dyn 1\nnamespace names\n" + make(words))
        if found is not None and not found and not message:
            break
        if not found:
            tap.result(f"reserved words as {place}", [f"dynrc fails, and not because of a name:\n{message[:4000]}"])
            return
        refused += sorted(found)
        words = [word for word in words if word not in found]
    tap.true(f"reserved words as {place}: {len(words)} accepted, {len(refused)} refused", len(words) > 100,
             f"too many are refused: {refused}")
    print(f"# refused as {place}: {' '.join(refused) or 'none'}", flush=True)
    check_generated(tap, world, f"reserved words as {place}", os.path.join(folder, "out"))


def main():
    if len(sys.argv) != 2 or "DYNRC" not in os.environ:
        sys.exit(__doc__)
    tap = Tap()
    with tempfile.TemporaryDirectory(prefix="dynr-compile-") as base:
        world = World(os.path.abspath(sys.argv[1]), base)
        check_schemas(tap, world)
        check_keys(tap, world)
        for place, make in PLACES.items():
            check_place(tap, world, place, make)
    return tap.finish()


if __name__ == "__main__":
    sys.exit(main())
