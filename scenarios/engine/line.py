"""Who waits for an arrival, and who gets the next: first come, first served.  Pure; never imports Locust.

A user who waits holds no arrival.  So one who is stopped loses none, none is taken before it is due,
and nobody who was freed later gets one before somebody who waited longer: with more users than are
needed they all take their turn, and their connections stay in use.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

from scenarios.engine.arrivals import Arrivals, Start

Waiting = TypeVar("Waiting", bound=Hashable)


class Line(Generic[Waiting]):
    """Those who wait for one of *arrivals*, longest first."""

    def __init__(self, arrivals: Arrivals) -> None:
        self._arrivals = arrivals
        # Since when each is free.  Whoever is stopped leaves from anywhere.
        self._waiting: OrderedDict[Waiting, float] = OrderedDict()

    def __len__(self) -> int:
        return len(self._waiting)

    def pass_by(self, now: float) -> Start | None:
        """Return an arrival that is due with nobody waiting for it, to whoever is free *now*; else None."""
        return self._arrivals.take(now) if not self._waiting and self._arrivals.next_due <= now else None

    def join(self, waiting: Waiting, now: float) -> None:
        """Let somebody wait behind all others, who is free from *now* on."""
        self._waiting[waiting] = now

    def leave(self, waiting: Waiting) -> None:
        """Let somebody go, who may have been served already."""
        self._waiting.pop(waiting, None)

    def serve(self, now: float) -> tuple[Waiting, Start] | None:
        """Return who is next, with the arrival that is due; None where nobody waits, or nothing is due.

        Who waits was free when it came due: that it is served later is the generator's doing.
        """
        if not self._waiting or self._arrivals.next_due > now:
            return None
        waiting, free_since = self._waiting.popitem(last=False)
        return waiting, self._arrivals.take(free_since)

    def until_next(self, now: float) -> float:
        """Return in how many seconds somebody has to be served: never while nobody waits."""
        return max(0.0, self._arrivals.next_due - now) if self._waiting else math.inf
