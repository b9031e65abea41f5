"""Collects Python's garbage at moments and in pieces that do not stop the hub.

Left alone, the collector looks at all users again and again: over 10,000 of them that takes a quarter of a
second, and a generator that fell behind once never caught up.  So it is switched off, and called: the young
generations, in which requests live and die, ten times a second; everything at most once a second while users
come, and ever less often when that finds little.  What survived a long full collection is put out of the
collector's sight (``gc.freeze``, which takes no time), since it lives as long as its user.  The price: what
users leave behind who have stopped stays until their number has come to rest, and is collected then, in one
stop.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable

# A stop that can be told from the hub's usual work, in seconds: half of the lag that is allowed.
_LONG = 0.0025
_YOUNG = 1
# Seconds between two full collections: while users come, five hundred of 10,000 in twenty seconds, each takes
# some milliseconds; in the end, a minute's knots of objects are all that waits.
_SHORTEST = 1.0
_LONGEST = 60.0
# Objects that are worth to be looked for as soon again: some megabytes.
_MUCH = 50_000


class GarbageCollector:
    """Python's own collector."""

    def take_over(self) -> None:
        """Switch its own moments off; what is there now lives for good."""
        gc.collect()
        gc.freeze()
        gc.disable()

    def hand_back(self) -> None:
        """Let it choose its moments again."""
        gc.unfreeze()
        gc.enable()

    def collect_young(self) -> None:
        """Collect what has come since the last time."""
        gc.collect(_YOUNG)

    def collect_all(self) -> int:
        """Collect all that is not frozen; return how many objects went."""
        return gc.collect()

    def freeze(self) -> None:
        """Put all that is there out of sight."""
        gc.freeze()

    def unfreeze(self) -> None:
        """Let it see everything again."""
        gc.unfreeze()


class Garbage:
    """Decides what to collect, told ten times a second how many users there are.

    *collector* is Python's, or one that a test looks into.  Times are in seconds of *clock*.
    """

    def __init__(self, collector: GarbageCollector, clock: Callable[[], float] = time.perf_counter) -> None:
        self._collector = collector
        self._clock = clock
        self._users = 0
        self._pause = _SHORTEST
        self._last = clock() - _SHORTEST
        self._changed = clock()
        self._fell = False

    def see(self, users: int) -> None:
        """Take note that there are so many *users*, and collect what it is time for."""
        self._collector.collect_young()
        now = self._clock()
        if users != self._users:
            self._fell = self._fell or users < self._users
            self._users, self._changed = users, now
            self._pause = _SHORTEST
        if now < self._last + self._pause:
            return
        if self._fell and now - self._changed >= _SHORTEST:
            self._fell = False
            self._collector.unfreeze()
        found = self._collector.collect_all()
        self._last = self._clock()
        if self._last - now > _LONG:
            self._collector.freeze()
        if found < _MUCH:
            self._pause = min(2 * self._pause, _LONGEST)
