"""Several processes for one load: what falls to each, and that nothing is lost between them."""

from __future__ import annotations

from profiles.profile import Profile
from scenarios.engine.assignment import Assignment
from scenarios.engine.rows import Place
from scenarios.processes import parts_of, time_to_start

PROFILE = Profile(name="test", users=100, ramp=2.0, warm_up=0.0, hold=3.0, trials=1, rate=50.0)
WHOLE = Assignment(locustfile="hit.py", url="http://127.0.0.1:9", profile=PROFILE, seed=7, frames="frames")
PLACES = [Place(index=index, count=3) for index in range(3)]


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
