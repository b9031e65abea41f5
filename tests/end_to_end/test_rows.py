"""Rows of one's own with real Locust: over several workers, over ramps, and when there are too few."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from lab.engine.plan import Order
from lab.kernel.errors import UsageError
from lab.kernel.model import Case, Lane, Subject
from profiles.profile import Profile
from scenarios.driver import LoadDriver
from tests.commands import ROOT
from tests.end_to_end.test_load import Bystander
from tests.tour_stub import serving

pytestmark = pytest.mark.end_to_end

# Six users come, four go, and six are there again; each has a row while it is there.
WAVE = """
from locust import LoadTestShape

from launchlab.load import LoadUser, Rows, task, think

NUMBERS = Rows(range(1, 7))


class Owner(LoadUser):
    wait_time = think(median=0.2)

    def on_start(self):
        self.number = self.take(NUMBERS)

    @task
    def look(self):
        token = {"Authorization": f"Bearer demo.walker-{self.number}"}
        self.client.get(f"/api/progress/{self.number}", name="/progress", headers=token)
"""
SHAPE = """

class Wave(LoadTestShape):
    def tick(self):
        elapsed = self.get_run_time()
        return None if elapsed > 7 else (2, 6) if 2 < elapsed < 4 else (6, 6)
"""


def locust(folder: Path, file: Path, url: str, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "locust", "-f", str(file), "--host", url, "--headless", *options],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def test_workers_of_plain_locust_share_no_account(tmp_path: Path) -> None:
    journey = ROOT / "scenarios" / "journeys" / "review.py"
    with serving() as (url, stub):
        ended = locust(tmp_path, journey, url, "--processes", "2", "-u", "20", "-r", "20", "-t", "4s")
    assert ended.returncode == 0, ended.stderr
    assert len(stub.owners) == 20
    assert stub.nobody_shares()


def test_users_who_stop_give_their_rows_back_to_those_who_come(tmp_path: Path) -> None:
    (tmp_path / "wave.py").write_text(WAVE + SHAPE)
    with serving() as (url, stub):
        ended = locust(tmp_path, tmp_path / "wave.py", url)
    assert ended.returncode == 0, ended.stderr
    # Four of them had two users, one after the other.
    assert sorted(len(owned) for owned in stub.owners.values()) == [1] * 10
    assert len({account for owned in stub.owners.values() for account in owned}) == 6


def test_more_users_than_rows_is_a_usage_error_that_says_so(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(WAVE)
    profile = Profile(name="seven", users=7, ramp=1.0, warm_up=0.0, hold=2.0, trials=1)
    case = Case(lane=Lane.LOAD, journey="mine", profile="seven")
    with serving() as (url, stub):
        subject = Subject(name="tour", release="1.0", url=url)
        order = Order(case=case, subject=subject, seed=7, index=0, deadline=60.0, folder=tmp_path)
        driver = LoadDriver({"seven": profile}, {"mine": tmp_path / "mine.py"})
        with pytest.raises(UsageError, match=r"^all 6 rows of worker 1 of 1 are lent; use fewer users"):
            driver.trial(order, Bystander())
    assert stub.nobody_shares()
