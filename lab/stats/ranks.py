"""What ranks alone say of two samples, whatever the shape of the noise: tests, a shift and its interval.

Formulas as in Hollander, Wolfe and Chicken (2014), chapters 3 and 4.  Samples hold one value per trial, on
the working scale.  Not over requests or rounds: values that share a trial are no evidence of their own, and
rank tests over them raise 61 to 91 % false alarms.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, ndtri

from lab.kernel.model import Sample

Ways = npt.NDArray[np.float64]

# From this number of pairs on, the normal approximation is used; at 20 and 20 both choose the same pair.
_MANY = 400


def exceeds_by(old: Sample, new: Sample, bound: float) -> float:
    """Return the exact one-sided p of H0 "new is larger than old by at most *bound*".

    Mann-Whitney on values shifted by the bound: the cross-check of the t-test.  With n trials a side the
    smallest p it can give is 1/C(2n, n): 0.05 for 3 and 3, 0.004 for 5 and 5.  Ties count half, and their sum
    is rounded down, which errs on the careful side.
    """
    differences = np.subtract.outer(np.array(new.values) - bound, np.array(old.values))
    wins = int(np.sum(differences > 0) + np.sum(differences == 0) / 2)
    return _at_least(wins, len(old.values), len(new.values))


def exceeds_by_in_rounds(differences: Sequence[float], bound: float) -> float:
    """Return the exact one-sided p of H0 "the differences are at most *bound*, as often above as below".

    Wilcoxon's signed-rank test (1945) of the rounds' differences, new minus old.  The smallest p it can give
    is 1/2^n: 0.03 for 5 rounds.  Assumption: differences spread alike to both sides.  Zeros count as
    negative, ties take the lower ranks' mean, rounded down: both err on the careful side.
    """
    moved = np.array(differences) - bound
    order = np.argsort(np.abs(moved), kind="stable")
    sizes = np.abs(moved)[order]
    ranks = np.searchsorted(sizes, sizes, side="left") + np.searchsorted(sizes, sizes, side="right") + 1
    total = int(np.sum(ranks[moved[order] > 0]) // 2)
    ways = _signed_ways(len(differences))
    return float(ways[total:].sum() / ways.sum())


def shifted_by(old: Sample, new: Sample, confidence: float) -> tuple[float, float, float] | None:
    """Return the shift new minus old and the two-sided interval around it: (center, low, high).

    Question: by how much is the new sample shifted, where most values agree closely and some are far off?
    Formula: Hodges and Lehmann (1963), the median of all differences new - old; the interval lies
    between two of them, chosen by the exact distribution of Mann and Whitney's U, so that it covers at least
    *confidence*.  In the samples' unit; on logs the result is the log of a ratio.  None where the values are
    too few for *confidence*.  Assumption: both samples have the same shape, whatever it is.  Not where the
    mean is what was promised.
    """
    left_out = _left_out(len(old.values), len(new.values), (1 - confidence) / 2)
    if left_out is None:
        return None
    differences = np.sort(np.subtract.outer(np.array(new.values), np.array(old.values)), axis=None)
    low, high = differences[left_out], differences[-1 - left_out]
    return float(np.median(differences)), float(low), float(high)


@lru_cache(maxsize=4096)
def _at_least(wins: int, m: int, n: int) -> float:
    """Return P(U >= wins) where both samples come from one distribution."""
    if m * n > _MANY:
        spread = (m * n * (m + n + 1) / 12) ** 0.5
        return float(ndtr((m * n / 2 - wins + 0.5) / spread))
    ways = _ways(m, n)
    return float(ways[wins:].sum() / ways.sum())


@lru_cache(maxsize=64)
def _left_out(m: int, n: int, tail: float) -> int | None:
    """Return how many differences lie outside on each side: the most with P(U <= that) <= *tail*."""
    if m == 0 or n == 0:
        return None
    if m * n > _MANY:
        spread = (m * n * (m + n + 1) / 12) ** 0.5
        return int(np.floor(m * n / 2 - 0.5 + ndtri(tail) * spread))
    ways = _ways(m, n)
    # A whisker above *tail*: 1/20 of 3 and 3 is within the 5 % that 90 % leaves, whatever floats make of it.
    most = int(np.searchsorted(np.cumsum(ways) / ways.sum(), tail + 1e-9, side="right")) - 1
    return most if most >= 0 else None


@lru_cache(maxsize=64)
def _ways(m: int, n: int) -> Ways:
    """Return in how many orders of m and n values U is 0, 1, ..., mn: Gauss's binomial coefficients."""
    ways = np.zeros(m * n + 1)
    ways[0] = 1.0
    for k in range(1, m + 1):
        # The polynomial times (1 - q^(n+k)), then divided by (1 - q^k), as far as q^(mn).
        ways[n + k :] -= ways[: -(n + k)].copy()
        for start in range(k):
            ways[start::k] = np.cumsum(ways[start::k])
    return ways


@lru_cache(maxsize=64)
def _signed_ways(n: int) -> Ways:
    """Return with how many signs of the ranks 1 to n the positive ones add up to 0, 1, ..., n(n+1)/2."""
    ways = np.zeros(n * (n + 1) // 2 + 1)
    ways[0] = 1.0
    for rank in range(1, n + 1):
        ways[rank:] = ways[rank:] + ways[:-rank]
    return ways
