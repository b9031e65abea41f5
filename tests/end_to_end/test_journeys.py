"""The journeys with real Locust: on an app that keeps its promises nothing fails, and a wrong body does."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from lab.engine.plan import Order
from lab.engine.subject import Source
from lab.engine.subject import serving as subjects
from lab.kernel.model import Case, Lane, Subject, Trial
from profiles.profile import Profile
from scenarios.driver import LoadDriver
from scenarios.engine.frames import Frame, Kind
from tests.commands import ROOT
from tests.end_to_end.test_load import Bystander
from tests.tour_stub import STOPS, serving

pytestmark = pytest.mark.end_to_end

# Long enough that some of 28 walkers reach a stop, and some of 6 phones send everything twice.
CROWD = Profile(name="crowd", users=200, ramp=1.0, warm_up=0.0, hold=8.0, trials=1)
# Tasks enough for each of the users to walk several tours.
AT_A_RATE = Profile(name="at a rate", users=2, ramp=1.0, warm_up=0.0, hold=4.0, trials=1, rate=40.0)
FEW = Profile(name="few", users=10, ramp=1.0, warm_up=0.0, hold=4.0, trials=1)

MIX = {
    "GET /api/tours",
    "GET /api/search",
    "GET /api/tours/{id}",
    "GET /api/cities",
    "GET /api/tours/near",
    "GET /api/tours/{id}/bundle",
    "GET /media/{digest}.opus",
    "GET /media/{digest}.webp",
    "GET /media/{digest}.geojson",
    "GET /bundles/{digest}.tar",
    "GET /api/progress/{id}",
    "PUT /api/progress/{id}",
    "GET /api/tours/{id}/reviews",
    "POST /api/tours/{id}/reviews",
    "POST /api/sync",
}
LOGIN = {
    "GET /api/tours",
    "POST /api/login",
    "POST /api/refresh",
    "POST /api/logout",
    "GET /api/progress/{id}",
}


def a_trial(url: str, folder: Path, journey: str, profile: Profile) -> Trial:
    case = Case(lane=Lane.LOAD, journey=journey, profile=profile.name)
    subject = Subject(name="tour", release="1.0", url=url)
    order = Order(case=case, subject=subject, seed=7, index=0, deadline=60.0, folder=folder)
    return LoadDriver({profile.name: profile}).trial(order, Bystander())


def frames(folder: Path) -> list[Frame]:
    return [Frame.parse(line) for line in (folder / "frames.jsonl").read_text().splitlines()]


def asked(folder: Path) -> set[str]:
    """Return the endpoints that were answered rightly."""
    return {endpoint for frame in frames(folder) for endpoint, kind in frame.counts if kind is Kind.SERVICE}


def failed(folder: Path) -> Counter[tuple[str, str]]:
    """Return how often each endpoint failed, by reason."""
    counted: Counter[tuple[str, str]] = Counter()
    for frame in frames(folder):
        for failure in frame.failures:
            counted[failure.endpoint, failure.what] += failure.count
    return counted


def test_visitors_come_in_the_shares_of_the_study() -> None:
    shares = {
        "Browser": 0.38,
        "Passerby": 0.20,
        "Listener": 0.14,
        "Walker": 0.14,
        "Downloader": 0.08,
        "Reviewer": 0.03,
        "Returner": 0.03,
    }
    for file in ("locustfile.py", "scenarios/journeys/visitors.py"):
        told = subprocess.run(
            [sys.executable, "-m", "locust", "-f", str(ROOT / file), "--show-task-ratio-json"],
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        classes = json.loads(told.stdout)["per_class"]
        assert {name: each["ratio"] for name, each in classes.items()} == pytest.approx(shares)


def test_the_mix_asks_all_that_visitors_ask_and_nothing_fails(tmp_path: Path) -> None:
    with serving() as (url, stub):
        a_trial(url, tmp_path, "visitors", CROWD)
    assert failed(tmp_path) == {}
    assert asked(tmp_path) == MIX
    # Walkers, reviewers and returners: 20 of 100.
    assert len(stub.owners) == pytest.approx(40, abs=1)
    assert stub.nobody_shares()
    assert stub.logins == []


def test_each_wrong_body_is_a_failure_with_its_reason(tmp_path: Path) -> None:
    wrong = {
        "farthest first": ("GET /api/tours/near", "tours nearby that are not nearest first"),
        "another search": ("GET /api/search", "the answer to another search"),
        "a page instead of a photo": ("GET /media/{digest}.webp", "content is not image/webp"),
        "a short file": ("GET /media/{digest}.geojson", "a part of another size than announced"),
        "no pieces": ("GET /bundles/{digest}.tar", "status 200 instead of 206"),
        "conflicts": ("PUT /api/progress/{id}", "a conflict, though nobody else writes to this account"),
        "synced twice": ("POST /api/sync", "marks that were synced a second time"),
        "a lost review": ("GET /api/tours/{id}/reviews", "the own review is not among the newest"),
    }
    with serving(*wrong) as (url, _stub):
        trial = a_trial(url, tmp_path, "visitors", CROWD)
    assert {*failed(tmp_path)} == {*wrong.values()}
    assert trial.readings["error_ratio"] > 0
    assert trial.readings["error_ratio{GET /api/search}"] == 1


def test_the_own_review_is_found_behind_a_cache_too(tmp_path: Path) -> None:
    with serving("a cache on the way") as (url, stub):
        a_trial(url, tmp_path, "review", CROWD)
    assert failed(tmp_path) == {}
    assert max(len(listed) for listed in stub.reviews.values()) > 1


def test_progress_of_another_account_is_a_failure(tmp_path: Path) -> None:
    with serving("another account", "another tour") as (url, _stub):
        trial = a_trial(url, tmp_path, "visitors", CROWD)
    assert {*failed(tmp_path)} == {
        ("GET /api/progress/{id}", "the progress of another account"),
        ("GET /api/tours/{id}", "another tour than asked for"),
    }
    assert trial.readings["error_ratio{GET /api/progress/{id}}"] == 1


def test_at_a_rate_as_well_only_the_first_walk_begins_on_the_way(tmp_path: Path) -> None:
    with serving() as (url, stub):
        a_trial(url, tmp_path, "walk", AT_A_RATE)
    assert failed(tmp_path) == {}
    steps = [step for stops in stub.walked.values() for step in pairwise(stops)]
    later = {after for before, after in steps if before == STOPS}
    assert later == {1}
    assert all(after == before + 1 for before, after in steps if before != STOPS)


def test_logins_keep_their_pace_however_many_want_in(tmp_path: Path) -> None:
    with serving() as (url, stub):
        a_trial(url, tmp_path, "login", CROWD)
    assert failed(tmp_path) == {}
    assert asked(tmp_path) == LOGIN
    # Five a second; a busy machine may make it fewer, and 200 users never make it more.
    assert CROWD.duration < len(stub.logins) <= 5 * CROWD.duration + 1


def test_a_token_that_outlives_its_session_is_a_failure(tmp_path: Path) -> None:
    with serving("a logout that ends nothing") as (url, _stub):
        a_trial(url, tmp_path, "login", FEW)
    reason = "a token that still opens after its session ended"
    assert {*failed(tmp_path)} == {("GET /api/progress/{id}", reason)}


def test_a_logout_has_the_time_to_reach_the_other_processes(tmp_path: Path) -> None:
    with serving("several processes") as (url, _stub):
        a_trial(url, tmp_path, "login", FEW)
    assert failed(tmp_path) == {}
    assert asked(tmp_path) == LOGIN


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    command = (
        "{python}",
        "-P",
        "-m",
        "tourapp",
        "--port",
        "{port}",
        "--release",
        "{release}",
        "--demo-tokens",
    )
    source = Source(name="tour", command=command, ready="/readyz", releases=("1.0",))
    with subjects(source, ["1.0"], tmp_path_factory.mktemp("logs")) as served:
        yield served.subjects["1.0"].url


@pytest.mark.parametrize(("journey", "endpoints"), [("visitors", MIX), ("login", LOGIN)])
def test_nothing_fails_on_the_tour_app_itself(
    app: str, tmp_path: Path, journey: str, endpoints: set[str]
) -> None:
    a_trial(app, tmp_path, journey, CROWD)
    assert failed(tmp_path) == {}
    # A bundle may hold more kinds of files.
    assert asked(tmp_path) >= endpoints
