"""When arrivals are due in an open load: an absolute schedule, whatever the subject does with them.

Arrivals have numbers, from 0 on in the order in which they are due.  A schedule tells any of them
without making those before it, and every process that knows the profile knows the same schedule.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from bisect import bisect_right
from collections.abc import Iterable
from functools import lru_cache
from itertools import accumulate

import numpy as np

from profiles.flow import Flow

# Poisson arrivals are drawn second by second; a process walks through them in order, and what looks back
# looks at the seconds just over.
_CELL = 1.0
_CELLS_KEPT = 4


class Schedule(ABC):
    """*total* arrivals, each due at a moment in seconds from the start."""

    total: int

    def due(self, number: int) -> float:
        """Return when arrival *number* is due: never, which is infinitely late, for one beyond the last."""
        return self._due(number) if number < self.total else math.inf

    def before(self, moment: float) -> int:
        """Return how many arrivals are due before *moment*."""
        count = min(self.total, max(0, self._guess(moment)))
        # Rounding may put the guess one beside; what is due is what ``due`` says.
        while count and self.due(count - 1) >= moment:
            count -= 1
        while self.due(count) < moment:
            count += 1
        return count

    def ages(self, number: int, moment: float) -> tuple[float, ...]:
        """Return for how long each of the last *number* arrivals before *moment* has been due by then."""
        end = self.before(moment)
        return tuple(moment - self.due(arrival) for arrival in range(max(0, end - number), end))

    @abstractmethod
    def _due(self, number: int) -> float:
        """Return when arrival *number*, which there is, is due."""

    @abstractmethod
    def _guess(self, moment: float) -> int:
        """Return about how many arrivals are due before *moment*; next to right is good enough."""


class Even(Schedule):
    """One arrival for each unit that flows, the first as the flow begins."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow
        # Rounded first: what is off by the last digits of a float is no arrival of its own.
        self.total = math.ceil(round(flow.volume, 6))

    def _due(self, number: int) -> float:
        return self._flow.time_of(number)

    def _guess(self, moment: float) -> int:
        return math.ceil(self._flow.volume_before(moment))


class Poisson(Schedule):
    """Arrivals that come independently of each other, at the flow's rate on average.

    The count of each second is drawn first, for all seconds; where in its second each arrival lies is
    drawn when the second comes, from a seed of its own (given their number, the arrivals of a Poisson
    process lie independently: Kingman, Poisson Processes, section 2.4).  So eight bytes for each second
    are kept, whatever the rate.
    """

    def __init__(self, flow: Flow, *seed: int) -> None:
        self._flow = flow
        self._seed = seed
        self._edges = np.fromiter(flow.edges(_CELL), float)
        volumes = np.array([flow.volume_before(edge) for edge in self._edges])
        counts = np.random.default_rng((*seed, 0)).poisson(np.diff(volumes))
        self._first = np.concatenate(([0], np.cumsum(counts)))
        self.total = int(self._first[-1])
        self._volumes_in = lru_cache(_CELLS_KEPT)(self._drawn)

    def _due(self, number: int) -> float:
        cell = int(np.searchsorted(self._first, number, "right")) - 1
        return self._flow.time_of(self._volumes_in(cell)[number - int(self._first[cell])])

    def _guess(self, moment: float) -> int:
        if moment <= self._flow.begins or not self.total:
            return 0
        if moment >= self._flow.ends:
            return self.total
        cell = int(np.searchsorted(self._edges, moment, "right")) - 1
        within = bisect_right(self._volumes_in(cell), self._flow.volume_before(moment))
        return int(self._first[cell]) + within

    def _drawn(self, cell: int) -> list[float]:
        """Return how much has flowed as each arrival of a cell is due, in order."""
        begin, end = (self._flow.volume_before(float(edge)) for edge in self._edges[cell : cell + 2])
        count = int(self._first[cell + 1] - self._first[cell])
        shares = np.random.default_rng((*self._seed, 1 + cell)).random(count)
        volumes: list[float] = np.sort(begin + shares * (end - begin)).tolist()
        return volumes


class InTurn(Schedule):
    """The arrivals of *parts*, each of which ends before the next begins."""

    def __init__(self, parts: Iterable[Schedule]) -> None:
        self._parts = tuple(parts)
        self._first = tuple(accumulate((part.total for part in self._parts), initial=0))
        self.total = self._first[-1]

    def _due(self, number: int) -> float:
        part = bisect_right(self._first, number) - 1
        return self._parts[part].due(number - self._first[part])

    def _guess(self, moment: float) -> int:
        return sum(part.before(moment) for part in self._parts)


class Striped(Schedule):
    """Every *count*-th arrival of *whole*, from number *index* on: the share of one process of several.

    Processes that stripe the same schedule make all of its arrivals between them, each once, and need
    not speak to each other.
    """

    def __init__(self, whole: Schedule, index: int, count: int) -> None:
        self._whole = whole
        self._index = index
        self._count = count
        self.total = share_of(whole.total, index, count)

    def _due(self, number: int) -> float:
        return self._whole.due(self._index + number * self._count)

    def _guess(self, moment: float) -> int:
        return share_of(self._whole.before(moment), self._index, self._count)


def share_of(whole: int, index: int, count: int) -> int:
    """Return how many of *whole*, dealt out in turn, process *index* of *count* has."""
    return (whole + count - 1 - index) // count
