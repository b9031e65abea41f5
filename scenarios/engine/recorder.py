"""Counts every request inside the Locust process, exactly and cheaply.

Locust's own statistics round to two digits, so ours are a sparse count per endpoint, kind and second,
on HdrHistogram's index.  Histograms are not encoded here: that would block the hub that all users share.

There are two doors.  ``take`` is for our own client, which knows what it measured; ``on_request`` listens
to Locust's event for every other one.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, TextIO

from profiles.schedule import Schedule
from scenarios.client.traffic import Traffic
from scenarios.engine.arrivals import Arrivals
from scenarios.engine.cells import Account, Cell, Classes, counts_of
from scenarios.engine.flight import InFlight
from scenarios.engine.frames import MOST_ENDPOINTS, OTHER_ENDPOINTS, ArrivalCount, Frame
from scenarios.engine.processor import needed
from scenarios.engine.signals import Signals


class Recorder:
    """Collects counts of the current second, and writes a frame when it is over.

    *output* receives one line per second.  Time is seconds of ``clock`` since ``begin``.
    *in_flight* knows the requests that are under way; the recorder ends what it hears of by the event.
    *vitals* tells what the process says of itself since it was last asked.  *worker* is this process's
    number, from 0.
    """

    def __init__(
        self,
        output: TextIO,
        clock: Callable[[], float] = time.perf_counter,
        in_flight: InFlight | None = None,
        worker: int = 0,
        vitals: Callable[[], Signals] = Signals,
    ) -> None:
        self._output = output
        self._clock = clock
        self._in_flight = in_flight or InFlight()
        self._worker = worker
        self._vitals = vitals
        self._users = 0
        self._strangers = self._ending = False
        self.limit(math.inf, lambda _requests: None)
        self.begin()

    def begin(self, schedule: Schedule | None = None, began: float | None = None) -> Arrivals | None:
        """Start counting seconds from *began*, or now; what was counted before is dropped.

        Return the arrivals of *schedule*, counted from the same moment.
        """
        self._began = self._clock() if began is None else began
        self._second = 0
        self._requests = 0
        self._until = self._began + 1
        self._cells: dict[str, Cell] = {}
        self._tasks = Classes()
        self._needed = needed()
        self._vitals()
        self._in_flight.counted(self._began)
        self._in_flight.abandoned()
        self._arrivals = None if schedule is None else Arrivals(schedule, self._began)
        return self._arrivals

    def limit(self, most: float, exceeded: Callable[[int], None]) -> None:
        """Call *exceeded*, with how many there were, for each request above *most* within a second."""
        self._most, self._exceeded = most, exceeded

    @property
    def users(self) -> int:
        """How many users there are, as the recorder was told last."""
        return self._users

    @users.setter
    def users(self, number: int) -> None:
        # Of users whose requests are not followed, each that goes may have left one behind.
        if self._strangers and number < self._users:
            self._in_flight.abandon(self._users - number)
        self._users = number

    def take(  # noqa: PLR0913, PLR0915  # the hot path: a value for the arguments, or a call, costs a tenth
        self,
        endpoint: str,
        began: float,
        ended: float,
        *,
        late: float = 0.0,
        lag: float | None = None,
        failure: BaseException | None = None,
        length: int = 0,
        traffic: Traffic | None = None,
    ) -> None:
        """Take one finished request of our own client; nobody else tells Locust's statistics of it.

        *endpoint* is "GET /x"; *began* and *ended* are on the clock of perf_counter.  *late* is for how
        many seconds it should have been under way before, *lag* the generator's own part of that, None
        where it is not known.  *length* is that of the decoded body.  Every request passes here, so
        this only remembers: see ``count`` and ``accounts``.
        """
        cell = self._cells.get(endpoint)
        if cell is None:
            cell = self._cell_of(endpoint)
        if ended >= self._until:
            self._roll(ended)
        self._requests += 1
        if self._requests > self._most:
            self._exceeded(self._requests)
        spent = ended - began
        account = cell.account
        account.spent.append(spent * 1000)
        account.ended.append(ended)
        account.length += length
        status = 0
        if traffic is not None:
            status = traffic.status
            cell.sent += traffic.sent
            cell.received += traffic.received
            cell.connects += traffic.connects
            cell.retries += traffic.retries
            cell.redirects += traffic.redirects
        cell.statuses[status] = cell.statuses.get(status, 0) + 1
        if lag is not None:
            cell.lag.append(lag)
        if failure is not None:
            cell.failed.append(spent)
            account.failed.append((ended, failure))
            cell.classes.add(failure, status)
            return
        cell.service.append(spent)
        cell.response.append(spent + late)
        if traffic is not None:
            cell.add_steps(traffic)

    def on_request(
        self,
        *,
        request_type: str,
        name: str,
        response_time: float | None,
        exception: BaseException | None = None,
        context: Any = None,
        response: Any = None,
        **_others: Any,
    ) -> None:
        """Take one finished request of another client; *response_time* is in milliseconds, as Locust says."""
        self.roll()
        self._requests += 1
        if self._requests > self._most:
            self._exceeded(self._requests)
        context = context if isinstance(context, dict) else {}
        if "launchlab_user" in context:
            self._in_flight.end(context["launchlab_user"], self._clock())
        else:
            self._strangers = True
        cell = self._cell_of(f"{request_type} {name}")
        # A requests.Response with a bad status is false.
        status = getattr(response, "status_code", None) or 0
        cell.statuses[status] = cell.statuses.get(status, 0) + 1
        spent = (response_time or 0.0) / 1000
        if "launchlab_lag" in context:
            cell.lag.append(context["launchlab_lag"])
        if exception is not None:
            cell.failed.append(spent)
            cell.classes.add(exception, status)
            return
        cell.service.append(spent)
        cell.response.append(spent + context.get("launchlab_late", 0.0))

    def on_user_error(self, *, exception: BaseException, **_others: Any) -> None:
        """Take an exception that a user's task did not handle."""
        self.roll()
        self._tasks.add_named(type(exception).__name__, exception)

    def count(self) -> None:
        """Count what was taken since the last time; often and little at once, it holds nobody up."""
        for cell in self._cells.values():
            cell.count()

    def accounts(self) -> Iterator[tuple[str, Account]]:
        """Yield what was taken since the last time and is not in Locust's own statistics, by endpoint."""
        for endpoint, cell in self._cells.items():
            if cell.account.spent:
                account, cell.account = cell.account, Account()
                yield endpoint, account

    def abandon(self) -> None:
        """Take a request of our own client whose user was stopped before it was answered."""
        self._in_flight.abandon()

    def end(self) -> None:
        """Write the frames of all seconds that are over; what is counted from now on is left to ``close``."""
        self.roll()
        self._until, self._ending = math.inf, True
        exceeded, most, self._requests = self._exceeded, self._most, 0
        since = self._clock()

        def exceed(requests: int) -> None:
            nonlocal since
            if self._clock() - since < 1:
                exceeded(requests)
            else:
                since, self._requests = self._clock(), 1

        # No second ends any more by which it would begin to count anew.
        self.limit(most, exceed)

    def close(self) -> None:
        """Write what has been counted since the end, now that all users are gone, as one frame more.

        Does nothing where the load did not come to its end.
        """
        if not self._ending:
            return
        self._ending = False
        self.users = 0
        self._until = self._clock()
        # Those of greenlets that a journey started itself, and nobody stopped.
        self._in_flight.leave_all(self._until)
        self._write(closing=True)

    def roll(self) -> None:
        """Write the frames of all seconds that are over."""
        now = self._clock()
        if now >= self._until:
            self._roll(now)

    def _roll(self, now: float) -> None:
        while now >= self._until:
            self._write()
            self._second += 1
            self._until = self._began + self._second + 1

    def _cell_of(self, endpoint: str) -> Cell:
        """Return the cell of *endpoint*, or that of all others where there are too many."""
        cell = self._cells.get(endpoint)
        if cell is None:
            kept = endpoint if len(self._cells) < MOST_ENDPOINTS else OTHER_ENDPOINTS
            cell = self._cells.setdefault(kept, Cell())
        return cell

    def _waiting(self) -> tuple[float, ...]:
        """Return how long the unanswered requests have been waiting, in seconds."""
        end = self._until
        return tuple(round(end - since, 3) for since in self._in_flight.since() if since < end)

    def _signals(self) -> Signals:
        ended, seconds = self._in_flight.counted(self._until)
        return replace(self._vitals(), ended=ended, in_flight=seconds)

    def _write(self, *, closing: bool = False) -> None:
        before, self._needed = self._needed, needed()
        self.count()
        failures = [each for name, cell in self._cells.items() for each in cell.classes.failures(name)]
        frame = Frame(
            second=self._second,
            worker=self._worker,
            closing=closing,
            users=self._users,
            counts=counts_of(self._cells),
            failures=(*failures, *self._tasks.failures("task")),
            waiting=self._waiting(),
            abandoned=self._in_flight.abandoned(),
            arrivals=self._arrivals.count_of(self._second) if self._arrivals else ArrivalCount(),
            busy=self._needed - before,
            signals=self._signals(),
            statuses={name: cell.statuses for name, cell in self._cells.items()},
            tallies={name: cell.tally for name, cell in self._cells.items()},
        )
        self._output.write(frame.line())
        self._output.flush()
        self._requests = 0
        for cell in self._cells.values():
            cell.clear()
