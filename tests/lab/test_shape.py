"""Flags on the shape of a sample: as rare on plain noise as they say, and there where they should be."""

from __future__ import annotations

import numpy as np
import pytest

from lab.engine.gate import judge
from lab.kernel.verdict import Outcome
from lab.stats.shape import LEAST, apart, split, two_groups
from tests.builders import START, a_run_of, a_target

SIZES = (7, 9, 11, 20, 40)


@pytest.mark.parametrize("size", SIZES)
def test_plain_noise_is_flagged_in_one_of_a_hundred_samples(size: int) -> None:
    """Of 3,000 samples 30 are expected; more than 52 come by chance once in ten thousand."""
    rng = np.random.default_rng(size)
    samples = [list(map(float, rng.normal(size=size))) for _ in range(3000)]
    assert sum(bool(apart(values)) for values in samples) <= 52
    assert sum(two_groups(values) is not None for values in samples) <= 52


@pytest.mark.parametrize("size", [9, 12])
def test_the_critical_share_is_that_of_simulated_noise(size: int) -> None:
    rng = np.random.default_rng(1)
    shares = [split(np.sort(rng.normal(size=size)))[0] for _ in range(4000)]
    flagged = sum(two_groups(list(map(float, rng.normal(size=size)))) is not None for _ in range(4000))
    assert 15 <= flagged <= 70
    assert float(np.quantile(shares, 0.99)) == pytest.approx({9: 0.9209, 12: 0.886}[size], abs=0.012)


def test_one_wild_trial_is_found_and_named() -> None:
    rng = np.random.default_rng(2)
    found = 0
    for _ in range(200):
        values = list(map(float, rng.normal(size=11)))
        values[4] = 8.0
        found += apart(values) == (4,)
    assert found >= 170


def test_two_wild_trials_do_not_hide_each_other() -> None:
    rng = np.random.default_rng(3)
    found = 0
    for _ in range(200):
        values = list(map(float, rng.normal(size=20)))
        values[4], values[9] = 9.0, 9.5
        found += set(apart(values)) == {4, 9}
    assert found >= 170


def test_trials_with_two_answers_are_told_apart() -> None:
    rng = np.random.default_rng(4)
    found = 0
    for _ in range(200):
        values = np.concatenate([rng.normal(size=5), 10 + rng.normal(size=6)])
        found += two_groups(list(map(float, values))) == ((0, 1, 2, 3, 4), (5, 6, 7, 8, 9, 10))
    assert found >= 195


def test_few_values_and_constants_have_no_shape() -> None:
    assert apart([0.0] * (LEAST - 2) + [100.0]) == ()
    assert two_groups([0.0, 0.0, 0.0, 9.0, 9.0, 9.0]) is None
    assert apart([1.0] * 20) == ()
    assert two_groups([1.0] * 20) is None


def test_a_trial_that_stands_apart_is_told_and_kept() -> None:
    values = [0.100, 0.101, 0.099, 0.1005, 0.0995, 0.1, 0.1002, 0.0998, 0.3]
    finding = judge(a_run_of(values), [a_target(limit=0.5)], now=START).findings[0]
    assert finding.notes == ("CAVEAT: of 1.1, trial #9 (300 ms) stands apart from the rest; kept.",)
    assert finding.measured is not None
    assert finding.measured.center == pytest.approx(sum(values) / 9)


def test_two_groups_of_trials_are_told_with_their_levels() -> None:
    values = [0.100, 0.101, 0.099, 0.1005, 0.200, 0.201, 0.199, 0.2005, 0.1995]
    finding = judge(a_run_of(values), [a_target(limit=0.5)], now=START).findings[0]
    assert finding.outcome is Outcome.PASSED
    (note,) = finding.notes
    assert "two groups, about 100 ms (4 trials) and 200 ms (5)" in note
