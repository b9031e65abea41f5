"""Known delays, and a server that stands still for two seconds: what a trial says of them, held to its log.

``nox -s proof -- load/test_delays.py``
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.kernel.histogram import Histogram
from lab.kernel.model import Trial
from profiles.profile import Profile
from scenarios.engine.frames import Kind
from scenarios.truth.ledger import Truth
from tests.proof.load import harness
from tests.proof.load.harness import abandoned, counted, show, truth, two_cores

pytestmark = [pytest.mark.proof, pytest.mark.end_to_end, pytest.mark.timeout(900), two_cores]

# Mostly quick, so that ten users are enough for 200 requests a second: five are under way on average.
LOCUSTFILE = """
from locust import constant
from launchlab.load import LoadUser, task

class Visitor(LoadUser):
    wait_time = constant({pause})

    @task(90)
    def quick(self):
        self.client.get("/quick")

    @task(8)
    def usual(self):
        self.client.get("/usual")

    @task(2)
    def slow(self):
        self.client.get("/slow")
"""
PATHS = {"/quick": "delay=1ms&slow=2%25&slow_delay=1s", "/usual": "delay=20ms", "/slow": "delay=200ms"}
# By percentile: what a trial may be off, in seconds, and as a share.
ALLOWED = {0.50: (0.001, 0.01), 0.95: (0.001, 0.01), 0.99: (0.001, 0.01), 0.999: (0.005, 0.02)}
STALL = 2.0
# Long enough to meet one stall of the thirty seconds' period for certain, and some calm before and after.
HOLD = 35.0
TRIALS = 3
# In a stall nobody is free, and a trial says so: the subject's doing, and no doubt in what is measured.
EXPECTED = {"no-free-user"}


@pytest.mark.parametrize(("rate", "users"), [(200.0, 10), (1_000.0, 5_000)])
def test_every_percentile_is_the_servers_own_and_a_stall_is_seen_in_full(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], rate: float, users: int
) -> None:
    ramp = max(1.0, users / 500)
    opened = Profile(name="open", users=users, ramp=ramp, warm_up=0.0, hold=HOLD, trials=1, rate=rate)
    marked: list[bool] = []
    for number in range(TRIALS):
        folder = tmp_path / f"open-{number}"
        trial, known = walked(opened, folder)
        doubts = {caveat.code for caveat in trial.caveats} - EXPECTED
        marked.append(bool(doubts))
        show(capsys, *told(folder, known), f"{trial.validity.value}: {[each.code for each in trial.caveats]}")
        late = above(counted(folder, Kind.RESPONSE), STALL / 2)
        assert 0 <= known.answers - counted(folder, Kind.SERVICE).size <= abandoned(folder)
        if not marked[-1]:
            assert list(wrong(folder, known)) == []
            # Whoever came in the first half of the stall waited for the rest of it, at least.
            assert late >= 0.8 * rate * STALL / 2
            break
    show(capsys, f"waited more than {STALL / 2:g} s: open {late}, closed {closed(tmp_path, users)}")
    assert not all(marked), "no trial without a doubt"


def walked(profile: Profile, folder: Path) -> tuple[Trial, Truth]:
    folder.mkdir()
    pause = 0.0 if profile.rate else profile.users / 200.0
    locustfile = harness.written(folder, LOCUSTFILE.format(pause=pause))
    paths = [word for path, query in PATHS.items() for word in ("--path", f"{path}?{query}")]
    with truth(folder, *paths, "--stall", f"{STALL:g}s/30s") as server:
        return harness.ours(locustfile, server.url, profile, folder), server.truth()


def closed(folder: Path, users: int) -> int:
    """Return how many requests of a closed load with as many users see the stall: one a user."""
    profile = Profile(
        name="closed", users=users, ramp=max(1.0, users / 500), warm_up=0.0, hold=HOLD, trials=1
    )
    _, known = walked(profile, folder / "closed")
    return above(known.service(), STALL / 2)


def wrong(folder: Path, known: Truth) -> Iterator[str]:
    """Yield each percentile that is not the server's own."""
    for path in PATHS:
        ours, true = counted(folder, Kind.SERVICE, f"GET {path}"), known.service(path)
        for share, (absolute, relative) in ALLOWED.items():
            said = ours.quantile(share)
            if said is None:
                continue
            low, high = bounds(true, share, ours.size)
            if not low - max(absolute, relative * low) <= said <= high + max(absolute, relative * high):
                was = f"{1e3 * low:.2f} to {1e3 * high:.2f} ms"
                yield f"{path} {share:.1%}: {1e3 * said:.2f} ms, and it was {was}"


def bounds(true: Histogram, share: float, size: int) -> tuple[float, float]:
    """Return between what a percentile of *size* of the *true* times must lie, whichever they are.

    The server answered some for which nobody waited any more, as the users were stopped.  Where a percentile
    is that of a stall, one value and the next are ten milliseconds apart.
    """
    rank = math.ceil(round(share * size, 9))
    low, high = true.quantile(rank / true.size), true.quantile((rank + true.size - size) / true.size)
    assert low is not None
    assert high is not None
    return low, high


def told(folder: Path, known: Truth) -> Iterator[str]:
    for path in PATHS:
        ours, true = counted(folder, Kind.SERVICE, f"GET {path}"), known.service(path)
        cells = [
            f"{share:.1%} {shown(ours.quantile(share))} {shown(true.quantile(share))}" for share in ALLOWED
        ]
        yield f"{path:8}{true.size:7}  ours, true in ms:  " + "   ".join(cells)


def shown(seconds: float | None) -> str:
    return "-" if seconds is None else f"{1e3 * seconds:.2f}"


def above(histogram: Histogram, seconds: float) -> int:
    return sum(count for low, _, count in histogram.buckets() if low >= seconds * 1e6)
