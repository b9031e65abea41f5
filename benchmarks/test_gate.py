"""The gate's own hot path: a large verdict, as a release manager waits for it."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

from pytest_benchmark.fixture import BenchmarkFixture

from lab.engine.gate import References, judge
from lab.kernel.model import Case, Environment, Lane, Plan, PlannedCase, Run, Subject, Trial
from lab.kernel.verdict import Margins, Target

METRICS, TRIALS = 100, 20
CASE = Case(lane=Lane.LOAD, journey="browse", profile="gate")
START = datetime(2026, 1, 1, tzinfo=UTC)


def a_run(release: str, noise: random.Random) -> Run:
    keys = [f"response_mean{{GET /{number}}}" for number in range(METRICS)]
    return Run(
        id=release,
        session="now",
        subject=Subject(name="simulated", release=release, url="http://127.0.0.1"),
        environment=Environment(facts={}),
        plan=Plan(cases=(PlannedCase(case=CASE, trials=TRIALS),), releases=("1.0", "1.1"), seed=1),
        started_at=START,
        trials=tuple(
            Trial(
                case=CASE,
                index=index,
                started_at=START + timedelta(minutes=index),
                duration=60.0,
                readings={key: noise.lognormvariate(-2.0, 0.02) for key in keys},
            )
            for index in range(TRIALS)
        ),
    )


def test_judging_a_hundred_metrics_of_twenty_trials_a_side(benchmark: BenchmarkFixture) -> None:
    noise = random.Random(1)  # noqa: S311  (no secret)
    old, new = (a_run(release, noise) for release in ("1.0", "1.1"))
    targets = [Target(name=key, reading=key, limit=0.2, drift=Margins()) for key in new.trials[0].readings]
    verdict = benchmark(judge, new, targets, References(accepted=(old,)), now=START)
    assert len(verdict.findings) == 2 * METRICS
