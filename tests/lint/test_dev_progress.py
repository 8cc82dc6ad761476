#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""./dev shows how far a long step is on a terminal, nothing of it elsewhere, and what was printed where it fails."""

import os
import pty
import re
import select
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from tap import Tap  # noqa: E402

DEV = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "dev")
TIMEOUT = 20
LONG = "quietly bash -c 'echo \"[1/2] one\"; sleep 1.5; echo \"[2/2] two\"'"
QUICK = "quietly bash -c 'echo \"[1/1] one\"'"


def functions():
    """The part of ./dev that prints, without what it does when it is called."""
    with open(DEV, encoding="utf-8") as file:
        text = file.read()
    return text.partition("# --- saying things ---")[2].partition("# --- help ---")[0]


def script(command):
    return f"set -euo pipefail\n{functions()}\n{command}"


def on_terminal(command, interrupt_at=None, term="xterm"):
    """(exit status, what the terminal got); Ctrl-C when `interrupt_at` was printed."""
    child, master = pty.fork()
    if child == 0:
        os.execvpe("bash", ["bash", "-c", script(command)], {**os.environ, "TERM": term})
    output, end = b"", time.monotonic() + TIMEOUT
    while time.monotonic() < end:
        if select.select([master], [], [], 0.2)[0]:
            try:
                read = os.read(master, 4096)
            except OSError:
                break
            if not read:
                break
            output += read
        if interrupt_at is not None and interrupt_at in output:
            os.write(master, b"\x03")
            interrupt_at = None
    else:
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    os.close(master)
    return os.waitstatus_to_exitcode(status), output.decode("utf-8", "replace")


def in_pipe(command):
    done = subprocess.run(["bash", "-c", script(command)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False, text=True,
                          timeout=TIMEOUT, env={**os.environ, "TERM": "xterm"})
    return done.returncode, done.stdout, done.stderr


def ends(pid):
    """Whether the process goes, in a few seconds."""
    end = time.monotonic() + 5
    while os.path.exists(f"/proc/{pid}") and time.monotonic() < end:
        time.sleep(0.02)
    return not os.path.exists(f"/proc/{pid}")


def last_screen(output):
    """What is left on the line in the end."""
    return output.replace("\r\n", "\n").rpartition("\x1b[K")[2]


def main():
    tap = Tap()
    status, output = on_terminal(LONG + "; echo end")
    tap.true("a long step shows its time and its last line", status == 0 and re.search(r"\r\x1b\[K    \d+ s  \[1/2\] one", output),
             repr(output))
    tap.equal("the line is cleared in the end", last_screen(output), "end\n")
    status, output = on_terminal(QUICK + "; echo end")
    tap.true("a quick step shows nothing", status == 0 and "[1/1]" not in output, repr(output))
    status, output = on_terminal(LONG + "; echo end", term="dumb")
    tap.equal("a dumb terminal gets nothing", (status, output), (0, "end\r\n"))
    tap.equal("a pipe gets nothing", in_pipe(LONG + "; echo end"), (0, "end\n", ""))
    tap.equal("a failure shows what was printed", in_pipe("quietly bash -c 'echo one; echo two >&2; exit 3' || echo $?"),
              (0, "3\n", "one\ntwo\n"))
    tap.equal("a failure that is no news shows nothing", in_pipe("silently bash -c 'echo one; exit 3' || echo $?"), (0, "3\n", ""))
    status, output = on_terminal("quietly bash -c 'echo \"pid $$\"; exec sleep 60'; echo end", interrupt_at=b"pid ")
    pid = int(re.search(r"pid (\d+)", output).group(1))
    tap.true("Ctrl-C ends the command and what runs it", ends(pid) and status != 0 and "end" not in output, f"{status} {output!r}")
    return tap.finish()


if __name__ == "__main__":
    sys.exit(main())
