"""Runs of different sessions: how much they differ, and what may be said of two of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise

import numpy as np
import pytest

from lab.engine.gate import References, judge
from lab.engine.noise import Lacking, between_of, noise_of
from lab.kernel.model import Run, Sample
from lab.kernel.noise import Noise, Spread
from lab.kernel.verdict import Finding, Margins, Outcome
from lab.stats.sessions import between, shift_of_runs
from tests.builders import LOAD, START, a_run, a_target, a_trial

NOW = START + timedelta(days=1)
KEYS = ("response_mean", "response_p50", "response_p95", "response_p99")


def a_session(
    rng: np.random.Generator, number: int, *, level: float = 0.1, release: str = "1.0", between_runs: float
) -> Run:
    """Return a run of 9 trials, whose session moves all readings, each a little on its own."""
    session = between_runs * (0.7 * rng.normal() + 0.7 * rng.normal(size=len(KEYS)))
    values = level * np.exp(session + 0.01 * rng.normal(size=(9, len(KEYS))))
    trials = [
        a_trial(index, readings={key: float(value) for key, value in zip(KEYS, row, strict=True)})
        for index, row in enumerate(values)
    ]
    return a_run(trials, release=release, session=f"session-{number}")


def noise_in(rng: np.random.Generator, runs: int, *, between_runs: float) -> tuple[Noise, ...]:
    return tuple(noise_of(a_session(rng, n, between_runs=between_runs), LOAD) for n in range(runs))


def judged(old: Run, new: Run, noise: Sequence[Noise], *, now: datetime = NOW) -> Finding:
    target = a_target(drift=Margins(fail=0.02, accept=0.05))
    references = References(accepted=(old,), noise=tuple(noise))
    return judge(new, [target], references, now=now).findings[0]


def test_a_stored_baseline_blocks_and_clears_once_it_is_known_how_runs_differ() -> None:
    rng = np.random.default_rng(1)
    noise = noise_in(rng, 8, between_runs=0.002)
    old, same, slow = (
        a_session(rng, number, level=level, release=release, between_runs=0.002)
        for number, level, release in ((21, 0.1, "1.0"), (22, 0.1, "1.1"), (23, 0.12, "1.2"))
    )
    assert judged(old, same, noise).outcome is Outcome.PASSED
    assert judged(old, slow, noise).outcome is Outcome.FAILED


@pytest.mark.parametrize(
    ("runs", "age", "why"),
    [
        (0, 1, "no run of it against itself is known here, 5 are needed"),
        (4, 1, "only 4 runs of it against itself is known here, 5 are needed"),
        (8, 41, "41 days old (at most 30)"),
    ],
)
def test_with_too_few_or_old_runs_it_only_warns_and_says_why(runs: int, age: int, why: str) -> None:
    rng = np.random.default_rng(1)
    noise = noise_in(rng, runs, between_runs=0.002)
    old, slow = (
        a_session(rng, n, level=level, between_runs=0.002, release=str(n))
        for n, level in ((21, 0.1), (22, 0.2))
    )
    finding = judged(old, slow, noise, now=START + timedelta(days=age))
    assert finding.outcome is Outcome.INCONCLUSIVE
    assert why in finding.reason
    assert "launchlab doctor --noise" in finding.reason
    assert finding.notes[0].startswith("WARNING")


def test_runs_that_differ_by_more_than_is_accepted_leave_the_question_open() -> None:
    rng = np.random.default_rng(4)
    noise = noise_in(rng, 8, between_runs=0.05)
    finding = judged(a_session(rng, 21, between_runs=0), a_session(rng, 22, between_runs=0), noise)
    assert finding.outcome is Outcome.INCONCLUSIVE
    assert "more than is accepted" in finding.reason


def test_noise_of_another_environment_or_case_says_nothing_here() -> None:
    noise = noise_in(np.random.default_rng(1), 8, between_runs=0.002)
    known = between_of(noise, {"cpu": "test"}, LOAD, "response_mean", NOW)
    assert not isinstance(known, Lacking)
    assert isinstance(between_of(noise, {"cpu": "other"}, LOAD, "response_mean", NOW), Lacking)
    assert isinstance(between_of(noise, {"cpu": "test"}, LOAD, "throughput", NOW), Lacking)


@pytest.mark.parametrize("together", [0.0, 0.9])
@pytest.mark.parametrize("between_runs", [0.0, 0.01, 0.03])
def test_intervals_cover_the_truth_however_much_sessions_differ(together: float, between_runs: float) -> None:
    """Of 600 intervals of 95 % at least 92 % cover: 95 % less than three of its standard errors."""
    rng = np.random.default_rng(8)
    covered = 0
    for _ in range(600):
        means, spreads = _simulated(rng, together, between_runs)
        low, high = _interval(means, spreads)
        covered += low <= 0 <= high
    assert covered >= 552


def _simulated(
    rng: np.random.Generator, together: float, between_runs: float
) -> tuple[np.ndarray, dict[str, list[Spread]]]:
    runs, metrics, trials = 7, 6, 9
    shared, own = rng.normal(size=(runs, 1)), rng.normal(size=(runs, metrics))
    sessions = between_runs * (np.sqrt(together) * shared + np.sqrt(1 - together) * own)
    values = sessions[:, None, :] + 0.01 * rng.normal(size=(runs, trials, metrics))
    spreads = {
        str(metric): [
            Spread(mean=run[:, metric].mean(), variance=run[:, metric].var(ddof=1), trials=trials)
            for run in values[:-2]
        ]
        for metric in range(metrics)
    }
    return values[-2:, :, 0], spreads


def _interval(pair: np.ndarray, spreads: dict[str, list[Spread]]) -> tuple[float, float]:
    old, new = (Sample(values=tuple(map(float, side))) for side in pair)
    estimate = shift_of_runs(old, new, between(spreads, "0"))
    assert estimate is not None
    return estimate.interval(0.95)


def test_metrics_that_move_together_count_for_few() -> None:
    rng = np.random.default_rng(2)
    shared = rng.normal(size=(8, 1))
    apart, alike = rng.normal(size=(8, 10)), shared + 0.01 * rng.normal(size=(8, 10))
    freedoms = [between(_spreads(means), "0").freedom for means in (alike, apart)]
    assert freedoms[0] == pytest.approx(7, abs=0.2)
    assert freedoms[1] > 25


def test_a_metric_that_varies_more_than_the_rest_keeps_its_own_variance() -> None:
    means = np.random.default_rng(2).normal(size=(8, 10))
    means[:, 0] *= 5
    loud, calm = (between(_spreads(means), key) for key in ("0", "1"))
    assert loud.total == pytest.approx(float(np.var(means[:, 0], ddof=1)))
    assert calm.total == pytest.approx(float(np.var(means[:, 1:], axis=0, ddof=1).mean()))


def test_more_trials_do_not_shrink_what_is_of_the_session() -> None:
    means = 0.01 * np.random.default_rng(2).normal(size=(8, 1))
    sample = Sample(values=tuple(0.01 * np.random.default_rng(3).normal(size=9)))
    estimate = shift_of_runs(sample, sample, between(_spreads(means), "0"))
    assert estimate is not None
    errors = [estimate.with_trials(trials).error for trials in (9, 100, 10_000)]
    assert all(later < earlier for earlier, later in pairwise(errors))
    assert errors[-1] > 0.9 * estimate.lasting


def _spreads(means: np.ndarray) -> dict[str, list[Spread]]:
    return {
        str(metric): [Spread(mean=float(mean), variance=1e-12, trials=9) for mean in column]
        for metric, column in enumerate(means.T)
    }


def test_one_run_says_nothing_of_how_runs_differ() -> None:
    with pytest.raises(ValueError, match="takes at least 2"):
        between({"a": [Spread(mean=1.0, variance=1.0, trials=3)]}, "a")
