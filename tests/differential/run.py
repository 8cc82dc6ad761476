#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Sends the same random operations to `dynr local` and to another engine, and compares what they answer.

    run.py DYNR --peer dynalite|java [--seed N] [--operations N] [--java FOLDER]

Each difference is printed with its request, unless compare.py knows it as a fault of the other, with the reason. After every 200
operations both stores are read as a whole; a store that has come to differ by a known fault is made equal again, by deleting what differs.
Exits with 1 when there was a difference that nobody has explained.
"""

import argparse
import collections
import http.client
import json
import os
import pathlib
import random
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

import compare
import generate

AUTHORIZATION = "AWS4-HMAC-SHA256 Credential=KEY/20261120/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=00"
HERE = pathlib.Path(__file__).resolve().parent
CHECK_EVERY = 200


class Engine:
    def __init__(self, name, command, port, environment=None):
        self.name, self.port = name, port
        self.process = subprocess.Popen([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                        stdin=subprocess.DEVNULL, text=True, env=environment)
        if port == 0:
            self.port = int(re.search(r"http://[^:]*:(\d+)", self.process.stdout.readline()).group(1))

    def stop(self):
        self.process.kill()
        self.process.communicate()

    def call(self, operation, body):
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/", json.dumps(body).encode(), {
            "Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": f"DynamoDB_20120810.{operation}",
            "Authorization": AUTHORIZATION, "X-Amz-Date": "20261120T100000Z"})
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            text = error.read()
            return error.code, json.loads(text) if text.startswith(b"{") else {"__type": "#none", "message": text.decode(errors="replace")}
        except (http.client.HTTPException, OSError) as error:
            raise RuntimeError(f"{self.name} broke off: {operation} {json.dumps(body)}") from error

    def wait(self):
        for _ in range(300):
            try:
                if self.call("ListTables", {})[0] == 200:
                    return
            except RuntimeError:
                pass
            time.sleep(0.1)
        raise RuntimeError(f"{self.name} does not answer")

    def make_tables(self):
        for table in generate.TABLES:
            status, body = self.call("CreateTable", generate.definition(table))
            assert status == 200, body
        for table in generate.TABLES:
            while self.call("DescribeTable", {"TableName": table})[1]["Table"]["TableStatus"] != "ACTIVE":
                time.sleep(0.05)

    def scan(self, table):
        items, start = [], {}
        while True:
            status, body = self.call("Scan", {"TableName": table, **start})
            assert status == 200, body
            items += body["Items"]
            if not body.get("LastEvaluatedKey"):
                return {json.dumps(compare.item_form(item), sort_keys=True): item for item in items}
            start = {"ExclusiveStartKey": body["LastEvaluatedKey"]}


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def start_peer(options, folder):
    if options.peer == "java":
        port = free_port()
        jar = pathlib.Path(options.java)
        return Engine("java", ["java", f"-Djava.library.path={jar}/DynamoDBLocal_lib", "-jar", jar / "DynamoDBLocal.jar", "-inMemory",
                               "-port", port], port)
    return Engine("dynalite", ["node", HERE / "dynalite.cjs", options.modules], 0)


def make_equal(ours, theirs):
    """Deletes the items that are not in both. How many there were."""
    n_different = 0
    for table in generate.TABLES:
        keys = [element["AttributeName"] for element in generate.TABLES[table]["KeySchema"]]
        left, right = ours.scan(table), theirs.scan(table)
        for text in left.keys() ^ right.keys():
            n_different += 1
            item = left.get(text) or right[text]
            for engine in (ours, theirs):
                engine.call("DeleteItem", {"TableName": table, "Key": {key: item[key] for key in keys}})
    return n_different


def run(options, ours, theirs):
    generator = generate.Generator(random.Random(options.seed))
    counts = collections.Counter()
    unexplained = []
    texts = collections.Counter()
    tainted = False
    for number in range(options.operations):
        operation, body = generator.operation()
        mine = ours.call(operation, body)
        try:
            answers = mine, theirs.call(operation, body)
        except RuntimeError as problem:
            # dynalite ends over a list that is put into itself. What was compared until then counts.
            print(f"# after {number} operations: {problem}")
            break
        forms = [compare.form(operation, body, *answer) for answer in answers]
        counts["operations"] += 1
        counts["refused"] += answers[0][0] != 200
        if forms[0] == forms[1]:
            if answers[0][0] != 200 and compare.text_of(answers[0][1]) != compare.text_of(answers[1][1]):
                texts[compare.text_of(answers[0][1])[:150], compare.text_of(answers[1][1])[:150]] += 1
        elif (why := compare.explain(options.peer, operation, body, *answers)) is not None:
            counts[f"known: {why}"] += 1
            tainted = True
        else:
            unexplained.append((number, operation, body, *answers))
            tainted = True
        if tainted or number % CHECK_EVERY == CHECK_EVERY - 1:
            n_different = make_equal(ours, theirs)
            if n_different != 0 and not tainted:
                unexplained.append((number, "the stores differ", n_different, None, None))
            tainted = False
        if len(unexplained) >= options.most:
            break
    return counts, unexplained, texts


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("dynr")
    parser.add_argument("--peer", choices=("dynalite", "java"), required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--operations", type=int, default=3000)
    parser.add_argument("--most", type=int, default=20, help="stop after so many differences")
    parser.add_argument("--java", help="folder of DynamoDBLocal.jar")
    parser.add_argument("--modules", help="folder of node_modules with dynalite", default=str(HERE.parent / "sdk" / "node_modules"))
    options = parser.parse_args()
    if options.peer == "dynalite" and not os.path.isdir(os.path.join(options.modules, "dynalite")):
        print("1..0 # SKIP dynalite is missing: run ./dev setup")
        return 0
    folder = tempfile.mkdtemp(prefix="dynr-differential-")
    ours = Engine("dynr", [options.dynr, "local", "--memory", "--port", "0"], 0, {**os.environ, "XDG_RUNTIME_DIR": folder})
    theirs = None
    try:
        theirs = start_peer(options, folder)
        for engine in (ours, theirs):
            engine.wait()
            engine.make_tables()
        counts, unexplained, texts = run(options, ours, theirs)
    finally:
        ours.stop()
        if theirs is not None:
            theirs.stop()
        shutil.rmtree(folder, ignore_errors=True)
    for number, operation, body, mine, other in unexplained:
        print(f"# {number}: {operation} {json.dumps(body, ensure_ascii=False)}\n#   ours   {mine}\n#   theirs {other}")
    for (mine, other), n in texts.most_common(12):
        print(f"# other words, {n} times: {mine!r}, {other!r}")
    print("# " + ", ".join(f"{name} {n}" for name, n in counts.items()))
    print(f"{'not ok' if unexplained else 'ok'} 1 - {options.peer}, {options.operations} operations from seed {options.seed}\n1..1")
    return 1 if unexplained else 0


if __name__ == "__main__":
    sys.exit(main())
