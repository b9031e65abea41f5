"""Watches the Locust process from within: its hub, its garbage collections, its processor, its files.

All of it together costs a hundred wake-ups a second and some reads of /proc, about 4 ms of each second.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from typing import Any

import gevent

from scenarios.engine import machine, processor
from scenarios.engine.signals import Signals

# Long enough to cost nothing, short enough that a pause of the hub of 10 ms is met by one of two sleeps.
_SLEEP = 0.01


class Vitals:
    """What the process tells of itself since it was last asked; ``watch`` begins to look."""

    def __init__(self) -> None:
        self._late: list[float] = []
        self._collected_since = 0.0
        self._collections: list[float] = []
        self._waited = processor.waited()
        self._taken = machine.taken()
        self._asked = time.perf_counter()

    def watch(self) -> gevent.Greenlet:
        """Begin to look at the hub and at collections; return the greenlet, which ends it when killed."""
        gc.callbacks.append(self._collects)
        probe = gevent.spawn(self._probe)
        probe.rawlink(lambda _probe: gc.callbacks.remove(self._collects))
        return probe

    def __call__(self) -> Signals:
        """Return the signals since the last call; rates are over the time since."""
        late, self._late = sorted(self._late), []
        collections, self._collections = self._collections, []
        waited_before, self._waited = self._waited, processor.waited()
        before, self._taken = self._taken, machine.taken()
        asked_before, self._asked = self._asked, time.perf_counter()
        seconds = max(self._asked - asked_before, _SLEEP)
        files, files_allowed = machine.files()
        return Signals(
            hub_lag=late[-1] if late else 0.0,
            hub_lag_p99=late[int(0.99 * (len(late) - 1))] if late else 0.0,
            collections=len(collections),
            collecting=sum(collections),
            longest_collection=max(collections, default=0.0),
            waited=self._waited - waited_before,
            throttled=self._taken.throttled - before.throttled,
            stolen=(self._taken.stolen - before.stolen) / seconds,
            pressure=(self._taken.pressure - before.pressure) / seconds,
            files=files,
            files_allowed=files_allowed,
        )

    def _probe(self, sleep: Callable[[float], Any] = gevent.sleep) -> None:
        while True:
            began = time.perf_counter()
            sleep(_SLEEP)
            self._late.append(max(0.0, time.perf_counter() - began - _SLEEP))

    def _collects(self, phase: str, _told: dict[str, int]) -> None:
        now = time.perf_counter()
        if phase == "start":
            self._collected_since = now
        else:
            self._collections.append(now - self._collected_since)
