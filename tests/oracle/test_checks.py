#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What `dynrc check` says of a schema, `dynrc build` says of it: the same diagnostics, the same exit status.

    test_checks.py [--schemas N] [--variants N] [--seed S]

The oracle's random schemas, and variants of each that are wrong at a random place: a word for another, a word too many or too
few, names that no target can have or that meet in one, decimals that are computed with. DYNRC is the compiler. Output is TAP.
"""
import argparse
import collections
import concurrent.futures
import os
import random
import re
import subprocess
import sys
import tempfile

import schema as schemas

WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
FIELD = re.compile(r"(?m)^  ([a-z]\w*) [a-z]\w*\b.*$")
MODEL = re.compile(r"(?m)^model (\w+)")
#: Names that C spells otherwise, that TypeScript or the typings have, and ordinary ones.
NAMES = ["default", "template", "Api", "Keys", "Ref", "globalThis", "struct", "update", "rows", "init"]
#: What the variants must bring about, or they test nothing.
KINDS = {
    "accepted": lambda status, said: status == 0,
    "refused by an earlier stage": lambda status, said: status == 1 and " in C" not in said and "TypeScript" not in said,
    "refused for C": lambda status, said: status == 1 and " in C" in said,
    "refused for TypeScript": lambda status, said: status == 1 and "TypeScript" in said,
    "not supported yet": lambda status, said: "[DYN1049]" in said,
}


def renamed(rng, text):
    """One name everywhere, to one that may be taken or reserved."""
    words = sorted(set(WORD.findall(text)))
    old = rng.choice(words)
    snake = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", rng.choice(words)).lower()
    new = rng.choice([*NAMES, snake, "has_" + rng.choice(words), rng.choice(words) + "Input"])
    return re.sub(r"\b%s\b" % old, new, text)


def with_decimals(rng, text):
    """Decimals instead of integers, and arguments that are computed with."""
    text = re.sub(r"\bint(\([^)]*\))?", "decimal", text)
    return re.sub(r"(set \w+ =|[<>]=?) (a\d+)\b",
                  lambda match: match.expand(rng.choice([r"\1 \2", r"\1 -\2", r"\1 \2 + \2"])), text)


def with_more(rng, text):
    """Something more that is called much like something that is there."""
    model = rng.choice(MODEL.findall(text))
    declaration = rng.choice(["enum %s { z }" % model.lower(), "struct %s { z int }" % rng.choice(NAMES),
                              "struct %sRows { z int }" % model, "struct Z { z string(..9)[](max 2) = [\"z\"] }"])
    fields = list(FIELD.finditer(text))
    if not fields or rng.random() < 0.5:
        return text + declaration + "\n"
    field = rng.choice(fields)
    name = rng.choice([field.group(1).capitalize(), "has_" + field.group(1), *NAMES])
    return text[:field.end()] + "\n  %s int(32)?" % name + text[field.end():]


def with_another_word(rng, text):
    words = list(WORD.finditer(text))
    place = rng.choice(words)
    other = rng.choice(words).group(0)
    middle = rng.choice([other, "", place.group(0) + " " + other])
    return text[:place.start()] + middle + text[place.end():]


def variants(seed, index, n):
    """(what it is, text) of the schema and of what was made of it."""
    rng = random.Random("%d:%d" % (seed, index))
    text = schemas.generate(rng)[0].text()
    yield "schema %d" % index, text
    for i in range(n):
        change = rng.choice([renamed, with_decimals, with_more, with_another_word])
        yield "schema %d, variant %d (%s)" % (index, i, change.__name__), change(rng, text)


def say(command, folder):
    done = subprocess.run([os.environ["DYNRC"], *command], cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                          timeout=60)
    return done.returncode, done.stderr.decode("utf-8", "replace")


def compare(job):
    """Kinds of what was seen, and the differences."""
    seed, index, n = job
    kinds, wrong = collections.Counter(), []
    for name, text in variants(seed, index, n):
        with tempfile.TemporaryDirectory(prefix="dynr-checks-") as folder:
            with open(os.path.join(folder, "a.dyn"), "w", encoding="utf-8") as file:
                file.write(text)
            checked = say(["check", "a.dyn"], folder)
            built = say(["build", "--quiet", "a.dyn"], folder)
        kinds.update(kind for kind, is_it in KINDS.items() if is_it(*checked))
        if checked != built:
            wrong.append("%s of seed %d\n--- check: exit %d\n%s--- build: exit %d\n%s--- schema\n%s"
                         % (name, seed, *checked, *built, text))
    return index, kinds, wrong


def comment(text):
    print("\n".join("# " + line for line in text.split("\n")))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--schemas", type=int, default=30)
    parser.add_argument("--variants", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    print("1..%d" % (options.schemas + 1), flush=True)
    seen, n_failed = collections.Counter(), 0
    with concurrent.futures.ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
        jobs = [(options.seed, index, options.variants) for index in range(options.schemas)]
        for index, kinds, wrong in pool.map(compare, jobs):
            seen.update(kinds)
            n_failed += bool(wrong)
            print("%s %d - check and build agree on schema %d" % ("not ok" if wrong else "ok", index + 1, index), flush=True)
            for text in wrong[:1]:
                comment(text)
    missing = [kind for kind in KINDS if seen[kind] == 0]
    print("%s %d - every kind of answer was seen" % ("not ok" if missing else "ok", options.schemas + 1))
    comment(", ".join("%s: %d" % (kind, seen[kind]) for kind in KINDS))
    return 1 if n_failed or missing else 0


if __name__ == "__main__":
    sys.exit(main())
