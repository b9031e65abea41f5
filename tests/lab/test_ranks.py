"""Tests and intervals by ranks: held to SciPy, as sure as they say, and calm about a few wild values."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats
from scipy.stats import mannwhitneyu

from lab.kernel.model import Sample
from lab.stats.ranks import exceeds_by, exceeds_by_in_rounds, shifted_by


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


@given(
    st.lists(st.floats(-5, 5), min_size=3, max_size=12, unique=True),
    st.lists(st.floats(-5, 5), min_size=3, max_size=12, unique=True),
)
def test_the_rank_test_is_mann_whitneys_as_scipy_computes_it(old: list[float], new: list[float]) -> None:
    assume(not set(old) & set(new))
    reference = stats.mannwhitneyu(new, old, alternative="greater", method="exact").pvalue
    seen = exceeds_by(Sample(values=tuple(old)), Sample(values=tuple(new)), 0.0)
    assert seen == pytest.approx(float(reference))


def test_ties_make_the_rank_test_more_careful_and_never_less() -> None:
    same = Sample(values=(1.0, 1.0, 1.0))
    assert exceeds_by(same, same, 0.0) > 0.5
    assert exceeds_by(same, Sample(values=(1.0, 2.0, 2.0)), 0.0) > exceeds_by(
        same, Sample(values=(1.5, 2.0, 2.0)), 0.0
    )


@given(st.lists(st.floats(0.01, 5), min_size=5, max_size=15, unique=True), st.integers(0, 2**15 - 1))
def test_the_signed_rank_test_is_wilcoxons_as_scipy_computes_it(sizes: list[float], signs: int) -> None:
    differences = [size if signs >> place & 1 else -size for place, size in enumerate(sizes)]
    reference = stats.wilcoxon(differences, alternative="greater", method="exact").pvalue
    assert exceeds_by_in_rounds(differences, 0.0) == pytest.approx(float(reference))


def test_many_trials_take_the_normal_approximation() -> None:
    rng = np.random.default_rng(4)
    old, new = (tuple(map(float, rng.normal(level, 1, size=30))) for level in (0, 0.5))
    reference = stats.mannwhitneyu(new, old, alternative="greater", method="exact").pvalue
    seen = exceeds_by(Sample(values=old), Sample(values=new), 0.0)
    assert seen == pytest.approx(float(reference), rel=0.05)
