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
        computed, waited, _ = _STATISTICS.read_text(encoding="ascii").split()
    except (OSError, ValueError):
        return time.process_time()
    return (int(computed) + int(waited)) / 1e9
