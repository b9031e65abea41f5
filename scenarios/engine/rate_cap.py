"""Stops a load of which a process asks more in one second than its part of what the subject may be given.

Shared by both sides: the Locust process counts, and leaves a notice that its driver finds.  Never
imports Locust.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lab.engine.allowlist import RATE_CAP, Permit
from lab.kernel.model import Caveat

_NOTICE = "rate-cap.json"


class RateCap:
    """Calls *stop* once, when it hears of more than *most* requests within a second.

    *processes* divide what *permit* gives.  *folder* gets the notice.
    """

    def __init__(self, permit: Permit, processes: int, folder: Path, stop: Callable[[], None]) -> None:
        self.most = math.inf if permit.rate is None else permit.rate / processes
        self._permit = permit
        self._processes = processes
        self._notice = folder / _NOTICE
        self._stop = stop
        self._exceeded = False

    def exceed(self, requests: int) -> None:
        """Learn that *requests* of this process finished within one second, and that this is too many."""
        if self._exceeded:
            return
        self._exceeded = True
        # Stopped first: a notice that cannot be written, on a full disk for one, must not keep the load up.
        self._stop()
        permit, count = self._permit, self._processes
        seen = {"requests": requests, "cap": permit.rate, "host": permit.host, "processes": count}
        self._notice.write_text(json.dumps(seen), encoding="utf-8")


class EarlyRequests:
    """Counts the requests of before the load, such as make its test data, which *cap* holds for as well."""

    def __init__(self, cap: RateCap, clock: Callable[[], float] = time.perf_counter) -> None:
        self._cap, self._clock = cap, clock
        self._until, self._requests = 0.0, 0

    def on_request(self, **_request: Any) -> None:
        """Take one finished request."""
        now = self._clock()
        if now >= self._until:
            self._until, self._requests = now + 1, 0
        self._requests += 1
        if self._requests > self._cap.most:
            self._cap.exceed(self._requests)


def caveat_of(folder: Path) -> Caveat:
    """Return the caveat of a load that was stopped for the process that has its files in *folder*."""
    advice = (
        f"the load was stopped: {_told(folder / _NOTICE)}; use fewer users, or raise its `rate` in `allow` "
        "of launchlab.toml."
    )
    return Caveat(code=RATE_CAP, advice=advice, fatal=True)


def _told(notice: Path) -> str:
    if not notice.exists():
        # It could not be written.
        return "more requests within a second than the subject may be given"
    seen = json.loads(notice.read_text(encoding="utf-8"))
    count = seen["processes"]
    by, part = (f" by one of {count} processes", f", {seen['cap'] / count:g} by each of them")
    return (
        f"{seen['requests']} requests within a second{by if count > 1 else ''}, and {seen['host']} may be "
        f"given {seen['cap']:g} /s{part if count > 1 else ''}"
    )
