"""Open loads with real Locust on a real server, whose own log is the truth."""

from __future__ import annotations

import http.server
import os
import signal
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
from lab.kernel.errors import UsageError
from lab.kernel.histogram import Histogram
from lab.kernel.model import Case, Lane, Subject, Trial
from profiles.profile import Profile
from scenarios.driver import LoadDriver
from scenarios.engine.frames import Frame, Kind
from tests.commands import launchlab, until
from tests.end_to_end.test_load import Bystander
from tests.threads import in_a_thread

pytestmark = pytest.mark.end_to_end

ROOT = Path(__file__).parents[2]
PROFILE = Profile(name="open", users=100, ramp=0.5, warm_up=0.0, hold=2.5, trials=1, rate=100.0)
# On a busy machine the product says INVALID by itself, and the server here may log late: its handlers
# share a process with the test.  One sound trial in this many is demanded, with all that is said of it.
ATTEMPTS = 5


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
        with in_a_thread(server):
            yield f"http://127.0.0.1:{server.server_port}", log


def a_trial(url: str, folder: Path, profile: Profile, locustfile: Path | None = None) -> Trial:
    journey = "mine" if locustfile else "hit"
    case = Case(lane=Lane.LOAD, journey=journey, profile=profile.name)
    subject = Subject(name="shop", release="1", url=url)
    folder.mkdir(parents=True, exist_ok=True)
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


def demand(attempt: Callable[[Path], Trial], folder: Path) -> None:
    """Demand one sound trial of which all is true that *attempt*, given a folder of its own, asserts."""
    faults: list[str] = []
    for number in range(ATTEMPTS):
        try:
            trial = attempt(folder / str(number))
        except AssertionError as fault:
            faults.append(str(fault))
            continue
        if trial.sound:
            return
        faults.append(f"INVALID: {trial.caveats}")
    raise AssertionError("\n".join(faults))


def test_arrivals_reach_the_server_at_the_planned_rate_and_evenly_and_all_are_counted(tmp_path: Path) -> None:
    def attempt(folder: Path) -> Trial:
        with serving() as (url, log):
            trial = a_trial(url, folder, PROFILE)
        assert trial.readings["arrival_rate"] == pytest.approx(100, rel=0.01)
        times = np.array(log.times())
        # The last tenth of a second is in flight when the window closes.
        assert len(times) == pytest.approx(250, abs=20)
        rate = (len(times) - 1) / (times[-1] - times[0])
        assert rate == pytest.approx(100, rel=0.01)
        offsets = times - np.arange(len(times)) / 100
        assert np.quantile(np.abs(offsets - np.median(offsets)), 0.9) < 0.01
        gaps = [later - earlier for earlier, later in pairwise(times)]
        assert np.median(gaps) == pytest.approx(0.01, abs=0.002)
        recorded = frames(folder)
        answered = sum(h.size for f in recorded for _, kind, h in f.histograms() if kind is Kind.RESPONSE)
        begun = sum(frame.arrivals.begun for frame in recorded)
        assert 0 <= len(times) - answered <= 20
        assert 0 <= len(times) - begun <= 20
        return trial

    demand(attempt, tmp_path)


def stalling(after: int) -> Callable[[Log], None]:
    """Return what holds every answer up for one second, once, from request number *after* on."""
    stalled, over = threading.Event(), threading.Event()

    def stall_once(log: Log) -> None:
        if len(log.entries) >= after and not stalled.is_set():
            stalled.set()
            threading.Timer(1.0, over.set).start()
        if stalled.is_set():
            over.wait(5)

    return stall_once


def test_a_stall_of_one_second_shows_in_the_response_times_and_hides_in_the_service_times(
    tmp_path: Path,
) -> None:
    profile = replace(PROFILE, users=10, hold=3.5)

    def attempt(folder: Path) -> Trial:
        with serving(stalling(after=150)) as (url, _log):
            trial = a_trial(url, folder, profile)
        response, service = (counted(folder, kind, profile) for kind in (Kind.RESPONSE, Kind.SERVICE))
        assert response.size == pytest.approx(300, abs=20)
        # 100 of the 300 arrivals meet the stall, and wait for what is left of it: 0 to 1 s, evenly.
        assert quantile(response, 0.95) == pytest.approx(0.85, abs=0.15)
        assert quantile(response, 0.85) == pytest.approx(0.55, abs=0.15)
        assert quantile(response, 0.5) < 0.1
        # Ten users could send ten of them, so the others are missing from what was served slowly.
        assert quantile(service, 0.95) < 0.1
        assert trial.readings["response_p95"] == quantile(response, 0.95)
        assert "no-free-user" in codes(trial)
        return trial

    demand(attempt, tmp_path)


def test_a_server_that_cannot_keep_up_is_slow_and_the_generator_is_not_to_blame(tmp_path: Path) -> None:
    # Two at a time, 50 ms each: 40 a second of the 100 that come.
    profile = replace(PROFILE, users=2)

    def attempt(folder: Path) -> Trial:
        with serving(lambda _log: time.sleep(0.05)) as (url, log):
            trial = a_trial(url, folder, profile)
        assert "no-free-user" in codes(trial)
        # The queue grows by 60 arrivals a second: halfway, an answer is 60 % of 1.5 s late.
        assert trial.readings["response_p50"] == pytest.approx(0.9, abs=0.3)
        assert trial.readings["arrival_rate"] <= 41
        assert len(log.entries) <= 41 * 3
        assert quantile(counted(folder, Kind.SERVICE, profile), 0.5) < 0.1
        return trial

    demand(attempt, tmp_path)


def test_arrivals_that_nobody_takes_make_the_trial_invalid(tmp_path: Path) -> None:
    over = threading.Event()

    def hang_for_good(log: Log) -> None:
        if len(log.entries) > 80:
            over.wait(60)

    with serving(hang_for_good) as (url, log):
        trial = a_trial(url, tmp_path, replace(PROFILE, users=5))
        over.set()
    assert 80 < len(log.entries) <= 85
    assert {"unanswered", "no-free-user"} <= codes(trial)
    assert not trial.sound


VISIT = """
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

    @task
    def ask_nothing(self):
        pass
"""


def test_each_task_is_an_arrival_and_only_its_first_request_is_due_at_it(tmp_path: Path) -> None:
    profile = replace(PROFILE, users=40, rate=80.0)
    (tmp_path / "visit.py").write_text(VISIT)

    def attempt(folder: Path) -> Trial:
        with serving() as (url, log):
            trial = a_trial(url, folder, profile, tmp_path / "visit.py")
        assert len(log.times("/login")) == 40
        # Nothing but the journey's own beginning comes before the first arrival is due.
        assert min(log.times("/first")) > min(log.times("/login")) + 0.25
        # Every other task asks nothing, by chance, and is an arrival nevertheless.
        assert trial.readings["arrival_rate"] == pytest.approx(80, abs=3)
        assert 60 < len(log.times("/first")) < 140
        assert quantile(counted(folder, Kind.RESPONSE, profile, "GET /after-a-pause"), 0.5) < 0.1
        after = np.array(log.times("/after-a-pause"))
        assert np.median(after - np.array(log.times("/next"))[: len(after)]) == pytest.approx(0.3, abs=0.1)
        assert counted(folder, Kind.LAG, profile, "GET /first").size > 40
        assert counted(folder, Kind.LAG, profile, "GET /next").size == 0
        assert "arrivals-missed" not in codes(trial)
        return trial

    demand(attempt, tmp_path)


PLAIN = """
from locust import FastHttpUser, task


class Plain(FastHttpUser):
    @task
    def look(self):
        self.client.get("/")
"""
# The pause within the task would use up an arrival, and the task after interrupt() would have none.
GROUPED = """
from locust import TaskSet
from launchlab.load import LoadUser, task


class Shopper(LoadUser):
    @task
    class Shelf(TaskSet):
        @task
        def look(self):
            self.client.get("/")
            self.wait()
            self.interrupt()
"""


@pytest.mark.parametrize(
    ("text", "told"),
    [(PLAIN, "Plain cannot follow a rate"), (GROUPED, "its task Shelf is a TaskSet, .* methods of Shopper")],
)
def test_users_who_cannot_follow_a_rate_are_refused_with_the_way_out(
    tmp_path: Path, text: str, told: str
) -> None:
    (tmp_path / "mine.py").write_text(text)
    with serving() as (url, log):
        with pytest.raises(UsageError, match=f"{told}.*leave the rate out"):
            a_trial(url, tmp_path, PROFILE, tmp_path / "mine.py")
        assert log.entries == []


def test_an_address_and_a_rate_are_all_that_a_load_needs(tmp_path: Path) -> None:
    options = ("--rate", "50", "--duration", "2s")
    with serving() as (url, log):
        ended = launchlab("load", "--url", url, *options, folder=tmp_path)
    assert ended.returncode in (0, 5), ended.stdout + ended.stderr
    assert "hit at smoke, 50 /s, 2 s" in ended.stdout
    assert "50 /s by up to 50 users, 2 s steady, about 150 requests or more" in ended.stdout
    made = 1 if ended.returncode == 0 else 2
    # 1 s of warm-up, 2 s that count, and what is in flight at the end.
    assert len(log.times()) == pytest.approx(made * 150, abs=made * 20)
    (report,) = tmp_path.glob(".launchlab/runs/*/report.html")
    assert "smoke, 50 /s, 2 s" in report.read_text(encoding="utf-8")


def test_plain_locust_follows_an_open_profile(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "locust", "-f", str(ROOT / "locustfile.py"), "--headless"]
    with serving() as (url, log):
        with subprocess.Popen(
            [*command, "--profile", "stream", "--host", url, "--exit-code-on-error", "0"],
            stderr=subprocess.DEVNULL,
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        ) as locust:
            until(lambda: len(log.entries) >= 100 or locust.poll() is not None, "a hundred requests")
            locust.send_signal(signal.SIGINT)
        moments = sorted(moment for moment, _ in log.entries)
    # Half of what came shows the rate: a machine that is busy just then cannot bend both halves.
    rates = [(len(part) - 1) / (part[-1] - part[0]) for part in (moments[:50], moments[50:100])]
    assert min(abs(rate - 50) for rate in rates) < 5


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
