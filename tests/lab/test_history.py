"""Runs put into a series: in order, one point a run, and never a level across environments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from lab.engine.history import Look, Measured, history_of
from lab.kernel.history import History, Order
from lab.kernel.model import Lane
from tests.builders import START, a_run

BROWSE = (Lane.LOAD, "browse at demo")
HERE, THERE = {"cpu": "here", "kernel": "6"}, {"cpu": "there", "kernel": "6"}


def a_measured(
    number: int, *values: float, release: str = "1.0", facts: dict[str, str] | None = None
) -> Measured:
    run = a_run(release=release, facts=facts, cases=[])
    moment = START + timedelta(hours=number)
    return Measured(run=replace(run, id=f"run-{number:03}", started_at=moment), values=values)


def history(measured: Sequence[Measured], *, key: str = "response_p95", look: Look | None = None) -> History:
    return history_of(key, BROWSE, measured, {"run-001": ("promoted",)}, look or Look())


def scattered(count: int, level: float = 0.1, cv: float = 0.02) -> list[float]:
    rng = np.random.default_rng(5)
    return [float(value) for value in level * np.exp(cv * rng.standard_normal(count))]


def test_a_run_is_one_point_the_geometric_mean_of_its_trials() -> None:
    (point,) = history([a_measured(1, 0.1, 0.4)]).points
    assert point.value == pytest.approx(0.2)
    assert (point.trials, point.decisions) == (2, ("promoted",))


def test_what_compares_by_difference_is_averaged_plainly_and_so_are_zeros() -> None:
    assert history([a_measured(1, 0.0, 0.4)], key="error_ratio").points[0].value == pytest.approx(0.2)
    assert history([a_measured(1, 0.0, 0.4)]).points[0].value == pytest.approx(0.2)


def test_runs_stand_in_the_order_they_were_made_whatever_order_they_come_in() -> None:
    measured = [a_measured(number, 0.1) for number in (3, 1, 2)]
    assert [point.run for point in history(measured).points] == ["run-001", "run-002", "run-003"]
    assert history(measured) == history(measured[::-1])


def test_releases_stand_in_the_order_of_their_numbers() -> None:
    releases = ["1.10", "1.9", "2.0-rc1", "2.0", "1.9"]
    measured = [a_measured(number, 0.1, release=release) for number, release in enumerate(releases)]
    points = history(measured, look=Look(order=Order.RELEASE)).points
    assert [point.release for point in points] == ["1.9", "1.9", "1.10", "2.0-rc1", "2.0"]
    assert [point.run for point in points[:2]] == ["run-001", "run-004"]


def test_only_the_newest_runs_are_looked_at_where_that_is_asked() -> None:
    measured = [a_measured(number, 0.1) for number in range(9)]
    assert [point.run for point in history(measured, look=Look(last=2)).points] == ["run-007", "run-008"]


def test_a_change_is_told_in_base_units_with_its_runs() -> None:
    values = scattered(40)
    measured = [
        a_measured(number, value * (1.2 if number >= 30 else 1)) for number, value in enumerate(values)
    ]
    (shift,) = history(measured).shifts
    assert shift.place == 30
    assert shift.earliest <= 30 <= shift.latest
    assert shift.before == pytest.approx(0.1, rel=0.02)
    assert shift.after == pytest.approx(0.12, rel=0.02)


def test_another_environment_is_never_a_change() -> None:
    measured = [
        a_measured(number, value * (2 if number >= 20 else 1), facts=THERE if number >= 20 else HERE)
        for number, value in enumerate(scattered(40))
    ]
    found = history(measured)
    assert found.shifts == ()
    assert found.epochs == ((), ("cpu",))
    assert [point.epoch for point in found.points] == [0] * 20 + [1] * 20


def test_environments_that_take_turns_are_two_series_and_a_change_in_one_is_found() -> None:
    measured = [
        a_measured(
            number,
            value * (2 if number % 2 else 1) * (1.3 if number % 2 and number >= 41 else 1),
            facts=THERE if number % 2 else HERE,
        )
        for number, value in enumerate(scattered(60))
    ]
    found = history(measured)
    assert [shift.place for shift in found.shifts] == [41]
    assert found.points[41].epoch == 1


def test_what_is_below_the_metrics_floor_or_the_noise_floor_is_not_told() -> None:
    # 0.2 ms of 1 ms is a fifth, and below the floor of a millisecond.
    small = [
        a_measured(number, value * (1.2 if number >= 20 else 1))
        for number, value in enumerate(scattered(40, level=0.001))
    ]
    assert history(small).shifts == ()
    large = [
        a_measured(number, value * (1.2 if number >= 20 else 1))
        for number, value in enumerate(scattered(40, level=0.1))
    ]
    assert len(history(large).shifts) == 1
    assert history(large, look=Look(least=0.3)).shifts == ()


def test_without_runs_there_is_no_history() -> None:
    with pytest.raises(ValueError, match="response_p95"):
        history([])
