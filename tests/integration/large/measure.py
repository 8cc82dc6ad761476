#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""measure.py DYNR MAKE-LARGE GIGABYTES: `dynr local` on a store with so much in one table, beside one where the same table is empty.

Starts both in turns and prints medians: the time until it answers, its memory when idle, and what the first requests read. Where others
use the machine, look at processor time and bytes. Exit status 1 where start or memory depend on the size, or miss their targets."""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "endpoint"))
from local import Local  # noqa: E402

ROUNDS = 15
START_MS = 20
IDLE_KB = 8 * 1024
APART = 1.10
# A large tree has some levels more.
LEVELS_KB = 100
# The file, and what SQLite's log and the file system need beside it.
ROOM = 1.3


class Folder:
    def __init__(self, name, path):
        self.name, self.path = name, path
        self.start_ms, self.start_cpu_ms, self.start_read_kb, self.cold_ms, self.idle_kb = [], [], [], [], []

    def forget(self):
        """Takes the store's file out of the system's memory."""
        for name in os.listdir(self.path):
            fd = os.open(os.path.join(self.path, name), os.O_RDONLY)
            os.fsync(fd)
            os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
            os.close(fd)


def memory_kb(pid):
    """Resident, shared pages of libraries included."""
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS:"))


def cpu_ms(pid):
    """Of all threads that it had: the process's CPUCLOCK_SCHED, as clock_getcpuclockid makes it."""
    return time.clock_gettime((~pid << 3) | 2) * 1000


def read_kb(pid):
    """What it asked the system to read, whether from the disk or not."""
    with open(f"/proc/{pid}/io", encoding="ascii") as counts:
        return next(int(line.split()[1]) for line in counts if line.startswith("rchar:")) / 1e3


def start_once(program, folder, times):
    begin = time.monotonic()
    with Local(program, "--data", folder.path) as local:
        times.append((time.monotonic() - begin) * 1000)
        # Once through what it does in the background.
        time.sleep(1.2)
        pid = local.process.pid
        folder.start_cpu_ms.append(cpu_ms(pid))
        folder.start_read_kb.append(read_kb(pid))
        folder.idle_kb.append(memory_kb(pid))
        assert local.stop() == 0


def measured(pid, call):
    before = cpu_ms(pid), read_kb(pid), time.monotonic()
    answer = call()
    after = cpu_ms(pid), read_kb(pid), time.monotonic()
    assert answer.status == 200, answer.body
    return answer.json(), (after[2] - before[2]) * 1000, after[0] - before[0], after[1] - before[1]


def ask(program, folder, n_items):
    folder.forget()
    with Local(program, "--data", folder.path) as local:
        pid = local.process.pid

        def get(n):
            return lambda: local.post("GetItem", {"TableName": "large", "Key": {"id": {"S": f"i{n}"}}})
        # What anything takes with the first request is not the table's.
        local.post("ListTables", {})
        for what, call in (("first GetItem", get(0)), ("the same again", get(0)),
                           ("DescribeTable", lambda: local.post("DescribeTable", {"TableName": "large"})),
                           ("the same again", lambda: local.post("DescribeTable", {"TableName": "large"}))):
            answer, taken, cpu, read = measured(pid, call)
            print(f"  {what:<16}{taken:10.1f} ms, {cpu:8.2f} ms CPU, {read:10.0f} KB read")
            if "Table" in answer:
                assert answer["Table"]["ItemCount"] == n_items, answer["Table"]["ItemCount"]
        others = [measured(pid, get(n))[1:] for n in range(0, n_items, max(1, n_items // 200))]
        medians = [statistics.median(values) for values in zip(*others)]
        print(f"  other GetItems  {medians[0]:10.1f} ms, {medians[1]:8.2f} ms CPU, {medians[2]:10.0f} KB read: medians of {len(others)}")
        print(f"  memory after all{memory_kb(pid) / 1024:10.1f} MB")
        assert local.stop() == 0


def report(large, empty):
    ok = True
    for what, unit, most, apart, values in (
            ("start", "ms", START_MS, None, lambda f: f.start_ms),
            ("start, file not in memory", "ms", None, None, lambda f: f.cold_ms),
            ("CPU of a start and a second", "ms", None, 0, lambda f: f.start_cpu_ms),
            ("read by then", "KB", None, LEVELS_KB, lambda f: f.start_read_kb),
            ("idle memory", "KB", IDLE_KB, 0, lambda f: f.idle_kb)):
        ours, other = statistics.median(values(large)), statistics.median(values(empty))
        holds = (most is None or ours < most) and (apart is None or ours < other * APART + apart)
        ok = ok and holds
        targets = ([f"{most} {unit}"] if most else []) + ([] if apart is None else [f"{APART}x"] if apart == 0 else
                                                          [f"{APART}x and {apart} {unit}"])
        target = f"; target {' and '.join(targets)}: {'holds' if holds else 'missed'}" if targets else ""
        print(f"  {what}: {ours:.1f} {unit}, empty {other:.1f} {unit}, {ours / other:.2f}x{target}", flush=True)
    return ok


def main():
    program, maker, gigabytes = sys.argv[1], sys.argv[2], float(sys.argv[3])
    with tempfile.TemporaryDirectory(prefix="dynr-large-") as root:
        free = shutil.disk_usage(root).free
        if free < gigabytes * 1e9 * ROOM:
            sys.exit(f"{root} has {free / 1e9:.1f} GB free: {gigabytes * ROOM:.1f} GB are needed (TMPDIR may name another place)")
        large, empty = Folder("large", os.path.join(root, "large")), Folder("empty", os.path.join(root, "empty"))
        for folder in (large, empty):
            os.mkdir(folder.path)
        file = os.path.join(large.path, "tables.db")
        begin = time.monotonic()
        made = subprocess.run([maker, file, str(int(gigabytes * 1000))], stdout=subprocess.PIPE, text=True, check=True)
        n_items = int(made.stdout)
        print(f"{n_items} items of 1 to 100 KB, a file of {os.path.getsize(file) / 1e9:.2f} GB,"
              f" made in {time.monotonic() - begin:.0f} s", flush=True)
        subprocess.run([maker, os.path.join(empty.path, "tables.db"), "0"], stdout=subprocess.PIPE, check=True)
        for _ in range(ROUNDS):
            for folder in (large, empty):
                start_once(program, folder, folder.start_ms)
        for _ in range(3):
            for folder in (large, empty):
                folder.forget()
                start_once(program, folder, folder.cold_ms)
        ok = report(large, empty)
        ask(program, large, n_items)
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())
