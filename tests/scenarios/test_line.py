"""Waiting for arrivals, in simulated time: first come, first served, and nothing is lost or taken early."""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from profiles.flow import Flow
from profiles.schedule import Even, Poisson, Schedule
from scenarios.engine.arrivals import Arrivals, Start
from scenarios.engine.line import Line

# The moment at which the time of the schedule began, on the clock of the process.
BEGAN = 500.0


def line_of(rate: float, seconds: float = 10.0) -> Line[str]:
    return Line(Arrivals(Even(Flow.constant(0.0, seconds, rate)), BEGAN))


def served(line: Line[str], now: float) -> list[tuple[str, float]]:
    """Serve all who can be served *now*; return who they are and when their arrivals were due."""
    found = []
    while (one := line.serve(BEGAN + now)) is not None:
        found.append((one[0], round(one[1].due - BEGAN, 6)))
    return found


def test_whoever_waited_longest_gets_the_next_arrival() -> None:
    line = line_of(rate=10.0)
    for name in ("ann", "bob", "cem"):
        line.join(name, BEGAN)
    assert served(line, 0.15) == [("ann", 0.0), ("bob", 0.1)]
    line.join("ann", BEGAN + 0.15)
    assert served(line, 0.35) == [("cem", 0.2), ("ann", 0.3)]


def test_nobody_has_an_arrival_before_it_is_due() -> None:
    line = line_of(rate=1.0)
    line.join("ann", BEGAN)
    assert served(line, 0.0) == [("ann", 0.0)]
    line.join("ann", BEGAN)
    assert line.until_next(BEGAN + 0.25) == pytest.approx(0.75)
    assert served(line, 0.999) == []
    assert served(line, 1.0) == [("ann", 1.0)]


def test_who_is_served_late_although_it_was_free_waited_for_the_generator() -> None:
    line = line_of(rate=1.0)
    line.join("ann", BEGAN - 1.0)
    line.join("bob", BEGAN + 1.25)
    (_, first), (_, second) = (line.serve(BEGAN + 1.5) or pytest.fail("nobody was served") for _ in "12")
    # Due at 0 with Ann there: all that is late is the generator's.  Due at 1, and nobody free before 1.25.
    assert (first.due, first.ready) == (BEGAN, BEGAN)
    assert (second.due, second.ready) == (BEGAN + 1.0, BEGAN + 1.25)


def test_whoever_is_stopped_while_waiting_takes_no_arrival_along() -> None:
    line = line_of(rate=1.0)
    line.join("ann", BEGAN)
    line.join("bob", BEGAN)
    line.leave("ann")
    assert served(line, 1.5) == [("bob", 0.0)]
    line.join("cem", BEGAN)
    assert served(line, 1.5) == [("cem", 1.0)]


def test_an_overdue_arrival_goes_to_the_next_who_is_free_unless_somebody_waits_for_it() -> None:
    line = line_of(rate=1.0)
    overdue = line.pass_by(BEGAN + 0.4)
    assert overdue == Start(due=BEGAN, ready=BEGAN + 0.4, arrival=True)
    assert line.pass_by(BEGAN + 0.4) is None
    line.join("ann", BEGAN)
    # It is due, and the timer that serves Ann is about to ring.
    assert line.pass_by(BEGAN + 1.0) is None
    assert served(line, 1.0) == [("ann", 1.0)]


def test_who_waits_is_free_so_that_being_served_late_is_the_generators_doing() -> None:
    line = line_of(rate=1.0)
    line.join("ann", BEGAN - 3.0)
    line.join("bob", BEGAN + 1.2)
    (ann, bob) = (line.serve(BEGAN + 1.9), line.serve(BEGAN + 1.9))
    assert ann == ("ann", Start(due=BEGAN, ready=BEGAN, arrival=True))
    # Due while nobody waited: until Bob came it was the subject's.
    assert bob == ("bob", Start(due=BEGAN + 1.0, ready=BEGAN + 1.2, arrival=True))


def test_without_anybody_or_anything_to_come_there_is_nothing_to_wake_for() -> None:
    line = line_of(rate=1.0, seconds=1.0)
    assert line.until_next(BEGAN) == math.inf
    line.join("ann", BEGAN)
    assert line.until_next(BEGAN) == 0.0
    assert served(line, 5.0) == [("ann", 0.0)]
    line.join("ann", BEGAN)
    assert line.until_next(BEGAN + 5.0) == math.inf


@dataclass
class Day:
    """Users who are busy for a while with each arrival, simulated event by event."""

    schedule: Schedule
    users: int
    busy: list[float]
    starts: list[tuple[int, Start, float]] = field(default_factory=list)

    def pass_(self) -> None:
        line: Line[int] = Line(Arrivals(self.schedule, BEGAN))
        free = [(BEGAN, user) for user in range(self.users)]
        now = BEGAN
        while len(self.starts) < self.schedule.total:
            wake = now + line.until_next(now)
            if free and free[0][0] <= wake:
                now, user = heapq.heappop(free)
                if (start := line.pass_by(now)) is None:
                    line.join(user, now)
                    continue
            else:
                # A timer never rings early, and in the meantime nobody was freed.
                now = max(now, math.nextafter(wake, math.inf))
                one = line.serve(now)
                if one is None:
                    continue
                user, start = one
            heapq.heappush(free, (now + self.busy[len(self.starts) % len(self.busy)], user))
            self.starts.append((user, start, now))


@given(
    st.floats(0.5, 50.0),
    st.integers(1, 5),
    st.lists(st.floats(0.0, 2.0), min_size=1, max_size=10),
    st.sampled_from([Even, lambda flow: Poisson(flow, 7)]),
)
@settings(deadline=None)
def test_every_arrival_is_made_once_in_order_and_held_up_only_while_all_are_busy(
    rate: float, users: int, busy: list[float], make: Callable[[Flow], Schedule]
) -> None:
    schedule = make(Flow.constant(0.0, 8.0, rate))
    day = Day(schedule, users, busy)
    day.pass_()
    dues = [start.due - BEGAN for _, start, _ in day.starts]
    assert dues == pytest.approx([schedule.due(number) for number in range(schedule.total)])
    for number, (_, start, now) in enumerate(day.starts):
        assert now >= start.due
        assert now - start.ready < 1e-6
        if start.ready - start.due > 1e-6:
            before = day.starts[:number]
            lengths = [busy[earlier % len(busy)] for earlier in range(number)]
            under_way = sum(
                begun < start.due + 1e-9 and begun + length > start.due - 1e-9
                for (_, _, begun), length in zip(before, lengths, strict=True)
            )
            assert under_way >= users


def test_ten_thousand_users_take_their_turns() -> None:
    line: Line[int] = Line(Arrivals(Even(Flow.constant(0.0, 10.0, 3000.0)), BEGAN))
    for user in range(10_000):
        line.join(user, BEGAN)
    took = []
    for tick in range(1, 10_000):
        while (one := line.serve(BEGAN + tick / 1000)) is not None:
            took.append(one[0])
            line.join(one[0], BEGAN + tick / 1000)
    assert took[:20_000] == [*range(10_000), *range(10_000)]
