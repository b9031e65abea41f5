"""Several processes for one load: what falls to each, and that nothing is lost between them."""

from __future__ import annotations

from pathlib import Path

import pytest

from profiles.profile import Profile
from scenarios.common_start import CommonStart, awaited
from scenarios.engine.assignment import Assignment
from scenarios.engine.rows import Place
from scenarios.processes import parts_of, time_to_start

PROFILE = Profile(name="test", users=100, ramp=2.0, warm_up=0.0, hold=3.0, trials=1, rate=50.0)
WHOLE = Assignment(locustfile="hit.py", url="http://127.0.0.1:9", profile=PROFILE, seed=7, frames="frames")
PLACES = [Place(index=index, count=3) for index in range(3)]


def test_one_process_begins_as_soon_as_it_can_and_is_not_called_a_worker() -> None:
    (part,) = parts_of(WHOLE, 1)
    assert (part.name, part.folder) == ("Locust", "")
    assert part.assignment == WHOLE
    assert time_to_start(1) == 0


def test_several_processes_begin_together_and_their_users_choose_differently() -> None:
    parts = list(parts_of(WHOLE, 3))
    assert [part.name for part in parts] == ["worker 1 of 3", "worker 2 of 3", "worker 3 of 3"]
    assert [part.assignment.place for part in parts] == PLACES
    assert len({part.assignment.seed for part in parts}) == len({part.folder for part in parts}) == 3


class Looking:
    """Sleeps while the other side looks; what it tells is there afterwards."""

    def __init__(self, start: CommonStart) -> None:
        self.looks = 0
        self._start = start

    def sleep(self, _seconds: float) -> None:
        self.looks += 1
        if self.looks > 3:
            pytest.fail("nobody was told")
        self._start.look()


def test_all_are_told_the_same_moment_when_the_last_one_is_ready(tmp_path: Path) -> None:
    folders = [tmp_path / "1", tmp_path / "2"]
    for folder in folders:
        folder.mkdir()
    looking = Looking(CommonStart(folders, clock=lambda: 1000.0))
    with pytest.raises(pytest.fail.Exception, match="nobody was told"):
        awaited(folders[0], looking.sleep)
    looking.looks = 0
    assert awaited(folders[1], looking.sleep) == awaited(folders[0], looking.sleep) > 1000.0
    assert looking.looks == 1
