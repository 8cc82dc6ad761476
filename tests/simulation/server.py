# SPDX-License-Identifier: Apache-2.0
"""The program under test: the driver as a process, and how bad its world is."""
import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import tempfile

TRACE = bool(os.environ.get("SIM_TRACE"))


class Failure(Exception):
    pass


class Knobs:
    """How bad the world is: shaken_stream.h and lagging_backend.h say what the numbers mean.

    `queue` is how many frames wait for a client that does not read before it falls behind. Only a process whose store is
    a file can be killed.
    """

    def __init__(self, kind, seed=1, shards=1, split=0, repeat=0, delay=0, lag=0, replicas=1, queue=16, on_file=False):
        self.kind = kind
        self.queue = queue
        self.on_file = on_file
        self.seed = seed
        self.shards = shards
        self.split = split
        self.repeat = repeat
        self.delay = delay
        self.lag = lag
        self.replicas = replicas

    @classmethod
    def random(cls, rng):
        kind = rng.choice(["calm", "late", "shards", "lag"])
        return cls(kind, seed=rng.randrange(1 << 32), shards=rng.choice([2, 4]) if kind == "shards" else 1,
                   split=30 if kind == "shards" else 0, repeat=0 if kind == "calm" else rng.choice([0, 50, 200]),
                   delay=0 if kind == "calm" else rng.choice([0, 200, 500]),
                   lag=rng.choice([2, 8]) if kind == "lag" else 0,
                   replicas=rng.choice([1, 2]) if kind == "lag" else 1, queue=rng.choice([3, 12, 40]),
                   on_file=kind != "lag" and rng.random() < 0.4)

    def is_ordered(self):
        """Whether positions of commits mean that everything before was said."""
        return self.shards == 1 and self.split == 0

    def arguments(self):
        return [str(n) for n in (self.seed, self.shards, self.split, self.repeat, self.delay, self.lag, self.replicas)]

    def text(self):
        return "%s%s, %s" % (self.kind, " on a file" if self.on_file else "", " ".join(self.arguments()))


def place_of_stores():
    """In memory where there is such a place: what is lost with the machine's power is another test's matter."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


class Server:
    # The folder that stores are made in, if whoever runs many of them has one.
    stores = None

    def __init__(self, driver, program, knobs, fault=""):
        self.driver = driver
        self.program = program
        self.knobs = knobs
        self.fault = [fault] if fault else []
        self.folder = None
        if knobs.on_file:
            self.folder = tempfile.TemporaryDirectory(prefix="simulation-", dir=Server.stores or place_of_stores())
        self.n_lives = 0
        self.process = None
        self.start()

    def start(self):
        store = os.path.join(self.folder.name, "store.db") if self.folder is not None else ""
        seed, *rest = self.knobs.arguments()
        self.errors = tempfile.TemporaryFile()
        self.process = subprocess.Popen([self.driver, self.program.object, str(int(seed) + self.n_lives)] + rest + [store]
                                        + self.fault, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors)
        self.n_lives += 1

    def crash(self):
        """What kill -9 does to it, and a new one on what is left."""
        self.kill()
        self.start()

    def die_of(self, *parts):
        """Its last line; it says no more."""
        self.write(parts)
        said = self.process.stdout.read()
        if said or self.process.wait(30) != -signal.SIGKILL:
            raise Failure("the server should have been killed, and said %r\n%s" % (said[-200:], self.last_words()))
        self.crash()

    def write(self, parts):
        self.process.stdin.write(("\t".join(parts) + "\n").encode("utf-8", "surrogatepass"))
        self.process.stdin.flush()

    def send(self, *parts):
        """The answer, and the frames that came before it: [(connection, frame)]."""
        frames = []
        try:
            self.write(parts)
            while True:
                line = self.process.stdout.readline()
                if TRACE:
                    sys.stderr.write("  %s -> %s" % (" ".join(parts)[:300], line.decode("utf-8")))
                if line.startswith(b"D\t"):
                    return line[2:].decode("utf-8").strip(), frames
                if not line.startswith(b"F\t"):
                    raise Failure("the server ended " + self.last_words())
                _, connection, frame = line.decode("utf-8").rstrip("\n").split("\t", 2)
                frames.append((int(connection), json.loads(frame)))
        except BrokenPipeError:
            raise Failure("the server ended " + self.last_words())

    def last_words(self):
        self.process.kill()
        status = self.process.wait()
        self.errors.seek(0)
        return "with %d\n%s" % (status, self.errors.read().decode("utf-8", "replace")[-4000:])

    def close(self):
        self.process.stdin.close()
        ready, _, _ = select.select([self.process.stdout], [], [], 30)
        if ready:
            self.process.stdout.read()
        status = self.process.wait(30)
        if status != 0:
            raise Failure("the server ended " + self.last_words())

    def kill(self):
        """Whatever state it is in; again does no harm."""
        self.process.kill()
        self.process.wait()
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()
        self.process.stdout.close()
        self.errors.close()

    def remove(self):
        self.kill()
        if self.folder is not None:
            self.folder.cleanup()
            self.folder = None
