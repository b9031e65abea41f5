"""Requests a second of one generator core: the same locustfile by plain Locust and by ours, in turn.

``nox -s proof -- load/test_pace.py``
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median

import pytest

from profiles.profile import Profile
from tests.proof.load import harness
from tests.proof.load.harness import OURS, Light, Pace, nginx, pace, show, two_cores

pytestmark = [pytest.mark.proof, pytest.mark.end_to_end, pytest.mark.timeout(900), two_cores]

LOCUSTFILE = """
from locust import FastHttpUser, constant, task

class Visitor(FastHttpUser):
    wait_time = constant(0)

    @task
    def tours(self):
        with self.client.get("/api/tours?limit=20", catch_response=True) as response:
            if response.status_code != 200:
                response.failure("not the tours")
"""
USERS = 50
PAIRS = 5
SETTLE, SECONDS = 2.0, 4.0
# For how long a generator goes on: until it was watched, and a little more.
RUN = SETTLE + SECONDS + 2.0
WANTED = 3.0
# With less of its core, a rate says more about the machine than about the generator.
UNDISTURBED = 0.9


def test_one_core_sends_three_times_what_plain_locust_sends(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    locustfile = harness.written(tmp_path, LOCUSTFILE)
    with nginx(tmp_path) as light:
        pairs = [
            (plain(light, locustfile, tmp_path), own(light, locustfile, tmp_path / f"{number}"))
            for number in range(PAIRS)
        ]
        beside = {name: other(light, words, tmp_path) for name, words in others(light.url).items()}
    rows = {"plain Locust": [each for each, _ in pairs], "launchlab": [each for _, each in pairs]}
    rows |= {name: [each] for name, each in beside.items()}
    show(capsys, *(told(name, paces) for name, paces in rows.items()))
    # Other work on the machine takes from a rate at once, and little from the effort of a request.
    assert median(slow.effort / quick.effort for slow, quick in pairs) >= WANTED
    undisturbed = [pair for pair in pairs if min(each.share for each in pair) >= UNDISTURBED]
    if undisturbed:
        assert median(quick.rate / slow.rate for slow, quick in undisturbed) >= WANTED


def plain(light: Light, locustfile: Path, folder: Path) -> Pace:
    words = harness.plain_command(locustfile, light.url, USERS, RUN)
    with harness.command(*words, folder=folder):
        return pace(light, "locust", settle=SETTLE, seconds=SECONDS)


def own(light: Light, locustfile: Path, folder: Path) -> Pace:
    profile = Profile(name="pace", users=USERS, ramp=1.0, warm_up=1.0, hold=RUN - 2.0, trials=1)
    with ThreadPoolExecutor(1) as aside:
        # Cores are a thread's own affair.
        trial = aside.submit(harness.ours, locustfile, light.url, profile, folder)
        seen = pace(light, OURS, settle=SETTLE, seconds=SECONDS)
        assert trial.result().readings["error_ratio"] == 0
    return seen


def other(light: Light, words: Sequence[str], folder: Path) -> Pace:
    with harness.command(*words, folder=folder):
        return pace(light, words[0], settle=SETTLE, seconds=SECONDS)


def others(url: str) -> dict[str, Sequence[str]]:
    """Return how the quick tools are started that are installed here; for scale."""
    target = f"{url}/api/tours?limit=20"
    known = {
        "wrk": ["wrk", "-t1", f"-c{USERS}", f"-d{RUN:.0f}s", target],
        "hey": ["hey", "-c", f"{USERS}", "-z", f"{RUN:.0f}s", "-cpus", "1", target],
    }
    return {name: words for name, words in known.items() if shutil.which(name)}


def told(name: str, paces: Sequence[Pace]) -> str:
    rate, effort = median(each.rate for each in paces), median(each.effort for each in paces)
    share = median(each.share for each in paces)
    return f"{name:14}{rate:8.0f} requests/s {1e6 * effort:8.1f} us of a core each, {share:4.0%} of it given"
