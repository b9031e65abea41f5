"""Keeps Locust's own statistics right without telling its listener of every request.

What our own client took is entered in batches, with the sums, extremes, roundings and errors that Locust's
``log_request`` and ``log_error`` would have come to; so its CSV files, reports, web page and messages to a
master are what they always were.  Requests of other clients come by the event, as ever.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from locust import stats
from locust.env import Environment
from locust.event import EventHook
from locust.stats import RequestStats, StatsEntry, StatsError

from scenarios.engine.cells import Account
from scenarios.engine.recorder import Recorder

# Locust's listener that keeps its statistics; it is a function within a function, so it has no other name.
_LOCUSTS_OWN = ("locust.runners", "Runner.__init__.<locals>.on_request")
# The longest time for which Locust looks back, in seconds: twelve for its current rate, see
# StatsEntry.current_rps.
_LOOKED_BACK = 60


class Books:
    """Enters what *recorder* took into the statistics of *environment*."""

    def __init__(self, environment: Environment, recorder: Recorder) -> None:
        self._environment = environment
        self._recorder = recorder

    def open(self) -> None:
        """Enter also whenever Locust is about to report, to reset or to end."""
        events = self._environment.events
        # Locust's own listeners take away what is there, and were registered first.
        for event in (events.report_to_master, events.spawning_complete, events.test_stop):
            event._handlers.insert(0, self.enter)  # noqa: SLF001  # a hook can only append
        events.reset_stats.add_listener(self.enter)

    def close(self) -> None:
        """Enter what is left; the recorder is heard no more."""
        self.enter()
        events = self._environment.events
        for event in (events.report_to_master, events.spawning_complete, events.test_stop):
            event.remove_listener(self.enter)
        events.reset_stats.remove_listener(self.enter)

    def enter(self, **_event: Any) -> None:
        """Enter everything that was taken since the last time."""
        book = self._environment.stats
        # The clock of perf_counter has no date; Locust keeps its seconds by the wall clock.
        epoch = time.time() - time.perf_counter()
        whole = StatsEntry(book, "Aggregated", "")
        entered = False
        for endpoint, account in self._recorder.accounts():
            method, _, name = endpoint.partition(" ")
            entry = _entry(book, (name, method), account, epoch)
            book.entries[name, method].extend(entry)
            whole.extend(entry)
            for moment, failure in account.failed:
                _enter_error(book, (method, name), failure, moment + epoch)
            entered = True
        if entered:
            book.total.extend(whole)


def _entry(book: RequestStats, key: tuple[str, str], account: Account, epoch: float) -> StatsEntry:
    """Return what *account* comes to."""
    entry = StatsEntry(book, *key)
    entry.start_time = min(account.ended) + epoch
    entry.last_request_timestamp = max(account.ended) + epoch
    entry.num_requests = len(account.spent)
    entry.num_failures = len(account.failed)
    entry.total_response_time = sum(account.spent)  # type: ignore[arg-type]  # floats, annotated int
    entry.min_response_time = min(account.spent)  # type: ignore[assignment]
    entry.max_response_time = max(account.spent)  # type: ignore[assignment]
    entry.total_content_length = account.length
    # Asked for by name each time: users may replace Locust's rounding.
    entry.response_times = Counter(map(stats.bucket_response_time, account.spent))
    entry.num_reqs_per_sec = Counter(int(moment + epoch) for moment in account.ended)
    entry.num_fail_per_sec = Counter(int(moment + epoch) for moment, _ in account.failed)
    return entry


def _enter_error(book: RequestStats, key: tuple[str, str], failure: BaseException, moment: float) -> None:
    error = failure if isinstance(failure, Exception) else repr(failure)
    digest = StatsError.create_key(*key, error)
    known = book.errors.setdefault(digest, StatsError(*key, error))
    known.occurrences += 1
    known.first_seen = moment if known.first_seen is None else min(known.first_seen, moment)
    known.last_seen = max(known.last_seen or moment, moment)


def forget_seconds(book: RequestStats) -> None:
    """Drop what Locust keeps of every second for its charts; without charts that is only a leak."""
    oldest = int(time.time()) - _LOOKED_BACK
    for entry in (book.total, *book.entries.values()):
        for seconds in (entry.num_reqs_per_sec, entry.num_fail_per_sec):
            for second in [second for second in seconds if second < oldest]:
                del seconds[second]
    book.history.clear()


class Audience:
    """Who listens to the event of finished requests besides Locust's own statistics and *ours*.

    Asked for every request, so what was found is kept for as long as the listeners are the same.
    """

    def __init__(self, environment: Environment, *ours: Callable[..., None]) -> None:
        self._event = environment.events.request
        self._ours = ours
        self._known: list[Callable[..., None]] = []
        self._others = EventHook()

    def others_listen(self) -> bool:
        """Return whether anybody else listens."""
        # Compared one by one: who leaves as another comes does not change how many there are.
        if self._event._handlers != self._known:  # noqa: SLF001  # there is no other way to see them
            self._examine()
        return bool(self._others._handlers)  # noqa: SLF001

    def tell(self, **request: Any) -> None:
        """Fire the event to the others only; what they raise is dealt with as Locust does."""
        if self.others_listen():
            self._others.fire(**request)

    def _examine(self) -> None:
        self._known = list(self._event._handlers)  # noqa: SLF001
        self._others = EventHook()
        for handler in self._known:
            if handler not in self._ours and _origin(handler) != _LOCUSTS_OWN:
                self._others.add_listener(handler)


def _origin(handler: Callable[..., None]) -> tuple[str, str]:
    return getattr(handler, "__module__", ""), getattr(handler, "__qualname__", "")
