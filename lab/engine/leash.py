"""A child program on a leash: it ends when whoever started it is gone, however that happened.

Run as ``python leash.py COMMAND...``, in a session of its own and with a pipe as standard input.
When the pipe closes (the parent ended, or was killed outright) or on SIGTERM, the whole process
group gets SIGTERM and, after a grace, SIGKILL.  The exit status is the command's, with 128 added
to a signal's number.

This file is a program of its own and imports only the standard library, so a leash starts at once.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import FrameType

# What a shell answers for a program that is not there.
_NOT_FOUND = 127
# Long enough for a server to finish what it accepted.
GRACE = 5.0


def hold(command: list[str]) -> int:
    """Run *command* until it ends or the leash is let go; return its exit status."""
    signal.signal(signal.SIGTERM, _let_go)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    except OSError as error:
        sys.stderr.write(f"cannot start {command[0]!r}: {error.strerror}\n")
        return _NOT_FOUND
    threading.Thread(target=_watch_the_pipe, daemon=True).start()
    status = child.wait()
    return 128 - status if status < 0 else status


def _watch_the_pipe() -> None:
    while os.read(sys.stdin.fileno(), 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def _let_go(_number: int, _frame: FrameType | None) -> None:
    # The leash is a member of the group it ends.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    threading.Thread(target=_end_for_certain, daemon=True).start()
    os.killpg(0, signal.SIGTERM)


def _end_for_certain() -> None:
    time.sleep(GRACE)
    os.killpg(0, signal.SIGKILL)


def _alone() -> bool:
    """Whether the group has no living member but this leash; where /proc is missing, suppose so."""
    mine = str(os.getpgrp())
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            # proc(5): after the name in parentheses come state, parent and process group.
            state, _, group, *_ = path.read_text(encoding="utf-8").rpartition(")")[2].split()
        except OSError:
            continue
        if group == mine and state != "Z" and path.parent.name != str(os.getpid()):
            return False
    return True


def _end_the_rest() -> None:
    """End whatever the command left in its group: politely, then for certain."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    os.killpg(0, signal.SIGTERM)
    patience = time.monotonic() + GRACE
    while not _alone() and time.monotonic() < patience:
        time.sleep(0.05)
    if not _alone():
        os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    code = hold(sys.argv[1:])
    _end_the_rest()
    os._exit(code)
