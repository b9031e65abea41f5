"""What must not change a verdict: which side is which, the unit, the order of records, how many requests."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lab.engine.gate import References, judge
from lab.kernel.model import Case, Lane, Run
from lab.kernel.verdict import Finding, Margins, Outcome, Verdict
from tests.builders import a_run, a_target, a_trial

NOW = datetime(2026, 11, 23, tzinfo=UTC)
MARGINS = Margins()
# A metric without floor and grain: nothing but the values themselves decides.
BENCH = Case(lane=Lane.BENCH, journey="a benchmark")
KEY = "time_median"


def drawn(side: int, seed: int, trials: int, cv: float) -> list[float]:
    return [math.exp(cv * each) for each in np.random.default_rng([side, seed]).standard_normal(trials)]


# Measured values: no two are alike, and none lies on a margin.
a_noise = st.integers(0, 10**6), st.integers(2, 12), st.sampled_from([0.005, 0.02, 0.1])
earlier, later = (st.builds(drawn, st.just(side), *a_noise) for side in (1, 2))
changes = st.sampled_from([0.8, 0.95, 1.0, 1.02, 1.05, 1.1, 1.5])
examples = settings(max_examples=25, deadline=None)


def a_side(seconds: Sequence[float], release: str) -> Run:
    trials = [a_trial(index, case=BENCH, readings={KEY: value}) for index, value in enumerate(seconds)]
    return a_run(trials, release=release, cases=[BENCH])


def verdict(new: Run, old: Run, key: str = KEY) -> Verdict:
    return judge(new, [a_target(reading=key, drift=MARGINS)], References(accepted=(old,)), now=NOW)


def finding(new: Run, old: Run) -> Finding:
    (only,) = verdict(new, old).findings
    return only


def ratio(found: Finding) -> tuple[float, float, float]:
    assert found.change is not None
    assert found.change.ratio is not None
    return found.change.ratio.low, found.change.ratio.center, found.change.ratio.high


def improved(found: Finding) -> bool:
    return any(note.startswith("IMPROVED") for note in found.notes)


@examples
@given(before=earlier, after=later, change=changes)
def test_swapping_the_sides_turns_the_interval_of_the_ratio_over(
    before: list[float], after: list[float], change: float
) -> None:
    old, new = a_side(before, "1.0"), a_side([value * change for value in after], "1.1")
    low, center, high = ratio(finding(new, old))
    assert ratio(finding(old, new)) == pytest.approx((1 / high, 1 / center, 1 / low))


@examples
@given(before=earlier, after=later, change=changes)
def test_swapping_the_sides_of_a_regression_makes_an_improvement(
    before: list[float], after: list[float], change: float
) -> None:
    old, new = a_side(before, "1.0"), a_side([value * change for value in after], "1.1")
    there, back = finding(new, old), finding(old, new)
    if there.outcome is Outcome.FAILED:
        # A fail is surer (1 %) than the note needs to be (2.5 %).
        assert improved(back)
        assert back.outcome is Outcome.PASSED
    assert not (improved(there) and improved(back))
    assert not (there.outcome is Outcome.FAILED and back.outcome is Outcome.FAILED)


@examples
@given(before=earlier, after=later, change=changes, power=st.integers(-20, 20))
def test_another_unit_changes_nothing(
    before: list[float], after: list[float], change: float, power: int
) -> None:
    moved = [value * change for value in after]
    plain = finding(a_side(moved, "1.1"), a_side(before, "1.0"))
    scaled = [[value * 2.0**power for value in side] for side in (moved, before)]
    other = finding(a_side(scaled[0], "1.1"), a_side(scaled[1], "1.0"))
    assert other.outcome is plain.outcome
    assert other.p_value == pytest.approx(plain.p_value, rel=1e-6)
    assert ratio(other) == pytest.approx(ratio(plain))


@examples
@given(before=earlier, after=later, change=changes, seed=st.integers(0, 1000))
def test_the_order_of_the_records_changes_nothing(
    before: list[float], after: list[float], change: float, seed: int
) -> None:
    new, old = a_side([value * change for value in after], "1.1"), a_side(before, "1.0")
    shuffled = random.Random(seed)  # noqa: S311  (no secret)
    mixed = [replace(run, trials=tuple(shuffled.sample(run.trials, len(run.trials)))) for run in (new, old)]
    plain, other = finding(new, old), finding(*mixed)
    assert other.outcome is plain.outcome
    assert other.p_value == pytest.approx(plain.p_value, rel=1e-6)


@examples
@given(before=earlier, after=later, change=changes, requests=st.integers(1, 10**9))
def test_as_many_trials_of_more_requests_are_no_surer(
    before: list[float], after: list[float], change: float, requests: int
) -> None:
    def a_load(seconds: Sequence[float], release: str, count: int) -> Run:
        readings = [{"response_mean": value, "requests": float(count)} for value in seconds]
        return a_run([a_trial(index, readings=each) for index, each in enumerate(readings)], release=release)

    moved = [value * change for value in after]
    few, many = (
        verdict(a_load(moved, "1.1", count), a_load(before, "1.0", count), "response_mean")
        for count in (100, requests)
    )
    assert few.findings == many.findings


@examples
@given(before=earlier, after=later, change=changes)
def test_a_rate_has_the_interval_of_its_reciprocal_turned_over(
    before: list[float], after: list[float], change: float
) -> None:
    moved = [value * change for value in after]
    slower = a_side(moved, "1.1"), a_side(before, "1.0")
    rates = [
        a_run(
            [a_trial(index, readings={"throughput": 1 / value}) for index, value in enumerate(side)],
            release=release,
        )
        for side, release in ((moved, "1.1"), (before, "1.0"))
    ]
    low, center, high = ratio(finding(*slower))
    mirrored = judge(
        rates[0],
        [a_target(reading="throughput", drift=MARGINS)],
        References(accepted=(rates[1],)),
        now=NOW,
    ).findings[0]
    assert ratio(mirrored) == pytest.approx((1 / high, 1 / center, 1 / low))
