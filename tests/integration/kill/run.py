#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Kills the writing program with SIGKILL at random moments and looks at what is left.

Checked after every kill, on one store that goes on from round to round:
  - every acknowledged write is there, except that the one write in doubt may have happened or not;
  - every user has exactly one guard for the address it has, every guard leads to such a user;
  - every index holds exactly the items that have its keys, and no others;
  - the change records, replayed from the first one, give exactly the items.

    run.py WRITER DUMP [--rounds N] [--seed N]
"""
import argparse
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time


def read_log(text, users, todos):
    """Applies acknowledged lines; returns the line in doubt, or None."""
    doubt = None
    for line in text.splitlines():
        words = line.split(" ")
        if words[0] == "try":
            doubt = words[1:]
            continue
        if words[0] == "no":
            doubt = None
            continue
        if words[0] != "ok" or doubt is None:
            continue
        kind = words[1]
        if kind == "user" and len(words) == 5 and len(words[4]) == 26:
            users[words[2]] = {"id": words[4], "email": words[3]}
        elif kind == "email":
            users[words[2]]["email"] = words[3]
        elif kind == "todo" and len(words) == 6 and len(words[5]) == 26:
            todos[words[2]] = {"id": words[5], "due": words[3]}
        elif kind == "due":
            todos[words[2]]["due"] = words[3]
        elif kind == "remove":
            todos[words[2]] = None
        doubt = None
    return doubt


def load(dump, path):
    output = subprocess.run([dump, path], capture_output=True, text=True, timeout=60)
    if output.returncode != 0:
        raise AssertionError("the store does not open: " + output.stderr)
    places = {"table": [], "gsi1": [], "gsi2": [], "record": []}
    for line in output.stdout.splitlines():
        place, item = line.split("\t", 1)
        places[place].append(item.split("\t") if place == "record" else json.loads(item))
    return places


def check_records(places):
    """Replays the change records onto nothing."""
    wrong, items, next_position, commit = [], {}, 1, 0
    users, guards = set(), set()
    for keys, before, after, position, end in places["record"]:
        if items.get(keys, "-") != before:
            wrong.append(f"record {position} starts from another item than the one before it left")
        if int(position) != next_position:
            wrong.append(f"record {position} where {next_position} was expected")
        if int(end) < int(position) or (commit >= int(position) and int(end) != commit):
            wrong.append(f"record {position} is of a transaction that ends at {end}, the one before it at {commit}")
        next_position, commit = int(position) + 1, int(end)
        items[keys] = after
        image = json.loads(after) if after != "-" else {}
        if text_of(image, "_et") == "USER" and before == "-":
            users.add((text_of(image, "pk"), end))
        if text_of(image, "_et") == "UNIQUE":
            guards.add((text_of(image, "_pk"), end))
    for user, end in sorted(users - guards):
        wrong.append(f"{user} was made without its guard in the transaction that ends at {end}")
    if commit != next_position - 1:
        wrong.append(f"the last transaction ends at {commit}, the records at {next_position - 1}")
    replayed = sorted((json.loads(item) for item in items.values() if item != "-"), key=identity)
    if replayed != sorted(places["table"], key=identity):
        wrong.append(f"{len(replayed)} items by the records, {len(places['table'])} in the table, or not the same")
    return wrong


def identity(item):
    return text_of(item, "pk"), text_of(item, "sk")


def text_of(item, name):
    return item.get(name, {}).get("S")


def check(places, users, todos, doubt):
    wrong = check_records(places)
    items = places["table"]
    rows = {text_of(i, "id"): i for i in items if text_of(i, "_et") in ("USER", "TODO")}
    guards = [i for i in items if text_of(i, "_et") == "UNIQUE"]
    for number, user in users.items():
        row = rows.get(user["id"])
        allowed = {user["email"]}
        if doubt and doubt[0] == "email" and doubt[1] == number:
            allowed.add(doubt[2])
        if row is None:
            wrong.append(f"user {user['id']} was acknowledged and is gone")
        elif text_of(row, "email") not in allowed:
            wrong.append(f"user {user['id']} has address {text_of(row, 'email')}, acknowledged was {user['email']}")
    for number, todo in todos.items():
        if todo is None:
            continue
        row = rows.get(todo["id"])
        in_doubt = doubt and doubt[0] in ("due", "remove") and doubt[1] == number
        if row is None and not (in_doubt and doubt[0] == "remove"):
            wrong.append(f"task {todo['id']} was acknowledged and is gone")
        if row is None:
            continue
        allowed = {todo["due"]}
        if in_doubt and doubt[0] == "due":
            allowed.add(doubt[2])
        if (text_of(row, "due") or "-") not in allowed:
            wrong.append(f"task {todo['id']} is due {text_of(row, 'due')}, acknowledged was {todo['due']}")
    by_email = {}
    for item in items:
        if text_of(item, "_et") == "USER":
            by_email.setdefault(text_of(item, "email"), []).append(text_of(item, "pk"))
    for email, owners in by_email.items():
        if len(owners) != 1:
            wrong.append(f"{len(owners)} users have the address {email}")
    guarded = {}
    for guard in guards:
        email = text_of(guard, "pk").split("#", 1)[1].replace("$`", " ")
        if email in guarded:
            wrong.append(f"two guards for {email}")
        guarded[email] = text_of(guard, "_pk")
    if guarded != {email: owners[0] for email, owners in by_email.items()}:
        wrong.append(f"guards and users disagree: {len(guarded)} guards, {len(by_email)} addresses")
    for index in ("gsi1", "gsi2"):
        expected = sorted((text_of(i, "pk"), text_of(i, "sk")) for i in items
                          if index + "pk" in i and index + "sk" in i)
        actual = sorted((text_of(i, "pk"), text_of(i, "sk")) for i in places[index])
        if expected != actual:
            wrong.append(f"{index} holds {len(actual)} items, {len(expected)} have its keys")
        for item in places[index]:
            if item != rows.get(text_of(item, "id"), item) and text_of(item, "_et") == "TODO":
                wrong.append(f"{index} holds another state of {text_of(item, 'id')}")
    for item in items:
        if text_of(item, "_et") == "TODO" and (text_of(item, "due") is not None) != ("gsi1pk" in item):
            wrong.append(f"task {text_of(item, 'id')}: the sparse index key does not follow `due`")
    return wrong


def round_of(arguments, path, seed, users, todos, chance):
    # Numbers start again with every process: rows of earlier rounds keep theirs under a prefix.
    with open(path + ".log", "w+b") as log:
        writer = subprocess.Popen([arguments.writer, path, str(seed)], stdout=log, stderr=subprocess.PIPE)
        deadline = time.monotonic() + 20
        while os.path.getsize(path + ".log") == 0 and time.monotonic() < deadline and writer.poll() is None:
            time.sleep(0.002)
        time.sleep(chance.uniform(0.0, 0.25))
        writer.send_signal(signal.SIGKILL)
        message = writer.communicate()[1].decode()
        if writer.returncode not in (-signal.SIGKILL, 0):
            raise AssertionError(f"the writer ended by itself: {message}")
        log.seek(0)
        text = log.read().decode()
    complete = text[: text.rfind("\n") + 1]
    fresh_users, fresh_todos = {}, {}
    doubt = read_log(complete, fresh_users, fresh_todos)
    prefix = f"{seed}."
    users.update({prefix + k: v for k, v in fresh_users.items()})
    todos.update({prefix + k: v for k, v in fresh_todos.items()})
    if doubt:
        doubt = [doubt[0], prefix + doubt[1]] + doubt[2:]
    return doubt, complete.count("\nok")


FAULTS = {
    "a lost guard": "DELETE FROM t1 WHERE pk = (SELECT pk FROM t1 WHERE CAST(pk AS TEXT) LIKE 'USER.email#%' LIMIT 1)",
    "a lost user": "DELETE FROM t1 WHERE pk = (SELECT pk FROM t1 WHERE CAST(pk AS TEXT) LIKE 'USER#%' LIMIT 1)",
    "a lost record": "DELETE FROM stream_record WHERE sequence = (SELECT max(sequence) / 2 FROM stream_record)",
    "a lost last record": "DELETE FROM stream_record WHERE sequence = (SELECT max(sequence) FROM stream_record)",
    "a cut transaction": "UPDATE stream_record SET place = 0 WHERE sequence ="
                         " (SELECT min(sequence) FROM stream_record WHERE place = 1)",
    "a lost index row": "DELETE FROM x1_0 WHERE sk = (SELECT sk FROM x1_0 WHERE CAST(ipk AS TEXT) LIKE 'TODO.due#%' LIMIT 1)",
}


def check_faults(arguments, path, users, todos):
    """The check itself is checked: each fault is planted in a copy of the file and must be seen."""
    missed = []
    for name, statement in FAULTS.items():
        copy = path + ".fault"
        with sqlite3.connect(path) as source, sqlite3.connect(copy) as target:
            source.backup(target)
            if target.execute(statement).rowcount != 1:
                missed.append(f"{name}: could not be planted")
        if not check(load(arguments.dump, copy), users, todos, None):
            missed.append(f"{name}: not noticed")
        for ending in ("", "-wal", "-shm"):
            if os.path.exists(copy + ending):
                os.unlink(copy + ending)
    return missed


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("writer")
    parser.add_argument("dump")
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    chance = random.Random(arguments.seed)
    users, todos = {}, {}
    acknowledged = 0
    print(f"1..{arguments.rounds + 1}")
    failed = False
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "todo.db")
        for number in range(1, arguments.rounds + 1):
            doubt, n_ok = round_of(arguments, path, arguments.seed * 1000 + number, users, todos, chance)
            acknowledged += n_ok
            wrong = check(load(arguments.dump, path), users, todos, doubt)
            settle(load(arguments.dump, path), users, todos)
            print(f"{'not ok' if wrong else 'ok'} {number} - killed after {n_ok} acknowledged writes")
            for line in wrong[:10]:
                print(line, file=sys.stderr)
            failed = failed or bool(wrong)
        missed = check_faults(arguments, path, users, todos)
        print(f"{'not ok' if missed else 'ok'} {arguments.rounds + 1} - planted faults are noticed")
        for line in missed:
            print(line, file=sys.stderr)
        failed = failed or bool(missed)
    print(f"# {acknowledged} acknowledged writes, {len(users)} users, {len(todos)} tasks")
    if acknowledged < 10 * arguments.rounds:
        print("too few writes were acknowledged for this to mean anything", file=sys.stderr)
        failed = True
    return 1 if failed else 0


def settle(places, users, todos):
    """What was in doubt is now known: later rounds must find it as it is."""
    rows = {text_of(i, "id"): i for i in places["table"]}
    for user in users.values():
        if user["id"] in rows:
            user["email"] = text_of(rows[user["id"]], "email")
    for number, todo in todos.items():
        if todo is not None:
            row = rows.get(todo["id"])
            todos[number] = None if row is None else {"id": todo["id"], "due": text_of(row, "due") or "-"}


if __name__ == "__main__":
    sys.exit(main())
