"""How often something happened, how sure that is, and whether it is as often as it should be.  Pure."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from scipy.special import bdtr, bdtrc, betaincinv

# The interval that is shown beside a rate: two-sided.
SHOWN = 0.95
# A test may fail where all is well once in so many seeds.
DOUBT = 1e-4


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """*hits* of *count* independent gates."""

    hits: int
    count: int

    @property
    def share(self) -> float:
        """Return the rate as it was seen."""
        return self.hits / self.count

    @property
    def interval(self) -> tuple[float, float]:
        """Return the exact two-sided 95 % interval of the true rate; Clopper and Pearson (1934)."""
        tail = (1 - SHOWN) / 2
        misses = self.count - self.hits
        low = float(betaincinv(self.hits, misses + 1, tail)) if self.hits else 0.0
        high = float(betaincinv(self.hits + 1, misses, 1 - tail)) if misses else 1.0
        return low, high


class Standing(enum.Enum):
    """How a rate stands to its goal."""

    KEPT = "kept"
    OPEN = "open"  # seen on the wrong side, by no more than chance explains
    MISSED = "missed"


class Side(enum.Enum):
    """On which side of a goal a rate is welcome."""

    AT_MOST = "at most"
    AT_LEAST = "at least"


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """How often something may, or should, happen."""

    side: Side
    rate: float

    def standing(self, seen: Rate) -> Standing:
        """Compare what was seen with the goal."""
        low, high = seen.interval
        if self.side is Side.AT_MOST:
            kept, missed = seen.share <= self.rate, low > self.rate
        else:
            kept, missed = seen.share >= self.rate, high < self.rate
        return Standing.KEPT if kept else Standing.MISSED if missed else Standing.OPEN

    def accepts(self, seen: Rate) -> bool:
        """Whether chance alone would do as badly at least once in 10,000 times, were the goal just kept.

        Formula: the exact binomial tail.  For tests: a true rate within the goal fails with p < 1e-4.
        """
        if self.side is Side.AT_MOST:
            chance = float(bdtrc(seen.hits - 1, seen.count, self.rate)) if seen.hits else 1.0
        else:
            chance = float(bdtr(seen.hits, seen.count, self.rate))
        return chance >= DOUBT


def at_most(rate: float) -> Goal:
    """Return the goal of a rate that may not be higher."""
    return Goal(side=Side.AT_MOST, rate=rate)


def at_least(rate: float) -> Goal:
    """Return the goal of a rate that may not be lower."""
    return Goal(side=Side.AT_LEAST, rate=rate)
