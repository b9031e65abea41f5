"""One load by several Locust processes, on a server that counts."""

from __future__ import annotations

import json
import re
import signal
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from lab.engine.allowlist import Permit, Reach
from lab.engine.plan import Order
from lab.kernel.model import Case, Lane, Subject, Trial
from profiles.profile import Profile, Stage
from scenarios.driver import LoadDriver
from scenarios.engine.frames import Kind
from scenarios.engine.generator import Generator
from scenarios.framefiles import read
from scenarios.processes import time_to_start
from tests.end_to_end.test_arrivals import serving
from tests.end_to_end.test_load import Bystander, generators

pytestmark = pytest.mark.end_to_end

PROFILE = Profile(name="three", users=31, ramp=1.0, warm_up=0.0, hold=3.0, trials=1)


def a_trial(
    url: str,
    folder: Path,
    profile: Profile,
    watch: Bystander | None = None,
    *,
    reach: Reach | None = None,
    own: Path | None = None,
) -> Trial:
    case = Case(lane=Lane.LOAD, journey="mine" if own else "hit", profile=profile.name)
    subject = Subject(name="shop", release="1", url=url)
    order = Order(case=case, subject=subject, seed=7, index=0, deadline=60.0, folder=folder)
    own_files = {"mine": own} if own else {}
    driver = LoadDriver({profile.name: profile}, own_files, reach=reach, generator=Generator(processes=3))
    return driver.trial(order, watch or Bystander())


def worker_of(process: psutil.Process) -> str:
    return next(Path(word).parent.name for word in process.cmdline() if word.endswith("assignment.json"))


def test_three_processes_make_one_load_and_every_request_is_counted(tmp_path: Path) -> None:
    watch = Bystander()
    with serving() as (url, log):
        trial = a_trial(url, tmp_path, PROFILE, watch)
    files = [tmp_path / f"worker-{number}" / "frames.jsonl" for number in (1, 2, 3)]
    seconds = list(read(files))
    # The last one is of what came until the users were gone.
    assert [frame.second for frame in seconds] == [0, 1, 2, 3, 4]
    assert seconds[3].users == 31
    assert sorted(frame.users for path in files for frame in list(read([path]))[3:4]) == [10, 10, 11]
    unknown = len(log.entries) - sum(frame.size(Kind.RESPONSE) for frame in seconds)
    assert 0 <= unknown <= sum(frame.abandoned for frame in seconds)
    assert not {caveat.code for caveat in trial.caveats} & {"load-not-reached", "seconds-missing"}
    assert trial.readings["error_ratio"] == 0
    assert "31 users" in watch.seen[-1].line
    assert {"worker-2/frames.jsonl", "worker-3/locust.log", "rollups.jsonl"} <= set(trial.artifacts)
    assert all((tmp_path / name).is_file() for name in trial.artifacts)


def test_a_load_shorter_than_the_wait_for_the_common_start_is_made_as_a_whole(tmp_path: Path) -> None:
    before = Stage(name="before", users=9, ramp=0.5, warm_up=0.0, hold=0.5)
    brief = Profile(name="brief", users=30, ramp=0.5, warm_up=0.0, hold=2.5, trials=1, before=(before,))
    # A process waits for seconds, in which a clock that runs would walk through the stages to their end.
    assert time_to_start(3) > brief.duration
    with serving() as (url, _log):
        trial = a_trial(url, tmp_path, brief)
    files = [tmp_path / f"worker-{number}" / "frames.jsonl" for number in (1, 2, 3)]
    for path in files:
        # The last one is of what came until the users were gone.
        assert [frame.second for frame in read([path])] == [0, 1, 2, 3, 4], path.parent.name
        told = (path.parent / "locust.log").read_text()
        assert re.findall(r"updating to (\d+) users", told) == ["3", "10"]
    assert "seconds-missing" not in {caveat.code for caveat in trial.caveats}


def test_a_process_may_have_no_users_in_some_stages_of_a_closed_load(tmp_path: Path) -> None:
    alone = Stage(name="alone", users=1, ramp=0.5, warm_up=0.0, hold=1.5)
    crowd = Stage(name="crowd", users=9, ramp=0.5, warm_up=0.0, hold=1.5)
    profile = Profile(
        name="uneven", users=2, ramp=0.5, warm_up=0.0, hold=4.5, trials=1, before=(alone, crowd)
    )
    with serving() as (url, log):
        trial = a_trial(url, tmp_path, profile)
    files = [tmp_path / f"worker-{number}" / "frames.jsonl" for number in (1, 2, 3)]
    logs = [(path.parent / "locust.log").read_text() for path in files]
    planned = [re.findall(r"updating to (\d+) users", told) for told in logs]
    assert planned == [["1", "3", "1"], ["0", "3", "1"], ["0", "3", "0"]]
    seconds = list(read(files))
    # The last one is of what came until the users were gone.
    assert [frame.second for frame in seconds] == list(range(10))
    assert [frame.users for frame in seconds[-2:]] == [2, 0]
    assert 0 <= len(log.entries) - sum(frame.size(Kind.RESPONSE) for frame in seconds) <= 9
    assert not {caveat.code for caveat in trial.caveats} & {"load-not-reached", "seconds-missing"}


def test_arrivals_are_shared_out_and_still_come_evenly(tmp_path: Path) -> None:
    profile = Profile(name="open", users=60, ramp=0.5, warm_up=0.0, hold=2.5, trials=1, rate=90.0)
    with serving() as (url, log):
        trial = a_trial(url, tmp_path, profile)
    assert trial.readings["arrival_rate"] == pytest.approx(90, rel=0.05)
    assert len(log.entries) == pytest.approx(225, abs=25)
    parts = [list(read([tmp_path / f"worker-{number}" / "frames.jsonl"])) for number in (1, 2, 3)]
    begun = [sum(frame.arrivals.begun for frame in part) for part in parts]
    assert max(begun) - min(begun) <= 10


def test_a_worker_that_dies_makes_the_trial_invalid_by_name(tmp_path: Path) -> None:
    def kill() -> None:
        for process in generators():
            if worker_of(process) == "worker-2":
                process.send_signal(signal.SIGKILL)

    with serving() as (url, _log):
        trial = a_trial(url, tmp_path, PROFILE, Bystander(act=kill))
    (died,) = [caveat for caveat in trial.caveats if caveat.code == "generator-died"]
    assert died.fatal
    assert died.advice.startswith("worker 2 of 3 ended with status 137")
    assert generators() == []


def test_a_worker_that_is_late_for_the_common_start_is_refused_by_name(tmp_path: Path) -> None:
    class Holding(Bystander):
        """Holds one worker up, from when it is ready until the others are under way."""

        held: psutil.Process | None = None

        def stopping(self) -> bool:
            if self.held is None:
                if (tmp_path / "worker-3" / "ready").exists():
                    self.held = next(each for each in generators() if worker_of(each) == "worker-3")
                    self.held.suspend()
            elif other.exists() and other.stat().st_size:
                with suppress(psutil.NoSuchProcess):
                    self.held.resume()
            return super().stopping()

    other = tmp_path / "worker-1" / "frames.jsonl"
    with serving() as (url, _log):
        trial = a_trial(url, tmp_path, PROFILE, Holding())
    (late,) = [caveat for caveat in trial.caveats if caveat.code == "worker-late"]
    assert late.fatal
    assert late.advice.startswith("worker 3 of 3 was ")
    assert "too late for the common start" in late.advice
    assert json.loads((tmp_path / "failures.json").read_text()) == []


# The third worker asks 200 times a second, the others 18 times each.
GREEDY = """
from launchlab.load import LoadUser, pacing, task


class Uneven(LoadUser):
    def wait_time(self):
        return pacing(0.05 if self.place.index == 2 else 10 / 18)(self)

    @task
    def ask(self):
        self.client.get("/greedy" if self.place.index == 2 else "/modest")
"""


def test_a_worker_that_asks_more_than_its_part_of_a_cap_stops_all_of_them_at_once(tmp_path: Path) -> None:
    profile = Profile(name="long", users=30, ramp=1.0, warm_up=0.0, hold=60.0, trials=1)
    permit = Permit(host="127.0.0.1", addresses=("127.0.0.1",), rate=60.0)
    (tmp_path / "greedy.py").write_text(GREEDY)
    with serving() as (url, log):
        trial = a_trial(url, tmp_path, profile, reach=Reach(subject=permit), own=tmp_path / "greedy.py")
    tripped = log.times("/greedy")[-1]
    # For what they ask in 30 s, after which silence would be noticed, they would have 1,080.
    assert len([moment for moment in log.times("/modest") if moment > tripped]) < 108
    (capped,) = [caveat for caveat in trial.caveats if caveat.code == "rate-cap"]
    assert capped.fatal
    assert "21 requests within a second by one of 3 processes" in capped.advice
    assert "127.0.0.1 may be given 60 /s, 20 by each of them" in capped.advice
    assert not {caveat.code for caveat in trial.caveats} & {"generator-died", "generator-hung"}
    assert generators() == []
