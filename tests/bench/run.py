#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the benchmarks and prints our figures beside those of others.

    ./dev bench                    everything
    ./dev bench --quick            fewer rounds, without the largest inputs
    ./dev bench store typed        only these parts: codec, typed, store (in process and over
                                   HTTP), stream, engine, fanout, compiler, cc
    ./dev bench --only linearity   only rows whose name contains this

The machine may do other things meanwhile. So ours and theirs take turns, figures are medians, and what counts is the ratio.
Writes BUILD/bench.json. Exits with 0 when everything ran, whether or not the targets hold; with 1 when something did not run.
"""
import argparse
import json
import os
import pathlib
import platform
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import traceback

import generate_schema
import part_http

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent


class Skip(Exception):
    """A peer that is not there: said by name, and no failure."""


class Failure(Exception):
    """Something that should run does not."""


# --- rows ---


def row(part, name, ours, unit, peer=None, theirs=None, ratio=None, target=None, note=""):
    """One line of the table. `target` is ("<=" or ">=", limit, what is limited: "ratio" or "ours")."""
    holds = None
    if target is not None:
        sign, limit, subject = target
        value = ratio if subject == "ratio" else ours
        if value is not None:
            holds = value <= limit if sign == "<=" else value >= limit
    return {
        "part": part,
        "name": name,
        "unit": unit,
        "ours": ours,
        "peer": peer,
        "theirs": theirs,
        "ratio": ratio,
        "target": None if target is None else {"sign": target[0], "limit": target[1], "of": target[2]},
        "holds": holds,
        "note": note,
    }


def slower(part, name, ours, unit, peer, theirs, limit=None, note=""):
    """A row whose ratio is ours / theirs, at most `limit`."""
    target = None if limit is None else ("<=", limit, "ratio")
    return row(part, name, ours, unit, peer, theirs, ours / theirs, target, note)


def faster(part, name, ours, unit, peer, theirs, limit=None, note=""):
    """A row whose ratio is how many times faster we are, at least `limit`."""
    target = None if limit is None else (">=", limit, "ratio")
    return row(part, name, ours, unit, peer, theirs, theirs / ours, target, note)


def within(part, name, ours, unit, limit, note=""):
    """A row with an absolute target."""
    return row(part, name, ours, unit, target=("<=", limit, "ours"), note=note)


# --- processes ---


class Runner:
    def __init__(self, options):
        self.build = pathlib.Path(options.build).resolve()
        self.quick = options.quick
        self.scratch = pathlib.Path(tempfile.mkdtemp(prefix="dynr-bench-"))
        self.skipped = []
        self.measure_exe = self.program("measure")
        self.log = (lambda text: print(f"    {text}", file=sys.stderr, flush=True)) if options.verbose else (lambda _: None)

    def program(self, name):
        path = self.build / "tests" / "bench" / name
        if not path.exists():
            raise Failure(f"{path} has not been built")
        return path

    def skip(self, what):
        if what not in self.skipped:
            self.skipped.append(what)

    def run(self, command, cwd=None, env=None):
        done = subprocess.run([str(word) for word in command], cwd=cwd, env=env, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise Failure(f"{command[0]} failed with {done.returncode}: {first_lines(done.stderr or done.stdout)}")
        return done.stdout

    def json_lines(self, command, **others):
        """What a benchmark program printed, of which only lines of JSON count."""
        return [json.loads(line) for line in self.run(command, **others).splitlines() if line.startswith("{")]

    def measure(self, command, cwd):
        """Runs a command once: wall_ms, cpu_ms, peak_kb."""
        with tempfile.NamedTemporaryFile(dir=self.scratch) as report, open(self.scratch / "log", "w+", encoding="utf-8") as log:
            words = [str(word) for word in (self.measure_exe, *command)]
            shell = ["/bin/sh", "-c", 'report=$1; shift; exec "$@" 3>"$report"', "sh", report.name, *words]
            subprocess.run(shell, cwd=cwd, stdout=log, stderr=log, check=False)
            result = json.loads(pathlib.Path(report.name).read_text(encoding="utf-8"))
            if result["status"] != 0:
                log.seek(0)
                raise Failure(f"{pathlib.Path(str(command[0])).name} failed with {result['status']}: {first_lines(log.read())}")
            return result

    def measure_in_turns(self, commands, n_rounds):
        """`commands`: {name: (command, cwd, prepare)}. Returns {name: medians}. One that fails is left out and named."""
        samples = {name: [] for name in commands}
        failed = {}
        for number in range(n_rounds):
            for name, (command, cwd, prepare) in commands.items():
                if name in failed:
                    continue
                prepare()
                try:
                    samples[name].append(self.measure(command, cwd))
                    self.log(f"{name}, round {number + 1}: {samples[name][-1]}")
                except Failure as error:
                    failed[name] = error
        medians = {
            name: {key: statistics.median(sample[key] for sample in list_) for key in ("wall_ms", "cpu_ms", "peak_kb")}
            for name, list_ in samples.items()
            if name not in failed
        }
        return medians, failed


def first_lines(text, n_lines=3):
    lines = [line for line in text.strip().splitlines() if line.strip()]
    return " | ".join(lines[:n_lines])[:400]


def fresh(folder, *files):
    """A function that empties `folder` and removes `files`, so that every round writes everything."""

    def prepare():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for file in files:
            file.unlink(missing_ok=True)

    return prepare


# --- part: codec ---

CODEC_SIZES = ("small", "profile", "order", "document")


def install_peers(runner, what, script):
    """node, and packages below the build folder; the way out is npm's registry alone. Returns where `script` stands beside them."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        raise Skip(f"{what}: there is no node or no npm")
    folder = runner.build / "tests" / "bench" / "sdk"
    folder.mkdir(parents=True, exist_ok=True)
    wanted = (HERE / "package.json").read_text(encoding="utf-8")
    stamp = folder / "package.json"
    if not (folder / "node_modules").is_dir() or not stamp.exists() or stamp.read_text(encoding="utf-8") != wanted:
        stamp.write_text(wanted, encoding="utf-8")
        command = ["npm", "install", "--no-package-lock", "--no-audit", "--no-fund", "--loglevel=error"]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            stamp.unlink(missing_ok=True)
            raise Skip(f"{what}: npm failed: {first_lines(done.stderr)}")
    shutil.copy(HERE / script, folder)
    return folder / script


def run_codec(runner):
    program = runner.program("bench_codec")
    milliseconds = "1" if runner.quick else "4"
    peers = [[program, HERE / "items", milliseconds]]
    try:
        peers.append(["node", install_peers(runner, "AWS SDK for JavaScript", "bench_sdk.js"), HERE / "items", milliseconds])
    except Skip as reason:
        runner.skip(str(reason))
    samples = {}
    for _ in range(3 if runner.quick else 5):
        for command in peers:
            for line in runner.json_lines(command):
                samples.setdefault((line["item"], line["direction"], line["who"]), []).append(line["ns"])
    figures = {key: statistics.median(list_) for key, list_ in samples.items()}
    if not any(who == "yyjson" for _, _, who in figures):
        runner.skip("yyjson: no package of Debian 12; found by pkg-config where it is installed")
    rows = []
    for direction in ("decode", "encode"):
        for item in CODEC_SIZES:
            ours = figures[item, direction, "dynr"]
            size = (HERE / "items" / f"{item}.json").stat().st_size
            yyjson_limit = 3.0 if direction == "encode" else 1.8 if item == "profile" else 2.3
            for who, limit in (("memcpy", None), ("yyjson", yyjson_limit), ("cJSON", 10), ("AWS SDK", 35), ("its util", None)):
                if (item, direction, who) not in figures:
                    continue
                name = f"{direction} {item}, {size:,} B"
                theirs = figures[item, direction, who]
                if who == "memcpy":
                    rows.append(slower("codec", name, ours, "ns", who, theirs))
                else:
                    rows.append(faster("codec", name, ours, "ns", who, theirs, limit))
    return rows


# --- part: typed ---


def run_typed(runner):
    program = runner.program("bench_typed")
    arguments = ["5", "2000"] if runner.quick else ["15", "5000"]
    environment = dict(os.environ, TMPDIR=str(runner.scratch))
    lines = runner.json_lines([program, *arguments], env=environment)
    figures = {line["what"]: line for line in lines}
    rows = []
    for what, name, limit in (
        ("get", "todo_todo_get, key in, struct out", 2.5),
        ("plain_get", "items_task_get, key in, struct out", 2.5),
        ("create", "todo_todo_create, 2 indexes, stream", 1.5),
        ("put", "todo_todo_put, versioned: reads first", 1.5),
        ("plain_put", "items_task_put, 1 index, stream", 1.5),
    ):
        if what not in figures:
            raise Failure(f"bench_typed did not measure {what}")
        line = figures[what]
        rows.append(slower("typed", f"{name}, p50", line["ours_ns"], "ns", "raw SQLite", line["raw_ns"], limit, line["note"]))
        if what.endswith("get"):
            rows.append(within("typed", f"{name}, p50", line["ours_ns"] / 1e3, "us", 4.0, line["note"]))
    return rows


# --- part: store ---


def run_store(runner):
    program = runner.program("bench_store")
    arguments = ["3", "2000"] if runner.quick else ["9", "5000"]
    environment = dict(os.environ, TMPDIR=str(runner.scratch))
    line = next(line for line in runner.json_lines([program, *arguments], env=environment) if line["bench"] == "store")
    rows = [
        slower("store", "GetItem, JSON in and out, p50", line["get_ns"], "ns", "raw SQLite", line["raw_get_ns"], 2.5),
        slower("store", "PutItem, index, stream, p50", line["put_ns"], "ns", "raw SQLite", line["raw_put_ns"], 1.5),
        row(
            "store",
            "durable writes, 16 writers",
            line["durable_16_per_s"],
            "/s",
            "1 writer",
            line["durable_1_per_s"],
            line["durable_16_per_s"] / line["durable_1_per_s"],
            (">=", 5.0, "ratio"),
        ),
    ]
    return rows + part_http.run(runner, install_peers, slower, faster, within, row)


# --- part: stream ---


def run_stream(runner):
    program = runner.program("bench_stream")
    arguments = ["3", "1000"] if runner.quick else ["9", "4000"]
    environment = dict(os.environ, TMPDIR=str(runner.scratch))
    line = next(line for line in runner.json_lines([program, *arguments], env=environment) if line["bench"] == "stream")
    return [
        slower("stream", "GetItem with its position, p50", line["get_position_ns"], "ns", "without", line["get_ns"], 1.5),
        slower("stream", "PutItem that wakes 1 reader, p50", line["put_1_reader_ns"], "ns", "no reader", line["put_ns"], 1.1),
        slower("stream", "PutItem that wakes 4 readers, p50", line["put_4_readers_ns"], "ns", "no reader", line["put_ns"], 1.25),
        within("stream", "write begun to record delivered, p50", line["delivered_p50_ns"] / 1e3, "us", 1000.0,
               f"p99 {line['delivered_p99_ns'] / 1e3:,.0f} us"),
    ]


# --- part: engine ---


def run_engine(runner):
    program = runner.program("bench_engine")
    lines = runner.json_lines([program, *(["3", "20000", "100000"] if runner.quick else ["7", "100000", "1000000"])])
    sizes = {line["subscriptions"]: line for line in lines if "subscriptions" in line}
    smallest = sizes[min(sizes)]
    rows = []
    for size, line in sizes.items():
        name = f"{size:,} subscriptions"
        match_limit = {10_000: 50.0, 1_000_000: 200.0}.get(size)
        rows.append(row("engine", f"match, {name}", line["match_ns"], "ns", "the look-up alone", line["look_up_ns"],
                        line["match_ns"] / line["look_up_ns"],
                        None if match_limit is None else ("<=", match_limit, "ours"), "key text, hash and look-up of a decoded row"))
        rows.append(slower("engine", f"change to patch, {name}", line["change_ns"], "ns", f"{min(sizes):,}", smallest["change_ns"], 2.0,
                           "record as JSON in, frame out"))
    largest = sizes[max(sizes)]
    rows.append(within("engine", f"change to patch, {max(sizes):,} subscriptions", largest["change_ns"], "ns", 4000.0, "250,000 a second"))
    predicates = next(line for line in lines if "predicates" in line)
    rows.append(within("engine", "change, 100 predicates on one partition", predicates["change_ns"], "ns", 10000.0, "100,000 a second"))
    rows.append(within("engine", "memory of a view with its subscriber", max(line["bytes_per_view"] for line in sizes.values()), "B", 512.0))
    rows.append(within("engine", "of these, the index", max(line["index_bytes"] for line in sizes.values()), "B", 48.0))
    subscriber = next(line["bytes_per_subscriber"] for line in lines if "bytes_per_subscriber" in line)
    rows.append(within("engine", "memory of one more subscriber", subscriber, "B", 96.0))
    return rows


# --- part: fanout ---


def run_fanout(runner):
    program = runner.program("bench_fanout")
    peers = {"dynr": [], "epoll": [], "libwebsockets": []}
    try:
        peers["node"] = [install_peers(runner, "Node with ws and fast-json-patch", "fanout_peer.js")]
    except Skip as reason:
        runner.skip(str(reason))

    def measure(sockets, views, messages, names, n_rounds):
        """{peer: medians}, in turns."""
        samples = {name: [] for name in names}
        for _ in range(n_rounds):
            for name in names:
                samples[name] += runner.json_lines([program, name, sockets, views, messages, *peers[name]])
                runner.log(str(samples[name][-1]))
        return {name: {key: statistics.median(line[key] for line in lines) for key in ("cpu_us", "cpu_p99_us", "p50_us", "p99_us")}
                for name, lines in samples.items()}

    n_sockets = 1000 if runner.quick else 5000
    figures = measure(n_sockets, 1, 20 if runner.quick else 40, list(peers), 1 if runner.quick else 5)
    what = f"CPU of a message to {n_sockets:,} sockets"
    ours = figures["dynr"]["cpu_us"]
    rows = [slower("fanout", what, ours, "us", "epoll", figures["epoll"]["cpu_us"], 1.3),
            slower("fanout", what, ours, "us", "libwebsockets", figures["libwebsockets"]["cpu_us"])]
    if "node" in figures:
        rows.append(faster("fanout", what, ours, "us", "Node", figures["node"]["cpu_us"], 5, "query and JSON Patch for each"))
    # Long enough that the processors' idle states settle: in the first tenth of a second the ratio moves by a tenth.
    ten = measure(10, 1, 500 if runner.quick else 8000, [name for name in peers if name != "node"], 1 if runner.quick else 7)
    if "node" in peers:
        ten |= measure(10, 1, 500, ["node"], 1)
    for name in ("epoll", *sorted(ten.keys() - {"dynr", "epoll"})):
        # Two wake-ups are most of it, and those are the machine's (docs/decisions/0018).
        limit = 100 / 75 if name == "epoll" and not runner.quick else None
        note = "100 us where epoll needs 75" if name == "epoll" else ""
        rows.append(slower("fanout", "write to the last of 10, p50", ten["dynr"]["p50_us"], "us", name, ten[name]["p50_us"], limit, note))
    if runner.quick:
        runner.skip("fan-out to 10,000 sockets: --quick")
        return rows
    whole = measure(10000, 1, 30, ["dynr"], 3)["dynr"]
    rows.append(within("fanout", "write to the last of 10,000 sockets, p50", whole["p50_us"] / 1e3, "ms", 250.0))
    spread = measure(10000, 1000, 2000, ["dynr"], 3)["dynr"]
    name = "10,000 sockets over 1,000 views, write to the last of 10"
    rows.append(within("fanout", f"{name}, p50", spread["p50_us"] / 1e3, "ms", 1.0))
    rows.append(within("fanout", f"{name}, p99", spread["p99_us"] / 1e3, "ms", 10.0))
    # What of it is ours: the rest is waiting for a processor.
    rows.append(within("fanout", f"{name}, CPU of the server, p99", spread["cpu_p99_us"], "us", 500.0))
    return rows


# --- parts: compiler, cc ---


def write_schemas(runner, n_models, procedures):
    folder = runner.scratch / f"{n_models}{'p' if procedures else ''}"
    if not folder.exists():
        generate_schema.write_schemas(folder, n_models, procedures)
    return folder


def compilers(runner, folder):
    """{name: command}: dynrc with all its targets, and who else is installed."""
    dynrc = runner.build / "compiler" / "dynrc"
    if not dynrc.exists():
        dynrc = runner.build / "compiler" / "driver" / "dynrc"
    if not dynrc.exists():
        raise Failure("dynrc has not been built")
    commands = {}
    out = folder / "out-dynrc"
    commands["dynrc"] = (
        [dynrc, "build", "--quiet", "-o", out, "bench.dyn"],
        folder,
        fresh(out, *folder.glob("*.lock"), folder / "bench.lock", folder / "dynrc.lock"),
    )
    for name, package, arguments in (
        ("protoc-c", "protobuf-c-compiler", ["--c_out=out-protoc-c", "bench.proto"]),
        ("flatc", "flatbuffers-compiler", ["--cpp", "-o", "out-flatc", "bench.fbs"]),
    ):
        if shutil.which(name) is None:
            runner.skip(f"{name}: not installed (apt-get install {package})")
            continue
        commands[name] = ([name, *arguments], folder, fresh(folder / f"out-{name}"))
    return commands


def run_compiler(runner):
    rows = []
    per_model = {}
    failures = []
    for n_models, n_rounds in ((100, 7), (1000, 5), (10000, 2)):
        if runner.quick and n_models == 10000:
            runner.skip("compiler, 10,000 models and linearity: --quick")
            continue
        folder = write_schemas(runner, n_models, True)
        medians, failed = runner.measure_in_turns(compilers(runner, folder), 3 if runner.quick else n_rounds)
        what = f"{n_models:,} models, {5 * n_models:,} procedures"
        for name, error in failed.items():
            if name == "dynrc":
                failures.append(f"{what}: {error}")
            else:
                runner.skip(f"{what}: {error}")
        if "dynrc" not in medians:
            continue
        # CPU time of one process is what counts: with others on the machine, wall time is their load.
        ours = medians["dynrc"]
        per_model[n_models] = ours["cpu_ms"] / n_models
        note = f"wall {ours['wall_ms']:,.0f} ms"
        if n_models == 1000:
            rows.append(within("compiler", f"{what}: CPU", ours["cpu_ms"], "ms", 300, note))
            rows.append(within("compiler", f"{what}: peak memory", ours["peak_kb"] / 1024, "MB", 200))
        else:
            rows.append(row("compiler", f"{what}: CPU", ours["cpu_ms"], "ms", note=note))
            rows.append(row("compiler", f"{what}: peak memory", ours["peak_kb"] / 1024, "MB"))
        for name in ("protoc-c", "flatc"):
            if name in medians:
                limit = 1.0 if name == "flatc" else None
                rows.append(slower("compiler", f"{what}: CPU", ours["cpu_ms"], "ms", name, medians[name]["cpu_ms"], limit))
    if 1000 in per_model and 10000 in per_model:
        rows.append(
            slower(
                "compiler",
                "linearity: a model of 10,000",
                per_model[10000] * 1e3,
                "us",
                "of 1,000",
                per_model[1000] * 1e3,
                1.3,
            )
        )
    if failures:
        error = Failure("; ".join(failures))
        error.rows = rows
        raise error
    return rows


def run_cc(runner):
    rows = []
    failures = []
    cc = os.environ.get("CC", "gcc")
    # protobuf-c needs 10 s and more for each of the large ones.
    cases = [(100, False, 3), (100, True, 2)]
    if runner.quick:
        runner.skip("C compile time of 1,000 models: --quick")
    else:
        cases.insert(1, (1000, False, 1))
    for n_models, procedures, n_rounds in cases:
        folder = write_schemas(runner, n_models, procedures)
        peers = compilers(runner, folder)
        sources = {"dynrc": ("bench.c", ROOT / "runtime" / "include"), "protoc-c": ("bench.pb-c.c", "/usr/include")}
        commands = {}
        for name, (source, include) in sources.items():
            if name not in peers:
                continue
            command, cwd, prepare = peers[name]
            prepare()
            runner.measure(command, cwd)
            out = folder / f"out-{name}"
            commands[name] = ([cc, "-std=c11", "-O2", "-I", include, "-c", source, "-o", "bench.o"], out, lambda: None)
        medians, failed = runner.measure_in_turns(commands, n_rounds)
        what = f"{cc} -O2, {n_models:,} models" + (" with 5 procedures each" if procedures else "")
        for name, error in failed.items():
            if name == "dynrc":
                failures.append(f"{what}: {error}")
            else:
                runner.skip(f"{what}: {error}")
        if "dynrc" not in medians:
            continue
        # CPU time: a compiler does not wait for anything, and others use this machine.
        ours = medians["dynrc"]["cpu_ms"] / n_models
        if procedures:
            rows.append(row("cc", f"{what}: a model", ours, "ms"))
        else:
            rows.append(within("cc", f"{what}: a model", ours, "ms", 5.0))
        if "protoc-c" in medians:
            theirs = medians["protoc-c"]["cpu_ms"] / n_models
            rows.append(slower("cc", f"{what}: a model", ours, "ms", "protobuf-c", theirs, 5 / 12))
    if failures:
        error = Failure("; ".join(failures))
        error.rows = rows
        raise error
    return rows


PARTS = {"codec": run_codec, "typed": run_typed, "store": run_store, "stream": run_stream, "engine": run_engine, "fanout": run_fanout, "compiler": run_compiler, "cc": run_cc}

# --- the table ---


def figure(value):
    if value is None:
        return ""
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def print_table(rows, skipped, failures):
    titles = ("", "ours", "", "peer", "", "ratio", "target", "holds?")
    lines = []
    for line in rows:
        target = line["target"]
        text = ""
        if target is not None:
            unit = "x" if target["of"] == "ratio" else f" {line['unit']}"
            text = f"{target['sign']} {target['limit']:.3g}{unit}"
        holds = {None: "", True: "yes", False: "MISSED"}[line["holds"]]
        lines.append(
            (
                line["name"],
                figure(line["ours"]),
                line["unit"],
                figure(line["theirs"]),
                line["peer"] or line["note"],
                "" if line["ratio"] is None else f"{figure(line['ratio'])}x",
                text,
                holds,
            )
        )
    widths = [max(len(cells[i]) for cells in (titles, *lines)) for i in range(len(titles))]
    left = {0, 2, 4, 7}

    def show(cells):
        print("  ".join(c.ljust(w) if i in left else c.rjust(w) for i, (c, w) in enumerate(zip(cells, widths))).rstrip())

    show(titles)
    part = None
    for line, cells in zip(rows, lines):
        if line["part"] != part:
            part = line["part"]
            print(f"-- {part}")
        show(cells)
    missed = [line for line in rows if line["holds"] is False]
    judged = [line for line in rows if line["holds"] is not None]
    print()
    print(f"{len(judged) - len(missed)} of {len(judged)} targets hold.")
    for line in missed:
        value = f"{figure(line['ratio'])}x" if line["target"]["of"] == "ratio" else f"{figure(line['ours'])} {line['unit']}"
        unit = "x" if line["target"]["of"] == "ratio" else f" {line['unit']}"
        peer = f" against {line['peer']}" if line["peer"] else ""
        print(f"  missed: {line['part']}: {line['name']}{peer}: {value}, target {line['target']['sign']} {line['target']['limit']:.3g}{unit}")
    for what in skipped:
        print(f"  not measured: {what}")
    for what in failures:
        print(f"  FAILED to run: {what}")


def machine():
    model = "unknown"
    try:
        text = pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8")
        model = re.search(r"model name\s*: (.*)", text).group(1)
    except (OSError, AttributeError):
        pass
    return {"cpu": model, "cores": os.cpu_count(), "kernel": platform.release(), "load": os.getloadavg()}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default="build-bench", help="build folder, made with --buildtype=release")
    parser.add_argument("--quick", action="store_true", help="fewer rounds, without the largest inputs")
    parser.add_argument("--only", action="append", default=[], metavar="NAME", help="only this part, or rows with this in their name")
    parser.add_argument("--verbose", action="store_true", help="every sample of processes as it comes")
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"any of {', '.join(PARTS)}")
    options = parser.parse_args()
    for name in options.parts:
        if name not in PARTS:
            parser.error(f"there is no part `{name}`; there are {', '.join(PARTS)}")
    wanted = [*options.parts, *(name for name in options.only if name in PARTS)]
    filters = [name for name in options.only if name not in PARTS]
    start = machine()
    rows, failures = [], []
    try:
        runner = Runner(options)
    except Failure as error:
        sys.exit(f"run.py: {error}; run `./dev bench`, which builds it")
    try:
        for name, function in PARTS.items():
            if wanted and name not in wanted:
                continue
            print(f"==> {name}", file=sys.stderr, flush=True)
            try:
                rows += function(runner)
            except Failure as error:
                rows += getattr(error, "rows", [])
                failures.append(f"{name}: {error}")
            except Exception:  # pylint: disable=broad-except  # one broken part must not hide the others
                failures.append(f"{name}: {traceback.format_exc()}")
    finally:
        shutil.rmtree(runner.scratch, ignore_errors=True)
    rows = [line for line in rows if not filters or any(text in line["name"] for text in filters)]
    if filters and not rows:
        failures.append(f"no row has {' or '.join(repr(text) for text in filters)} in its name")
    print_table(rows, runner.skipped, failures)
    result = {"machine": start, "quick": options.quick, "rows": rows, "skipped": runner.skipped, "failed": failures}
    (runner.build / "bench.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
