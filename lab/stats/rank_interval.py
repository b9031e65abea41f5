"""By how much two samples differ, with an interval that a few wild values do not widen.

Question: by how much is the new sample shifted, where most values agree closely and some are far off?
Assumption: both samples have the same shape, whatever it is, and independent values.
Not where the mean is what was promised, nor for fewer than 3 values a side at 90 %.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from scipy.special import ndtri

from lab.kernel.model import Sample

# From this number of pairs on, the normal approximation is used; at 20 and 20 both choose the same pair.
_MANY = 400


def shifted_by(old: Sample, new: Sample, confidence: float) -> tuple[float, float, float] | None:
    """Return the shift new minus old and the two-sided interval around it: (center, low, high).

    Formula: Hodges and Lehmann (1963), the median of all differences new - old; the interval lies
    between two of them, chosen by the exact distribution of Mann and Whitney's U (Hollander, Wolfe
    and Chicken 2014, section 4.3), so that it covers at least *confidence*.  In the samples' unit;
    on logs the result is the log of a ratio.  None where the values are too few for *confidence*.
    """
    left_out = _left_out(len(old.values), len(new.values), (1 - confidence) / 2)
    if left_out is None:
        return None
    differences = np.sort(np.subtract.outer(np.array(new.values), np.array(old.values)), axis=None)
    low, high = differences[left_out], differences[-1 - left_out]
    return float(np.median(differences)), float(low), float(high)


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


def _ways(m: int, n: int) -> np.ndarray:
    """Return in how many orders of m and n values U is 0, 1, ..., mn: Gauss's binomial coefficients."""
    ways = np.zeros(m * n + 1)
    ways[0] = 1.0
    for k in range(1, m + 1):
        # The polynomial times (1 - q^(n+k)), then divided by (1 - q^k), as far as q^(mn).
        ways[n + k :] -= ways[: -(n + k)].copy()
        for start in range(k):
            ways[start::k] = np.cumsum(ways[start::k])
    return ways
