"""Keeps Python's garbage collector from stopping the hub: over 10,000 users, a full collection takes long.

What survived a full collection that took noticeably long is put out of the collector's sight (``gc.freeze``,
which takes no time): it lives as long as its user does.  The next one looks at what has come since, and the
young generations, in which requests live and die, are collected as ever.  The price: what users leave behind
who have stopped stays until their number has come to rest, and is collected then, in one stop.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Mapping
from typing import Any

# A stop that can be told from the hub's usual work, in seconds: half of the lag that is allowed.
_LONG = 0.0025
_OLDEST = 2
# How often it is looked whether users have gone, in seconds.
_EVERY = 1.0


def collect_everything() -> None:
    """Collect in full, what was frozen too, and freeze what is left."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()


class Garbage:
    """Decides when to freeze and when to collect everything.  Times are in seconds of *clock*."""

    def __init__(
        self,
        freeze: Callable[[], None] = gc.freeze,
        collect: Callable[[], None] = collect_everything,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._freeze = freeze
        self._collect = collect
        self._clock = clock
        self._began = 0.0
        self._users = 0
        self._next = 0.0
        self._fell = False

    def on_collection(self, phase: str, about: Mapping[str, Any]) -> None:
        """Be called at the ``start`` and the ``stop`` of each collection, as one of ``gc.callbacks``."""
        if about["generation"] != _OLDEST:
            return
        if phase == "start":
            self._began = self._clock()
        elif self._clock() - self._began > _LONG:
            self._freeze()

    def see(self, users: int) -> None:
        """Take note that there are so many *users*."""
        now = self._clock()
        if now < self._next:
            return
        self._next = now + _EVERY
        before, self._users = self._users, users
        if users < before:
            self._fell = True
        elif self._fell and users == before:
            self._fell = False
            self._collect()
