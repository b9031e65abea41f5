"""Where users wait for an arrival: one timer for all of them, however many they are."""

from __future__ import annotations

import math
import time
from typing import Any

import gevent
from gevent import get_hub
from gevent.hub import Waiter

from scenarios.engine import alarm
from scenarios.engine.arrivals import Arrivals, Start
from scenarios.engine.line import Line

# After a pause of the process many arrivals are due at once.  So many are handed out before the hub
# looks at its sockets again: answers that came meanwhile must not be held up by what is sent.
_AT_ONCE = 16


class WaitingRoom:
    """Hands *arrivals* to the users who wait, as they come due."""

    def __init__(self, arrivals: Arrivals) -> None:
        self._line: Line[Waiter[Start]] = Line(arrivals)
        self._timer: Any = None

    def wait(self) -> Start:
        """Block the calling user until an arrival is its own; return that."""
        now = time.perf_counter()
        overdue = self._line.pass_by(now)
        if overdue is not None:
            # Whoever never waits would let nobody else come on, and no answer in.
            gevent.sleep(0)
            return overdue
        waiter: Waiter[Start] = Waiter()
        self._line.join(waiter, now)
        if len(self._line) == 1:
            self._set_timer()
        try:
            start: Start = waiter.get()
        finally:
            self._line.leave(waiter)
        return start

    def _set_timer(self) -> None:
        now = time.perf_counter()
        seconds = self._line.until_next(now)
        if self._timer is not None:
            self._timer.close()
            self._timer = None
        if seconds < math.inf:
            self._timer = get_hub().loop.timer(seconds)
            if seconds > 0:
                alarm.wake_at(now + seconds)
            # The loop's own idea of now may be as old as what has run since it last looked.
            self._timer.start(self._hand_out, update=True)

    def _hand_out(self) -> None:
        """Give those who wait what is due by now; in the hub."""
        now = time.perf_counter()
        for _ in range(_AT_ONCE):
            served = self._line.serve(now)
            if served is None:
                break
            waiter, start = served
            # Its task begins at once, up to where it waits for something.
            waiter.switch(start)
        self._set_timer()
