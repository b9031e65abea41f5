"""When the requests of plain Locust users were meant to start: as the pause before them ended.

Locust tells nobody for how long a user is to pause, so the sleep itself is listened to.  A user of plain
Locust that has our client is then timed as a LoadUser is, and its generator's lag is known.
"""

from __future__ import annotations

import time
from typing import Any

import gevent
from locust import TaskSet, User

from scenarios.engine import alarm
from scenarios.engine.arrivals import Start
from scenarios.engine.flight import UNDER_WAY

# Where a user's pauses are found.  On the user, because clients of other protocols may answer to any name.
_NAME = "_launchlab_pauses"


class Pauses:
    """The pauses of *user*, and the requests that follow them; times are on the clock of perf_counter.

    A user's first session listens to them.
    """

    __slots__ = ("_overslept",)

    def __init__(self, user: User | None) -> None:
        self._overslept: float | None = None
        if user is not None and not hasattr(user, _NAME):
            setattr(user, _NAME, self)

    def begin(self) -> None:
        """Take note that a pause begins: what followed the one before is over."""
        self._overslept = None

    def end(self, overslept: float) -> None:
        """Take note that a pause ended so many seconds later than it was to."""
        self._overslept = overslept

    def begins(self, now: float) -> Start | None:
        """Return when the request that begins *now* was meant to, if it is the first after a pause.

        What the user itself did between the two is neither the generator's nor the subject's.
        """
        overslept, self._overslept = self._overslept, None
        meant = now - (overslept or 0.0)
        UNDER_WAY.begin(id(gevent.getcurrent()), meant, now)
        return None if overslept is None else Start(due=meant, ready=meant, arrival=False)

    def ends(self, moment: float) -> None:
        """Take the end of the request, whose last byte came at that *moment*."""
        UNDER_WAY.end(id(gevent.getcurrent()), moment)


def listen() -> None:
    """Listen to the pauses of all users of this process."""
    TaskSet._sleep = _sleep  # type: ignore[method-assign]  # noqa: SLF001  # Locust has no hook there


def _sleep(tasks: Any, seconds: float) -> None:
    pauses: Pauses | None = getattr(tasks.user, _NAME, None)
    if pauses is None:
        alarm.sleep(seconds)
        return
    pauses.begin()
    end = time.perf_counter() + seconds
    alarm.sleep(seconds)
    pauses.end(max(0.0, time.perf_counter() - end))
