"""Simulated worlds are what they say: else a claim about them would be about something else."""

from __future__ import annotations

import numpy as np
import pytest

from calibration.drawing import SUMMARIES, Metrics, Requests
from calibration.worlds import AR1, BIMODAL, DRIFT, HEAVY, LOG_NORMAL, OUTLIERS, WORLDS, World

TURNS = 20_000


def noise(world: World, turns: int = TURNS) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    return world.noise(np.random.default_rng(1), turns, 4)


@pytest.mark.parametrize("world", [LOG_NORMAL, HEAVY, BIMODAL, AR1], ids=lambda world: world.name)
def test_noise_has_a_standard_deviation_of_one(world: World) -> None:
    # Student's t with 3 degrees of freedom has no fourth moment: its variance is seen slowly.
    assert noise(world).std() == pytest.approx(1, abs=0.1 if world is HEAVY else 0.03)


def test_tails_are_heavy() -> None:
    assert (np.abs(noise(HEAVY)) > 5).mean() > 100 * (np.abs(noise(LOG_NORMAL)) > 5).mean()


def test_three_trials_of_ten_are_in_a_second_mode() -> None:
    # Halfway between the modes, at -0.6 and 1.4.
    assert (noise(BIMODAL) > 0.4).mean() == pytest.approx(0.3, abs=0.02)


def test_a_trial_remembers_the_one_before_it() -> None:
    values = noise(AR1)[:, 0]
    assert np.corrcoef(values[1:], values[:-1])[0, 1] == pytest.approx(0.5, abs=0.03)


def test_a_machine_that_drifts_is_five_deviations_slower_at_the_end() -> None:
    values = noise(DRIFT)
    assert values[-1000:].mean() - values[:1000].mean() == pytest.approx(5, abs=0.4)


def test_one_trial_in_twenty_is_an_outlier() -> None:
    assert (noise(OUTLIERS) > 5).mean() == pytest.approx(0.05, abs=0.01)


@pytest.mark.parametrize("world", WORLDS, ids=lambda world: world.name)
def test_correlated_metrics_share_the_fate_of_their_trial(world: World) -> None:
    apart, together = noise(world), noise(world.correlated)
    assert abs(np.corrcoef(apart[:, 0], apart[:, 1])[0, 1]) < (0.8 if world is DRIFT else 0.05)
    assert np.corrcoef(together[:, 0], together[:, 1])[0, 1] > 0.4


def test_a_linear_drift_favours_neither_release() -> None:
    draw = Metrics(world=DRIFT, cv=0.02, trials=10, changes=(0.0,) * 2000)
    sides = draw(np.random.default_rng(2))
    assert np.log(sides.new).mean() == pytest.approx(np.log(sides.old).mean(), abs=0.001)


def test_a_change_is_as_large_as_it_says() -> None:
    draw = Metrics(world=LOG_NORMAL, cv=0.01, trials=2000, changes=(0.0, 0.05))
    sides = draw(np.random.default_rng(3))
    assert np.exp(np.log(sides.new / sides.old).mean(axis=0)) == pytest.approx([1.0, 1.05], abs=0.002)


def test_requests_are_read_as_their_mean_and_percentiles() -> None:
    read = {
        summary: Requests(summary=summary, cv=0.0, trials=200, change=0.0)(np.random.default_rng(4))
        for summary in SUMMARIES
    }
    # Log-normal with a sigma of 0.5: exp(0.125), 1, exp(0.5 x 1.645) and exp(0.5 x 2.326).
    means = [float(sides.old.mean()) for sides in read.values()]
    assert means == pytest.approx([1.133, 1.0, 2.276, 3.2], rel=0.02)
