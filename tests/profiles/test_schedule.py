"""Schedules: every arrival has its moment, in closed form, and several processes share them exactly."""

from __future__ import annotations

import math
import tracemalloc
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from profiles.flow import Flow, Piece
from profiles.schedule import Even, InTurn, Poisson, Schedule, Striped, share_of

TEN_A_SECOND = Even(Flow.constant(2.0, 60.0, 10.0))
A_DAY = 86_400.0

rates = st.floats(0.0, 500.0) | st.sampled_from([0.0, 1.0, 50.0, 333.3])
lengths = st.floats(0.0, 5.0) | st.sampled_from([0.0, 1.0, 2.5])
pieces = st.builds(Piece, length=lengths, first=rates, last=rates)
flows = st.builds(Flow, st.floats(0.0, 20.0), st.lists(pieces, max_size=5))
seeds = st.integers(0, 2**32 - 1)
parts = st.builds(Even, flows) | st.builds(Poisson, flows, seeds)


@st.composite
def schedules(draw: st.DrawFn) -> Schedule:
    """Draw one schedule, or several in turn, maybe one stripe of them."""
    begins, made = 0.0, []
    for _ in range(draw(st.integers(1, 3))):
        flow = Flow(begins, draw(st.lists(pieces, max_size=4)))
        made.append(Poisson(flow, draw(seeds)) if draw(st.booleans()) else Even(flow))
        begins = flow.ends
    whole = InTurn(made)
    count = draw(st.integers(1, 4))
    return Striped(whole, draw(st.integers(0, count - 1)), count) if draw(st.booleans()) else whole


def all_of(schedule: Schedule) -> list[float]:
    return [schedule.due(number) for number in range(schedule.total)]


def test_arrivals_are_due_at_the_rate_from_the_beginning_on() -> None:
    assert [TEN_A_SECOND.due(number) for number in (0, 1, 10)] == [2.0, 2.1, 3.0]
    assert [TEN_A_SECOND.before(moment) for moment in (0.0, 2.0, 2.05, 3.0, 12.0)] == [0, 0, 1, 10, 100]


def test_after_the_last_arrival_none_is_ever_due() -> None:
    assert (TEN_A_SECOND.total, TEN_A_SECOND.before(math.inf)) == (580, 580)
    assert TEN_A_SECOND.due(580) == math.inf


@pytest.mark.parametrize("rate", [0.3, 3.0, 7.0, 9.99, 333.3, 10_000.0])
def test_a_constant_rate_does_not_drift_and_counts_what_it_says_is_due(rate: float) -> None:
    schedule = Even(Flow.constant(1.0, 1e8, rate))
    assert schedule.due(1_000_000) == pytest.approx(1.0 + 1_000_000 / rate, rel=1e-12)
    for number in (1, 2, 3, 999, 123_456):
        assert schedule.before(schedule.due(number)) == number
        assert schedule.before(schedule.due(number) + 0.5 / rate) == number + 1


def test_a_ramp_comes_quicker_and_quicker() -> None:
    ramp = Even(Flow(0.0, [Piece(length=10.0, first=0.0, last=20.0)]))
    # The integral of 2 t is t²: arrival n is due at its root.
    assert all_of(ramp) == pytest.approx([math.sqrt(number) for number in range(100)])
    assert [ramp.before(moment) for moment in (1.0, 5.0, 10.0)] == [1, 25, 100]


def test_a_step_changes_the_distance_at_once_and_a_pause_has_no_arrival() -> None:
    steps = [Piece(length=2.0, first=rate, last=rate) for rate in (2.0, 0.0, 4.0)]
    assert all_of(Even(Flow(0.0, steps))) == [0.0, 0.5, 1.0, 1.5, 4.0, 4.25, 4.5, 4.75, 5.0, 5.25, 5.5, 5.75]


def test_what_is_queued_has_its_age() -> None:
    assert TEN_A_SECOND.ages(3, 4.0) == pytest.approx((0.3, 0.2, 0.1))
    assert TEN_A_SECOND.ages(0, 4.0) == ()
    assert len(TEN_A_SECOND.ages(99, 3.0)) == 10


@given(schedules())
@settings(deadline=None)
def test_arrivals_are_due_in_the_order_of_their_numbers(schedule: Schedule) -> None:
    assert all(earlier <= later for earlier, later in pairwise(all_of(schedule)))


@given(schedules(), st.floats(-1.0, 80.0), st.data())
@settings(deadline=None)
def test_those_before_a_moment_are_exactly_those_that_are_due_before_it(
    schedule: Schedule, moment: float, data: st.DataObject
) -> None:
    dues = all_of(schedule)
    # Most telling where something is due just then.
    at = data.draw(st.sampled_from([moment, *dues]))
    assert schedule.before(at) == sum(due < at for due in dues)


@given(parts, st.integers(1, 7))
@settings(deadline=None)
def test_the_stripes_of_all_processes_are_the_whole_and_none_is_in_two(whole: Schedule, count: int) -> None:
    stripes = [Striped(whole, index, count) for index in range(count)]
    assert sorted(due for stripe in stripes for due in all_of(stripe)) == all_of(whole)
    assert sum(stripe.total for stripe in stripes) == whole.total
    assert sum(stripe.before(9.0) for stripe in stripes) == whole.before(9.0)


@given(st.integers(0, 50_000), st.integers(1, 16))
def test_shares_add_up_and_differ_by_one_at_most(whole: int, count: int) -> None:
    shares = [share_of(whole, index, count) for index in range(count)]
    assert sum(shares) == whole
    assert max(shares) - min(shares) <= 1


def test_poisson_arrivals_have_the_mean_and_the_variance_of_their_rate() -> None:
    schedule = Poisson(Flow.constant(0.0, 2000.0, 20.0), 7)
    counts = np.diff([schedule.before(second) for second in range(2001)])
    # Standard errors: 0.1 of the mean, about 3 % of the variance.
    assert counts.mean() == pytest.approx(20.0, abs=0.4)
    assert counts.var() == pytest.approx(20.0, rel=0.13)
    halves = np.diff([schedule.before(half / 2) for half in range(4001)])
    # Independent within a second, too: were they even there, this would be less than 10.
    assert halves.var() == pytest.approx(10.0, rel=0.13)
    gaps = np.diff(all_of(schedule))
    # Exponential: as wide as its mean.
    assert gaps.std() / gaps.mean() == pytest.approx(1.0, abs=0.05)


def test_poisson_arrivals_follow_a_ramp() -> None:
    schedule = Poisson(Flow(0.0, [Piece(length=100.0, first=0.0, last=200.0)]), 7)
    assert schedule.before(50.0) == pytest.approx(2500, abs=250)
    assert schedule.total == pytest.approx(10_000, abs=500)


def test_the_same_seed_means_the_same_arrivals_and_another_seed_others() -> None:
    flow = Flow.constant(0.0, 60.0, 30.0)
    assert all_of(Poisson(flow, 7, 1)) == all_of(Poisson(flow, 7, 1))
    assert all_of(Poisson(flow, 7, 1)) != all_of(Poisson(flow, 7, 2))
    # Whoever asks for a late one only is told the same.
    assert Poisson(flow, 7).due(1000) == all_of(Poisson(flow, 7))[1000]


@pytest.mark.parametrize("make", [Even, lambda flow: Poisson(flow, 7)])
def test_a_day_of_three_thousand_a_second_needs_no_memory_for_its_arrivals(make: type[Even]) -> None:
    tracemalloc.start()
    try:
        schedule = Striped(make(Flow.constant(0.0, A_DAY, 3000.0)), 1, 2)
        assert schedule.total == pytest.approx(129_600_000, rel=1e-3)
        for second in (0, 43_200, 86_398):
            first = schedule.before(second)
            assert second <= schedule.due(first) < second + 0.1
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    # Some numbers for each second, as against two gigabytes for each arrival.
    assert most < 8e6
