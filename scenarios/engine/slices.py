"""What falls to one of several Locust processes that make a load together.  Pure.

Everything goes round in turn, so that shares differ by one at most, add up exactly, and no process has to
ask another.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from scenarios.engine.rows import Place


class Timetable(Protocol):
    """When arrivals are due, in seconds from the start."""

    def due(self, number: int) -> float:
        """Return when arrival *number*, from 0, is due."""

    def before(self, moment: float) -> int:
        """Return how many arrivals are due before *moment*."""


@dataclass(frozen=True, slots=True)
class Stripe:
    """Every so many-th arrival of *timetable*: those of the process at *place*."""

    timetable: Timetable
    place: Place

    def due(self, number: int) -> float:
        """Return when this process's arrival *number* is due."""
        return self.timetable.due(self.place.index + number * self.place.count)

    def before(self, moment: float) -> int:
        """Return how many of this process's arrivals are due before *moment*."""
        return share(self.timetable.before(moment), self.place)


def share(total: int, place: Place) -> int:
    """Return how many of *total* fall to the process at *place*; a larger total never gives fewer."""
    return len(range(place.index, total, place.count))
