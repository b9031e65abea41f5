"""Resampling, for pictures only: how a ratio of two samples could have come out.

Not for a verdict: with few trials percentile intervals are too narrow.  At a nominal 5 % the hierarchical
bootstrap raised 18.5 % false alarms with 3 trials a side, 11.7 % with 5, 8.1 % with 10 and 7.1 % with 20.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

# Enough for a smooth curve; the interval's ends then wander by less than a tenth of its width.
DRAWS = 2000


def ratios(
    old: Sequence[Sequence[float]], new: Sequence[Sequence[float]], rng: np.random.Generator
) -> npt.NDArray[np.float64]:
    """Return DRAWS ratios of means, new over old: the cloud to draw around a measured ratio.

    Each side holds the values of its trials; trials are drawn with replacement, and values within them, so
    both levels show (hierarchical bootstrap; Kalibera and Jones 2013, section 8).  A trial with one value is
    that value.  Raises ValueError where a side has no trial, or a mean of the old side is not above 0.
    """
    if not old or not new:
        raise ValueError("one side has no trials to draw from")
    before, after = _means(old, rng), _means(new, rng)
    if float(before.min()) <= 0:
        raise ValueError(f"a ratio needs an old mean above 0, and one drawn is {before.min()}")
    return after / before


def _means(trials: Sequence[Sequence[float]], rng: np.random.Generator) -> npt.NDArray[np.float64]:
    drawn = np.zeros(DRAWS)
    picks = rng.integers(len(trials), size=(DRAWS, len(trials)))
    for place, values in enumerate(trials):
        times = np.sum(picks == place, axis=1)
        # Of each copy of a trial, its values drawn anew.
        for copy in range(int(times.max(initial=0))):
            rows = np.flatnonzero(times > copy)
            resampled = rng.choice(np.asarray(values, dtype=float), size=(len(rows), len(values)))
            drawn[rows] += resampled.mean(axis=1)
    return drawn / len(trials)
