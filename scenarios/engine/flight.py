"""The requests that are under way, counted where they begin and end: a second book beside the recorder's.

Little's law binds the two: requests under way = requests a second x seconds each takes.  A recorder that
loses requests, or takes their time wrongly, breaks it.  Pure; never imports Locust.
"""

from __future__ import annotations

from collections.abc import Iterator


class InFlight:
    """Requests under way, each by a key of whoever makes it; moments are on the clock of perf_counter.

    Each request passes here twice, so this only adds: a request from 2 s to 5 s is -2 + 5, which is for how
    long it was under way.
    """

    def __init__(self) -> None:
        self._since: dict[int, float] = {}
        self._number = 0
        self._ended = 0
        self._seconds = 0.0
        self._abandoned = 0

    def begin(self, key: int, since: float, now: float) -> None:
        """Take the begin of a request *now* that was meant to begin at *since*."""
        self._since[key] = since
        self._number += 1
        self._seconds -= now

    def end(self, key: int, now: float) -> None:
        """Take its end."""
        self._since.pop(key, None)
        self._number -= 1
        self._ended += 1
        self._seconds += now

    def leave(self, key: int, now: float) -> None:
        """Take the end of whoever makes requests: one that is still under way is abandoned."""
        if key in self._since:
            self.end(key, now)
            self.abandon()

    def leave_all(self, now: float) -> None:
        """Take the end of whoever is left: each request that is under way is abandoned."""
        for key in tuple(self._since):
            self.leave(key, now)

    def abandon(self, requests: int = 1) -> None:
        """Take note of *requests* whose user was stopped before they were answered."""
        self._abandoned += requests

    def abandoned(self) -> int:
        """Return how many were abandoned since the last time."""
        number, self._abandoned = self._abandoned, 0
        return number

    def since(self) -> Iterator[float]:
        """Yield when each request that is under way was meant to begin."""
        yield from self._since.values()

    def counted(self, now: float) -> tuple[int, float]:
        """Return how many ended since the last time, and how many seconds all were under way in sum."""
        ended, seconds = self._ended, self._seconds + self._number * now
        self._ended = 0
        # Those under way go on from now.
        self._seconds = -self._number * now
        return ended, seconds


# Those of this process's users.
UNDER_WAY = InFlight()
