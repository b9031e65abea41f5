"""Arrivals: due on an absolute schedule, taken in order, and none forgotten."""

from __future__ import annotations

import pytest

from profiles.profile import Profile
from profiles.schedule import Schedule
from scenarios.engine.arrivals import Arrivals
from scenarios.engine.frames import ArrivalCount

TEN_A_SECOND = Schedule(begins=2.0, rate=10.0)
# The moment at which the time of the schedule began, on the clock of the process.
BEGAN = 500.0


def arrivals() -> Arrivals:
    return Arrivals(TEN_A_SECOND, BEGAN)


def test_arrivals_are_due_at_the_rate_from_the_end_of_the_ramp_on() -> None:
    assert [TEN_A_SECOND.due(number) for number in (0, 1, 10)] == [2.0, 2.1, 3.0]
    assert [TEN_A_SECOND.before(moment) for moment in (0.0, 2.0, 2.05, 3.0, 12.0)] == [0, 0, 1, 10, 100]


@pytest.mark.parametrize("rate", [0.3, 3.0, 7.0, 9.99, 333.3, 10_000.0])
def test_the_schedule_does_not_drift_and_counts_what_it_says_is_due(rate: float) -> None:
    schedule = Schedule(begins=1.0, rate=rate)
    assert schedule.due(1_000_000) == pytest.approx(1.0 + 1_000_000 / rate, rel=1e-12)
    for number in (1, 2, 3, 999, 123_456):
        assert schedule.before(schedule.due(number)) == number
        assert schedule.before(schedule.due(number) + 0.5 / rate) == number + 1


def test_what_is_queued_has_its_age() -> None:
    assert TEN_A_SECOND.ages(3, 4.0) == pytest.approx((0.3, 0.2, 0.1))
    assert TEN_A_SECOND.ages(0, 4.0) == ()


def test_a_free_user_waits_until_the_next_arrival_is_due() -> None:
    start = arrivals().take(BEGAN)
    assert (start.due, start.ready) == (BEGAN + 2.0, BEGAN + 2.0)


def test_an_arrival_that_no_user_was_free_for_keeps_its_due_time() -> None:
    start = arrivals().take(BEGAN + 2.7)
    assert (start.due, start.ready) == (BEGAN + 2.0, BEGAN + 2.7)


def test_each_arrival_is_taken_once_and_in_order() -> None:
    taking = arrivals()
    starts = [taking.take(BEGAN + moment) for moment in (0.0, 2.3, 2.3, 2.3)]
    assert [round(start.due - BEGAN, 6) for start in starts] == [2.0, 2.1, 2.2, 2.3]


def test_what_began_what_was_held_up_and_what_still_waits_is_counted() -> None:
    taking = arrivals()
    for moment in (2.0, 2.1, 2.8):
        taking.begin(taking.take(BEGAN + moment), BEGAN + moment)
    assert taking.count_of(1) == ArrivalCount()
    assert taking.count_of(2) == ArrivalCount(begun=3, held_up=1, queued=7)
    assert taking.count_of(3) == ArrivalCount(queued=17)


def test_a_user_who_is_free_within_a_millisecond_held_nothing_up() -> None:
    taking = arrivals()
    taking.begin(taking.take(BEGAN + 2.0005), BEGAN + 2.0006)
    assert taking.count_of(2).held_up == 0


def test_a_late_generator_is_not_counted_as_a_lack_of_users() -> None:
    taking = arrivals()
    start = taking.take(BEGAN + 1.0)
    taking.begin(start, BEGAN + 2.9)
    assert taking.count_of(2) == ArrivalCount(begun=1, queued=9)


def test_a_profile_with_a_rate_is_open_and_knows_how_many_arrivals_count() -> None:
    profile = Profile(name="x", users=20, ramp=1.5, warm_up=1.0, hold=4.0, trials=1, rate=50.0)
    assert profile.schedule == Schedule(begins=1.5, rate=50.0)
    assert profile.seconds == range(3, 6)
    assert profile.arrivals == 150


def test_a_profile_without_a_rate_is_closed() -> None:
    profile = Profile(name="x", users=20, ramp=1.0, warm_up=1.0, hold=4.0, trials=1)
    assert profile.schedule is None
    assert profile.arrivals == 0
