"""Several processes for one load: what falls to each, and that nothing is lost between them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path

import pytest

from lab.engine.process import Child
from lab.engine.runner import Progress
from profiles.profile import Profile
from scenarios.common_start import CommonStart, awaited
from scenarios.engine.assignment import Assignment
from scenarios.engine.rows import Place
from scenarios.following import Follower, Worker
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


def test_who_is_not_ready_in_a_minute_is_overdue(tmp_path: Path) -> None:
    now = 1000.0
    folders = [tmp_path / name for name in "123"]
    for folder in folders:
        folder.mkdir()
    start = CommonStart(folders, clock=lambda: now)
    for folder in (folders[0], folders[2]):
        with pytest.raises(pytest.fail.Exception, match="nobody was told"):
            awaited(folder, Looking(start).sleep)
    now += start.patience - 1
    assert (start.patience, list(start.overdue())) == (60.0, [])
    now += 1
    assert list(start.overdue()) == [1]
    awaited(folders[1], Looking(start).sleep)
    assert list(start.overdue()) == []


def test_many_processes_are_given_more_time_and_one_alone_any(tmp_path: Path) -> None:
    assert CommonStart([tmp_path] * 20).patience == 10 * time_to_start(20)
    moments = count(step=1000)
    alone = CommonStart([tmp_path], clock=lambda: next(moments))
    assert list(alone.overdue()) == []


class Nobody:
    """Watches a trial and lets it be."""

    def progress(self, _progress: Progress) -> None:
        pytest.fail("nothing was made")

    def stopping(self) -> bool:
        return False


@pytest.fixture
def asleep(tmp_path: Path) -> Iterator[list[Worker]]:
    """Three workers that never say anything but in their logs."""
    with ExitStack() as stack:
        workers = []
        for number in (1, 2, 3):
            folder = tmp_path / f"worker-{number}"
            command = [sys.executable, "-c", "import time; time.sleep(60)"]
            child = stack.enter_context(Child(command, log=folder / "locust.log"))
            workers.append(Worker(name=f"worker {number} of 3", child=child, frames=folder / "frames.jsonl"))
        yield workers


def test_a_worker_that_is_not_ready_in_a_minute_ends_the_trial_by_name(
    asleep: list[Worker], tmp_path: Path
) -> None:
    for number in (1, 3):
        (tmp_path / f"worker-{number}" / "ready").touch()
    with asleep[1].child.log.open("a") as log:
        log.write("waiting for a database\n")
    # Each look at the clock takes ten seconds.
    clock = count(step=10)
    follower = Follower(asleep, PROFILE, tmp_path / "rollups", lambda _frame: None, lambda: next(clock))
    (hung,) = follower.follow(3600.0, Nobody())
    assert hung.fatal
    assert hung.code == "generator-hung"
    assert hung.advice == (
        "worker 2 of 3 was not ready within 60 s, and all were stopped.\nwaiting for a database"
    )
