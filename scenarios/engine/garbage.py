"""Keeps Python's garbage collector from stopping the hub: over 10,000 users, a full collection takes long.

What lives as long as its user is put out of the collector's sight as users come (``gc.freeze``, which takes
no time); the young generations, in which requests live and die, are collected as ever.  The price: what users
leave behind who have stopped stays until their number has come to rest, and is collected then, in one stop.
"""

from __future__ import annotations

import gc
from collections.abc import Callable

# How often it is looked whether users came or went, in seconds.  Of one second's users, 500 of 10,000 in
# twenty seconds, a full collection takes a twentieth of the time.
_EVERY = 1.0


def collect_everything() -> None:
    """Collect in full, what was frozen too, and freeze what is left."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()


class Garbage:
    """Is told again and again how many users there are, and freezes or collects accordingly."""

    def __init__(
        self, freeze: Callable[[], None] = gc.freeze, collect: Callable[[], None] = collect_everything
    ) -> None:
        self._freeze = freeze
        self._collect = collect
        self._users = 0
        self._next = 0.0
        self._rose = self._fell = False

    def see(self, users: int, now: float) -> None:
        """Take note that so many *users* are there at *now*, in seconds of a clock that began at 0."""
        if now < self._next:
            return
        self._next = now + _EVERY
        before, self._users = self._users, users
        if users > before:
            self._rose = True
            self._freeze()
        elif users < before:
            self._fell = True
        elif self._fell:
            self._rose = self._fell = False
            self._collect()
        elif self._rose:
            self._rose = False
            self._freeze()
