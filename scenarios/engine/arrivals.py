"""Hands arrivals to users, and remembers what became of them.

An arrival is taken in the order in which it is due, by whichever user is free next.  A user without
an arrival takes one at once, so one that is due and not taken finds every user busy.  Never imports
Locust.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace

from scenarios.engine.frames import ArrivalCount
from scenarios.engine.slices import Timetable

# Nobody notices to have waited less than a millisecond; so short a wait is between two tasks.
_NOTICED = 0.001


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """When a request was meant to start, on the clock of perf_counter.

    *due* is when it should have been under way; until *ready* it waited for a free user, and from
    then on only the generator kept it waiting.
    """

    due: float
    ready: float
    arrival: bool


class Arrivals:
    """The arrivals of *schedule*, whose time began at *began* on the clock of perf_counter."""

    def __init__(self, schedule: Timetable, began: float) -> None:
        self._schedule = schedule
        self._began = began
        self._taken = 0
        self._counts: defaultdict[int, ArrivalCount] = defaultdict(ArrivalCount)

    def take(self, now: float) -> Start:
        """Return the next arrival, for a user who is free *now*."""
        due = self._began + self._schedule.due(self._taken)
        self._taken += 1
        return Start(due=due, ready=max(due, now), arrival=True)

    def begin(self, start: Start, now: float) -> None:
        """Note that the task of an arrival has begun."""
        second = int(now - self._began)
        count = self._counts[second]
        held_up = start.ready - start.due > _NOTICED
        self._counts[second] = replace(count, begun=count.begun + 1, held_up=count.held_up + held_up)

    def count_of(self, second: int) -> ArrivalCount:
        """Return what became of arrivals in a *second* that is over, and forget it."""
        queued = max(0, self._schedule.before(second + 1) - self._taken)
        return replace(self._counts.pop(second, ArrivalCount()), queued=queued)
