"""How many trials: held to a published table, and to what tests then find."""

from __future__ import annotations

import numpy as np
import pytest

from lab.kernel.model import Sample
from lab.stats.estimate import shift
from lab.stats.planning import Wish, found, levels, trials_for


@pytest.mark.parametrize(
    ("alpha", "harm", "margin", "trials"),
    [
        (0.01 / 20, 0.05, 0.02, (5, 9, 26, 55, 148)),
        (0.01 / 20, 0.10, 0.02, (3, 4, 7, 11, 25)),
        (0.01, 0.05, 0.02, (3, 6, 17, 36, 96)),
        (0.05, 0.05, 0.02, (3, 4, 12, 24, 66)),
    ],
)
def test_the_numbers_of_trials_are_those_of_the_noncentral_t(
    alpha: float, harm: float, margin: float, trials: tuple[int, ...]
) -> None:
    wish = Wish(harm=harm, margin=margin, alpha=alpha)
    seen = tuple(trials_for(variation, wish) for variation in (0.005, 0.01, 0.02, 0.03, 0.05))
    assert seen == trials


def test_no_reasonable_number_finds_what_lies_on_the_margin() -> None:
    assert trials_for(0.05, Wish(harm=0.02, margin=0.02, alpha=0.01)) is None


def test_what_is_promised_is_found_by_the_test_that_judges() -> None:
    """Of 2,000 regressions of 5 % at 2 % variation, 12 trials a side find what was foretold, to 3 %."""
    rng = np.random.default_rng(6)
    wish = Wish(harm=0.05, margin=0.02, alpha=0.05)
    seen = 0
    for _ in range(2000):
        old, new = (tuple(map(float, level + 0.02 * rng.normal(size=12))) for level in (0.0, np.log(1.05)))
        estimate = shift(Sample(values=old), Sample(values=new))
        assert estimate is not None
        seen += estimate.exceeds(float(np.log(1.02))) <= 0.05
    assert seen / 2000 == pytest.approx(found(0.02, 12, wish), abs=0.03)


def test_rounds_are_repeated_as_far_as_they_are_cheap_and_noisy() -> None:
    rng = np.random.default_rng(7)
    pilot = rng.normal(size=(40, 1)) + 3 * rng.normal(size=(40, 10))
    rounds, trials = levels(pilot.tolist(), (1.0, 4.0))
    assert rounds.variance == pytest.approx(9, rel=0.15)
    assert trials.variance == pytest.approx(1, rel=0.6)
    # sqrt(4 x 9/1) is 6.
    assert rounds.repetitions is not None
    assert 5 <= rounds.repetitions <= 8


def test_where_trials_add_nothing_only_rounds_count() -> None:
    rng = np.random.default_rng(7)
    values = rng.normal(size=(6, 10))
    settled = values - values.mean(axis=1, keepdims=True)
    assert levels(settled.tolist(), (1.0, 4.0))[1].variance == 0


def test_a_pilot_of_one_trial_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 2 trials"):
        levels([[1.0, 2.0]], (1.0, 1.0))
