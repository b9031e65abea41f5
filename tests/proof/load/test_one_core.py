"""9,500 users with a request a second each, on one generator core, held to the server's own log.

``nox -s proof -- load/test_one_core.py``; plain Locust does the same in turn with ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import nan
from pathlib import Path
from statistics import median

import pytest

from profiles.profile import Profile
from scenarios.plain import plain_locust
from scenarios.truth.comparison import Comparison, Figures, Reported, compare
from tests.proof.load import harness
from tests.proof.load.harness import on, show, truth, two_cores

pytestmark = [pytest.mark.proof, pytest.mark.end_to_end, pytest.mark.timeout(1200), two_cores]

# Locust's constant_pacing counts from when the task before began: users whom a pause held up together march
# in step from then on.  Our pace is a schedule of each user's own.
LOCUSTFILE = """
from locust import constant_pacing, task
from {module} import {user}

class Visitor({user}):
    wait_time = constant_pacing(1)

    @task
    def ask(self):
        with self.client.get("/", catch_response=True) as response:
            if response.status_code != 200:
                response.failure("not answered")
"""
PLAIN = LOCUSTFILE.format(module="locust", user="FastHttpUser")
OURS = LOCUSTFILE.format(module="launchlab.load", user="LoadUser")
USERS = 9_500
PACE = 1.0
RAMP, HOLD = 20, 20
# As many seconds of the server's lie within the load's for certain.
SERVED = HOLD - 1
CARRIED = 9_400
OFF = 0.010
PAIRS = 5


def test_one_core_carries_9400_requests_a_second_and_reports_what_the_server_saw(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pairs = [(plain(tmp_path / f"plain-{n}"), own(tmp_path / f"ours-{n}")) for n in range(PAIRS)]
    show(capsys, *(told(each) for pair in pairs for each in pair))
    found = [ours for _, ours in pairs if valid(ours)]
    assert found, "no valid trial"
    for each in found:
        assert each.keeps_connections
        # A window called sound is held to the bound, whatever the others say.
        assert abs(each.differences()["p99"]) <= OFF
    medians = {
        "plain Locust": [each for each, _ in pairs],
        "launchlab": [each for _, each in pairs],
        "launchlab, VALID": found,
    }
    show(capsys, *(middle(name, each) for name, each in medians.items()))
    assert median(each.served.rate for each in found) >= CARRIED


def valid(each: Comparison) -> bool:
    return not each.reported.caveats


def plain(folder: Path) -> Comparison:
    with truth(folder) as server:
        locustfile = harness.written(folder, PLAIN)
        with on(harness.cores()[1]):
            reported = plain_locust(locustfile, server.url, users=USERS, ramp=RAMP, hold=HOLD, folder=folder)
        return compare(reported, server.truth(), users=USERS, seconds=SERVED)


def own(folder: Path) -> Comparison:
    profile = Profile(name="one-core", users=USERS, ramp=RAMP, warm_up=4.0, hold=HOLD, trials=1, pace=PACE)
    with truth(folder) as server:
        trial = harness.ours(harness.written(folder, OURS), server.url, profile, folder)
        known = server.truth()
    figures = Figures(
        p50=trial.readings.get("response_p50"),
        p95=trial.readings.get("response_p95"),
        p99=trial.readings.get("response_p99"),
        rate=trial.readings.get("throughput", 0.0),
    )
    reported = Reported(name="launchlab", figures=figures, caveats=trial.caveats)
    return compare(reported, known, users=USERS, seconds=SERVED)


def told(each: Comparison) -> str:
    reported, served = each.reported.figures, each.served
    doubts = ", ".join(caveat.code for caveat in each.reported.caveats)
    return (
        f"{each.reported.name:20} says {reported.rate:6.0f}/s, {milliseconds(reported)}; the server's log "
        f"{served.rate:6.0f}/s, {milliseconds(served)}, {each.connections} connections, busy "
        f"{each.busiest:.0%}  {doubts}"
    )


def middle(name: str, trials: Sequence[Comparison]) -> str:
    """Tell the medians of some trials: what was carried, what was said of p99, how far off, connections."""
    rate = median(each.served.rate for each in trials)
    connections = median(each.connections for each in trials)
    said = median(each.reported.figures.p99 or nan for each in trials)
    off = median(each.differences().get("p99", nan) for each in trials)
    return (
        f"{name:20} medians of {len(trials)}: {rate:6.0f}/s, says p99 {1e3 * said:.2f} ms, "
        f"{1e3 * off:+.2f} ms off, {connections:.0f} connections"
    )


def milliseconds(figures: Figures) -> str:
    values = figures.percentiles().items()
    return " ".join(f"{name} {'-' if value is None else f'{1e3 * value:.2f} ms'}" for name, value in values)
