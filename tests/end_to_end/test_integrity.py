"""A generator that lacks a processor says so itself, with the seconds and the cause; on real Locust."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest

from lab.engine.plan import Order
from lab.engine.runner import Progress
from lab.engine.subject import serving
from lab.kernel.model import Case, Lane, Subject, Trial
from launchlab import project
from profiles.profile import Profile
from scenarios.counters import TourMetrics, uncounted
from scenarios.driver import LoadDriver
from scenarios.engine.frames import Frame
from scenarios.truth.started import truth_server
from tests.end_to_end.test_load import generators

pytestmark = pytest.mark.end_to_end

# 14,000 requests: a spell of each second or two, so that they are judged one by one.
PROFILE = Profile(name="judged", users=100, ramp=1.0, warm_up=2.0, hold=14.0, trials=1, rate=1000.0)
# The machine has other work, and the product then says so: one sound trial in this many is demanded.
ATTEMPTS = 5
# A load of this size needs some 15 % of a core, and then has one share in seventeen.
LOOPS = 16
# Computes without an end, and ends when whoever started it does.
BUSY = """
import os, sys
parent = os.getppid()
while os.getppid() == parent:
    sum(range(100_000))
"""


@contextmanager
def starving(process: psutil.Process) -> Iterator[None]:
    """Pin *process* to a core, and leave it hardly anything of that."""
    process.nice(19)
    core = process.cpu_affinity()[-1]
    process.cpu_affinity([core])
    with ExitStack() as stack:
        for _ in range(LOOPS):
            # A session of its own, since Linux may share a core out among sessions (sched(7), autogroups).
            loop = stack.enter_context(subprocess.Popen([sys.executable, "-c", BUSY], start_new_session=True))
            stack.callback(loop.kill)
            psutil.Process(loop.pid).cpu_affinity([core])
        yield
        process.cpu_affinity(list(range(os.cpu_count() or 1)))


@dataclass
class Starver:
    """Watches a trial, and starves its generator from one of its seconds until another."""

    begins: int
    ends: int
    seen: int = 0
    stack: ExitStack = field(default_factory=ExitStack)

    def progress(self, _progress: Progress) -> None:
        self.seen += 1
        if self.seen == self.begins:
            (generator,) = generators()
            self.stack.enter_context(starving(generator))
        if self.seen == self.ends:
            self.stack.close()

    def stopping(self) -> bool:
        return False


def a_trial(url: str, folder: Path, watch: Starver) -> Trial:
    folder.mkdir(parents=True, exist_ok=True)
    case = Case(lane=Lane.LOAD, journey="hit", profile=PROFILE.name)
    subject = Subject(name="truth", release="1", url=url)
    order = Order(case=case, subject=subject, seed=7, index=0, deadline=90.0, folder=folder)
    with watch.stack:
        return LoadDriver({PROFILE.name: PROFILE}, served=uncounted).trial(order, watch)


def test_a_generator_without_a_processor_is_told_with_the_seconds_and_the_cause(tmp_path: Path) -> None:
    with truth_server(tmp_path) as server:
        trial = a_trial(server.url, tmp_path / "starved", Starver(begins=7, ends=11))
    assert not trial.sound
    (late,) = [caveat for caveat in trial.caveats if caveat.code == "generator-late"]
    assert "other programs kept it from a processor" in late.advice
    report = json.loads((tmp_path / "starved" / "integrity.json").read_text())
    seconds = {second for _, begins, ends, _ in report["lateness"]["late"] for second in range(begins, ends)}
    assert seconds & set(range(7, 12))
    assert str(min(seconds)) in late.advice


def test_the_same_load_with_a_processor_is_valid_and_its_witnesses_agree(tmp_path: Path) -> None:
    for attempt in range(ATTEMPTS):
        folder = tmp_path / str(attempt)
        with truth_server(tmp_path / str(attempt)) as server:
            trial = a_trial(server.url, folder, Starver(begins=0, ends=0))
        report = json.loads((folder / "integrity.json").read_text())
        assert report["littles_law"]["holds"]
        if not trial.caveats:
            break
    assert not trial.caveats
    assert report["bias"]["endpoint"] == "GET /"
    assert report["bias"]["requests"] > 10
    assert {"integrity.json", "probe.jsonl"} <= set(trial.artifacts)
    frames = [Frame.parse(line) for line in (folder / "frames.jsonl").read_text().splitlines()]
    assert all(0 < frame.signals.hub_lag_p99 <= frame.signals.hub_lag for frame in frames)
    assert sum(frame.signals.ended for frame in frames) == pytest.approx(14_000 + 2_000, rel=0.1)


def test_the_tour_app_counts_what_was_sent_to_it(tmp_path: Path) -> None:
    small = Profile(name="small", users=30, ramp=1.0, warm_up=0.0, hold=4.0, trials=1)
    with serving(project.load(project.DEMO).source, ["1.0"], tmp_path / "logs") as served:
        case = Case(lane=Lane.LOAD, journey="browse", profile="small")
        subject = served.subjects["1.0"]
        order = Order(case=case, subject=subject, seed=7, index=0, deadline=60.0, folder=tmp_path)
        trial = LoadDriver({"small": small}, served=TourMetrics).trial(order, Starver(begins=0, ends=0))
    told = json.loads((tmp_path / "integrity.json").read_text())["served"]
    assert told["equal"]
    assert told["served"] >= told["sent"]["answered"] > 50
    assert "counts-differ" not in {caveat.code for caveat in trial.caveats}
