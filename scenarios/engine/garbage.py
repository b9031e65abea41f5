"""Collects Python's garbage at moments and in pieces that do not stop the hub.

Left alone, the collector looks at all users again and again: over 10,000 of them that takes a quarter of
a second, and a generator that fell behind once never caught up.  So it is switched off, and called: the
youngest objects, among which requests live and die, twenty times a second, and those a little older
where garbage is found there at all; what came since the last look, once a second while users come and
just after.  What survived a long look is put out of the collector's sight (``gc.freeze``, which takes no
time), since it lives as long as its user.  Everything, also what was put out of sight, is looked through
when the process has grown by a quarter (at least 32 MB) since it last was, leaving aside 100 kB for each
user who has come; by half or at most to its double where such looks find little; at its double where no
look has found any garbage yet, since users also grow by what they remember of their first tasks; and once
when users have gone and the number of the others has come to rest.  What users hold who have come to rest
counts as held, up to their 100 kB.  Where the system does not tell what the process holds, everything is
looked through each minute.

The price in time: a look through everything stops the hub for about a quarter of a second over 10,000
users, a look at what came since the last one for tens of milliseconds.  The price in memory: knots of
objects that outlive a tenth of a second stay until everything is looked through, so that the process may
come to hold twice what it held then and 200 kB for each user since.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable

from scenarios.engine import machine

# A stop that can be told from the hub's usual work, in seconds: half of the lag that is allowed.
_LONG = 0.0025
# Seconds between two looks at what has come: where users come, 10,000 of them within twenty seconds, those of
# one second take tens of milliseconds.
_PAUSE = 1.0
# For how many seconds users are new: a last look at them when their number has come to rest.
_NEW = 2.5
# By which share the process grows before everything is looked through, and by how many bytes at least.
_GROWTH = 0.25
_LEAST = 32e6
# By which share at most, where looks found little: whatever happens, memory is bounded by it.
_MOST_GROWTH = 1.0
# What a user may hold, in bytes: four times what one of the journeys here was measured to hold.
_USER = 100e3
# A look that found at least so many objects found much: 5 MB and more, at a hundred bytes and more each.
# What the process holds does not tell, since Python often keeps for itself what was given back to it.
_MUCH = 50_000
# Seconds between two looks through everything where the system does not tell what the process holds.
_BLIND = 60.0


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

    def collect_all(self) -> int:
        """Collect all that is not frozen; return how many objects went."""
        return gc.collect()

    def freeze(self) -> None:
        """Put all that is there out of sight."""
        gc.freeze()

    def unfreeze(self) -> None:
        """Let it see everything again."""
        gc.unfreeze()

    def memory(self) -> float:
        """Return how many bytes the process holds; 0 where the system does not tell."""
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
        self._fell = self._knots = self._littered = False
        self._growth = _GROWTH
        # As of the last look through everything: when, what was held, and by how many users.
        self._through = clock()
        self._held = collector.memory()
        self._holders = 0

    def see(self, users: int) -> None:
        """Take note that there are so many *users*, and collect what it is time for."""
        # Where requests leave no knots, another look at what survived the first one finds nothing.
        self._knots = self._collector.collect_young(1 if self._knots else 0) > 0
        self._littered = self._littered or self._knots
        now = self._clock()
        if users != self._users:
            self._fell = self._fell or users < self._users
            self._users, self._changed = users, now
        if now < self._last + _PAUSE:
            return
        self._last = now
        memory = self._collector.memory()
        if self._have_gone(now) or self._has_grown(now, memory):
            self._look_through_everything(now)
        elif now < self._changed + _NEW:
            self._collect()
        else:
            self._settle(memory)

    def _have_gone(self, now: float) -> bool:
        """Tell whether users have gone, and the number of the others has come to rest."""
        return self._fell and now >= self._changed + _PAUSE

    def _has_grown(self, now: float, memory: float) -> bool:
        if not memory:
            return now >= self._through + _BLIND
        growth = self._growth if self._littered else _MOST_GROWTH
        return memory > self._allowed() + max(growth * self._held, _LEAST)

    def _allowed(self) -> float:
        """Return what may be held without any garbage, in bytes: as much as before, and by new users."""
        return self._held + _USER * max(0, self._users - self._holders)

    def _settle(self, memory: float) -> None:
        """Take what users at rest hold as held, so that what they were allowed beyond it is not left open."""
        self._held = max(self._held, min(memory, self._allowed()))
        self._holders = max(self._holders, self._users)

    def _look_through_everything(self, now: float) -> None:
        """Look also at what was frozen, since that may be what has become garbage."""
        self._fell = False
        self._collector.unfreeze()
        much = self._collect() >= _MUCH
        self._growth = _GROWTH if much else min(2 * self._growth, _MOST_GROWTH)
        self._littered = self._littered or much
        self._through, self._held, self._holders = now, self._collector.memory(), self._users

    def _collect(self) -> int:
        """Collect all that is in sight, and put it out of sight if that took long; return how many went."""
        began = self._clock()
        found = self._collector.collect_all()
        if self._clock() - began > _LONG:
            self._collector.freeze()
        return found
