"""Arrivals: due on an absolute schedule, taken in order, and none forgotten."""

from __future__ import annotations

from profiles.flow import Flow
from profiles.schedule import Even
from scenarios.engine.arrivals import Arrivals
from scenarios.engine.frames import ArrivalCount

TEN_A_SECOND = Even(Flow.constant(2.0, 60.0, 10.0))
# The moment at which the time of the schedule began, on the clock of the process.
BEGAN = 500.0


def arrivals() -> Arrivals:
    return Arrivals(TEN_A_SECOND, BEGAN)


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
