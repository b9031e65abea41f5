"""The load lane on the real server, with real Locust."""

from __future__ import annotations

import http.server
import json
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest

from lab.engine.plan import Order
from lab.engine.runner import Progress
from lab.engine.subject import serving
from lab.kernel.errors import UsageError
from lab.kernel.model import Case, Lane, Subject, Trial
from launchlab import project
from profiles.profile import Profile
from scenarios.driver import LoadDriver
from scenarios.engine.frames import Frame, Kind
from tests.threads import in_a_thread

pytestmark = pytest.mark.end_to_end

PROFILE = Profile(name="tiny", users=30, ramp=1.0, warm_up=0.0, hold=3.0, trials=1)
CASE = Case(lane=Lane.LOAD, journey="browse", profile="tiny")


@dataclass
class Bystander:
    """Watches a trial; acts once when the first figures arrive."""

    act: object = None
    seen: list[Progress] = field(default_factory=list)
    stop: bool = False

    def progress(self, progress: Progress) -> None:
        self.seen.append(progress)
        if callable(self.act) and len(self.seen) == 1:
            self.act()

    def stopping(self) -> bool:
        return self.stop


@pytest.fixture(scope="module")
def tour(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Subject]]:
    with serving(
        project.load(project.DEMO).source, ["1.0", "1.2"], tmp_path_factory.mktemp("logs")
    ) as served:
        yield dict(served.subjects)


@contextmanager
def answering(answer: Callable[[str], tuple[int, str | None]], seen: list[str]) -> Iterator[str]:
    """Serve on loopback: *answer* gives status and location for a path; yields the address."""

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            seen.append(self.path)
            status, location = answer(self.path)
            self.send_response(status)
            if location:
                self.send_header("Location", location)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_arguments: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        with in_a_thread(server):
            yield f"http://127.0.0.1:{server.server_port}"


def a_trial_of(subject: Subject, folder: Path, watch: Bystander | None = None) -> Trial:
    order = Order(case=CASE, subject=subject, seed=7, index=0, deadline=60.0, folder=folder)
    return LoadDriver({"tiny": PROFILE}).trial(order, watch or Bystander())


def test_a_ramp_of_several_seconds_ends_with_the_planned_users(
    tour: dict[str, Subject], tmp_path: Path
) -> None:
    ramped = Profile(name="ramped", users=12, ramp=3.0, warm_up=0.0, hold=2.0, trials=1)
    case = Case(lane=Lane.LOAD, journey="browse", profile="ramped")
    order = Order(case=case, subject=tour["1.0"], seed=7, index=0, deadline=60.0, folder=tmp_path)
    LoadDriver({"ramped": ramped}).trial(order, Bystander())
    users = [Frame.parse(line).users for line in (tmp_path / "frames.jsonl").read_text().splitlines()]
    # A frame's users are those at its end, when the next step may just have begun; the last is the end's.
    assert users[:-1] == sorted(users[:-1])
    assert users[2:] == [12, 12, 12, 0]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("import nosuchmodule", r"mine\.py, line 1: ModuleNotFoundError: No module named 'nosuchmodule'"),
        ("def visit(:", r"mine\.py, line 1: SyntaxError"),
        ("visitors = 1", r"mine\.py: No User class found!"),
        ("import sys\nsys.exit('set API_TOKEN first')", r"mine\.py: set API_TOKEN first"),
        (
            (
                "from locust import HttpUser, events\nclass Idle(HttpUser):\n    pass\n"
                "@events.init.add_listener\ndef go(**_):\n    raise KeyError('token')"
            ),
            r"mine\.py: .*KeyError: 'token'",
        ),
        (
            (
                "from locust import events\n@events.init_command_line_parser.add_listener\n"
                "def ask(parser):\n    parser.add_argument('--shop', required=True)"
            ),
            r"required: --shop",
        ),
        (
            "from locust import HttpUser\nclass Idle(HttpUser):\n    pass",
            r"No tasks defined on Idle\. Use the @task decorator",
        ),
    ],
)
def test_a_locustfile_that_cannot_be_used_is_a_fault_of_its_own_and_no_measurement(
    tour: dict[str, Subject], tmp_path: Path, text: str, told: str
) -> None:
    mine = tmp_path / "mine.py"
    mine.write_text(text)
    case = Case(lane=Lane.LOAD, journey="mine", profile="tiny")
    order = Order(case=case, subject=tour["1.0"], seed=7, index=0, deadline=60.0, folder=tmp_path)
    with pytest.raises(UsageError, match=told):
        LoadDriver({"tiny": PROFILE}, {"mine": mine}).trial(order, Bystander())


def generators() -> list[psutil.Process]:
    return [process for process in psutil.Process().children(recursive=True) if is_generator(process)]


def is_generator(process: psutil.Process) -> bool:
    try:
        words = process.cmdline()
    except psutil.Error:  # ended meanwhile, or a zombie
        return False
    return "scenarios.engine.worker" in words and not any("leash.py" in word for word in words)


def test_the_slow_search_is_measured_as_400_ms_slower(tour: dict[str, Subject], tmp_path: Path) -> None:
    folders = {release: tmp_path / release for release in tour}
    for folder in folders.values():
        folder.mkdir()
    quick, slow = (a_trial_of(tour[release], folders[release]) for release in ("1.0", "1.2"))
    for trial in (quick, slow):
        assert set(trial.caveats) <= {c for c in trial.caveats if c.code == "generator-late"}
    key = "response_mean{GET /api/search}"
    # Each side may carry a millisecond or two of a busy machine; the defect is 400 ms.
    assert slow.readings[key] - quick.readings[key] == pytest.approx(0.4, abs=0.1)
    assert quick.readings["error_ratio"] == slow.readings["error_ratio"] == 0
    assert {"response.hlog", "frames.jsonl", "locust.log"} <= set(quick.artifacts)


def test_frames_are_shown_while_the_trial_runs_and_hold_every_second(
    tour: dict[str, Subject], tmp_path: Path
) -> None:
    watch = Bystander()
    a_trial_of(tour["1.0"], tmp_path, watch)
    lines = (tmp_path / "frames.jsonl").read_text().splitlines()
    frames = [Frame.parse(line) for line in lines]
    # The last one is of what came until the users were gone.
    assert [frame.second for frame in frames] == [0, 1, 2, 3, 4]
    assert [frame.users for frame in frames[-2:]] == [PROFILE.users, 0]
    assert any(kind is Kind.LAG for frame in frames for _, kind in frame.counts)
    assert "users" in watch.seen[0].line


def test_a_killed_locust_makes_the_trial_invalid_with_its_last_lines(
    tour: dict[str, Subject], tmp_path: Path
) -> None:
    def kill() -> None:
        for process in generators():
            process.send_signal(signal.SIGKILL)

    trial = a_trial_of(tour["1.0"], tmp_path, Bystander(act=kill))
    assert not trial.sound
    died = next(caveat for caveat in trial.caveats if caveat.code == "generator-died")
    assert "137" in died.advice
    assert "Its last lines:" in died.advice


def test_stopping_ends_locust_and_leaves_nothing_behind(tour: dict[str, Subject], tmp_path: Path) -> None:
    watch = Bystander()
    watch.act = lambda: setattr(watch, "stop", True)
    before = {process.pid for process in psutil.Process(os.getpid()).children(recursive=True)}
    trial = a_trial_of(tour["1.0"], tmp_path, watch)
    assert not trial.sound
    after = {process.pid for process in psutil.Process(os.getpid()).children(recursive=True)}
    assert after <= before


def test_a_load_stopped_in_its_warm_up_says_that_it_has_no_steady_window(
    tour: dict[str, Subject], tmp_path: Path
) -> None:
    slow = Profile(name="slow", users=5, ramp=1.0, warm_up=50.0, hold=2.0, trials=1)
    case = Case(lane=Lane.LOAD, journey="browse", profile="slow")
    order = Order(case=case, subject=tour["1.0"], seed=7, index=0, deadline=60.0, folder=tmp_path)
    watch = Bystander()
    watch.act = lambda: setattr(watch, "stop", True)
    trial = LoadDriver({"slow": slow}).trial(order, watch)
    assert not trial.sound
    assert {"interrupted", "no-steady-window"} <= {caveat.code for caveat in trial.caveats}
    assert trial.readings == {}
    told = json.loads((tmp_path / "integrity.json").read_text())["steadiness"]["throughput"]
    assert told == {"trend": None, "note": "too short to test for a trend: 0 s, 36 s needed"}


# Makes its test data before the load, like many a locustfile.
SEEDING = """
import time

from locust import events
from launchlab.load import LoadUser, task


class Visitor(LoadUser):
    @task
    def visit(self):
        self.client.get("/visit")


@events.test_start.add_listener
def seed(environment, **_others):
    Visitor.host = environment.host
    first = Visitor(environment)
    first.client.get("/seed")
    time.sleep(2)
    first.client.get("/seed")
"""


def test_a_locustfile_that_takes_its_time_before_the_load_loses_nothing_of_it(tmp_path: Path) -> None:
    seen: list[str] = []
    (tmp_path / "seeding.py").write_text(SEEDING)
    with answering(lambda _path: (200, None), seen) as url:
        mine = Case(lane=Lane.LOAD, journey="mine", profile="tiny")
        subject = Subject(name="shop", release="1", url=url)
        order = Order(case=mine, subject=subject, seed=7, index=0, deadline=60.0, folder=tmp_path)
        trial = LoadDriver({"tiny": PROFILE}, {"mine": tmp_path / "seeding.py"}).trial(order, Bystander())
    frames = [Frame.parse(line) for line in (tmp_path / "frames.jsonl").read_text().splitlines()]
    assert seen.count("/seed") == 2
    assert [frame.second for frame in frames] == [0, 1, 2, 3, 4]
    assert [frame.users for frame in frames[1:]] == [PROFILE.users, PROFILE.users, PROFILE.users, 0]
    assert {endpoint for frame in frames for endpoint, _, _ in frame.histograms()} == {"GET /visit"}
    assert not {caveat.code for caveat in trial.caveats} & {"load-not-reached", "seconds-missing"}


def test_a_redirect_to_another_origin_is_a_failure_and_is_not_followed(tmp_path: Path) -> None:
    visited: list[str] = []
    with answering(lambda _path: (200, None), visited) as elsewhere:
        home: list[str] = []
        with answering(lambda _path: (302, f"{elsewhere}/private"), home) as url:
            hit = Case(lane=Lane.LOAD, journey="hit", profile="tiny")
            subject = Subject(name="shop", release="1", url=url)
            order = Order(case=hit, subject=subject, seed=7, index=0, deadline=60.0, folder=tmp_path)
            trial = LoadDriver({"tiny": PROFILE}).trial(order, Bystander())
    assert len(home) > PROFILE.users
    assert not visited
    assert trial.readings["error_ratio"] == 1.0
    assert "LeavesSubjectError" in (tmp_path / "failures.json").read_text()


def test_every_request_that_the_server_saw_is_counted(tmp_path: Path) -> None:
    seen: list[str] = []
    with answering(lambda _path: (200, None), seen) as url:
        hit = Case(lane=Lane.LOAD, journey="hit", profile="tiny")
        subject = Subject(name="shop", release="1", url=url)
        order = Order(case=hit, subject=subject, seed=7, index=0, deadline=60.0, folder=tmp_path)
        LoadDriver({"tiny": PROFILE}).trial(order, Bystander())
    frames = [Frame.parse(line) for line in (tmp_path / "frames.jsonl").read_text().splitlines()]
    counted = sum(h.size for f in frames for _, kind, h in f.histograms() if kind is Kind.RESPONSE)
    # What the server saw in the last tenth of a second may have been answered after the last frame.
    assert 0 <= len(seen) - counted <= PROFILE.users
    assert counted > 2 * PROFILE.users


def test_a_release_that_hangs_on_some_requests_does_not_look_quick(tmp_path: Path) -> None:
    seen: list[str] = []
    over = threading.Event()

    def hang_now_and_then(_path: str) -> tuple[int, None]:
        if len(seen) % 10 == 0:
            over.wait(60)
        return 200, None

    with answering(hang_now_and_then, seen) as url:
        hit = Case(lane=Lane.LOAD, journey="hit", profile="tiny")
        subject = Subject(name="shop", release="1", url=url)
        order = Order(case=hit, subject=subject, seed=7, index=0, deadline=60.0, folder=tmp_path)
        trial = LoadDriver({"tiny": PROFILE}).trial(order, Bystander())
        over.set()
    unanswered = [caveat for caveat in trial.caveats if caveat.code == "unanswered"]
    assert [caveat.fatal for caveat in unanswered] == [True]
    assert trial.readings["error_ratio"] == 0
