"""10,000 users of launch-10k on the tour app, on the same two cores.

``nox -s proof -- load/test_launch.py``
"""

from __future__ import annotations

from pathlib import Path
from statistics import median

import pytest

from lab.kernel.model import Trial, Validity
from profiles import loader
from profiles.profile import Profile
from scenarios.driver import JOURNEYS
from tests.proof.load import harness
from tests.proof.load.harness import OURS, frames_of, memory, on, opened_here, show, two_cores
from tests.tourapp.servers import started

pytestmark = [pytest.mark.proof, pytest.mark.end_to_end, pytest.mark.timeout(1_800), two_cores]

PROFILE = "launch-10k"
USERS = 10_000
RATE = 3_000.0
LAG = 0.010
CONNECTS = 1.02
BYTES = 25_000.0
TRIALS = 3


def test_ten_thousand_users_launch_the_tour_app(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    profile = loader.load(PROFILE)
    assert profile.users == USERS
    trials: list[tuple[Trial, float, float, float]] = []
    with on(harness.cores()[0]), started("--demo-tokens") as (_, address):
        while len(trials) < TRIALS and not any(trial.validity is Validity.VALID for trial, *_ in trials):
            before = opened_here()
            with memory(OURS, USERS, profile.duration) as bytes_each:
                folder = tmp_path / f"{len(trials)}"
                trial = harness.ours(JOURNEYS / "browse.py", address, profile, folder)
            connects = (opened_here() - before) / USERS
            trials.append((trial, hub_lag(folder, profile), connects, bytes_each[0]))
            show(capsys, told(*trials[-1]))
    valid = [each for each in trials if each[0].validity is Validity.VALID]
    assert valid, "no valid trial"
    for trial, hub, connects, bytes_each_user in valid:
        assert trial.readings["error_ratio"] == 0
        assert trial.readings["throughput"] >= RATE
        assert trial.readings["lag_p99"] < LAG
        assert hub < LAG
        assert connects <= CONNECTS
        assert bytes_each_user <= BYTES


def hub_lag(folder: Path, profile: Profile) -> float:
    """Return by how much a sleep took longer in the hub, at the 99th percentile of a usual steady second."""
    return median(frame.signals.hub_lag_p99 for frame in frames_of(folder) if frame.second in profile.seconds)


def told(trial: Trial, hub: float, connects: float, bytes_each: float) -> str:
    readings = trial.readings
    return (
        f"{trial.validity.value}: {readings.get('throughput', 0):.0f} requests/s, errors "
        f"{readings.get('error_ratio', 1):.3%}, lag p99 {1e3 * readings.get('lag_p99', 0):.1f} ms, "
        f"hub lag p99 {1e3 * hub:.1f} ms, "
        f"{connects:.3f} connects and {bytes_each / 1e3:.1f} kB a user; "
        f"{', '.join(caveat.code for caveat in trial.caveats)}"
    )
