"""Rates, their exact intervals, and what they say of a goal."""

from __future__ import annotations

import pytest
from scipy.stats import binom, binomtest

from calibration.rates import DOUBT, Goal, Rate, Standing, at_least, at_most


@pytest.mark.parametrize(("hits", "count"), [(0, 20), (1, 20), (10, 20), (20, 20), (7, 1000)])
def test_the_interval_is_that_of_clopper_and_pearson(hits: int, count: int) -> None:
    exact = binomtest(hits, count).proportion_ci(method="exact")
    assert Rate(hits=hits, count=count).interval == pytest.approx((exact.low, exact.high))


@pytest.mark.parametrize(
    ("goal", "hits", "standing"),
    [
        (at_most(0.01), 10, Standing.KEPT),
        (at_most(0.01), 13, Standing.OPEN),
        (at_most(0.01), 40, Standing.MISSED),
        (at_least(0.95), 950, Standing.KEPT),
        (at_least(0.95), 945, Standing.OPEN),
        (at_least(0.95), 900, Standing.MISSED),
    ],
)
def test_a_goal_is_missed_only_where_chance_cannot_explain_it(
    goal: Goal, hits: int, standing: Standing
) -> None:
    assert goal.standing(Rate(hits=hits, count=1000)) is standing


def test_a_rate_that_just_keeps_its_goal_is_refused_once_in_ten_thousand_seeds() -> None:
    for goal in (at_most(0.01), at_least(0.95)):
        refused = [hits for hits in range(201) if not goal.accepts(Rate(hits=hits, count=200))]
        assert refused
        assert sum(binom.pmf(hits, 200, goal.rate) for hits in refused) < DOUBT
