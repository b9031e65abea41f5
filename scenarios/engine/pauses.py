"""When the requests of plain Locust users were meant to start: as the pause before them ended.

Locust tells nobody for how long a user is to pause, so the sleep itself is listened to.  A user of plain
Locust that has our client is then timed as a LoadUser is, and its generator's lag is known.
"""

from __future__ import annotations

import time
from typing import Any

import gevent
from locust import TaskSet

from scenarios.engine.arrivals import Start
from scenarios.engine.flight import UNDER_WAY


class Pauses:
    """The pauses of one user, and the requests that follow them; times are on the clock of perf_counter."""

    __slots__ = ("_ended",)

    def __init__(self) -> None:
        self._ended: float | None = None

    def end(self, moment: float) -> None:
        """Take note that a pause was to end at this *moment*."""
        self._ended = moment

    def begins(self, now: float) -> Start | None:
        """Return when the request that begins *now* was meant to, if it is the first after a pause."""
        ended, self._ended = self._ended, None
        start = None if ended is None else Start(due=ended, ready=ended, arrival=False)
        UNDER_WAY.begin(id(self), now if ended is None else ended, now)
        return start

    def ends(self) -> None:
        """Take the end of the request."""
        UNDER_WAY.end(id(self), time.perf_counter())


def listen() -> None:
    """Listen to the pauses of all users of this process."""
    TaskSet._sleep = _sleep  # type: ignore[method-assign]  # noqa: SLF001  # Locust has no hook there


def _sleep(tasks: Any, seconds: float) -> None:
    end = time.perf_counter() + seconds
    gevent.sleep(seconds)
    pauses = getattr(getattr(tasks.user, "client", None), "pauses", None)
    if pauses is not None:
        pauses.end(end)
