"""Ramps and paces: how many users come when, in which process, and how often each begins."""

from __future__ import annotations

from profiles.profile import Profile, Stage
from scenarios.engine.beats import Beats
from scenarios.engine.ramp import Step, steps_of
from scenarios.engine.rows import Place

BEFORE = Stage(name="before", users=10, ramp=5.0, warm_up=0.0, hold=10.0, pace=4.0)
SPIKE = Stage(name="spike", users=110, ramp=2.0, warm_up=0.0, hold=8.0, pace=2.0)
CALM = Stage(name="calm", users=10, ramp=1.0, warm_up=0.0, hold=5.0, pace=4.0)
LOAD = Profile(
    name="load", users=110, ramp=0.0, warm_up=0.0, hold=5.0, trials=1, before=(BEFORE, SPIKE), after=(CALM,)
)


def test_a_step_for_each_change_of_users_as_quick_as_its_ramp() -> None:
    assert steps_of(LOAD, Place()) == (
        Step(begins=0.0, users=10, rate=2.0),
        Step(begins=15.0, users=110, rate=50.0),
        Step(begins=30.0, users=10, rate=100.0),
    )


def test_processes_share_the_users_of_every_stage() -> None:
    shares = [steps_of(LOAD, Place(index=index, count=3)) for index in range(3)]
    assert [[step.users for step in share] for share in shares] == [[4, 37, 4], [3, 37, 3], [3, 36, 3]]


def test_users_without_a_ramp_come_within_the_first_second() -> None:
    (step,) = steps_of(Profile(name="x", users=50, ramp=0.0, warm_up=0.0, hold=5.0, trials=1), Place())
    assert step == Step(begins=0.0, users=50, rate=100.0)


def test_a_process_without_a_user_starts_none() -> None:
    one = Profile(name="x", users=1, ramp=1.0, warm_up=0.0, hold=5.0, trials=1)
    assert [steps_of(one, Place(index=index, count=2))[0].users for index in range(2)] == [1, 0]


def test_the_pace_is_that_of_the_stage_in_which_one_asks() -> None:
    beats = Beats(LOAD, began=100.0)
    assert [beats.every(100.0 + moment) for moment in (0, 14.9, 15, 26, 31, 99)] == [4, 4, 2, None, 4, 4]
