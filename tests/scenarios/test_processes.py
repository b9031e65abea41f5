"""Several processes for one load: what falls to each, and that nothing is lost between them."""

from __future__ import annotations

import pytest

from profiles.profile import MOST_RATE, MOST_USERS, Profile
from profiles.schedule import Schedule
from scenarios.engine.assignment import Assignment
from scenarios.engine.rows import Place
from scenarios.engine.slices import Stripe, share
from scenarios.processes import parts_of, processes_for, time_to_start

PROFILE = Profile(name="test", users=100, ramp=2.0, warm_up=0.0, hold=3.0, trials=1, rate=50.0)
WHOLE = Assignment(locustfile="hit.py", url="http://127.0.0.1:9", profile=PROFILE, seed=7, frames="frames")
PLACES = [Place(index=index, count=3) for index in range(3)]


@pytest.mark.parametrize("total", [0, 1, 2, 3, 100, 10_000])
def test_shares_add_up_exactly_and_differ_by_one_at_most(total: int) -> None:
    shares = [share(total, place) for place in PLACES]
    assert sum(shares) == total
    assert max(shares) - min(shares) <= 1
    assert all(share(total + 1, place) >= share(total, place) for place in PLACES)


def test_each_arrival_falls_to_one_process_at_its_own_moment() -> None:
    schedule = Schedule(begins=2.0, rate=50.0)
    stripes = [Stripe(schedule, place) for place in PLACES]
    due = sorted(stripe.due(number) for stripe in stripes for number in range(20))
    assert due == [schedule.due(number) for number in range(60)]
    for moment in (0.0, 2.0, 2.01, 3.33):
        assert sum(stripe.before(moment) for stripe in stripes) == schedule.before(moment)
    (first, *_) = stripes
    assert [first.before(first.due(number)) for number in range(5)] == [0, 1, 2, 3, 4]


def test_one_process_begins_as_soon_as_it_can_and_is_not_called_a_worker() -> None:
    (part,) = parts_of(WHOLE, 1, now=1000.0)
    assert (part.name, part.folder) == ("Locust", "")
    assert part.assignment == WHOLE
    assert time_to_start(1) == 0


def test_several_processes_begin_together_and_their_users_choose_differently() -> None:
    parts = list(parts_of(WHOLE, 3, now=1000.0))
    assert [part.name for part in parts] == ["worker 1 of 3", "worker 2 of 3", "worker 3 of 3"]
    assert [part.assignment.place for part in parts] == PLACES
    assert {part.assignment.starts_at for part in parts} == {1000.0 + time_to_start(3)}
    assert len({part.assignment.seed for part in parts}) == len({part.folder for part in parts}) == 3


@pytest.mark.parametrize(
    ("users", "rate", "count"),
    [(1, None, 1), (MOST_USERS, MOST_RATE, 1), (MOST_USERS + 1, None, 2), (10, 3 * MOST_RATE, 3)],
)
def test_a_load_takes_as_many_processes_as_one_can_do_its_share(
    users: int, rate: float | None, count: int
) -> None:
    profile = Profile(name="test", users=users, ramp=1.0, warm_up=0.0, hold=3.0, trials=1, rate=rate)
    assert processes_for(profile) == count
