"""A pace that many users keep together, however many they are.  Pure; never imports Locust."""

from __future__ import annotations


class Pace:
    """Turns at *rate* a second; whoever asks gets the next one."""

    def __init__(self, rate: float) -> None:
        self._interval = 1 / rate
        self._next = 0.0

    def until_turn(self, now: float) -> float:
        """Take the next turn; return how many seconds after *now* it is.

        A turn that nobody asked for in time is lost, so that no burst makes up for a lull.
        """
        turn = max(now, self._next)
        self._next = turn + self._interval
        return turn - now
