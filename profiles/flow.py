"""A rate over time, in pieces along which it changes evenly; how much has flowed by when, and the inverse.

Everything here is in closed form, so that a day of arrivals costs no more than a second of them.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A rate that goes evenly from *first* to *last* a second, in *length* seconds."""

    length: float
    first: float
    last: float

    @property
    def volume(self) -> float:
        """How much flows in all of it."""
        return (self.first + self.last) / 2 * self.length

    def volume_after(self, seconds: float) -> float:
        """Return how much flows in its first *seconds*."""
        return (self.first + self._slope * seconds / 2) * seconds

    def time_of(self, volume: float) -> float:
        """Return after how many seconds *volume* has flowed."""
        if not volume:
            return 0.0
        # The root of first * t + slope / 2 * t² = volume in the form that does not cancel when the
        # slope is small (Press et al., Numerical Recipes, section 5.6).
        root = math.sqrt(max(0.0, self.first**2 + 2 * self._slope * volume))
        return min(self.length, 2 * volume / (self.first + root))

    @property
    def _slope(self) -> float:
        return (self.last - self.first) / self.length


class Flow:
    """The *pieces* one after another, from *begins* on; before and after them nothing flows."""

    def __init__(self, begins: float, pieces: Iterable[Piece]) -> None:
        # What has no length changes the rate at once, and nothing flows in it.
        self._pieces = tuple(piece for piece in pieces if piece.length > 0)
        self._begins = tuple(accumulate((piece.length for piece in self._pieces), initial=begins))
        self._volumes = tuple(accumulate((piece.volume for piece in self._pieces), initial=0.0))

    @classmethod
    def constant(cls, begins: float, ends: float, rate: float) -> Flow:
        """Return the same *rate* all the time."""
        return cls(begins, [Piece(length=ends - begins, first=rate, last=rate)])

    @property
    def begins(self) -> float:
        """When it begins."""
        return self._begins[0]

    @property
    def ends(self) -> float:
        """When it ends."""
        return self._begins[-1]

    @property
    def volume(self) -> float:
        """How much flows in all."""
        return self._volumes[-1]

    def volume_before(self, moment: float) -> float:
        """Return how much has flowed before *moment*."""
        if moment <= self.begins:
            return 0.0
        if moment >= self.ends:
            return self.volume
        place = bisect_right(self._begins, moment) - 1
        return self._volumes[place] + self._pieces[place].volume_after(moment - self._begins[place])

    def time_of(self, volume: float) -> float:
        """Return when *volume*, at most what flows in all, has flowed.

        Where nothing flows for a while, that is when it flows again.
        """
        place = min(bisect_right(self._volumes, volume), len(self._pieces)) - 1
        return self._begins[place] + self._pieces[place].time_of(volume - self._volumes[place])

    def edges(self, length: float) -> Iterator[float]:
        """Yield the limits of its cells, each *length* seconds but the last, which may be shorter."""
        count = math.ceil((self.ends - self.begins) / length)
        yield from (self.begins + number * length for number in range(count))
        yield self.ends
