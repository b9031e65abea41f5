"""Whether a handful of trials looks like one noise: values that stand apart, and values in two groups.

What is flagged stays in the statistics: dropping values because of how they look makes every interval too
narrow.  A flag says where to look, and in which of the trials.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.special import stdtrit

# The chance that a sample of plain noise is flagged, for each of both questions.
LEVEL = 0.01
# At most this share of the values may stand apart; more would be a group of their own.
_MOST_APART = 0.25
# Fewer values than these have no shape: of 6, two groups of 3 are what noise looks like.
LEAST = 7
# Groups are told apart by how much of the variance lies between them.  That share, best split of n sorted
# values of plain normal noise with at least 2 on either side, stays below these in 99 of 100 samples, by
# 400,000 simulated samples for each n up to 30, and 100,000 above; tests/lab/test_shape.py simulates again.
_CRITICAL = {
    7: 0.9514, 8: 0.9360, 9: 0.9209, 10: 0.9080, 12: 0.8860,
    15: 0.8607, 20: 0.8305, 30: 0.7938, 50: 0.7573, 100: 0.7198,
}  # fmt: skip


def apart(values: Sequence[float]) -> tuple[int, ...]:
    """Return the places of the values that stand apart from the rest, the farthest first.

    Question: did something happen in one of these trials?  Formula: the generalized extreme studentized
    deviate test (Rosner 1983) at 1 %, for up to a quarter of the values; it finds several that hide each
    other. On the working scale.  Assumption: the rest is roughly normal.  Empty for fewer than 7 values.
    """
    if len(values) < LEAST:
        return ()
    kept, places = np.array(values, dtype=float), np.arange(len(values))
    removed: list[int] = []
    found = 0
    for step in range(1, int(_MOST_APART * len(values)) + 1):
        spread = float(np.std(kept, ddof=1))
        if spread == 0:
            break
        distances = np.abs(kept - kept.mean()) / spread
        farthest = int(np.argmax(distances))
        removed.append(int(places[farthest]))
        if distances[farthest] > _critical_deviate(len(values), step):
            found = step
        kept, places = np.delete(kept, farthest), np.delete(places, farthest)
    return tuple(removed[:found])


def _critical_deviate(count: int, step: int) -> float:
    left = count - step + 1
    quantile = float(stdtrit(left - 2, 1 - LEVEL / (2 * left)))
    return (left - 1) * quantile / math.sqrt((left - 2 + quantile**2) * left)


def two_groups(values: Sequence[float]) -> tuple[tuple[int, ...], tuple[int, ...]] | None:
    """Return the places of the values of both groups, lower first; None where they look like one.

    Question: do these trials have two answers, as with a cache that is warm or not?  Formula: the best split
    of the sorted values in two, by the share of the variance between the groups (Hartigan 1978; Fisher 1958),
    against its 99 % point for normal noise.  At least 2 values on either side: one alone stands apart.  On
    the working scale.  None for fewer than 7 values, and for more than 100.
    """
    count = len(values)
    if not LEAST <= count <= max(_CRITICAL):
        return None
    order = np.argsort(values, kind="stable")
    share, cut = split(np.asarray(values, dtype=float)[order])
    if share <= np.interp(count, list(_CRITICAL), list(_CRITICAL.values())):
        return None
    return tuple(sorted(map(int, order[:cut]))), tuple(sorted(map(int, order[cut:])))


def split(ascending: npt.NDArray[np.float64]) -> tuple[float, int]:
    """Return the best split of sorted values: the share of variance between the groups, and its place."""
    count = len(ascending)
    centred = ascending - ascending.mean()
    total = float(np.sum(centred**2))
    if total == 0:
        return 0.0, count
    cuts = np.arange(2, count - 1)
    sums = np.cumsum(centred)[cuts - 1]
    between = sums**2 * count / (cuts * (count - cuts))
    best = int(np.argmax(between))
    return float(between[best]) / total, int(cuts[best])
