"""Rounds that two releases shared: when they count as blocks, and what that does to the error rates."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from lab.kernel.model import Sample
from lab.stats.blocks import LEAST, Pair, rounds_matter, shift_of_rounds
from lab.stats.estimate import Estimate, shift
from lab.stats.ranks import exceeds_by_in_rounds

# A machine that slows down by 5 % from each round to the next, and releases that differ by 1 %.
DRIFTING: list[Pair] = [(0.05 * i + 0.001 * (i % 2), 0.05 * i + 0.01) for i in range(9)]


def estimated(pairs: list[Pair]) -> Estimate:
    old, new = (Sample(values=values) for values in zip(*pairs, strict=True))
    estimate = shift_of_rounds(pairs, old, new)
    assert estimate is not None
    return estimate


def test_where_the_machine_drifts_the_differences_within_rounds_tell() -> None:
    assert rounds_matter(DRIFTING)
    estimate = estimated(DRIFTING)
    old, new = zip(*DRIFTING, strict=True)
    reference = stats.ttest_rel(new, old, alternative="greater")
    assert estimate.exceeds(0.0) == pytest.approx(reference.pvalue)
    assert estimate.interval(0.95)[0] > 0
    without = shift(Sample(values=old), Sample(values=new))
    assert without is not None
    assert without.interval(0.95)[0] < 0


def test_where_rounds_do_not_matter_welch_keeps_all_its_degrees_of_freedom() -> None:
    rng = np.random.default_rng(3)
    pairs = [(float(a), float(b)) for a, b in rng.normal(size=(9, 2))]
    assert not rounds_matter(pairs)
    old, new = zip(*pairs, strict=True)
    assert estimated(pairs) == shift(Sample(values=old), Sample(values=new))


def test_few_rounds_never_count_as_blocks() -> None:
    assert not rounds_matter(DRIFTING[: LEAST - 1])
    assert rounds_matter(DRIFTING[:LEAST])


def test_constants_are_no_blocks() -> None:
    assert not rounds_matter([(1.0, 2.0)] * 9)


@pytest.mark.parametrize("shared", [0.0, 0.5, 1.0, 3.0])
def test_choosing_between_both_keeps_the_rate_of_false_alarms(shared: float) -> None:
    """Of 4,000 pairs of equal releases at most 1.5 % may seem worse at 1 %, however much rounds differ."""
    rng = np.random.default_rng(11)
    alarms = 0
    for _ in range(4000):
        machine = shared * rng.normal(size=(9, 1))
        pairs = [(float(a), float(b)) for a, b in rng.normal(size=(9, 2)) + machine]
        alarms += estimated(pairs).exceeds(0.0) <= 0.01
    assert alarms <= 60


def test_the_signed_rank_test_of_rounds_is_exact() -> None:
    assert exceeds_by_in_rounds([0.1, 0.2, 0.3, 0.4, 0.5], 0.0) == pytest.approx(1 / 32)
    assert exceeds_by_in_rounds([0.1, 0.2, 0.3, 0.4, 0.5], 1.0) == 1.0
    assert exceeds_by_in_rounds([0.0] * 5, 0.0) == 1.0
