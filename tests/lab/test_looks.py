"""Planned looks: chosen before the first trial, and taken only where more trials can decide."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from lab.engine.gate import judge
from lab.engine.looks import fits, planned, wants_trials
from lab.engine.plan import Turn, spares, turns
from lab.kernel.errors import UsageError
from lab.kernel.model import Plan, PlannedCase, Run
from lab.kernel.verdict import Margins, Target
from lab.store.records import Records
from tests.builders import LOAD, START, VISIT, a_run, a_run_of, a_target, a_trial
from tests.fakes import releases_of

CASES = (PlannedCase(case=LOAD, trials=3), PlannedCase(case=VISIT, trials=2))
PLAN = Plan(cases=CASES, releases=("1.0", "1.1"), seed=1, looks=(3, 6))


@pytest.mark.parametrize(
    ("seconds", "budget", "looks"),
    [(60, 60, ()), (60, 119, ()), (60, 120, (3, 6)), (60, 200, (3, 6, 9)), (1, 1200, (3, 6, 9, 12))],
)
def test_as_many_looks_are_planned_as_the_budget_has_room_for_and_at_most_four(
    seconds: float, budget: float, looks: tuple[int, ...]
) -> None:
    assert planned(CASES, seconds, budget) == looks


def test_a_budget_without_room_for_one_look_is_refused_with_one_that_has() -> None:
    with pytest.raises(UsageError, match="Give --budget '301 s' or more"):
        planned(CASES, 300.4, 60)


def test_another_stretch_is_begun_only_if_those_before_say_that_it_fits() -> None:
    assert fits(elapsed=50, taken=1, budget=100)
    assert not fits(elapsed=51, taken=1, budget=100)
    assert fits(elapsed=66, taken=2, budget=100)


def of_load(stretch: Sequence[Turn]) -> list[Turn]:
    return [turn for turn in stretch if turn.case == LOAD]


def test_the_next_stretch_goes_on_where_the_last_one_ended_also_in_its_order() -> None:
    before, after = of_load(list(turns(PLAN))), of_load(list(turns(PLAN, {LOAD: 3, VISIT: 2})))
    assert releases_of([*before, *after]) == ["1.0", "1.1", "1.1", "1.0"] * 3
    assert [turn.index for turn in after] == [3, 3, 4, 4, 5, 5]
    assert not {turn.seed for turn in before} & {turn.seed for turn in after}


def test_spare_rounds_come_after_those_of_their_stretch_with_all_releases() -> None:
    spare = list(spares(PLAN, [(LOAD, 4)], {LOAD: 3}))
    assert [(turn.index, turn.release) for turn in spare] == [(6, "1.0"), (6, "1.1")]


def drifting(old: Sequence[float], new: Sequence[float]) -> tuple[Run, Run, list[Target]]:
    return a_run_of(old, release="1.0"), a_run_of(new), [a_target(drift=Margins())]


def wanted(old: Run, new: Run, targets: Sequence[Target]) -> bool:
    return wants_trials(judge(new, targets, [old], now=START + timedelta(hours=1)), alpha=0.01)


STEADY = [0.100, 0.1001, 0.0999, 0.100]


def test_more_trials_are_wanted_where_the_spread_is_too_large_to_tell() -> None:
    assert wanted(*drifting([0.1, 0.11, 0.09], [0.105, 0.1, 0.095]))


def test_more_trials_are_wanted_where_one_trial_is_all_there_is() -> None:
    assert wanted(*drifting([0.1], [0.1]))


@pytest.mark.parametrize("factor", [1.0, 2.0])
def test_none_are_wanted_once_it_is_decided(factor: float) -> None:
    assert not wanted(*drifting(STEADY, [value * factor for value in STEADY]))


def test_none_are_wanted_where_only_another_measurement_could_decide() -> None:
    old, new, _ = drifting(STEADY, STEADY)
    assert not wanted(old, new, [a_target(reading="battery_drain", limit=0.1)])


def test_a_run_that_ended_at_a_planned_look_is_whole_and_one_between_two_looks_is_not(tmp_path: Path) -> None:
    records = Records(tmp_path)
    made = [a_trial(index, case=LOAD) for index in range(3)]
    made += [a_trial(index, case=VISIT) for index in range(2)]
    run = a_run(made)
    plan = Plan(cases=CASES, releases=("1.1",), seed=1, looks=(3, 6))

    def kept(look: int) -> Run:
        records.save_run(replace(run, plan=plan, look=look))
        return records.load_run(run.id)

    for trial in made:
        records.save_trial(run.id, trial)
    assert not kept(look=1).partial
    assert kept(look=2).partial
    assert [planned.trials for planned in kept(look=2).planned] == [6, 4]


def test_looks_that_were_planned_hold_the_level_where_peeking_does_not() -> None:
    """The reason for all this, by simulation: four looks at 1 % each, and at a quarter of it."""
    draw, alarms = np.random.default_rng(5), {0.01: 0, 0.0025: 0}
    runs = 400
    for _ in range(runs):
        old, new = (0.1 * np.exp(draw.normal(shift, 0.02, 20)) for shift in (0.0, 0.0198))
        p_values = []
        for size in (5, 10, 15, 20):
            before, after, targets = drifting(list(old[:size]), list(new[:size]))
            (finding,) = judge(after, targets, [before], now=START).findings
            p_values.append(finding.p_value or 1.0)
        for level in alarms:
            alarms[level] += min(p_values) <= level
    assert alarms[0.01] / runs > 0.012
    assert alarms[0.0025] / runs <= 0.01 + 3 * (0.01 * 0.99 / runs) ** 0.5
