#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the tests of the JavaScript client.

    run.py ROOT [--types] [NAME.test.js...]

Without --types: Node's test runner on the given tests, or all. With --types: `tsc --strict` on the tests `*.test.ts`, whose
lines after `@ts-expect-error` must not compile, and on the examples of the documents, once for each way in which TypeScript
finds modules; commonjs.test.cts stands for what a project writes whose modules are not ES modules. The templates, the tests and the samples' pages are laid out in a folder as they
stand in the repository, with the packages of tests/client/node_modules above all of them, so that react.js finds React as it
does in a user's project. What is missing (node, the packages, typescript) is a skipped test that says so. Results are TAP.
"""

import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lint"))
from tap import Tap  # noqa: E402

OPTIONS = [
    "--strict", "--noEmit", "--exactOptionalPropertyTypes", "--noUncheckedIndexedAccess", "--noImplicitOverride",
    "--noPropertyAccessFromIndexSignature", "--noFallthroughCasesInSwitch", "--verbatimModuleSyntax", "--isolatedModules",
    "--target", "es2022", "--typeRoots", "none", "--pretty", "false",
]
# Node's own ways want whole file names in imports, and a package.json that says what `.js` is.
RESOLUTIONS = {
    "bundler": ["--module", "esnext", "--moduleResolution", "bundler"],
    "node16": ["--module", "node16"],
    "NodeNext": ["--module", "NodeNext"],
}
NODE_MINIMUM = 18


def lay_out(root, folder):
    # Before Node 20.19, `.js` is a module only where a package says so. Pages need no such word.
    with open(os.path.join(folder, "package.json"), "w", encoding="utf-8") as file:
        file.write('{"type": "module"}\n')
    for path in ("templates/js", "tests/client", "samples/todo/web"):
        if os.path.isdir(os.path.join(root, path)):
            shutil.copytree(os.path.join(root, path), os.path.join(folder, path),
                            ignore=shutil.ignore_patterns("node_modules", "__pycache__"))
    packages = os.path.join(root, "tests/client/node_modules")
    if os.path.isdir(packages):
        os.symlink(packages, os.path.join(folder, "node_modules"))


def node_is_there():
    node = shutil.which("node")
    if node is None:
        return False
    said = subprocess.run([node, "--version"], stdout=subprocess.PIPE, check=False, text=True, timeout=30).stdout
    version = re.match(r"v(\d+)", said)
    return version is not None and int(version.group(1)) >= NODE_MINIMUM


def run_tests(root, names):
    if not node_is_there():
        tap = Tap()
        tap.skip("the JavaScript client", f"node {NODE_MINIMUM} is missing: run ./dev setup")
        return tap.finish()
    with tempfile.TemporaryDirectory(prefix="dynr-client-") as folder:
        lay_out(root, folder)
        tests = sorted(names or map(os.path.basename, glob.glob(os.path.join(HERE, "*.test.js"))))
        paths = [os.path.join(folder, "tests/client", name) for name in tests]
        # The reporter is said, as the default is another one on terminals.
        suites = os.path.join(root, "..", "shared", "testdata", "json-patch")
        return subprocess.run(["node", "--test", "--test-reporter=tap", *paths], cwd=folder, check=False, timeout=280,
                              env={**os.environ, "DYNR_JSON_PATCH_TESTS": os.path.normpath(suites)}).returncode


# What the examples of docs/client.md and of the README take for granted; each block is a module of its own.
PRELUDE = """import { DynrError, applyJsonPatch, joinKey } from "../templates/js/client.js";
import * as core from "../templates/js/client.js";
import type { Client, ClientOptions, Dehydrated, Schema } from "../templates/js/client.js";
import { useMutation, useSubscription } from "../templates/js/react.js";
import type { Api, DateString, Ref, Timestamp } from "../generated/todo.js";
declare const schema: Schema<Api>;
declare const list: Ref<"TodoList">;
declare const forThePage: string;
declare const user: string;
declare function render(rows: readonly object[]): void;
declare function fetchToken(): Promise<string>;
declare const client: Client<Api>;
const createClient = (options?: ClientOptions): Client<Api> => core.createClient(schema, options);
export { DynrError, applyJsonPatch, joinKey, useMutation, useSubscription };
export type { Dehydrated };
"""
EXAMPLE = re.compile(r"^```(tsx?)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
EXAMPLES_TITLE = "the examples of docs/client.md, docs/typescript.md and of the README compile"
TITLE = "the typings say what is right and refuse what is wrong"
COMMONJS_TITLE = "a CommonJS module uses the client as the documents say"
BARE_TITLE = "the client's typings need neither a page's nor Node's"


def run_node(words, folder):
    done = subprocess.run(["node", *words], cwd=folder, check=False, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=140)
    return [] if done.returncode == 0 else [f"exit status {done.returncode}", done.stdout]


def write_examples(root, folder):
    """The examples as modules. What one declares itself shadows the prelude, in a block of its own."""
    found = []
    for path in ("docs/client.md", "docs/typescript.md", "README.md"):
        with open(os.path.join(root, path), encoding="utf-8") as file:
            found += EXAMPLE.findall(file.read())
    os.mkdir(os.path.join(folder, "examples"))
    os.symlink("../generated", os.path.join(folder, "examples", "generated"))  # for those that load it by import()
    paths = []
    for number, (kind, text) in enumerate(found):
        body = "\n".join(line for line in text.split("\n") if not line.startswith("import "))
        paths.append(f"examples/{number}.{kind}")
        with open(os.path.join(folder, paths[-1]), "w", encoding="utf-8") as file:
            file.write(f"{PRELUDE}export async function example() {{\n{body}\n}}\n")
    return paths


def check_commonjs(tap, script, folder):
    """A package of CommonJS modules, in which the generated folder alone says that it holds ES modules."""
    for place, kind in ((".", "commonjs"), ("generated", "module")):
        with open(os.path.join(folder, place, "package.json"), "w", encoding="utf-8") as file:
            file.write(f'{{"type": "{kind}"}}\n')
    for resolution in ("node16", "NodeNext"):
        tap.result(f"{COMMONJS_TITLE} ({resolution})",
                   run_node([script, *OPTIONS, *RESOLUTIONS[resolution], "tests/client/commonjs.test.cts"], folder))
    tap.result(f"{COMMONJS_TITLE} (Node)",
               run_node(["--eval", "import('./generated/todo.client.js').then((it) => it.createClient({ url: 'http://x' }).$close())"],
                        folder))


def check_types(root):
    tap = Tap()
    script = os.path.join(root, "tests/compile/node_modules/typescript/bin/tsc")
    packages = os.path.join(root, "tests/client/node_modules/@types/react")
    if not node_is_there() or not os.path.exists(script) or not os.path.exists(packages):
        for title in (TITLE, BARE_TITLE, EXAMPLES_TITLE, COMMONJS_TITLE):
            tap.skip(title, "node, typescript or @types/react is missing: run ./dev setup")
        return tap.finish()
    with tempfile.TemporaryDirectory(prefix="dynr-client-") as folder:
        lay_out(root, folder)
        for name in ("todo.dyn", "todo.lock"):
            shutil.copy(os.path.join(root, "samples/todo", name), folder)
        subprocess.run([os.environ["DYNRC"], "build", "--ts", "--js", "--quiet", "-o", "generated", "todo.dyn"], cwd=folder,
                       check=True, timeout=60)
        examples = write_examples(root, folder)
        tests = [os.path.relpath(path, root) for path in sorted(glob.glob(os.path.join(HERE, "*.test.ts")))]
        for resolution, how in RESOLUTIONS.items():
            options = [script, *OPTIONS, *how]
            tap.result(f"{TITLE} ({resolution})", run_node([*options, *tests], folder))
            tap.result(f"{BARE_TITLE} ({resolution})",
                       run_node([*options, "--lib", "es2020", "templates/js/client.d.ts"], folder))
            tap.result(f"{EXAMPLES_TITLE} ({resolution})",
                       run_node([*options, "--jsx", "react-jsx", *examples], folder)
                       if len(examples) > 10 else [f"only {len(examples)} examples were found"])
        check_commonjs(tap, script, folder)
    return tap.finish()


def main():
    root = os.path.abspath(sys.argv[1])
    if "--types" in sys.argv[2:]:
        return check_types(root)
    return run_tests(root, sys.argv[2:])


if __name__ == "__main__":
    sys.exit(main())
