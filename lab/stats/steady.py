"""Where a series has settled: the warm-up to cut, found in the series itself."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

# The method's name: means of five.  White (1997) found batches of 5 to balance noise against resolution.
_BATCH = 5
# Fewer batches than these cannot tell a warm-up from noise: the cut wanders over half of the series.
_LEAST_BATCHES = 10
LEAST = _BATCH * _LEAST_BATCHES


def warm_up(values: Sequence[float]) -> int | None:
    """Return how many leading *values* to cut, by MSER-5; None where the series never settles.

    Question: from where on is the series steady?  Formula: White (1997), Spratt (1998): over means of five,
    the cut d that makes the squared standard error of the rest, sum (z - mean)^2 / (k - d)^2, smallest.  A
    cut at or beyond the half says that the series is not steady.  *values* are evenly spaced in time, at
    least 50. Raises ValueError for fewer.

    Assumption: what comes after the warm-up is stationary, and its noise forgets itself within some batches.
    Not for choosing a cut per trial and then comparing: the same cut for all, or the choice adds its own
    noise. Known to cut too little where the warm-up looks like the noise (Wang and Glynn 2016).
    """
    if len(values) < LEAST:
        raise ValueError(f"{len(values)} values; a warm-up is looked for in at least {LEAST}")
    count = len(values) // _BATCH
    means = np.asarray(values[: count * _BATCH], dtype=float).reshape(count, _BATCH).mean(axis=1)
    # Sums from the end: of each tail, in one pass.
    left = np.arange(count, 0, -1)
    tails, squares = (
        np.cumsum(each[::-1])[::-1] for each in (means - means.mean(), (means - means.mean()) ** 2)
    )
    errors = (squares - tails**2 / left) / left**2
    # Beyond the half a cut is refused anyway; the last few batches are alike by chance.
    cut = int(np.argmin(errors[: count // 2 + 1]))
    return None if cut >= count // 2 else cut * _BATCH
