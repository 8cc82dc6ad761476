# SPDX-License-Identifier: Apache-2.0
"""The program under test: the driver as a process, and how bad its world is."""
import json
import os
import select
import subprocess
import sys
import tempfile

TRACE = bool(os.environ.get("SIM_TRACE"))


class Failure(Exception):
    pass


class Knobs:
    """How bad the world is: shaken_stream.h and lagging_backend.h say what the numbers mean."""

    def __init__(self, kind, seed=1, shards=1, split=0, repeat=0, delay=0, lag=0, replicas=1):
        self.kind = kind
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
                   replicas=rng.choice([1, 2]) if kind == "lag" else 1)

    def is_ordered(self):
        """Whether positions of commits mean that everything before was said."""
        return self.shards == 1 and self.split == 0

    def arguments(self):
        return [str(n) for n in (self.seed, self.shards, self.split, self.repeat, self.delay, self.lag, self.replicas)]


class Server:
    def __init__(self, driver, program, knobs, fault=""):
        self.errors = tempfile.TemporaryFile()
        self.process = subprocess.Popen([driver, program.object] + knobs.arguments() + ([fault] if fault else []),
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors)

    def send(self, *parts):
        """The answer, and the frames that came before it: [(connection, frame)]."""
        frames = []
        try:
            self.process.stdin.write(("\t".join(parts) + "\n").encode("utf-8", "surrogatepass"))
            self.process.stdin.flush()
            while True:
                line = self.process.stdout.readline()
                if TRACE:
                    sys.stderr.write("  %s -> %s" % (" ".join(parts)[:300], line.decode("utf-8")))
                if line.startswith(b"D\t"):
                    return line[2:].decode("utf-8").strip(), frames
                if not line.startswith(b"F\t"):
                    raise Failure("the server ended\n" + self.last_words())
                _, connection, frame = line.decode("utf-8").rstrip("\n").split("\t", 2)
                frames.append((int(connection), json.loads(frame)))
        except BrokenPipeError:
            raise Failure("the server ended\n" + self.last_words())

    def last_words(self):
        self.process.kill()
        self.process.wait()
        self.errors.seek(0)
        return self.errors.read().decode("utf-8", "replace")[-4000:]

    def close(self):
        self.process.stdin.close()
        ready, _, _ = select.select([self.process.stdout], [], [], 30)
        if ready:
            self.process.stdout.read()
        status = self.process.wait(30)
        self.process.stdout.close()
        if status != 0:
            raise Failure("the server ended with %s\n%s" % (status, self.last_words()))
        self.errors.close()

    def kill(self):
        self.process.kill()
        self.process.wait()
