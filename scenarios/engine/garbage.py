"""Collects Python's garbage at moments and in pieces that do not stop the hub.

Left alone, the collector looks at all users again and again: over 10,000 of them that takes a quarter of
a second, and a generator that fell behind once never caught up.  So it is switched off, and called: the
youngest objects, among which requests live and die, twenty times a second, and those a little older
where garbage is found there at all; everything at most once a second while users come or have just
come.  From then on everything is looked at only when the process has grown by a quarter, since with
users who pause each look takes tens of milliseconds and finds nothing; and when it finds little, not
before it has grown by as much more.  What survived a long full collection is put out of the collector's
sight (``gc.freeze``, which takes no time), since it lives as long as its user.

The price: memory.  Knots of objects that outlive a tenth of a second stay until the process has grown by
a quarter; what users leave behind who have stopped stays until their number has come to rest, and is
collected then, in one stop.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable

from scenarios.engine import machine

# A stop that can be told from the hub's usual work, in seconds: half of the lag that is allowed.
_LONG = 0.0025
# Seconds between two full collections: while users come, five hundred of 10,000 in twenty seconds, each
# takes some milliseconds.
_PAUSE = 1.0
# For how many seconds users are new: a last look at them when their number has come to rest.
_NEW = 2.5
# By which share the process grows before everything is looked at, and by how many bytes at least.
_GROWTH = 0.25
_LEAST = 32e6
# A look that gives back less than this share of what had come found little.
_LITTLE = 0.25


class GarbageCollector:
    """Python's own collector."""

    def prepare(self) -> None:
        """Collect what is there and put the rest out of sight, since it stays; in tens of milliseconds."""
        gc.collect()
        gc.freeze()

    def take_over(self) -> None:
        """Switch its own moments off."""
        gc.disable()

    def hand_back(self) -> None:
        """Let it choose its moments again."""
        gc.unfreeze()
        gc.enable()

    def collect_young(self, generation: int) -> int:
        """Collect what has come since the last time, up to a *generation*; return how many objects went."""
        return gc.collect(generation)

    def collect_all(self) -> None:
        """Collect all that is not frozen."""
        gc.collect()

    def freeze(self) -> None:
        """Put all that is there out of sight."""
        gc.freeze()

    def unfreeze(self) -> None:
        """Let it see everything again."""
        gc.unfreeze()

    def memory(self) -> float:
        """Return how many bytes the process holds."""
        return machine.resident()


class Garbage:
    """Decides what to collect, told many times a second how many users there are.

    *collector* is Python's, or one that a test looks into.  Times are in seconds of *clock*.
    """

    def __init__(self, collector: GarbageCollector, clock: Callable[[], float] = time.perf_counter) -> None:
        self._collector = collector
        self._clock = clock
        self._users = 0
        self._last = clock() - _PAUSE
        self._changed = clock()
        self._fell = self._knots = False
        self._held = self._enough = 0.0
        self._growth = _GROWTH

    def see(self, users: int) -> None:
        """Take note that there are so many *users*, and collect what it is time for."""
        # Where requests leave no knots, another look at what survived the first one finds nothing.
        self._knots = self._collector.collect_young(1 if self._knots else 0) > 0
        now = self._clock()
        if users != self._users:
            self._fell = self._fell or users < self._users
            self._users, self._changed = users, now
        if now < self._last + _PAUSE:
            return
        self._last = now
        if now < self._changed + _NEW:
            self._look_at_users(now)
        elif self._collector.memory() > self._enough:
            self._look_at_growth()

    def _look_at_users(self, now: float) -> None:
        """Look at the users who have come, and at what those left behind who have gone."""
        if self._fell and now >= self._changed + _PAUSE:
            self._fell = False
            self._collector.unfreeze()
        self._collect()
        self._growth = _GROWTH
        self._hold(self._collector.memory())

    def _look_at_growth(self) -> None:
        """Look at everything, also at what was frozen, since that may be what has become garbage."""
        before = self._collector.memory()
        self._collector.unfreeze()
        self._collect()
        after = self._collector.memory()
        little = before - after < _LITTLE * (before - self._held)
        self._growth = 2 * self._growth if little else _GROWTH
        self._hold(after)

    def _collect(self) -> None:
        began = self._clock()
        self._collector.collect_all()
        if self._clock() - began > _LONG:
            self._collector.freeze()

    def _hold(self, memory: float) -> None:
        self._held = memory
        self._enough = memory + max(self._growth * memory, _LEAST)
