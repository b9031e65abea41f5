"""Statistics, held against published formulas, other libraries and their own error rates."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from lab.kernel.metrics import Scale
from lab.kernel.model import Sample
from lab.stats.estimate import Estimate, location, shift, working
from lab.stats.multiplicity import benjamini_hochberg, holm
from lab.stats.power import trials_to_settle
from lab.stats.ranks import exceeds_by
from lab.stats.shares import Share


def sample(*values: float, resolution: float = 0.0) -> Sample:
    return Sample(values=values, resolution=resolution)


def test_the_shift_is_welchs_test_as_scipy_computes_it() -> None:
    old, new = (1.0, 1.2, 0.9, 1.1), (1.5, 1.4, 1.9)
    estimate = shift(sample(*old), sample(*new))
    assert estimate is not None
    reference = stats.ttest_ind(new, old, equal_var=False, alternative="greater")
    assert estimate.exceeds(0.0) == pytest.approx(reference.pvalue)
    expected = stats.ttest_ind(new, old, equal_var=False).confidence_interval(0.95)
    assert estimate.interval(0.95) == pytest.approx((expected.low, expected.high))


def test_one_value_gives_no_estimate() -> None:
    assert location(sample(1.0)) is None
    assert shift(sample(1.0, 2.0), sample(1.0)) is None


def test_the_error_is_never_below_the_rounding_of_the_instrument() -> None:
    estimate = location(sample(5.0, 5.0, 5.0, resolution=1.0))
    assert estimate is not None
    assert estimate.error == pytest.approx(1 / np.sqrt(12))


def test_constants_without_a_grain_compare_exactly() -> None:
    same, more = shift(sample(5.0, 5.0), sample(5.0, 5.0)), shift(sample(5.0, 5.0), sample(6.0, 6.0))
    assert same is not None
    assert more is not None
    assert (same.exceeds(0.0), more.exceeds(0.0)) == (1.0, 0.0)


def test_a_ratio_of_values_that_are_not_positive_is_refused() -> None:
    with pytest.raises(ValueError, match="above 0"):
        working(sample(0.0, 1.0), Scale.RATIO)


def test_the_interval_covers_the_truth_as_often_as_it_says() -> None:
    noise = np.random.default_rng(7)
    covered = 0
    for _ in range(2000):
        old, new = noise.normal(0, 0.05, 4), noise.normal(0.1, 0.02, 6)
        estimate = shift(sample(*old), sample(*new))
        assert estimate is not None
        low, high = estimate.interval(0.95)
        covered += low <= 0.1 <= high
    # Welch's approximation is slightly conservative; 2,000 draws know the rate to one percent.
    assert 0.935 <= covered / 2000 <= 0.975


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_holm_adjusts_as_the_textbook_does(p_values: list[float]) -> None:
    adjusted = holm(p_values)
    order = sorted(range(len(p_values)), key=p_values.__getitem__)
    running = 0.0
    for rank, place in enumerate(order):
        running = max(running, min(1.0, p_values[place] * (len(p_values) - rank)))
        assert adjusted[place] == pytest.approx(running)


def test_three_and_three_separated_trials_reach_a_rank_p_of_a_twentieth() -> None:
    assert exceeds_by(sample(1.0, 2.0, 3.0), sample(11.0, 12.0, 13.0), 5.0) == pytest.approx(0.05)


def test_the_smallest_change_is_found_as_often_as_promised() -> None:
    noise = np.random.default_rng(11)
    planned = shift(sample(*noise.normal(0, 0.01, 200)), sample(*noise.normal(0, 0.01, 200)))
    assert planned is not None
    harm = planned.smallest_found(0.0, alpha=0.01, power=0.95)
    found = 0
    for _ in range(500):
        estimate = shift(sample(*noise.normal(0, 0.01, 200)), sample(*noise.normal(harm, 0.01, 200)))
        assert estimate is not None
        found += estimate.exceeds(0.0) <= 0.01
    assert 0.92 <= found / 500 <= 0.98


def test_a_hopeless_question_has_no_reasonable_number_of_trials() -> None:
    estimate = location(sample(0.9, 1.1, 1.0))
    assert estimate is not None
    assert trials_to_settle(estimate, fail=(1.0, 0.01), accept=(1.0, 0.975)) is None


def test_more_trials_are_asked_for_the_closer_the_bound_is() -> None:
    estimate = location(sample(0.9, 1.1, 1.0))
    assert estimate is not None
    near = trials_to_settle(estimate, fail=(1.5, 0.01), accept=(1.05, 0.975))
    far = trials_to_settle(estimate, fail=(1.5, 0.01), accept=(1.2, 0.975))
    assert near is not None
    assert far is not None
    assert near > far


def a_share(events: int, chances: int, limit: float) -> Share:
    between = Estimate(center=events / chances - limit, spread=0.0, floor=0.0, freedom=4, trials=5)
    return Share(events=events, chances=chances, limit=limit, between=between)


def test_a_shares_bounds_are_those_of_clopper_and_pearson() -> None:
    share = a_share(3, 1000, 0.0)
    reference = stats.binomtest(3, 1000).proportion_ci(0.95, method="exact")
    assert share.interval(0.95) == pytest.approx((reference.low, reference.high))
    p_value = stats.binomtest(9, 1000, 0.002, alternative="greater").pvalue
    assert a_share(9, 1000, 0.002).exceeds(0.0) == pytest.approx(p_value)


def test_a_share_is_as_doubtful_as_the_spread_between_its_trials() -> None:
    spread = Estimate(center=0.003, spread=0.01, floor=0.0, freedom=4, trials=5)
    bursts = Share(events=30, chances=10_000, limit=0.0, between=spread)
    assert bursts.upper(0.975) == spread.upper(0.975) > a_share(30, 10_000, 0.0).upper(0.975)


def test_rounding_does_not_shrink_with_more_trials() -> None:
    estimate = location(sample(5.0, 5.0, 5.0, resolution=1.0))
    assert estimate is not None
    assert estimate.with_trials(1000).error == estimate.error


def test_the_smallest_share_is_found_as_often_as_promised() -> None:
    harm = a_share(0, 640, 0.01).smallest_found(0.0, alpha=0.01, power=0.95)
    drawn = np.random.default_rng(5).binomial(640, 0.01 + harm, size=2000)
    found = np.mean([a_share(int(events), 640, 0.01).exceeds(0.0) <= 0.01 for events in drawn])
    assert 0.93 <= found <= 0.97


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_benjamini_hochberg_is_as_scipy_computes_it_and_never_stricter_than_holm(
    p_values: list[float],
) -> None:
    seen = benjamini_hochberg(p_values)
    assert seen == pytest.approx(tuple(stats.false_discovery_control(p_values, method="bh")))
    assert all(mine <= strict + 1e-12 for mine, strict in zip(seen, holm(p_values), strict=True))
