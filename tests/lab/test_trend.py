"""Trends: found where they are, of the size that they have, and not where noise only looks like one."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from lab.stats.trend import LEAST, trend

SERIES = 1000


def noise(seed: int, length: int, coefficient: float) -> NDArray[np.float64]:
    """Return AR(1) noise with standard deviation 1; white for a *coefficient* of 0."""
    shocks = np.random.default_rng(seed).normal(size=length + 50) * np.sqrt(1 - coefficient**2)
    series = np.zeros(length + 50)
    for step in range(1, len(series)):
        series[step] = coefficient * series[step - 1] + shocks[step]
    return series[50:]


@pytest.mark.parametrize("coefficient", [0.0, 0.5])
@pytest.mark.parametrize("length", [LEAST, 60, 240])
def test_noise_without_a_trend_shows_one_in_five_of_a_hundred_series_at_most(
    length: int, coefficient: float
) -> None:
    found = [trend((10 + noise(seed, length, coefficient)).tolist()) for seed in range(SERIES)]
    assert sum(each is not None and each.clear for each in found) <= 0.05 * SERIES


def test_a_trend_is_found_with_its_size() -> None:
    for seed in range(50):
        series = np.linspace(10.0, 14.0, 60) + 0.5 * noise(seed, 60, 0.5)
        found = trend(series.tolist())
        assert found is not None
        assert found.clear
        assert found.change == pytest.approx(4.0, abs=1.5)
        assert found.low <= found.change <= found.high
        assert found.level == pytest.approx(12.0, abs=0.6)


def test_a_single_outlier_is_no_trend() -> None:
    series = noise(1, 60, 0.0)
    series[55] = 1000.0
    found = trend(series.tolist())
    assert found is not None
    assert not found.clear


def test_a_constant_has_no_trend_and_a_straight_line_its_own() -> None:
    flat, line = trend([3.0] * 60), trend([float(number) for number in range(60)])
    assert flat is not None
    assert line is not None
    assert (flat.change, flat.clear) == (0.0, False)
    assert line.change == pytest.approx(59.0)


def test_a_series_too_short_to_tell_has_no_answer() -> None:
    assert trend([1.0] * (LEAST - 1)) is None


def test_a_leak_is_told_in_bytes_a_second_however_noisy_the_memory_is() -> None:
    rng = np.random.default_rng(9)
    leaking = 1e8 + 2000.0 * np.arange(600) + 50_000 * rng.normal(size=600)
    found = trend(list(leaking))
    assert found is not None
    slope, low, high = found.per_second(599.0)
    assert low < 2000 < high
    assert slope == pytest.approx(2000, rel=0.1)
