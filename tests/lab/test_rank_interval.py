"""The interval by ranks: covers as often as it says, and does not mind a few wild values."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import mannwhitneyu

from lab.kernel.model import Sample
from lab.stats.rank_interval import shifted_by


def sample(values: object) -> Sample:
    return Sample(values=tuple(np.asarray(values, dtype=float)))


def bounds(old: Sample, new: Sample, confidence: float = 0.9) -> tuple[float, float]:
    shift = shifted_by(old, new, confidence)
    assert shift is not None
    return shift[1:]


@pytest.mark.parametrize(("m", "n"), [(3, 3), (5, 7), (20, 20), (25, 30)])
def test_it_ends_where_the_rank_test_begins_to_reject(m: int, n: int) -> None:
    draw = np.random.default_rng(m * n)
    old, new = draw.normal(size=m), draw.normal(0.5, size=n)
    low, high = bounds(sample(old), sample(new))

    def p_value(shift: float) -> float:
        return float(mannwhitneyu(new - shift, old, method="exact").pvalue)

    assert p_value(low + 1e-9) > 0.1 - 1e-9
    assert p_value(high - 1e-9) > 0.1 - 1e-9
    assert p_value(low - 1e-9) <= 0.1 + 1e-9
    assert p_value(high + 1e-9) <= 0.1 + 1e-9


@pytest.mark.parametrize("size", [5, 20, 30])
def test_it_covers_the_shift_at_least_as_often_as_it_says_whatever_the_noise(size: int) -> None:
    draw = np.random.default_rng(size)

    def noise() -> np.ndarray:
        # One value in six is half as large again, as where a neighbour shares the processor.
        return draw.normal(0, 0.01, size) + 0.4 * (draw.random(size) < 1 / 6)

    intervals = (bounds(sample(noise()), sample(noise())) for _ in range(2000))
    within = [low <= 0 <= high for low, high in intervals]
    # Three standard errors below 90 %.
    assert np.mean(within) >= 0.88


def test_a_wild_value_moves_neither_the_center_nor_the_ends_far() -> None:
    calm = [1.00, 1.01, 0.99, 1.02, 0.98, 1.00, 1.01]
    old, new, wild = sample(calm), sample(calm), sample([*calm[:-1], 50.0])
    assert bounds(old, wild)[1] < bounds(old, new)[1] + 0.02


def test_swapping_the_sides_mirrors_it() -> None:
    old, new = sample([1, 2, 3, 4.5]), sample([2, 2.5, 7, 9])
    low, high = bounds(old, new)
    assert bounds(new, old) == (-high, -low)


@pytest.mark.parametrize(("m", "n"), [(0, 5), (2, 2), (1, 9)])
def test_too_few_values_for_the_confidence_have_no_interval(m: int, n: int) -> None:
    assert shifted_by(sample(range(m)), sample(range(n)), 0.9) is None
