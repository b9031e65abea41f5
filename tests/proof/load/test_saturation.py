"""Rates from half to one and a half of what one generator core keeps up with: none may be VALID and wrong.

``nox -s proof -- load/test_saturation.py``
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from lab.kernel.model import Trial, Validity
from profiles.profile import Profile
from scenarios.truth.comparison import steady
from tests.proof.load import harness
from tests.proof.load.harness import show, truth, two_cores

pytestmark = [pytest.mark.proof, pytest.mark.end_to_end, pytest.mark.timeout(3_600), two_cores]

LOCUSTFILE = """
from locust import constant
from launchlab.load import LoadUser, task

class Visitor(LoadUser):
    wait_time = constant(0)

    @task
    def ask(self):
        self.client.get("/")
"""
USERS = 500
# A spell is a second here, and it takes ten of them to judge them one by one.
HOLD = 12
# Where the limit is looked for, in which steps, and how often a rate is tried: what spoils a trial is not
# always the rate.
FIRST, STEP, TRIES = 6_000.0, 1.15, 2
# More than any core carries.
MORE = 40_000.0
STEPS = np.linspace(0.5, 1.5, 10)
TRIALS = 5
# At half the limit a trial has to be VALID, all but one of so many.
CALM_TRIALS = 20
CALM_VALID = 19
# What a VALID trial may be off at its 99th percentile: in seconds, and as a share.
OFF, OFF_SHARE = 0.010, 0.10


def test_no_valid_trial_is_wrong_however_much_is_asked_of_the_generator(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    limit = kept_up_with(tmp_path / "limit")
    seen: Counter[tuple[float, Validity]] = Counter()
    worst: dict[float, float] = {}
    wrong = []
    for step in STEPS:
        for number in range(CALM_TRIALS if step == STEPS[0] else TRIALS):
            trial, true = at(step * limit, tmp_path / f"{step:.2f}-{number}")
            seen[step, trial.validity] += 1
            difference = trial.readings.get("response_p99", 0.0) - true
            if trial.validity is Validity.VALID:
                worst[step] = max(worst.get(step, 0.0), abs(difference))
                if abs(difference) > max(OFF, OFF_SHARE * true):
                    wrong.append(f"{step:.2f} of {limit:.0f}/s: p99 {1e3 * difference:+.1f} ms off")
    crowded = at(MORE, tmp_path / "more")[0].readings["throughput"]
    limits = (
        f"the limit: {limit:.0f} requests/s are kept up with; {crowded:.0f} are made where more arrive, and "
        f"{closed(tmp_path / 'closed'):.0f} by as many users who never wait for an arrival"
    )
    show(capsys, limits, *(told(step, seen, worst) for step in STEPS))
    assert wrong == []
    assert seen[STEPS[0], Validity.VALID] >= CALM_VALID


def kept_up_with(folder: Path) -> float:
    """Return the highest rate of arrivals at which a trial is not INVALID: the generator's limit.

    It makes more requests where more arrive, as many at a time; and each of them late.
    """
    rate = FIRST
    while any(
        at(rate, folder / f"{rate:.0f}-{number}")[0].validity is not Validity.INVALID
        for number in range(TRIES)
    ):
        rate *= STEP
    assert rate > FIRST, f"not even {FIRST:.0f}/s are kept up with"
    return rate / STEP


def closed(folder: Path) -> float:
    """Return how many requests a second as many users make who never wait."""
    profile = Profile(name="closed", users=USERS, ramp=1.0, warm_up=2.0, hold=HOLD, trials=1)
    return walked(profile, folder)[0].readings["throughput"]


def at(rate: float, folder: Path) -> tuple[Trial, float]:
    """Ask at *rate*; return the trial, and the server's own 99th percentile of the same seconds."""
    profile = Profile(name="step", users=USERS, ramp=1.0, warm_up=2.0, hold=HOLD, trials=1, rate=rate)
    return walked(profile, folder)


def walked(profile: Profile, folder: Path) -> tuple[Trial, float]:
    folder.mkdir(parents=True)
    locustfile = harness.written(folder, LOCUSTFILE)
    with truth(folder) as server:
        trial = harness.ours(locustfile, server.url, profile, folder, processes=1)
        return trial, steady(server.truth(), HOLD).service().quantile(0.99) or 0.0


def told(step: float, seen: Counter[tuple[float, Validity]], worst: dict[float, float]) -> str:
    counts = ", ".join(f"{seen[step, validity]} {validity.value}" for validity in Validity)
    return f"{step:.2f} of the limit: {counts}; a valid p99 at most {1e3 * worst.get(step, 0.0):.1f} ms off"
