"""The user that journeys are written with: Locust's FastHttpUser, with honest start times."""

from __future__ import annotations

import itertools
import math
import random
import time
from collections.abc import Callable
from typing import Any, ClassVar

import gevent
from gevent.pool import Group
from geventhttpclient.useragent import ConnectionError as HTTPConnectionError
from locust import FastHttpUser
from locust.contrib.fasthttp import FastRequest
from locust.env import Environment

# Users of one batch start within this many seconds of each other, not in lock-step.
_START_JITTER = 1.0


class _Staying(FastRequest):
    """A request that follows no redirect to another origin: only the subject may be loaded."""

    def redirect(self, code: int, location: str) -> None:
        before = self.url_split
        target = before.redirect(location)
        if (target.scheme, target.host, target.port) != (before.scheme, before.host, before.port):
            raise LeavesSubjectError(self.url, f"redirect to {target.scheme}://{target.host}:{target.port}")
        super().redirect(code, location)


class LeavesSubjectError(HTTPConnectionError):
    """The subject sent a user elsewhere; nothing was sent there."""


class LoadUser(FastHttpUser):
    """A user whose requests are timed from the moment they were *meant* to start.

    After a pause the intended start is the end of the pause; anything later is the generator's
    own lag and is recorded as such.  ``self.random`` is seeded by the trial, so that releases
    under comparison meet users who think and choose alike.
    """

    abstract = True
    seed = 0
    # When each user's unanswered request started, on the clock of perf_counter.
    open_since: ClassVar[dict[int, float]] = {}
    _numbers = itertools.count()

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        self.client.client.request_type = _Staying  # type: ignore[misc]
        # Reproducible, not secret.
        self.random = random.Random(f"{self.seed}-{next(LoadUser._numbers)}")  # noqa: S311
        self._due: float | None = None
        self._think: Callable[[], float] = self.wait_time
        self.wait_time = self._pause  # type: ignore[method-assign]

    def start(self, group: Group) -> gevent.Greenlet:
        """Start in *group* at a random moment of the first second."""

        def begin(user: LoadUser) -> None:
            gevent.sleep(user.random.uniform(0, _START_JITTER))
            user.run()  # type: ignore[no-untyped-call]

        # Locust finds a user by its greenlet's first argument, to count and to stop it.
        self._greenlet = group.spawn(begin, self)
        self._group = group
        return self._greenlet

    def context(self) -> dict[str, Any]:
        """Tell the recorder how late this request is; Locust asks as each request starts."""
        due, self._due = self._due, None
        now = time.perf_counter()
        # A request is open from here until the recorder hears of its end.
        LoadUser.open_since[id(self)] = now
        lag = {} if due is None else {"launchlab_lag": max(0.0, now - due)}
        return {"launchlab_user": id(self), **lag}

    def _pause(self) -> float:
        pause = self._think()
        self._due = time.perf_counter() + pause
        return pause


def think(median: float, spread: float = 0.5) -> Callable[[LoadUser], float]:
    """Return a wait time: log-normal with *median* seconds; *spread* is the sigma of the logs.

    People's pauses are skewed: many short, a few long.
    """

    def pause(user: LoadUser) -> float:
        return user.random.lognormvariate(math.log(median), spread)

    return pause
