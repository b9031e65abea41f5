"""The canary's workload: fixed pieces of work, timed by themselves in a fresh process.

Run as ``python canary_workload.py``; prints in seconds the sum of the quickest repeat of each piece.
The pieces are what the lanes lean on: whole numbers, dictionaries, sorting, hashing bytes, a walk
through more memory than the nearest caches hold, and exchanges over the loopback.  Whatever is
changed here makes another canary: raise ``VERSION`` in ``lab/engine/canary.py``.

A piece takes about a tenth of a millisecond, so that on a machine shared with others some repeats
meet nobody; the quickest one says what the machine can do.  It is timed by the wall clock, which is
read without a system call: while nothing interrupts, the processor's clock says the same.

This file is a program of its own and imports only the standard library, so it starts at once.
"""

from __future__ import annotations

import hashlib
import random
import socket
import sys
import time
from collections.abc import Callable, Iterator, Sequence

SECONDS = 0.3
_SEED = 20261123
_NUMBERS = 600
_HASHED = 120_000
# In bytes: above the caches of one core (1 to 2 MB), below what cores share.
_MEMORY = 4_000_000
# A prime number of cache lines of 64 bytes, further than a prefetcher follows: each line is met in turn.
_STRIDE = 191 * 64
_STEPS = 600
_EXCHANGES = 8
_MESSAGE = 256

Piece = Callable[[], object]


def pieces(near: socket.socket, far: socket.socket) -> Sequence[Piece]:
    """Return the pieces of work; *near* and *far* are both ends of one connection."""
    drawn = random.Random(_SEED)  # noqa: S311  (no secret)
    numbers = [drawn.getrandbits(40) for _ in range(_NUMBERS)]
    memory = drawn.randbytes(_MEMORY)
    places = _places()

    def count() -> int:
        total = 0
        for number in numbers:
            total += number * number % 7919
        return total

    def group() -> dict[int, int]:
        groups: dict[int, int] = {}
        for number in numbers:
            groups[number % 127] = groups.get(number % 127, 0) + number
        return groups

    def walk() -> int:
        return sum(memory[next(places)] for _ in range(_STEPS))

    def exchange() -> None:
        for _ in range(_EXCHANGES):
            near.sendall(memory[:_MESSAGE])
            far.sendall(far.recv(_MESSAGE))
            near.recv(_MESSAGE)

    return (
        count,
        group,
        lambda: sorted(numbers),
        lambda: hashlib.sha256(memory[:_HASHED]).digest(),
        walk,
        exchange,
    )


def _places() -> Iterator[int]:
    place = 0
    while True:
        place = (place + _STRIDE) % _MEMORY
        yield place


def connected() -> tuple[socket.socket, socket.socket]:
    """Return both ends of a connection over the loopback."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        near = socket.create_connection(listener.getsockname())
        far, _ = listener.accept()
    for end in (near, far):
        end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        end.settimeout(10)
    return near, far


def quickest(work: Sequence[Piece], seconds: float) -> float:
    """Repeat all of *work* for *seconds*; return the sum of what each piece took at its quickest."""
    took = [float("inf")] * len(work)
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        for place, piece in enumerate(work):
            began = time.perf_counter()
            piece()
            took[place] = min(took[place], time.perf_counter() - began)
    return sum(took)


if __name__ == "__main__":
    ends = connected()
    with ends[0], ends[1]:
        sys.stdout.write(f"{quickest(pieces(*ends), SECONDS):.9f}\n")
