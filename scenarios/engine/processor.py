"""How long this process has needed a processor: a generator without one makes a subject look slow."""

from __future__ import annotations

import time
from pathlib import Path

# Nanoseconds on a processor, nanoseconds waiting for one, turns (the kernel's sched-stats.rst).  It
# speaks of the main thread, in which all of Locust's users live.
_STATISTICS = Path("/proc/self/schedstat")


def needed() -> float:
    """Return the seconds for which this process has computed or waited for a processor to do so.

    Only the time in which it computed where the kernel does not tell the other.
    """
    try:
        told = told_in(_STATISTICS.read_text(encoding="ascii"))
    except (OSError, ValueError):
        told = None
    return time.process_time() if told is None else told


def waited() -> float:
    """Return the seconds for which this process has waited for a processor; 0 where nobody tells."""
    try:
        _, waiting, _ = map(int, _STATISTICS.read_text(encoding="ascii").split())
    except (OSError, ValueError):
        return 0.0
    return waiting / 1e9


def told_in(statistics: str) -> float | None:
    """Return the seconds that the kernel's *statistics* tell of; None where it keeps none.

    Raises ValueError for another text than the kernel's.
    """
    computed, waited, _ = map(int, statistics.split())
    # A kernel without statistics prints zeros (fs/proc/base.c, proc_pid_schedstat); who reads has computed.
    return (computed + waited) / 1e9 if computed else None
