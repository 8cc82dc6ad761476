#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Enforces the layer tables of docs/architecture.md over the #include lines of runtime/, compiler/ and grammar/.

Run with the repository as argument (default: the one this file is in). `--self-test` plants violations in a
temporary tree and proves that each is found.
"""

import os
import re
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from tap import Tap  # noqa: E402

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"\n]+)[>"]', re.MULTILINE)
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
SUFFIXES = (".c", ".h", ".def", ".y", ".l")
ROOTS = ("runtime", "compiler", "grammar")
PUBLIC = "runtime/include/dynr/"
# Where `#include "x/y.h"` is looked up, after the folder of the including file.
SEARCH = ("compiler", "runtime", "runtime/include", "grammar")
C11 = set("""assert.h complex.h ctype.h errno.h fenv.h float.h inttypes.h iso646.h limits.h locale.h math.h setjmp.h
signal.h stdalign.h stdarg.h stdatomic.h stdbool.h stddef.h stdint.h stdio.h stdlib.h stdnoreturn.h string.h tgmath.h
threads.h time.h uchar.h wchar.h wctype.h""".split())
POSIX = set("""dirent.h dlfcn.h fcntl.h fnmatch.h ftw.h glob.h grp.h langinfo.h libgen.h netdb.h poll.h pthread.h pwd.h
regex.h sched.h semaphore.h spawn.h strings.h syslog.h termios.h unistd.h wordexp.h sys/mman.h sys/resource.h
sys/select.h sys/socket.h sys/stat.h sys/statvfs.h sys/time.h sys/times.h sys/types.h sys/uio.h sys/un.h sys/utsname.h
sys/wait.h sys/ioctl.h sys/random.h arpa/inet.h netinet/in.h netinet/tcp.h""".split())
ANY = "any"


def names(cell):
    return re.findall(r"`([^`]+)`", cell)


def cells(line):
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def read_tables(text):
    """Yields (column names, rows) of every Markdown table."""
    lines = text.split("\n")
    for index in range(len(lines) - 1):
        if lines[index].startswith("|") and re.match(r"^\|[ :|-]+\|$", lines[index + 1]):
            rows = []
            for row in lines[index + 2:]:
                if not row.startswith("|"):
                    break
                rows.append(cells(row))
            yield cells(lines[index]), rows


class Rules:
    """What the document says. `problems` lists its contradictions."""

    def __init__(self, text):
        self.may, self.never, self.third_party, self.public = {}, {}, {}, {}
        self.problems = []
        for columns, rows in read_tables(text):
            if columns[:2] == ["layer", "may include"]:
                for row in rows:
                    row += [""] * (4 - len(row))
                    layer = names(row[0])[0]
                    self.may[layer] = set(names(row[1])) | {layer}
                    self.never[layer] = set(names(row[2]))
                    self.third_party[layer] = set(names(row[3]))
            elif columns[:2] == ["layer", "public headers"]:
                for row in rows:
                    layer = (names(row[0]) or [ANY])[0]
                    self.public.update({name: layer for name in names(row[1])})
        if not self.may:
            self.problems.append("docs/architecture.md: there is no table with the columns `layer | may include`")
        for layer in self.may:
            for name in sorted((self.may[layer] | self.never[layer]) - set(self.may)):
                self.problems.append(f"docs/architecture.md: `{name}`, named by `{layer}`, is no layer")

    def layer_of(self, path):
        """The layer of a file, ANY for a header that all may use, None for a file that belongs nowhere."""
        if path.startswith(PUBLIC):
            return self.public.get(path[len(PUBLIC):])
        fitting = [layer for layer in self.may if path.startswith(layer)
                   and (path[len(layer):len(layer) + 1] in ("/", ".", "_"))]
        return max(fitting, key=len) if fitting else None


class Tree:
    """The C files of a repository and what they include."""

    def __init__(self, root):
        self.includes = {}
        for top in ROOTS:
            for folder, folders, files in os.walk(os.path.join(root, top)):
                folders.sort()
                for name in sorted(files):
                    if name.endswith(SUFFIXES):
                        self.read(root, os.path.relpath(os.path.join(folder, name), root))

    def read(self, root, path):
        with open(os.path.join(root, path), encoding="utf-8") as file:
            # Newlines stay, so that line numbers hold.
            text = COMMENT.sub(lambda match: "\n" * match.group().count("\n"), file.read())
        self.includes[path] = [(text.count("\n", 0, match.start()) + 1, match.group(1), match.group(2))
                               for match in INCLUDE.finditer(text)]

    def resolve(self, path, name):
        """The file of this tree that `#include "name"` means, or None (generated, or from outside)."""
        for folder in (os.path.dirname(path),) + SEARCH:
            candidate = os.path.normpath(os.path.join(folder, name))
            if candidate in self.includes:
                return candidate
        return None

    def reachable(self, path, seen):
        """Every file that `path` pulls in, with the way to it: {file: (including file, line)}."""
        for line, _, name in self.includes[path]:
            target = self.resolve(path, name)
            if target and target not in seen:
                seen[target] = (path, line)
                self.reachable(target, seen)
        return seen


def check_include(rules, tree, path, layer, line, bracket, name):
    place = f"{path}:{line}"
    if ".." in name.split("/"):
        return f"{place}: `{name}`: name headers from the include root, not with `..`"
    target = tree.resolve(path, name)
    if target is None:
        return check_outside(rules, path, layer, place, bracket, name)
    target_layer = rules.layer_of(target)
    if target_layer is None:
        return f"{place}: `{name}` belongs to no layer; add it to docs/architecture.md"
    if path.startswith(PUBLIC) and not target.startswith(PUBLIC):
        return f"{place}: a public header may include only public headers, not `{name}`"
    if target_layer != ANY and layer != ANY and target_layer not in rules.may[layer]:
        return f"{place}: `{layer}` may not include `{name}` of `{target_layer}`"
    return None


def check_outside(rules, path, layer, place, bracket, name):
    if name in C11 or (name in POSIX and not path.startswith(PUBLIC)):
        return None
    if layer != ANY and name in rules.third_party[layer] and not path.startswith(PUBLIC):
        return None
    if bracket == '"' and not name.startswith("dynr/"):
        return None  # Generated at build time; its content comes from a template or grammar that is checked here.
    return f"{place}: `{layer}` may not include `{name}`: not of C or POSIX, and not listed as third party"


def check_tree(root):
    """All problems of the repository at `root`, in a stable order."""
    with open(os.path.join(root, "docs/architecture.md"), encoding="utf-8") as file:
        rules = Rules(file.read())
    if rules.problems:
        return rules.problems
    tree = Tree(root)
    problems = []
    for path, includes in tree.includes.items():
        layer = rules.layer_of(path)
        if layer is None:
            problems.append(f"{path}:1: belongs to no layer; add it to the tables in docs/architecture.md")
            continue
        for line, bracket, name in includes:
            problem = check_include(rules, tree, path, layer, line, bracket, name)
            if problem:
                problems.append(problem)
        for target, (by, line) in tree.reachable(path, {}).items():
            if layer != ANY and rules.layer_of(target) in rules.never[layer]:
                problems.append(f"{path}:1: `{layer}` must never reach `{target}`, but does through {by}:{line}")
    return problems


PLANTED = [
    ("runtime/base/x.c", '#include "ddb/attribute.h"', "may not include `ddb/attribute.h` of `runtime/ddb`"),
    ("runtime/base/x.c", '#include "local/engine.h"', "may not include `local/engine.h` of `runtime/local`"),
    ("runtime/base/x.c", "#include <sqlite3.h>", "may not include `sqlite3.h`"),
    ("runtime/base/x.c", "#include <cjson/cJSON.h>", "may not include `cjson/cJSON.h`"),
    ("runtime/ddb/x.c", '#include "dynr/local.h"', "may not include `dynr/local.h` of `runtime/local`"),
    ("runtime/typed/x.c", '#include "local/engine.h"', "may not include `local/engine.h`"),
    ("runtime/local/x.c", '#include "typed/codec.h"', "may not include `typed/codec.h`"),
    ("runtime/base/x.c", '#include "../ddb/attribute.h"', "not with `..`"),
    ("runtime/base/x.c", '#include "dynr/unlisted.h"', "belongs to no layer"),
    ("runtime/base/x.c", '#include "dynr/absent.h"', "not of C or POSIX"),
    ("runtime/include/dynr/str.h", '#include "base/hash.h"', "only public headers"),
    ("runtime/include/dynr/str.h", "#include <unistd.h>", "may not include `unistd.h`"),
    ("runtime/include/dynr/local.h", "#include <sqlite3.h>", "may not include `sqlite3.h`"),
    ("compiler/diag/x.c", '#include "syntax/ast.h"', "may not include `syntax/ast.h`"),
    ("compiler/emit/x.c", '#include "sema/model.h"', "may not include `sema/model.h`"),
    ("compiler/emit/c/x.c", '#include "syntax/ast.h"', "may not include `syntax/ast.h`"),
    ("compiler/emit/x.c", '#include "plan/leaky.h"', "must never reach `compiler/sema/model.h`"),
    ("compiler/driver/x.c", '#include "local/engine.h"', "may not include `local/engine.h`"),
    ("compiler/stray/x.c", "", "belongs to no layer"),
    ("compiler/plan/x.c", '  #  include "emit/out.h"', "may not include `emit/out.h`"),
]
FINE = {
    "runtime/base/hash.h": "", "runtime/base/y.c": '#include "base/hash.h"\n#include "hash.h"\n#include <unistd.h>',
    "runtime/ddb/attribute.h": '#include "dynr/str.h"', "runtime/local/engine.h": "#include <sqlite3.h>",
    "runtime/typed/codec.h": '#include "ddb/attribute.h"', "runtime/include/dynr/str.h": "#include <stddef.h>",
    "runtime/include/dynr/local.h": '#include "dynr/str.h"', "runtime/include/dynr/unlisted.h": "",
    "compiler/syntax/ast.h": '#include "diag/span.h"', "compiler/diag/span.h": '#include "dynr/str.h"',
    "compiler/sema/model.h": '#include "syntax/ast.h"', "compiler/plan/leaky.h": '#include "sema/model.h"',
    "compiler/plan/plan.h": '/* #include "emit/out.h" */', "compiler/emit/out.h": '#include "plan/plan.h"',
    "compiler/driver/main.c": '#include "emit/out.h"\n#include "sema/model.h"\n#include "generated_tmpl.h"',
    "grammar/dyn.y": '#include "syntax/ast.h"', "grammar/expression.l": '#include "ddb/attribute.h"',
}


def self_test(root):
    tap = Tap()
    with open(os.path.join(root, "docs/architecture.md"), encoding="utf-8") as file:
        document = file.read()

    def problems_with(extra, text=document):
        with tempfile.TemporaryDirectory() as folder:
            for path, content in {"docs/architecture.md": text, **FINE, **extra}.items():
                os.makedirs(os.path.join(folder, os.path.dirname(path)), exist_ok=True)
                with open(os.path.join(folder, path), "w", encoding="utf-8") as file:
                    file.write(content + "\n")
            return check_tree(folder)

    allowed = ["runtime/include/dynr/unlisted.h:1: belongs to no layer; add it to the tables in docs/architecture.md"]
    tap.equal("a tree that keeps the rules", problems_with({}), allowed)
    for path, line, expected in PLANTED:
        found = [problem for problem in problems_with({path: line}) if problem not in allowed]
        tap.true(f"found: {path} with {line.strip() or 'no layer'}",
                 len(found) >= 1 and all(path in problem for problem in found) and expected in found[0],
                 f"expected one problem with {expected!r}, got {found}")
    tap.true("a document without the table", "there is no table" in str(problems_with({}, "# Architecture")))
    misspelt = document.replace("| `runtime/ddb` |", "| `runtime/ddbb` |", 1)
    tap.true("a layer that does not exist", "is no layer" in str(problems_with({}, misspelt)))
    return tap.finish()


def main():
    arguments = [argument for argument in sys.argv[1:] if argument != "--self-test"]
    root = arguments[0] if arguments else os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
    if "--self-test" in sys.argv:
        return self_test(root)
    tap = Tap()
    tap.result("every include keeps the layer rules", check_tree(root))
    return tap.finish()


if __name__ == "__main__":
    sys.exit(main())
