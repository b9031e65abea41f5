"""Loads in stages and with a pace, with real Locust on a real server, whose own log is the truth."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lab.kernel.model import Trial
from profiles.profile import Profile, Stage
from scenarios.engine.frames import Kind
from tests.end_to_end.test_arrivals import (
    ATTEMPTS,
    a_trial,
    counted,
    demand,
    frames,
    quantile,
    serving,
    stalling,
)

pytestmark = pytest.mark.end_to_end

CALM = Stage(name="calm", users=20, ramp=0.5, warm_up=0.0, hold=2.5, rate=40.0)
# In three seconds each user has its turn several times.
SPIKE = Profile(
    name="spike",
    users=60,
    ramp=1.0,
    warm_up=0.0,
    hold=3.0,
    trials=1,
    rate=160.0,
    before=(CALM,),
    after=(CALM,),
)
PACED = Profile(name="paced", users=30, ramp=0.5, warm_up=1.5, hold=3.0, trials=1, pace=0.5)
MINE = """
from launchlab.load import LoadUser, {words}task


class Visitor(LoadUser):
    wait_time = {wait}

    @task
    def look(self):
        self.client.get("/")
"""


def test_users_and_arrivals_follow_every_stage_and_one_is_in_the_readings(tmp_path: Path) -> None:
    def attempt(folder: Path) -> Trial:
        with serving() as (url, log):
            trial = a_trial(url, folder, SPIKE)
        schedule = SPIKE.schedule
        assert schedule is not None
        # The last one is of what came until the users were gone.
        *recorded, rest = frames(folder)
        assert len(recorded) == 10
        assert (rest.users, rest.arrivals.begun) == (0, 0)
        begun = [frame.arrivals.begun for frame in recorded]
        due = [schedule.before(second + 1) - schedule.before(second) for second in range(10)]
        assert begun == pytest.approx(due, abs=5)
        assert len(log.times()) == pytest.approx(schedule.total, abs=10)
        planned = [SPIKE.users_at(second + 0.95) for second in range(10)]
        # Forty a second in the quickest ramp up, eighty in the one down, and a look every tenth of a second.
        assert [frame.users for frame in recorded] == pytest.approx(planned, abs=9)
        assert {frame.users for frame in recorded if frame.second in SPIKE.seconds} == {60}
        assert trial.readings["arrival_rate"] == pytest.approx(160, rel=0.02)
        return trial

    demand(attempt, tmp_path)


def once(attempt: Callable[[Path], None], folder: Path) -> None:
    """Demand that *attempt* succeeds once in a few times: another process may hold the generator up."""
    for number in range(ATTEMPTS - 1):
        with suppress(AssertionError):
            return attempt(folder / str(number))
    return attempt(folder / "last")


def test_every_user_keeps_its_pace_and_all_together_come_evenly(tmp_path: Path) -> None:
    def attempt(folder: Path) -> None:
        with serving() as (url, log):
            a_trial(url, folder, PACED)
        seconds = np.bincount((np.array(log.times()) - log.times()[0]).astype(int))
        # Thirty users twice a second each.
        assert seconds[1:4] == pytest.approx([60, 60, 60], abs=12)
        assert quantile(counted(folder, Kind.RESPONSE, PACED), 0.5) < 0.1

    once(attempt, tmp_path)


@pytest.mark.parametrize(
    ("profile", "text"),
    [
        (PACED, MINE.format(words="", wait="lambda self: 9.0")),
        (replace(PACED, pace=None), MINE.format(words="pacing, ", wait="pacing(0.5)")),
    ],
    ids=["of the profile", "of the journey"],
)
def test_beats_that_a_slow_server_missed_are_made_late_and_none_is_left_out(
    tmp_path: Path, profile: Profile, text: str
) -> None:
    (tmp_path / "mine.py").write_text(text)

    def attempt(folder: Path) -> None:
        with serving(stalling(after=150)) as (url, log):
            a_trial(url, folder, profile, tmp_path / "mine.py")
        # Thirty users twice a second for five seconds, less the first half second and what is in flight.
        # The stall of one second took sixty beats' time.
        assert len(log.times()) == pytest.approx(285, abs=30)
        response, service = (counted(folder, kind, profile) for kind in (Kind.RESPONSE, Kind.SERVICE))
        # Each user was served slowly once and began its next beat late by that, half a second at least.
        assert (response.quantile(0.75) or 0.0) > 0.2
        assert quantile(service, 0.75) < 0.1

    once(attempt, tmp_path)
