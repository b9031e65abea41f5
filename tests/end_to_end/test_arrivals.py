"""Open loads with real Locust on a real server, whose own log is the truth."""

from __future__ import annotations

import http.server
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from lab.engine.plan import Order
from lab.kernel.histogram import Histogram
from lab.kernel.model import Case, Lane, Subject, Trial
from profiles.profile import Profile
from scenarios.driver import LoadDriver
from scenarios.engine.frames import Frame, Kind
from tests.commands import launchlab
from tests.end_to_end.test_load import Bystander

pytestmark = pytest.mark.end_to_end

ROOT = Path(__file__).parents[2]
PROFILE = Profile(name="open", users=100, ramp=1.0, warm_up=0.0, hold=5.0, trials=1, rate=100.0)
# On a busy machine the product says INVALID by itself; one sound trial in this many is demanded.
ATTEMPTS = 3


@dataclass
class Log:
    """What the server saw: when each request came, on the clock of perf_counter, and its path."""

    entries: list[tuple[float, str]] = field(default_factory=list)

    def times(self, path: str = "/") -> list[float]:
        return sorted(moment for moment, asked in self.entries if asked == path)


@contextmanager
def serving(before_answer: Callable[[Log], None] = lambda _log: None) -> Iterator[tuple[str, Log]]:
    """Serve on loopback; *before_answer* may take its time.  Yield the address and the log."""
    log = Log()

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            log.entries.append((time.perf_counter(), self.path))
            before_answer(log)
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_arguments: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", log
        server.shutdown()
        thread.join()


def a_trial(url: str, folder: Path, profile: Profile, locustfile: Path | None = None) -> Trial:
    journey = "mine" if locustfile else "hit"
    case = Case(lane=Lane.LOAD, journey=journey, profile=profile.name)
    subject = Subject(name="shop", release="1", url=url)
    folder.mkdir(exist_ok=True)
    order = Order(case=case, subject=subject, seed=7, index=0, deadline=60.0, folder=folder)
    own = {journey: locustfile} if locustfile else {}
    return LoadDriver({profile.name: profile}, own).trial(order, Bystander())


def frames(folder: Path) -> list[Frame]:
    return [Frame.parse(line) for line in (folder / "frames.jsonl").read_text().splitlines()]


def counted(folder: Path, kind: Kind, profile: Profile, endpoint: str = "GET /") -> Histogram:
    steady = [frame for frame in frames(folder) if frame.second in profile.seconds]
    return Histogram.merged(
        histogram
        for frame in steady
        for name, of, histogram in frame.histograms()
        if of is kind and name == endpoint
    )


def quantile(histogram: Histogram, share: float) -> float:
    value = histogram.quantile(share)
    assert value is not None
    return value


def codes(trial: Trial) -> set[str]:
    return {caveat.code for caveat in trial.caveats}


def test_arrivals_reach_the_server_at_the_planned_rate_and_evenly_or_the_trial_is_invalid(
    tmp_path: Path,
) -> None:
    for attempt in range(ATTEMPTS):
        with serving() as (url, log):
            trial = a_trial(url, tmp_path / str(attempt), PROFILE)
        if trial.sound:
            break
    else:
        raise AssertionError(f"not one sound trial in {ATTEMPTS}: {trial.caveats}")
    assert trial.readings["arrival_rate"] == pytest.approx(100, rel=0.01)
    times = np.array(log.times())
    # The last tenth of a second is in flight when the window closes.
    assert len(times) == pytest.approx(500, abs=20)
    rate = (len(times) - 1) / (times[-1] - times[0])
    assert rate == pytest.approx(100, rel=0.01)
    offsets = times - np.arange(len(times)) / 100
    late = np.abs(offsets - np.median(offsets))
    # The handlers share this process with the test, which may hold one or another up.
    assert np.quantile(late, 0.9) < 0.01
    assert np.median([later - earlier for earlier, later in pairwise(times)]) == pytest.approx(
        0.01, abs=0.002
    )


def test_a_stall_of_one_second_shows_in_the_response_times_and_hides_in_the_service_times(
    tmp_path: Path,
) -> None:
    profile = replace(PROFILE, users=10, hold=10.0)
    stalled = threading.Event()
    over = threading.Event()

    def stall_once(log: Log) -> None:
        if len(log.entries) >= 300 and not stalled.is_set():
            stalled.set()
            threading.Timer(1.0, over.set).start()
        if stalled.is_set():
            over.wait(5)

    with serving(stall_once) as (url, _log):
        trial = a_trial(url, tmp_path, profile)
    response, service = (counted(tmp_path, kind, profile) for kind in (Kind.RESPONSE, Kind.SERVICE))
    assert response.size == pytest.approx(1000, abs=20)
    # 100 of the 1,000 arrivals meet the stall, and wait for what is left of it: 0 to 1 s, evenly.
    assert quantile(response, 0.99) == pytest.approx(0.9, abs=0.15)
    assert quantile(response, 0.95) == pytest.approx(0.5, abs=0.15)
    assert quantile(response, 0.5) < 0.1
    # Ten users could send ten of them, so the others are missing from what was served slowly.
    assert quantile(service, 0.95) < 0.1
    assert trial.readings["response_p99"] == quantile(response, 0.99)
    assert "no-free-user" in codes(trial)


def test_a_server_that_cannot_keep_up_is_slow_and_the_generator_is_not_to_blame(tmp_path: Path) -> None:
    # Two at a time, 50 ms each: 40 a second of the 100 that come.
    profile = replace(PROFILE, users=2, hold=4.0)
    for attempt in range(ATTEMPTS):
        with serving(lambda _log: time.sleep(0.05)) as (url, log):
            trial = a_trial(url, tmp_path / str(attempt), profile)
        assert "no-free-user" in codes(trial)
        # The queue grows by 60 arrivals a second: halfway, an answer is 60 % of 2 s late.
        assert trial.readings["response_p50"] == pytest.approx(1.2, abs=0.3)
        assert trial.readings["arrival_rate"] <= 41
        assert len(log.entries) <= 41 * 5
        assert quantile(counted(tmp_path / str(attempt), Kind.SERVICE, profile), 0.5) < 0.1
        if trial.sound:
            return
    raise AssertionError(f"not one sound trial in {ATTEMPTS}: {trial.caveats}")


def test_arrivals_that_nobody_takes_make_the_trial_invalid(tmp_path: Path) -> None:
    profile = replace(PROFILE, users=5, hold=4.0)
    over = threading.Event()

    def hang_for_good(log: Log) -> None:
        if len(log.entries) > 200:
            over.wait(60)

    with serving(hang_for_good) as (url, log):
        trial = a_trial(url, tmp_path, profile)
        over.set()
    assert 200 < len(log.entries) <= 205
    assert {"unanswered", "no-free-user"} <= codes(trial)
    assert not trial.sound


def test_every_request_that_the_server_saw_is_counted_and_every_arrival_too(tmp_path: Path) -> None:
    with serving() as (url, log):
        a_trial(url, tmp_path, replace(PROFILE, hold=2.0))
    recorded = frames(tmp_path)
    answered = sum(h.size for f in recorded for _, kind, h in f.histograms() if kind is Kind.RESPONSE)
    begun = sum(frame.arrivals.begun for frame in recorded)
    # Arrivals of the last tenth of a second come after the last frame.
    assert 0 <= len(log.entries) - answered <= 20
    assert 0 <= len(log.entries) - begun <= 20
    assert begun > 180


VISIT = """
from locust import TaskSet
from launchlab.load import LoadUser, task


class Visitor(LoadUser):
    wait_time = lambda self: 0.3

    def on_start(self):
        self.client.get("/login")

    @task
    def visit(self):
        self.client.get("/first")
        self.client.get("/next")
        self.wait()
        self.client.get("/after-a-pause")
"""


def test_only_the_first_request_of_a_task_is_due_at_its_arrival(tmp_path: Path) -> None:
    profile = replace(PROFILE, users=20, rate=40.0, hold=4.0)
    (tmp_path / "visit.py").write_text(VISIT)
    with serving() as (url, log):
        trial = a_trial(url, tmp_path, profile, tmp_path / "visit.py")
    assert len(log.times("/login")) == 20
    # Nothing but the journey's own beginning comes before the users are there.
    assert min(log.times("/first")) > min(log.times("/login")) + 0.5
    assert len(log.times("/first")) == pytest.approx(40 * 4, abs=8)
    assert trial.readings["arrival_rate"] == pytest.approx(40, abs=1)
    assert quantile(counted(tmp_path, Kind.RESPONSE, profile, "GET /after-a-pause"), 0.5) < 0.1
    pauses = (
        np.array(log.times("/after-a-pause"))
        - np.array(log.times("/next"))[: len(log.times("/after-a-pause"))]
    )
    assert np.median(pauses) == pytest.approx(0.3, abs=0.1)
    lags = {name: counted(tmp_path, Kind.LAG, profile, f"GET {name}").size for name in ("/first", "/next")}
    assert lags["/first"] > 100
    assert lags["/next"] == 0


STEPS = """
from locust import SequentialTaskSet
from launchlab.load import LoadUser, task


class Steps(SequentialTaskSet):
    @task
    def one(self):
        self.client.get("/one")

    @task
    def nothing(self):
        pass

    @task
    def two(self):
        self.client.get("/two")


class Walker(LoadUser):
    tasks = [Steps]
"""


def test_each_task_of_a_task_set_is_an_arrival_even_one_without_a_request(tmp_path: Path) -> None:
    profile = replace(PROFILE, users=20, rate=60.0, hold=3.0)
    (tmp_path / "steps.py").write_text(STEPS)
    with serving() as (url, log):
        trial = a_trial(url, tmp_path, profile, tmp_path / "steps.py")
    assert len(log.entries) == pytest.approx(60 * 3 * 2 / 3, abs=20)
    assert trial.readings["arrival_rate"] == pytest.approx(60, abs=5)
    assert "arrivals-missed" not in codes(trial)


PLAIN = """
from locust import FastHttpUser, task


class Plain(FastHttpUser):
    @task
    def look(self):
        self.client.get("/")
"""
PACED = """
from locust import TaskSet, constant
from launchlab.load import LoadUser, task


class Shelf(TaskSet):
    wait_time = constant(1)

    @task
    def look(self):
        self.client.get("/")


class Paced(LoadUser):
    tasks = {Shelf: 1}
"""


@pytest.mark.parametrize(
    ("text", "told"), [(PLAIN, "Plain cannot follow a rate"), (PACED, "Shelf cannot follow")]
)
def test_users_who_cannot_follow_a_rate_are_refused_with_the_way_out(
    tmp_path: Path, text: str, told: str
) -> None:
    (tmp_path / "mine.py").write_text(text)
    with serving() as (url, log):
        ended = launchlab("load", "--url", url, "--rate", "20", "--locustfile", "mine.py", folder=tmp_path)
    assert ended.returncode == 2, ended.stdout + ended.stderr
    assert told in ended.stderr
    assert "leave the rate out" in ended.stderr
    assert "Traceback" not in ended.stderr
    # The health check alone has been there.
    assert len(log.entries) <= 3


def test_an_address_and_a_rate_are_all_that_a_load_needs(tmp_path: Path) -> None:
    options = ("--rate", "50", "--duration", "3s")
    with serving() as (url, log):
        ended = launchlab("load", "--url", url, *options, folder=tmp_path)
    assert ended.returncode in (0, 5), ended.stdout + ended.stderr
    assert "hit at smoke, 50 /s, 3 s" in ended.stdout
    assert "50 /s by up to 50 users, 3 s steady, about 200 requests or more" in ended.stdout
    made = 1 if ended.returncode == 0 else 2
    # 1 s of warm-up, 3 s that count, and what is in flight at the end.
    assert len(log.times()) == pytest.approx(made * 200, abs=made * 20)
    (report,) = tmp_path.glob(".launchlab/runs/*/report.html")
    assert "smoke, 50 /s, 3 s" in report.read_text(encoding="utf-8")


def test_plain_locust_follows_an_open_profile(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "locust", "-f", str(ROOT / "locustfile.py"), "--headless"]
    with serving() as (url, log):
        ended = subprocess.run(
            [*command, "--profile", "stream", "--host", url, "--exit-code-on-error", "0"],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
    assert ended.returncode == 0, ended.stderr
    moments = sorted(moment for moment, _ in log.entries)
    assert (len(moments) - 1) / (moments[-1] - moments[0]) == pytest.approx(50, rel=0.05)


def test_plain_locust_with_workers_refuses_an_open_profile(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "locust", "-f", str(ROOT / "locustfile.py"), "--headless", "--master"]
    ended = subprocess.run(
        [*command, "--profile", "stream", "--host", "http://127.0.0.1:9", "--master-bind-port", "0"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert ended.returncode == 1
    assert "one process alone" in ended.stderr
    assert "Traceback" not in ended.stderr
