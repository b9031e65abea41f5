"""Steps of a series of runs: what is found, what is not, and how often that is wrong."""

from __future__ import annotations

import math

import numpy as np
import pytest

from lab.stats.changes import steps
from lab.stats.splits import Series, Shape, best, noise

STEP = math.log(1.05) / 0.02


def series(length: int = 60, *, rho: float = 0.0, seed: int = 1) -> Series:
    drawn: Series = noise(np.random.default_rng(seed), (1, length), rho)[0]
    return drawn


def places(values: Series, **how: float) -> list[int]:
    return [step.place for step in steps(values.tolist(), **how)]


def test_a_step_is_found_with_its_place_its_levels_and_its_chance() -> None:
    values = 100 + series()
    values[40:] += 4
    (step,) = steps(values.tolist())
    assert step.places[0] <= 40 <= step.places[1]
    assert abs(step.place - 40) <= 1
    assert step.before == pytest.approx(100, abs=0.5)
    assert step.size == pytest.approx(4, abs=0.7)
    assert step.p_value <= 0.01


def test_what_came_and_went_is_two_steps() -> None:
    values = series(100)
    values[40:50] += 4
    assert places(values) == pytest.approx([40, 50], abs=1)


def test_two_detours_do_not_hide_each_other() -> None:
    values = series(100)
    values[10:20] += 5
    values[70:80] += 5
    assert places(values) == pytest.approx([10, 20, 70, 80], abs=1)


def test_stairs_are_found_step_by_step() -> None:
    values = series(90)
    values[30:] += 5
    values[60:] += 5
    assert places(values) == pytest.approx([30, 60], abs=1)


@pytest.mark.parametrize("place", [0, 30, 57, 58, 59])
def test_a_single_spike_is_no_level_wherever_it_is(place: int) -> None:
    values = series(seed=4)
    assert places(values) == []
    values[place] += 10
    assert places(values) == []


@pytest.mark.parametrize("place", [0, 1, 30, 58, 59])
def test_a_single_other_value_among_constants_is_no_level(place: int) -> None:
    values = np.full(60, 7.0)
    values[place] = 9.0
    assert places(values) == []


def test_constants_that_change_once_changed_there() -> None:
    (step,) = steps([1000.0] * 20 + [1002.0] * 5)
    assert (step.place, step.places, step.before, step.after) == (20, (20, 20), 1000.0, 1002.0)


@pytest.mark.parametrize("values", [[], [1.0], [1.0] * 5, [1, 2, 3, 4, 5], [3.0] * 100])
def test_few_values_and_equal_ones_have_no_steps(values: list[float]) -> None:
    assert steps(values) == ()


def test_three_and_three_runs_are_enough_for_what_is_plain() -> None:
    values = series(6, seed=3)
    values[3:] += 40
    assert places(values) == [3]


def test_a_step_below_the_noise_floor_is_not_told() -> None:
    values = series()
    values[40:] += 4
    assert places(values, least=6.0) == []
    assert len(places(values, least=2.0)) == 1


def test_scale_and_origin_change_nothing_and_a_mirror_mirrors() -> None:
    values = series(80, rho=0.3)
    values[50:] += 4
    found = places(values)
    assert found
    assert places(1000 * values + 5) == found
    assert places(-values) == found
    (step,), (mirrored,) = steps(values.tolist()), steps((-values).tolist())
    assert mirrored.size == pytest.approx(-step.size)
    assert mirrored.p_value == step.p_value


def test_the_same_series_gives_the_same_answer() -> None:
    values = series(50, rho=0.5, seed=9).tolist()
    assert steps(values) == steps(values)
    assert best(np.array(values), Shape.STEP) == best(np.array(values), Shape.STEP)


def test_no_p_value_is_zero() -> None:
    values = series()
    values[30:] += 1000
    assert steps(values.tolist())[0].p_value == pytest.approx(0.001)


def test_the_step_itself_is_not_taken_for_memory() -> None:
    values = series(100)
    values[50:] += 10
    found = best(values, Shape.STEP)
    assert found is not None
    assert found.correlation <= 0.15


def test_memory_is_recognized_where_there_is_no_step() -> None:
    seen = [best(series(200, rho=0.5, seed=seed), Shape.STEP) for seed in range(20)]
    assert np.median([span.correlation for span in seen if span]) == pytest.approx(0.5, abs=0.1)


def test_hundreds_of_runs_are_looked_at_too() -> None:
    values = series(400, rho=0.3)
    values[300:] += 2
    assert any(abs(place - 300) <= 5 for place in places(values))
