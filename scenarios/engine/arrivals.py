"""Hands arrivals to users, and remembers what became of them.

Arrivals are taken in the order in which they are due, each when it is due by the user who has waited
longest, or else by the one who is free next.  So one that is due and not taken finds every user busy.

Each has three times.  It is *due* by its schedule; *ready* when a user is free for it, too; *begun* when
its task makes its first request, or ends without one.  From due to ready the subject keeps it waiting,
because that is what its users are busy with, and the wait is response time.  From ready to begun it is
the generator that is late, and that is its lag.  Never imports Locust.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from profiles.schedule import Schedule
from scenarios.engine.frames import ArrivalCount

# Nobody notices to have waited less than a millisecond; so short a wait is between two tasks.
NOTICED = 0.001


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

    def __init__(self, schedule: Schedule, began: float) -> None:
        self._schedule = schedule
        self._began = began
        self._taken = 0
        self._next = began + schedule.due(0)
        # How many of each second's began, and how many of these were held up.
        self._begun: defaultdict[int, int] = defaultdict(int)
        self._held_up: defaultdict[int, int] = defaultdict(int)

    @property
    def next_due(self) -> float:
        """When the next arrival is due; infinitely late where there is none any more."""
        return self._next

    def take(self, free_since: float) -> Start:
        """Return the next arrival, for a user who has been free since then."""
        due = self._next
        self._taken += 1
        self._next = self._began + self._schedule.due(self._taken)
        return Start(due=due, ready=max(due, free_since), arrival=True)

    def begin(self, start: Start, now: float) -> None:
        """Note that the task of an arrival has begun."""
        second = int(now - self._began)
        self._begun[second] += 1
        if start.ready - start.due > NOTICED:
            self._held_up[second] += 1

    def count_of(self, second: int) -> ArrivalCount:
        """Return what became of arrivals in a *second* that is over, and forget it."""
        queued = max(0, self._schedule.before(second + 1) - self._taken)
        begun, held_up = self._begun.pop(second, 0), self._held_up.pop(second, 0)
        return ArrivalCount(begun=begun, held_up=held_up, queued=queued)
