#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`dynr local` as people use it: data that stays, commands about a running one, complaints."""

import contextlib
import http.client
import os
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "server"))
from local import Local, Signer, wait_until  # noqa: E402
from runner import Skipped, run_tests  # noqa: E402


def refused(program, *words, environment=None):
    """Exit status and what it said of a start that must fail."""
    run = subprocess.run([program, "local", *words], capture_output=True, text=True, timeout=30, check=False,
                         env=environment or os.environ)
    return run.returncode, run.stderr


def tables_are_kept_in_their_folder(program):
    with tempfile.TemporaryDirectory() as folder:
        data = os.path.join(folder, "a", "b")
        with Local(program, "--data", data) as local:
            local.make_table()
            local.put("1", "kept")
            assert local.stop() == 0
        with Local(program, "--data", data) as local:
            assert local.get("1")["text"] == {"S": "kept"}
            # Answered is on disk.
            local.put("2", "too")
            local.kill()
        with Local(program, "--data", data) as local:
            assert local.get("2")["text"] == {"S": "too"}
            assert local.stop() == 0


def memory_forgets(program):
    with Local(program) as local:
        local.make_table()
        assert local.post("ListTables", {}).json() == {"TableNames": ["things"]}
        assert local.stop() == 0
    with Local(program) as local:
        assert local.post("ListTables", {}).json() == {"TableNames": []}


def a_folder_has_one_owner(program):
    with tempfile.TemporaryDirectory() as data:
        with Local(program, "--data", data) as local:
            status, said = refused(program, "--data", data, "--port", "0", environment=local.environment)
            assert status == 1 and f"process {local.process.pid} uses" in said and os.path.realpath(data) in said, said
            local.make_table()


def a_port_has_one_owner(program):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        status, said = refused(program, "--memory", "--port", str(port))
        assert status == 1 and said == (f"dynr local: cannot listen on 127.0.0.1 port {port}: Address already in use; name another port "
                                        "(--port N), or 0 for one that is free\n"), said
    with Local(program) as local:
        status, said = refused(program, "--memory", "--port", str(local.port), environment=local.environment)
        assert status == 1 and "Address already in use; name another port" in said, said
        assert said.endswith(f"\nhelp: dynr local status --port {local.port} says what runs there\n"), said


def other_machines_need_keys(program):
    status, said = refused(program, "--memory", "--port", "0", "--host", "0.0.0.0")
    assert status == 1 and "0.0.0.0 is open to other machines" in said, said
    status, said = refused(program, "--memory", "--host", "example.com")
    assert status == 1 and '"example.com" is not an IPv4 or IPv6 address' in said, said
    with Local(program, "--host", "0.0.0.0", "--insecure") as local:
        local.make_table()


def localhost_is_an_address(program):
    with Local(program, "--host", "localhost") as local:
        local.make_table()
        assert f"http://127.0.0.1:{local.port} " in local.command("status")[1]


def wrong_command_lines_are_explained(program):
    for words, complaint in ((["--prot", "1"], "there is no option `--prot`"), (["--port"], "there is no value behind `--port`"),
                             (["--port", "70000"], "a port is a number up to 65535, not `70000`"),
                             (["--port", "8x"], "not `8x`"), (["--durability", "much"], "not `much`"),
                             (["--memory=yes"], "no value belongs behind `--memory`"), (["stop", "start"], "one command"),
                             (["--memory", "--data", "x"], "leave out --data"), (["halt"], "there is no command `halt`"),
                             (["--connections", "0"], "--connections is a number from 1"),
                             (["--origin", "foo"], "such as http://localhost:5173, not `foo`"),
                             (["--origin", "https://studio.example/"], "such as http://localhost:5173, not `https://studio.example/`")):
        status, said = refused(program, *words)
        assert status == 2 and complaint in said and re.search(r"^help: dynr local (\w+ )?--help$", said, re.MULTILINE), (words, said)


def status_reset_and_logs_answer(program):
    with Local(program) as local:
        local.make_table("alpha")
        local.make_table("beta", DeletionProtectionEnabled=True)
        local.post("GetItem", {})
        status, out, _ = local.command("status")
        assert status == 0 and f"http://127.0.0.1:{local.port}" in out, out
        assert "tables      2\n" in out and "data        memory, durability none" in out, out
        assert "requests    3, of which 1 were refused or failed" in out, out
        # What cannot be deleted is named, and the rest goes.
        status, out, err = local.command("reset")
        assert (status, out) == (1, ""), (status, out)
        assert err.startswith("dynr local: deleted 1 of 2 tables\n  beta: Resource cannot be deleted as it is currently protected"), err
        assert local.post("ListTables", {}).json() == {"TableNames": ["beta"]}
        assert local.post("UpdateTable", {"TableName": "beta", "DeletionProtectionEnabled": False}).status == 200
        assert local.command("reset") == (0, "deleted 1 of 1 tables\n", "")
        assert local.post("ListTables", {}).json() == {"TableNames": []}
        status, out, _ = local.command("logs")
        assert status == 0 and f"started on port {local.port}" in out and "reset: deleted 1 of 2 tables" in out, out
        status, out, _ = local.command("stop")
        assert (status, out) == (0, "stopped\n"), out
        assert local.process.wait(timeout=30) == 0
        status, _, err = local.command("status")
        assert status == 1 and "nothing runs on port" in err, err


def status_without_a_port_is_of_all(program):
    with tempfile.TemporaryDirectory() as runtime, tempfile.TemporaryDirectory() as data:
        environment = {**os.environ, "XDG_RUNTIME_DIR": runtime}

        def status():
            run = subprocess.run([program, "local", "status"], capture_output=True, text=True, timeout=30, check=False, env=environment)
            return run.returncode, run.stdout, run.stderr

        assert status() == (1, "", "dynr local: nothing runs (of this user)\n")
        with Local(program, "--data", data, runtime=runtime) as one, Local(program, runtime=runtime) as other:
            # What is no socket of a server is passed over, and so is one that was left behind.
            for name in ("local-70000.sock", "local-1x.sock", "local-.sock", "other-1.sock"):
                with open(os.path.join(runtime, "dynr", name), "w", encoding="utf-8"):
                    pass
            with socket.socket(socket.AF_UNIX) as left:
                left.bind(os.path.join(runtime, "dynr", "local-7.sock"))
            code, out, err = status()
            assert (code, err) == (0, ""), (code, err)
            blocks = out.split("\n\n")
            assert len(blocks) == 2, out
            for local, block in zip(sorted((one, other), key=lambda local: local.port), blocks):
                place = os.path.realpath(data) if local is one else "memory"
                assert f"http://127.0.0.1:{local.port} (process {local.process.pid})\n" in block and f"data        {place}," in block, out
            assert one.command("status")[1].strip() in [block.strip() for block in blocks]
            assert one.stop() == 0
            other.kill()
        assert status() == (1, "", "dynr local: nothing runs (of this user)\n")


def following_ends_with_what_is_followed(program):
    for how in ("stop", "kill"):
        with Local(program) as local:
            follower = subprocess.Popen([program, "local", "logs", "--follow", "--port", str(local.port)], env=local.environment,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            try:
                assert "started on port" in follower.stdout.readline()
                assert local.command("reset")[0] == 0
                assert "reset: deleted 0 of 0 tables" in follower.stdout.readline()
                assert follower.poll() is None
                if how == "stop":
                    assert local.command("stop")[0] == 0
                else:
                    local.kill()
                out, err = follower.communicate(timeout=10)
            finally:
                follower.kill()
            assert (follower.returncode, err) == (0, f"dynr local: what ran on port {local.port} has ended\n"), (follower.returncode, err)
            # Its last word is not missed.
            assert ("stopped after 0 requests\n" in out) == (how == "stop"), out
            # Nobody is waited for who is not there.
            status, out, err = local.command("logs", "--follow")
            assert status == 0 and "started on port" in out and err.endswith("has ended\n"), (status, out, err)
            status, out, err = local.command("logs")
            assert status == 0 and "started on port" in out and err == "", err


def answers_that_are_none_are_failures(program):
    with tempfile.TemporaryDirectory() as folder:
        os.mkdir(os.path.join(folder, "dynr"), 0o700)
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(os.path.join(folder, "dynr", "local-7.sock"))
            server.listen()
            for answer, said in ((b"", "port 7: it ended without an answer\n"),
                                 (b"stopped\n", "port 7: what serves there is of another version\n"), (b"failed\nno\n", "dynr local: no\n")):
                def serve(answer=answer):
                    client, _ = server.accept()
                    client.recv(64)
                    client.sendall(answer)
                    client.close()

                thread = threading.Thread(target=serve)
                thread.start()
                status, err = refused(program, "stop", "--port", "7", environment={**os.environ, "XDG_RUNTIME_DIR": folder})
                thread.join()
                assert status == 1 and said in err, err


def status_says_who_is_let_in(program):
    with Local(program) as local:
        assert "\nsignatures  not verified: any access key is accepted\n" in local.command("status")[1]
    for count, said in ((1, "1 access key"), (3, "3 access keys")):
        with tempfile.NamedTemporaryFile("w", encoding="utf-8") as file:
            for key in range(count):
                file.write(f"[p{key}]\naws_access_key_id = KEY{key}\naws_secret_access_key = S{key}\n")
            file.flush()
            with Local(program, "--credentials", file.name) as local:
                assert f"\nsignatures  verified against {said}\n" in local.command("status")[1]


def wrong_credentials_are_explained(program):
    good = "[default]\naws_access_key_id = KEY\naws_secret_access_key = "
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "credentials")
        for text, complaint in ((good + "s" * 257, ":3: aws_secret_access_key is longer than 256 bytes"),
                                (good.replace("KEY", "K" * 129) + "s", ":2: aws_access_key_id is longer than 128 bytes"),
                                (good, ":3: aws_secret_access_key is empty"),
                                (good + "s\0t", ":3: aws_secret_access_key has a NUL byte"),
                                (good + "s\n" + good + "t\n", ":6: another profile has the key KEY with another secret"),
                                (good + "s\nnonsense\n", ":4: neither [profile] nor name = value; such a file has the lines `[default]`"),
                                ("[default]\naws_access_key_id = KEY\n", "the profile that ends here has no aws_secret_access_key"),
                                ("", "has no aws_access_key_id; such a file has the lines `[default]`")):
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
            status, said = refused(program, "--memory", "--port", "0", "--credentials", path)
            assert status == 1 and said.startswith(f"dynr local: {path}") and complaint in said, said
            assert "ssss" not in said, said
        form = "; such a file has the lines `[default]`, `aws_access_key_id = KEY` and `aws_secret_access_key = SECRET`\n"
        with open(path, "w", encoding="utf-8") as file:
            file.write("#" * (1 << 20))
        missing = os.path.join(folder, "missing")
        for given, complaint in ((missing, f"cannot read {missing}: No such file or directory"), (folder, f"cannot read {folder}: Is a directory"),
                                 (path, f"{path} is longer than 1 MiB")):
            status, said = refused(program, "--memory", "--port", "0", "--credentials", given)
            assert (status, said) == (1, f"dynr local: {complaint}{form}"), said
        # A role's profile may repeat its source's pair; the longest secret works.
        secret = "s" * 256
        with open(path, "w", encoding="utf-8") as file:
            file.write(good + secret + "\n" + good + secret + "\n")
        with Local(program, "--credentials", path) as local:
            for given, expected in ((secret, 200), (secret[:-1], 400)):
                headers = Signer(local.port, secret=given).headers("ListTables", b"{}")
                assert local.post("ListTables", b"{}", **headers).status == expected, len(given)


def addresses_are_shown_as_urls(program):
    if not socket.has_ipv6 or not os.path.exists("/proc/net/if_inet6"):
        raise Skipped("there is no IPv6")
    with Local(program, "--host", "::1") as local:
        assert f"running     http://[::1]:{local.port} (process {local.process.pid})\n" in local.command("status")[1]


def failing_maintenance_is_logged(program):
    with tempfile.TemporaryDirectory() as data:
        with Local(program, "--data", data) as local:
            local.make_table(GlobalSecondaryIndexes=[{"IndexName": "again", "Projection": {"ProjectionType": "ALL"},
                                                      "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}]}])
            local.put("1")
            assert local.stop() == 0
        with contextlib.closing(sqlite3.connect(os.path.join(data, "tables.db"))) as store:
            # An index that is not whole, of an item that cannot be read.
            (table,) = store.execute("SELECT id FROM dynr_table").fetchone()
            store.execute(f"UPDATE t{table} SET item='{{'")
            store.execute("UPDATE dynr_index SET state=1")
            store.commit()
        with Local(program, "--data", data) as local:
            def complaints():
                _, out, _ = local.command("logs")
                return [line for line in out.splitlines() if "items may not expire" in line]
            wait_until(complaints, "it complains")
            # It tries again each second, and says so once a minute.
            time.sleep(2.5)
            assert len(complaints()) == 1 and "a stored item of table things cannot be read" in complaints()[0], complaints()
            assert local.stop() == 0


def it_runs_in_the_background(program):
    with tempfile.TemporaryDirectory() as folder:
        local = Local(program, runtime=folder)
        run = subprocess.run([program, "local", "--memory", "--port", "0", "--background"], capture_output=True, text=True,
                             timeout=30, check=False, env=local.environment)
        assert run.returncode == 0, run.stderr
        local.port = int(run.stdout.split("http://127.0.0.1:")[1].split(",")[0])
        try:
            local.make_table()
            status, out, _ = local.command("status")
            assert status == 0 and "tables      1\n" in out, out
        finally:
            status, out, err = local.command("stop")
        assert (status, out) == (0, "stopped\n"), (out, err)
        # What cannot start says so where it was started.
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            status, said = refused(program, "--memory", "--background", "--port", str(taken.getsockname()[1]),
                                   environment=local.environment)
            assert status == 1 and "cannot listen" in said, said


def foreign_folders_are_not_used(program):
    with tempfile.TemporaryDirectory() as folder:
        os.mkdir(os.path.join(folder, "dynr"), 0o777)
        os.chmod(os.path.join(folder, "dynr"), 0o777)
        status, said = refused(program, "--memory", "--port", "0", environment={**os.environ, "XDG_RUNTIME_DIR": folder})
        assert status == 1 and "is open to others" in said, said
        shutil.rmtree(os.path.join(folder, "dynr"))
        os.symlink("/tmp", os.path.join(folder, "dynr"))
        status, said = refused(program, "--memory", "--port", "0", environment={**os.environ, "XDG_RUNTIME_DIR": folder})
        assert status == 1 and "is not a folder" in said, said


def keys_and_regions_can_be_kept_apart(program):
    with Local(program, "--isolate") as local:
        def as_(key, region):
            return ("AWS4-HMAC-SHA256 Credential=%s/20261120/%s/dynamodb/aws4_request, SignedHeaders=host, Signature=0"
                    % (key, region))

        create = {"TableName": "things", "BillingMode": "PAY_PER_REQUEST",
                  "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
                  "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}]}
        for key, region in (("A", "eu-west-1"), ("A", "us-east-1"), ("B", "us-east-1")):
            answer = local.post("CreateTable", create, Authorization=as_(key, region))
            assert answer.status == 200, answer.body
            assert f":{region}:" in answer.json()["TableDescription"]["TableArn"]
        item = {"TableName": "things", "Item": {"id": {"S": "1"}}}
        assert local.post("PutItem", item, Authorization=as_("A", "us-east-1")).status == 200
        key = {"TableName": "things", "Key": {"id": {"S": "1"}}}
        assert "Item" in local.post("GetItem", key, Authorization=as_("A", "us-east-1")).json()
        assert local.post("GetItem", key, Authorization=as_("B", "us-east-1")).json() == {}
        assert local.post("ListTables", {}, Authorization=as_("C", "us-east-1")).json() == {"TableNames": []}
        assert local.post("ListTables", {}, Authorization=as_("B", "us-east-1")).json() == {"TableNames": ["things"]}


def stopping_loses_nothing_that_was_answered(program):
    with tempfile.TemporaryDirectory() as data:
        answered, outcomes = [], []
        with Local(program, "--data", data) as local:
            local.make_table()

            def write(writer):
                for i in range(10000):
                    try:
                        local.put(f"{writer}-{i}")
                        answered.append(f"{writer}-{i}")
                    except (OSError, http.client.HTTPException, AssertionError) as problem:
                        outcomes.append(type(problem))
                        return

            threads = [threading.Thread(target=write, args=(i,)) for i in range(4)]
            for thread in threads:
                thread.start()
            wait_until(lambda: len(answered) > 50, "writers write")
            assert local.stop() == 0
            for thread in threads:
                thread.join()
        # Connections that nobody had taken are closed; no answer is cut, and none says that something failed.
        assert set(outcomes) <= {ConnectionRefusedError, ConnectionResetError, BrokenPipeError, http.client.RemoteDisconnected}, outcomes
        with Local(program, "--data", data) as local:
            for key in answered:
                assert local.get(key) is not None, key


TESTS = [tables_are_kept_in_their_folder, memory_forgets, a_folder_has_one_owner, a_port_has_one_owner,
         other_machines_need_keys, localhost_is_an_address, wrong_command_lines_are_explained, status_reset_and_logs_answer,
         status_without_a_port_is_of_all, following_ends_with_what_is_followed, answers_that_are_none_are_failures,
         status_says_who_is_let_in,
         wrong_credentials_are_explained,         addresses_are_shown_as_urls, failing_maintenance_is_logged, it_runs_in_the_background,
         foreign_folders_are_not_used, keys_and_regions_can_be_kept_apart, stopping_loses_nothing_that_was_answered]

if __name__ == "__main__":
    sys.exit(run_tests(sys.argv[1], TESTS))
