"""Counts every request inside the Locust process, exactly and cheaply.

Locust's own statistics round to two digits, so ours listen to the same event: one sparse count per
endpoint, kind and second, on HdrHistogram's index.  Nothing is encoded here: that would block the
hub that all users share.
"""

from __future__ import annotations

import re
import time
from collections import defaultdict
from collections.abc import Callable, MutableMapping
from typing import Any, TextIO

from lab.kernel.histogram import index_of
from profiles.schedule import Schedule
from scenarios.engine.answers import kind_of
from scenarios.engine.arrivals import Arrivals
from scenarios.engine.fence import refusal_in
from scenarios.engine.frames import ArrivalCount, Failure, Frame, Kind
from scenarios.engine.processor import needed

# Long enough to recognise a failure, too short to carry a page.
_EXAMPLE_LENGTH = 200
# Query strings and long opaque words may be secrets; an example must not hold them.
_SECRETS = re.compile(r"\?\S*|\b[A-Za-z0-9_\-.=+/]{40,}")


class Recorder:
    """Collects counts of the current second, and writes a frame when it is over.

    *output* receives one line per second.  Time is seconds of ``clock`` since ``begin``.
    *open_since* tells when each unanswered request was meant to start; the recorder closes what it
    hears of.
    """

    def __init__(
        self,
        output: TextIO,
        clock: Callable[[], float] = time.perf_counter,
        open_since: MutableMapping[int, float] | None = None,
    ) -> None:
        self._output = output
        self._clock = clock
        self._began = clock()
        self._second = 0
        self._counts: defaultdict[tuple[str, Kind], defaultdict[int, int]] = defaultdict(
            lambda: defaultdict(int)
        )
        self._failures: dict[tuple[str, str], Failure] = {}
        self._open = {} if open_since is None else open_since
        self._arrivals: Arrivals | None = None
        self._needed = needed()
        self.users = 0

    def begin(self, schedule: Schedule | None = None) -> Arrivals | None:
        """Start counting seconds from now; what was counted before is dropped.

        Return the arrivals of *schedule*, counted from the same moment.
        """
        self._began = self._clock()
        self._second = 0
        self._counts.clear()
        self._failures.clear()
        self._needed = needed()
        self._arrivals = None if schedule is None else Arrivals(schedule, self._began)
        return self._arrivals

    def on_request(
        self,
        *,
        request_type: str,
        name: str,
        response_time: float | None,
        exception: BaseException | None = None,
        context: Any = None,
        **_others: Any,
    ) -> None:
        """Take one finished request; *response_time* is in milliseconds, as Locust says it."""
        self.roll()
        if isinstance(context, dict):
            self._open.pop(context.get("launchlab_user", 0), None)
        endpoint = f"{request_type} {name}"
        service = int((response_time or 0.0) * 1000)
        if exception is not None:
            self._counts[endpoint, Kind.FAILED][index_of(service)] += 1
            cause = refusal_in(exception)
            self._fail(endpoint, kind_of(cause), str(cause))
            return
        self._counts[endpoint, Kind.SERVICE][index_of(service)] += 1
        late = 0.0
        if isinstance(context, dict) and "launchlab_lag" in context:
            self._counts[endpoint, Kind.LAG][index_of(int(context["launchlab_lag"] * 1e6))] += 1
            late = context["launchlab_late"]
        self._counts[endpoint, Kind.RESPONSE][index_of(service + int(late * 1e6))] += 1

    def on_user_error(self, *, exception: BaseException, **_others: Any) -> None:
        """Take an exception that a user's task did not handle."""
        self.roll()
        self._fail("task", type(exception).__name__, str(exception))

    def roll(self) -> None:
        """Write the frames of all seconds that are over."""
        now = int(self._clock() - self._began)
        while self._second < now:
            self._write()
            self._second += 1

    def _waiting(self) -> tuple[float, ...]:
        """Return how long the unanswered requests have been waiting, in seconds."""
        end = self._began + self._second + 1
        return tuple(round(end - since, 6) for since in self._open.values() if since < end)

    def _fail(self, endpoint: str, what: str, example: str) -> None:
        known = self._failures.get((endpoint, what))
        self._failures[endpoint, what] = Failure(
            endpoint=endpoint,
            what=what,
            count=known.count + 1 if known else 1,
            example=known.example if known else _SECRETS.sub("…", example)[:_EXAMPLE_LENGTH],
        )

    def _write(self) -> None:
        before, self._needed = self._needed, needed()
        frame = Frame(
            second=self._second,
            users=self.users,
            counts=self._counts,
            failures=tuple(self._failures.values()),
            waiting=self._waiting(),
            arrivals=self._arrivals.count_of(self._second) if self._arrivals else ArrivalCount(),
            busy=self._needed - before,
        )
        self._output.write(frame.line())
        self._output.flush()
        self._counts.clear()
        self._failures.clear()
