"""Where a series settles: warm-ups of known length, and series that never do."""

from __future__ import annotations

import numpy as np
import pytest

from lab.stats.steady import LEAST, warm_up


def series(rng: np.random.Generator, length: int, coefficient: float = 0.3) -> np.ndarray:
    noise = rng.normal(size=length)
    for place in range(1, length):
        noise[place] += coefficient * noise[place - 1]
    return noise


def test_a_warm_up_is_cut_where_it_ends() -> None:
    rng = np.random.default_rng(1)
    cuts = []
    for _ in range(200):
        values = series(rng, 600)
        values[:100] += 8.0
        cuts.append(warm_up(list(values)))
    assert sum(cut is not None and 95 <= cut <= 140 for cut in cuts) >= 180


def test_a_slow_approach_is_cut_before_it_has_died_out() -> None:
    rng = np.random.default_rng(2)
    values = series(rng, 600) + 20 * np.exp(-np.arange(600) / 40)
    cut = warm_up(list(values))
    assert cut is not None
    assert 60 <= cut <= 250


def test_a_steady_series_loses_little() -> None:
    """Of 300 steady series, nine in ten lose less than a quarter, and hardly one is called unsteady."""
    rng = np.random.default_rng(3)
    cuts = [warm_up(list(series(rng, 300))) for _ in range(300)]
    assert sum(cut is not None and cut < 75 for cut in cuts) >= 270
    assert sum(cut is None for cut in cuts) <= 6


def test_a_series_that_drifts_to_its_end_never_settles() -> None:
    rng = np.random.default_rng(4)
    assert warm_up(list(series(rng, 300) + 0.2 * np.arange(300))) is None


def test_a_short_series_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 50"):
        warm_up([1.0] * (LEAST - 1))
