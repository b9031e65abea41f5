"""Starts Locust as a child process and reads the trial back.  Never imports Locust."""

from __future__ import annotations

import ast
import json
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path

from lab.engine.allowlist import Reach
from lab.engine.plan import Order
from lab.engine.process import Child
from lab.engine.runner import Progress, Watch
from lab.kernel.errors import UsageError
from lab.kernel.model import Case, Caveat, Trial
from lab.kernel.record import write_text
from lab.kernel.units import Unit, show
from lab.store.failures import ARTIFACT as FAILURES
from profiles.profile import Profile
from scenarios import hdrlog
from scenarios.engine import rate_cap
from scenarios.engine.assignment import HEADERS, RECORDED, REFUSED, Assignment
from scenarios.engine.frames import Frame, Kind
from scenarios.readings import Summary, summarise
from scenarios.sources import leaned_on

JOURNEYS = Path(__file__).parent / "journeys"
# How often the frames of a running trial are looked at.
_POLL = 0.1
# What Locust takes to import and to wind down, on a two-core machine.
_OVERHEAD = 2.0


def journeys() -> dict[str, str]:
    """Return the shipped journeys and their first line; read without importing them.

    Importing a journey imports Locust, which monkey-patches the interpreter.
    """
    found = {}
    for path in sorted(JOURNEYS.glob("*.py")):
        if path.stem != "__init__":
            docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
            found[path.stem] = docstring.partition("\n")[0]
    return found


class LoadDriver:
    """Makes load trials.  *profiles* are those that the plan's cases name.

    *locustfiles* are a user's own files, by the journey that stands for each.  *headers* go with
    every request, and *reach* is all that the load may connect to.
    """

    def __init__(
        self,
        profiles: Mapping[str, Profile],
        locustfiles: Mapping[str, Path] | None = None,
        headers: Mapping[str, str] | None = None,
        reach: Reach | None = None,
    ) -> None:
        self._profiles = profiles
        self._locustfiles = locustfiles or {}
        self._environment = {HEADERS: json.dumps(dict(headers or {})), RECORDED: "yes"}
        self._reach = reach or Reach()

    def duration(self, case: Case) -> float:
        """Return about how long one trial takes, in seconds.

        Raises UsageError for an unknown journey or profile, with the known ones.
        """
        locustfile_of(case.journey, self._locustfiles)
        return self._profile(case).duration + _OVERHEAD

    def trial(self, order: Order, watch: Watch) -> Trial:
        """Put the order's load on its subject once.

        Raises UsageError when the journey's users cannot do what the profile asks, UnwritableError
        when what came of it cannot be written.
        """
        # What is left to chance is the same for releases under comparison, and another in each trial.
        profile = replace(self._profile(order.case), seed=order.seed)
        assignment = Assignment(
            locustfile=str(locustfile_of(order.case.journey, self._locustfiles)),
            url=order.subject.url,
            profile=profile,
            seed=order.seed,
            frames=str(order.folder / "frames.jsonl"),
            reach=self._reach,
        )
        path = order.folder / "assignment.json"
        write_text(path, assignment.text())
        started_at, began = datetime.now(UTC), time.monotonic()
        # -P: a project's own folder named scenarios must not stand before ours.
        command = [sys.executable, "-P", "-m", "scenarios.engine.worker", str(path)]
        with Child(command, log=order.folder / "locust.log", environment=self._environment) as child:
            frames, trouble = _follow(child, Path(assignment.frames), profile, order.deadline, watch)
        summary = summarise(frames, profile)
        artifacts = _keep(order.folder, frames, summary, started_at)
        return Trial(
            case=order.case,
            index=order.index,
            started_at=started_at,
            duration=time.monotonic() - began,
            readings=summary.readings,
            resolutions=summary.resolutions,
            caveats=(*trouble, *rate_cap.caveats_of(order.folder), *summary.caveats),
            artifacts=artifacts,
        )

    def _profile(self, case: Case) -> Profile:
        profile = self._profiles.get(case.profile or "")
        if profile is None:
            raise UsageError.unknown("profile", case.profile or "", self._profiles)
        return profile


def locustfile_of(journey: str, own: Mapping[str, Path]) -> Path:
    """Return the file of a journey: one of the user's *own*, or a shipped one.

    Raises UsageError for an unknown journey, or a file that is not there.
    """
    if journey in own:
        if not own[journey].is_file():
            raise UsageError(f"there is no locustfile {str(own[journey])!r}.")
        return own[journey].resolve()
    if journey not in journeys():
        raise UsageError.unknown("journey", journey, {*journeys(), *own})
    return JOURNEYS / f"{journey}.py"


def sources_of(journey: str, own: Mapping[str, Path]) -> dict[str, bytes]:
    """Return the texts that decide what a journey does: under "" its file, and by name our modules behind it.

    Raises UsageError like locustfile_of.
    """
    source = locustfile_of(journey, own).read_bytes()
    return {"": source, **leaned_on(source, _module)}


def _module(name: str) -> bytes | None:
    path = JOURNEYS.parent.parent.joinpath(*name.split(".")).with_suffix(".py")
    return path.read_bytes() if path.is_file() else None


def _follow(
    child: Child, path: Path, profile: Profile, deadline: float, watch: Watch
) -> tuple[list[Frame], tuple[Caveat, ...]]:
    """Read frames while the child runs; return them all, and what went wrong with the child."""
    frames: list[Frame] = []
    tail = _Tail(path)
    ends = time.monotonic() + deadline
    while child.running and not watch.stopping():
        fresh = tail.frames()
        frames += fresh
        if fresh:
            watch.progress(_progress(fresh[-1], profile))
        if time.monotonic() > ends:
            advice = f"Locust did not end within {deadline:.0f} s and was stopped.\n{child.tail()}"
            return frames, (Caveat(code="generator-hung", advice=advice, fatal=True),)
        child.wait(_POLL)
    frames += tail.frames()
    if watch.stopping():
        return frames, (Caveat(code="interrupted", advice="stopped by the user.", fatal=True),)
    if child.status == REFUSED:
        raise UsageError(child.tail().rpartition("\n")[2])
    if child.status != 0:
        advice = f"Locust ended with status {child.status}.  Its last lines:\n{child.tail()}"
        return frames, (Caveat(code="generator-died", advice=advice, fatal=True),)
    return frames, ()


class _Tail:
    """Reads the complete lines that were appended to a file since the last look."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offset = 0

    def frames(self) -> list[Frame]:
        if not self._path.exists():
            return []
        with self._path.open("rb") as file:
            file.seek(self._offset)
            content = file.read()
        whole = content[: content.rfind(b"\n") + 1]
        self._offset += len(whole)
        return [Frame.parse(line) for line in whole.decode("utf-8").splitlines()]


def _progress(frame: Frame, profile: Profile) -> Progress:
    sizes = [(kind, histogram) for _, kind, histogram in frame.histograms()]
    answers = sum(histogram.size for kind, histogram in sizes if kind is Kind.RESPONSE)
    failures = sum(histogram.size for kind, histogram in sizes if kind is Kind.FAILED)
    spent = sum(h.mean() * h.size for kind, h in sizes if kind is Kind.RESPONSE)
    mean = f"mean {show(spent / answers, Unit.SECOND)}" if answers else "no answers"
    stage = profile.span_at(frame.second).stage
    planned = f" of {stage.rate:g}/s planned" if stage.rate else ""
    queued = f", {frame.arrivals.queued} wait for a free user" if frame.arrivals.queued else ""
    return Progress(
        share=min(1.0, (frame.second + 1) / profile.duration),
        line=f"{frame.users} users{queued}, {answers}/s{planned}, {mean}, {failures} failed",
    )


def _keep(folder: Path, frames: list[Frame], summary: Summary, started_at: datetime) -> tuple[str, ...]:
    hdrlog.write(folder / "response.hlog", frames, started_at)
    failures = [asdict(failure) for failure in summary.failures]
    write_text(folder / FAILURES, json.dumps(failures, indent=1))
    return ("response.hlog", "frames.jsonl", FAILURES, "locust.log")
