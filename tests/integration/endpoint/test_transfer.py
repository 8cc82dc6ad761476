#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`dynr local export` and `import`: tables as files, with what is said where that is not possible."""

import gzip
import json
import os
import pty
import signal
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "server"))
from local import Local, wait_until  # noqa: E402
from runner import run_tests  # noqa: E402

PATIENCE = 60
INTERRUPTED = 128 + signal.SIGINT
ATTEMPTS = 10


class Place:
    """A working folder."""

    def __init__(self, program):
        self.program = program

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="dynr-transfer-")
        self.path = os.path.realpath(self.folder.name)
        return self

    def __exit__(self, *unused):
        self.folder.cleanup()

    def local(self, *words, status=0, stdin=b""):
        """`dynr local WORDS` here; standard output and error."""
        run = subprocess.run([self.program, "local", *words], cwd=self.path, capture_output=True, timeout=PATIENCE, check=False,
                             input=stdin)
        assert run.returncode == status, (words, run)
        return run.stdout.decode(), run.stderr.decode()

    def write(self, name, text):
        with open(os.path.join(self.path, name), "wb") as file:
            file.write(text if isinstance(text, bytes) else text.encode())

    def read(self, name):
        with open(os.path.join(self.path, name), encoding="utf-8") as file:
            return file.read()

    def serve(self, data=".dynr"):
        return Local(self.program, "--data", os.path.join(self.path, data))

    def files(self, folder="."):
        return sorted(os.listdir(os.path.join(self.path, folder)))


def lines(count, size=1):
    return "".join(json.dumps({"Item": {"id": {"S": f"{i:06}"}, "text": {"S": "x" * size}}}, separators=(",", ":")) + "\n"
                   for i in range(count))


def described(answer):
    """What two tables of one definition have in common."""
    table = answer.json()["Table"]
    for name in ("CreationDateTime", "TableArn", "TableId", "LatestStreamArn", "LatestStreamLabel"):
        table.pop(name, None)
    for name in ("BillingModeSummary", "ProvisionedThroughput"):
        table.get(name, {}).pop("LastUpdateToPayPerRequestDateTime", None)
    for index in table.get("GlobalSecondaryIndexes", []) + table.get("LocalSecondaryIndexes", []):
        index.pop("IndexArn")
    table.get("AttributeDefinitions").sort(key=lambda one: one["AttributeName"])
    return table


RICH = {
    "TableName": "rich",
    "AttributeDefinitions": [{"AttributeName": name, "AttributeType": kind} for name, kind in
                             (("id", "S"), ("at", "N"), ("blob", "B"), ("by \"quoted\"", "S"))],
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}, {"AttributeName": "at", "KeyType": "RANGE"}],
    "GlobalSecondaryIndexes": [
        {"IndexName": "byQuoted", "KeySchema": [{"AttributeName": "by \"quoted\"", "KeyType": "HASH"},
                                                {"AttributeName": "at", "KeyType": "RANGE"}],
         "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["one", "two"]},
         "ProvisionedThroughput": {"ReadCapacityUnits": 3, "WriteCapacityUnits": 4}},
        {"IndexName": "byTime", "KeySchema": [{"AttributeName": "at", "KeyType": "HASH"}],
         "Projection": {"ProjectionType": "KEYS_ONLY"}, "ProvisionedThroughput": {"ReadCapacityUnits": 5, "WriteCapacityUnits": 6}}],
    "LocalSecondaryIndexes": [
        {"IndexName": "byBlob", "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}, {"AttributeName": "blob", "KeyType": "RANGE"}],
         "Projection": {"ProjectionType": "ALL"}}],
    "ProvisionedThroughput": {"ReadCapacityUnits": 7, "WriteCapacityUnits": 8},
    "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "OLD_IMAGE"},
    "DeletionProtectionEnabled": True,
    "Tags": [{"Key": "team", "Value": "blue"}, {"Key": "cost", "Value": ""}],
}


def definitions_come_back(program):
    with Place(program) as place:
        with place.serve() as local:
            assert local.post("CreateTable", RICH).status == 200
            ttl = {"TableName": "rich", "TimeToLiveSpecification": {"AttributeName": "gone", "Enabled": True}}
            assert local.post("UpdateTimeToLive", ttl).status == 200
            for i in range(3):
                item = {"id": {"S": "é\u0001\""}, "at": {"N": str(i)}, "by \"quoted\"": {"S": "q"}, "blob": {"B": "AAEC"},
                        "deep": {"M": {"list": {"L": [{"NULL": True}, {"BOOL": False}, {"SS": ["a", "b"]}]}}}}
                assert local.post("PutItem", {"TableName": "rich", "Item": item}).status == 200
            answer = local.post("DescribeTable", {"TableName": "rich"})
            place.write("described.json", answer.body)
            before = described(answer)
            scanned = local.post("Scan", {"TableName": "rich"}).json()["Items"]
            assert local.stop() == 0
        out, _ = place.local("export", "-t", "rich", "--to", "rich.json", "--definition", "rich.table.json")
        assert out == "exported 3 items of rich to rich.json\n", out
        written = json.loads(place.read("rich.table.json"))
        assert written.pop("TimeToLiveSpecification") == {"AttributeName": "gone", "Enabled": True}
        order = {"AttributeDefinitions": sorted(RICH["AttributeDefinitions"], key=lambda one: one["AttributeName"])}
        written["AttributeDefinitions"].sort(key=lambda one: one["AttributeName"])
        assert written.pop("BillingMode") == "PROVISIONED"
        assert sorted(written.pop("Tags"), key=lambda tag: tag["Key"]) == sorted(RICH["Tags"], key=lambda tag: tag["Key"])
        assert written == {**{name: value for name, value in RICH.items() if name != "Tags"}, **order}, written
        # What CreateTable takes is taken, and so is what DescribeTable answers, though it says nothing of tags and time to live.
        out, _ = place.local("import", "rich.json", "--definition", "rich.table.json", "--data", "other")
        assert out == "imported 3 items into rich\n", out
        place.local("import", "rich.json", "--definition", "described.json", "--data", "other", "--table", "second")
        with place.serve("other") as local:
            assert described(local.post("DescribeTable", {"TableName": "rich"})) == before
            assert described(local.post("DescribeTable", {"TableName": "second"})) == {**before, "TableName": "second"}
            for table in ("rich", "second"):
                assert local.post("Scan", {"TableName": table}).json()["Items"] == scanned
            answer = local.post("Query", {"TableName": "rich", "IndexName": "byQuoted", "KeyConditionExpression": "#q = :q",
                                          "ExpressionAttributeNames": {"#q": "by \"quoted\""}, "ExpressionAttributeValues": {":q": {"S": "q"}}})
            assert answer.json()["Count"] == 3, answer.body
            status = local.post("DescribeTimeToLive", {"TableName": "rich"}).json()["TimeToLiveDescription"]
            assert status == {"TimeToLiveStatus": "ENABLED", "AttributeName": "gone"}, status
            arn = local.post("DescribeTable", {"TableName": "rich"}).json()["Table"]["TableArn"]
            tags = local.post("ListTagsOfResource", {"ResourceArn": arn}).json()["Tags"]
            assert sorted(tag["Key"] for tag in tags) == ["cost", "team"], tags


def items_come_back_by_every_way(program):
    # More than two pages of a Scan.
    text = lines(300, 10000)
    with Place(program) as place:
        place.write("in.json", text)
        out, _ = place.local("import", "in.json", "--table", "things", "--key", "id:S")
        assert out == "imported 300 items into things\n", out
        place.local("import", "-", "--table", "piped", "-k", "id", stdin=text.encode())
        run = subprocess.run(["bash", "-c", f"{program} local import <(cat in.json) -t opened -k id --quiet"], cwd=place.path,
                             capture_output=True, timeout=PATIENCE, check=False)
        assert (run.returncode, run.stdout, run.stderr) == (0, b"", b""), run
        with open(os.path.join(place.path, "in.json"), "rb") as file:
            run = subprocess.run([program, "local", "import", "-", "-t", "redirected", "-k", "id"], cwd=place.path, stdin=file,
                                 capture_output=True, timeout=PATIENCE, check=False)
            assert run.returncode == 0, run
        for table in ("things", "piped", "opened", "redirected"):
            for words in ([], ["--to", "-"]):
                out, err = place.local("export", "--table", table, *words)
                assert out == text and err == f"exported 300 items of {table}\n", err
        place.local("export", "--table", "things", "--to", "out.json", "-q")
        assert place.read("out.json") == text
        assert place.local("export", "--table", "things", "-q") == (text, "")
        assert place.files() == [".dynr", "in.json", "out.json"] and place.files(".dynr") == ["tables.db"], place.files(".dynr")


def folders_in_use_are_left_alone(program):
    with Place(program) as place:
        place.write("in.json", lines(1))
        with place.serve() as local:
            local.make_table()
            out, err = place.local("import", "in.json", "-t", "more", "-k", "id", status=1)
            assert out == "" and f"process {local.process.pid} uses {place.path}/.dynr and serves it on port {local.port}" in err, err
            assert local.post("ListTables", {}).json() == {"TableNames": ["things"]}
            assert local.stop() == 0
        place.local("import", "in.json", "-t", "more", "-k", "id")


def what_is_served_can_be_exported(program):
    with Place(program) as place:
        with place.serve() as local:
            local.make_table()
            for number in range(8):
                local.put(f"m{number}", "x" * 380000)
            stopped, counts = threading.Event(), [0]

            def write():
                """Two items that are always alike, far from each other."""
                while not stopped.is_set():
                    counts[0] += 1
                    items = [{"Put": {"TableName": "things", "Item": {"id": {"S": key}, "count": {"N": str(counts[0])}}}} for key in "az"]
                    assert local.post("TransactWriteItems", {"TransactItems": items}).status == 200

            writer = threading.Thread(target=write)
            writer.start()
            try:
                seen = set()
                for number in range(6):
                    wait_until(lambda: counts[0] > 20 * (number + 1), "more is written")
                    if number % 2 == 0:
                        text, err = place.local("export", "-t", "things")
                        assert err == "exported 10 items of things\n", err
                    else:
                        out, _ = place.local("export", "-t", "things", "--to", "out.json", "--definition", "out.table.json")
                        assert out == "exported 10 items of things to out.json\n", out
                        text = place.read("out.json")
                    rows = {row["id"]["S"]: row for row in (json.loads(line)["Item"] for line in text.splitlines())}
                    assert len(rows) == 10 and rows["a"]["count"] == rows["z"]["count"], (rows["a"], rows["z"])
                    seen.add(rows["a"]["count"]["N"])
                assert len(seen) == 6, seen
            finally:
                stopped.set()
                writer.join()
            _, err = place.local("export", "-t", "thigns", status=1)
            assert err == f"dynr local: there is no table thigns in {place.path}/.dynr; it has things\n", err
            # The one who serves it noticed nothing, and is still known as the one who has it.
            _, err = place.local("import", "out.json", "--definition", "out.table.json", "-t", "more", status=1)
            assert f"process {local.process.pid} uses" in err, err
            assert local.stop() == 0
        assert place.files(".dynr") == ["tables.db"], place.files(".dynr")
        place.local("import", "out.json", "--definition", "out.table.json", "-t", "more")


def exports_say_what_is_missing(program):
    with Place(program) as place:
        for data in (".dynr", "nowhere"):
            _, err = place.local("export", "-t", "things", "--data", data, status=1)
            assert err == f"dynr local: there are no tables in {data}; --data DIR names another folder\n", err
        assert place.files() == []
        place.write("in.json", lines(2))
        _, err = place.local("export", "-t", "things", "--data", "in.json", status=1)
        assert "--data takes a folder, and in.json is a file" in err, err
        place.local("import", "in.json", "-t", "alpha", "-k", "id")
        place.local("import", "in.json", "-t", "beta", "-k", "id")
        _, err = place.local("export", "-t", "alhpa", "--to", "out.json", status=1)
        assert err == f"dynr local: there is no table alhpa in {place.path}/.dynr; it has alpha, beta\n", err
        _, err = place.local("export", "-t", "alpha", "--to", "missing/out.json", status=1)
        assert err == "dynr local: cannot write missing/out.json: No such file or directory\n", err
        _, err = place.local("export", "-t", "alpha", "--definition", "missing/d.json", status=1)
        assert err == "dynr local: cannot write missing/d.json: No such file or directory\n", err
        os.mkfifo(os.path.join(place.path, "fifo"))
        for target in ("fifo", "."):
            _, err = place.local("export", "-t", "alpha", "--to", target, status=1)
            assert err == f"dynr local: {target} is no plain file; without --to, items go to standard output\n", err
        os.remove(os.path.join(place.path, "fifo"))
        with open("/dev/full", "wb") as full:
            run = subprocess.run([program, "local", "export", "-t", "alpha"], cwd=place.path, stdout=full, stderr=subprocess.PIPE,
                                 timeout=PATIENCE, check=False)
        assert run.returncode == 1 and b"cannot write standard output: No space left on device" in run.stderr, run
        assert place.files() == [".dynr", "in.json"], place.files()


def imports_say_what_is_wrong(program):
    with Place(program) as place:
        place.write("in.json", lines(2))
        place.write("bad.json", lines(1) + "\n{\"id\":{\"S\":\"x\"}}\n")
        place.write("in.json.gz", gzip.compress(lines(2).encode()))
        key = ["-t", "things", "-k", "id"]
        for words, stdin, said in (
                (["bad.json", *key], "", "bad.json, line 3: this is no {\"Item\":{...}}: `{\"id\":{\"S\":\"x\"}}`; "
                 "a line is such as {\"Item\":{\"id\":{\"S\":\"x\"}}}\n"),
                (["-", *key], lines(1) + "nonsense\n", "standard input, line 2: this is no {\"Item\":{...}}: `nonsense`; "),
                (["-", "-t", "things", "-k", "id", "-s", "at:N"], '{"Item":{"id":"x"}}', "standard input, line 1: Unexpected value type in payload: "
                 "`{\"Item\":{\"id\":\"x\"}}`; a line is such as {\"Item\":{\"id\":{\"S\":\"x\"},\"at\":{\"N\":\"1\"}}}\n"),
                # Short, whatever stands there.
                (["-", *key], b"\x00\xff\x1b[1m" + "é".encode() * 5000, "standard input, line 1: this is no {\"Item\":{...}}: `???[1m" + "é" * 27 + "...`; "),
                (["in.json", "-t", "things", "-k", "id:N"], "", "in.json, line 1: One or more parameter values were invalid: Type mismatch"),
                (["in.json", "-t", "things", "-k", "text", "-s", "absent"], "", "in.json, line 1: One or more parameter values"),
                (["missing.json", *key], "", "cannot read missing.json: No such file or directory"),
                ([".", *key], "", ". is a folder: `cat ./*.json | dynr local import -`"),
                (["in.json.gz", *key], "", "in.json.gz is compressed: `gunzip -c FILE | dynr local import -`"),
                (["-", *key], gzip.compress(b"{}"), "standard input is compressed"),
                (["in.json", "-t", "x", "-k", "id"], "", "TableName must be at least 3 characters long"),
                (["in.json", "--definition", "missing.json"], "", "cannot read missing.json"),
                (["in.json", "--definition", "bad.json"], "", "bad.json: ")):
            out, err = place.local("import", *words, status=1, stdin=stdin if isinstance(stdin, bytes) else stdin.encode())
            assert out == "" and err.startswith(f"dynr local: {said}"), (words, err)
            # Nothing is left of what came to nothing.
            assert place.files() == ["bad.json", "in.json", "in.json.gz"], (words, place.files())
        place.local("import", "in.json", *key)
        _, err = place.local("import", "in.json", *key, status=1)
        assert err == f"dynr local: {place.path}/.dynr has a table things: import makes a new one, of another name with --table\n", err
        _, err = place.local("import", "bad.json", "-t", "others", "-k", "id", status=1)
        assert place.local("export", "-t", "things", "-q") == (lines(2), "")


def replaced_items_are_counted_apart(program):
    with Place(program) as place:
        place.write("in.json", lines(3) + "\n" + lines(2, 2))
        out, err = place.local("import", "in.json", "-t", "things", "-k", "id")
        assert (out, err) == ("imported 3 items into things; replaced by later ones of their key: 2\n", ""), (out, err)
        assert place.local("export", "-t", "things", "-q")[0] == lines(2, 2) + lines(3).splitlines(True)[2]
        assert place.local("import", "in.json", "-t", "others", "-k", "id", "-q") == ("", "")


def wrong_definitions_are_explained(program):
    with Place(program) as place:
        place.write("in.json", lines(1))
        good = {"TableName": "things", "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
                "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}]}
        for change, said in (({"TableName": None}, "d.json names no table: use --table NAME"),
                             ({"KeySchema": [{"AttributeName": "id", "KeyType": "hash"}]}, "a KeyType is HASH or RANGE, not hash"),
                             ({"AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "SS"}]}, "an AttributeType is S, N or B, not SS"),
                             ({"AttributeDefinitions": []}, "AttributeDefinitions lacks the key attribute id"),
                             ({"BillingMode": "FREE"}, "a BillingMode is PROVISIONED or PAY_PER_REQUEST, not FREE"),
                             ({"ProvisionedThroughput": {"ReadCapacityUnits": 1.5}}, "capacity units are whole numbers, not 1.5"),
                             ({"StreamSpecification": {"StreamViewType": "ALL"}}, "there is no StreamViewType ALL"),
                             ({"GlobalSecondaryIndexes": [{"IndexName": "x", "Projection": {"ProjectionType": "SOME"}}]}, "not SOME"),
                             ({"GlobalSecondaryIndexes": [{}] * 65}, "too many indexes"), ({"Tags": [{}] * 65}, "too many Tags"),
                             ({"TableName": 7}, "d.json: ")):
            place.write("d.json", json.dumps({**good, **change}))
            _, err = place.local("import", "in.json", "--definition", "d.json", status=1)
            assert "d.json" in err and said in err, err
        place.write("d.json", json.dumps({**good, "LocalSecondaryIndexes": None, "TableStatus": "ACTIVE", "Replicas": [{"a": [1]}]}))
        place.local("import", "in.json", "--definition", "d.json")


def command_lines_are_complete(program):
    with Place(program) as place:
        for words, said in ((["export"], "--table NAME is missing"), (["import"], "FILE is missing"),
                            (["import", "x"], "--key NAME:TYPE or --definition FILE is missing"),
                            (["import", "x", "-k", "id"], "--table NAME is missing"),
                            (["import", "x", "-k", "id:X", "-t", "x"], "a key is NAME, NAME:S, NAME:N or NAME:B, not `id:X`"),
                            (["import", "x", "-k", ":S", "-t", "x"], "a key is NAME"),
                            (["import", "x", "-k", "id", "--definition", "d"], "leave out --key and --sort-key"),
                            (["import", "x", "y"], "one argument too many: `y`"), (["export", "x"], "one argument too many: `x`"),
                            (["export", "-t", "x", "--key", "id"], "--key has no effect on `export`"),
                            (["import", "x", "--to", "y"], "--to has no effect on `import`"),
                            (["export", "-t", "x", "--port", "1"], "--port has no effect on `export`"),
                            (["stop", "--table", "x"], "--table has no effect on `stop`")):
            out, err = place.local(*words, status=2)
            assert out == "" and said in err and " --help\n" in err, (words, err)
        # A file may be called as a command is.
        place.write("start", lines(1))
        place.local("import", "start", "-t", "things", "-k", "id")


def start(place, *words, **streams):
    return subprocess.Popen([place.program, "local", *words], cwd=place.path, **streams)


def progress_is_shown_on_terminals(program):
    with Place(program) as place:
        for words, wanted in (([], True), (["--quiet"], False)):
            ours, theirs = pty.openpty()
            run = start(place, "import", "-", "-t", "things" + "q" * len(words), "-k", "id", *words, stdin=subprocess.PIPE,
                        stdout=subprocess.DEVNULL, stderr=theirs)
            os.close(theirs)
            run.stdin.write(lines(50, 10000).encode())
            run.stdin.flush()
            shown = b""
            if wanted:
                while b": 0.5 MB" not in shown:
                    shown += os.read(ours, 4096)
                assert b"\rimporting things: " in shown.replace(b"\033[K", b""), shown
            else:
                time.sleep(0.5)
            run.stdin.close()
            assert run.wait(timeout=PATIENCE) == 0
            try:
                shown += os.read(ours, 4096)
            except OSError:
                # The other end was closed, and nothing was left to read.
                pass
            os.close(ours)
            assert (shown == b"") != wanted and (not wanted or shown.endswith(b"\r\033[K")), shown


def interrupted_it_leaves_no_pieces(program):
    with Place(program) as place:
        # An import that waits for its input.
        run = start(place, "import", "-", "-t", "things", "-k", "id", stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        wait_until(lambda: os.path.exists(os.path.join(place.path, ".dynr", "tables.db-lock")), "it reads")
        run.send_signal(signal.SIGINT)
        _, err = run.communicate(timeout=PATIENCE)
        assert (run.returncode, err) == (INTERRUPTED, b"importing things: interrupted\n"), (run.returncode, err)
        assert not [name for name in place.files(".dynr") if name.startswith("import")], place.files(".dynr")
        # Nothing stands in the way of the next one.
        place.write("in.json", lines(30000, 1000))
        place.local("import", "in.json", "-t", "things", "-k", "id")
        before = place.files()
        for attempt in range(ATTEMPTS):
            run = start(place, "export", "-t", "things", "--to", f"out{attempt}.json", stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                        stderr=subprocess.DEVNULL)
            wait_until(lambda: place.files() != before, "it writes")
            run.send_signal(signal.SIGINT)
            if run.wait(timeout=PATIENCE) == INTERRUPTED:
                assert place.files() == before, place.files()
                break
            assert run.returncode == 0, run.returncode
            before = place.files()
        else:
            raise AssertionError("no export was interrupted")
        out, _ = place.local("export", "-t", "things", "-q")
        assert out == place.read("in.json")


TESTS = [definitions_come_back, items_come_back_by_every_way, folders_in_use_are_left_alone, what_is_served_can_be_exported, exports_say_what_is_missing,
         imports_say_what_is_wrong, replaced_items_are_counted_apart, wrong_definitions_are_explained, command_lines_are_complete, progress_is_shown_on_terminals,
         interrupted_it_leaves_no_pieces]

if __name__ == "__main__":
    sys.exit(run_tests(os.path.abspath(sys.argv[1]), TESTS))
