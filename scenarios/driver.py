"""Starts Locust as child processes and reads the trial back.  Never imports Locust."""

from __future__ import annotations

import ast
import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path, PurePath

from lab.engine.addresses import read_url
from lab.engine.allowlist import Reach
from lab.engine.health import first_open
from lab.engine.names import addresses_of
from lab.engine.plan import Order
from lab.engine.process import Child
from lab.engine.runner import Watch
from lab.kernel.errors import LabError, UsageError
from lab.kernel.model import Case, Trial
from lab.kernel.record import made, write_text
from lab.store.failures import ARTIFACT as FAILURES
from profiles.capacity import processes_for
from profiles.profile import Profile
from scenarios import framefiles, hdrlog
from scenarios.engine.assignment import HEADERS, RECORDED, Assignment
from scenarios.engine.generator import Generator
from scenarios.following import Follower, Worker
from scenarios.integrity.served import Served
from scenarios.merging import LONG
from scenarios.probing import Prober
from scenarios.processes import Part, parts_of, time_to_start
from scenarios.readings import summarise
from scenarios.sources import leaned_on
from scenarios.witnesses import Witnesses

JOURNEYS = Path(__file__).parent / "journeys"
_FRAMES, _LOCUST_LOG = "frames.jsonl", "locust.log"
_LOG, _ROLLUPS = "response.hlog", "rollups.jsonl"
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

    *locustfiles* are a user's own files, by the journey that stands for each.  *headers* go with every
    request, and *reach* is all that the load may connect to.  *generator* says how each load is made.
    *served* gives the own count of the subject at a URL and address, if it has one, and lets a probe ask
    beside the load; without it nobody but the load asks the subject.
    """

    def __init__(
        self,
        profiles: Mapping[str, Profile],
        locustfiles: Mapping[str, Path] | None = None,
        headers: Mapping[str, str] | None = None,
        reach: Reach | None = None,
        generator: Generator | None = None,
        served: Callable[[str, str], Served | None] | None = None,
    ) -> None:
        self._profiles = profiles
        self._locustfiles = locustfiles or {}
        self._environment = {HEADERS: json.dumps(dict(headers or {})), RECORDED: "yes"}
        self._reach = reach or Reach()
        self._generator = generator or Generator()
        self._served = served

    def duration(self, case: Case) -> float:
        """Return about how long one trial takes, in seconds.

        Raises UsageError for an unknown journey or profile, with the known ones, and for more processes
        than can share the profile.
        """
        locustfile_of(case.journey, self._locustfiles)
        profile = self._profile(case)
        return profile.duration + _OVERHEAD + time_to_start(self._count(profile))

    def trial(self, order: Order, watch: Watch) -> Trial:
        """Put the order's load on its subject once.

        Raises UsageError when the journey's users cannot do what the profile asks, UnwritableError
        when what came of it cannot be written.
        """
        # What is left to chance is the same for releases under comparison, and another in each trial.
        profile = replace(self._profile(order.case), seed=order.seed)
        started_at, began = datetime.now(UTC), time.monotonic()
        with ExitStack() as stack:
            witnesses = stack.enter_context(self._witnesses(order, profile))
            parts = tuple(parts_of(self._assignment(order, profile), self._count(profile)))
            workers = [stack.enter_context(self._started(order.folder, part)) for part in parts]
            follower = Follower(workers, profile, order.folder / _ROLLUPS, witnesses.see)
            trouble = follower.follow(order.deadline, watch)
        window = follower.collector.window()
        summary, doubts = summarise(window), witnesses.report(window)
        _write_log(order.folder, [worker.frames for worker in workers], profile, started_at)
        failures = [asdict(failure) for failure in summary.failures]
        write_text(order.folder / FAILURES, json.dumps(failures, indent=1))
        return Trial(
            case=order.case,
            index=order.index,
            started_at=started_at,
            duration=time.monotonic() - began,
            readings=summary.readings,
            resolutions=summary.resolutions,
            caveats=(*trouble, *summary.caveats, *(doubts if not trouble else ())),
            artifacts=(
                *(_LOG, _ROLLUPS, FAILURES, *witnesses.left()),
                *(name for part in parts for name in _left_by(part)),
            ),
        )

    def _witnesses(self, order: Order, profile: Profile) -> Witnesses:
        """Return those who can be asked about a load: none that the reach does not permit to ask."""
        url = order.subject.url
        if self._served is None:
            return Witnesses(order.folder, None, None)
        try:
            host = read_url(url).hostname or ""
            permit = self._reach.permit(host, addresses_of)
        except LabError:
            return Witnesses(order.folder, None, None)
        address = first_open(url, permit.addresses)
        prober = Prober(
            url,
            address,
            profile.seconds.start,
            order.folder,
            self._environment,
            insecure=self._generator.insecure,
        )
        # What a capped subject may be asked belongs to the load.
        return Witnesses(order.folder, self._served(url, address), prober if permit.rate is None else None)

    def _count(self, profile: Profile) -> int:
        """Return how many processes make the load.  Raises UsageError where so many cannot."""
        return processes_for(profile, self._generator.processes)

    def _assignment(self, order: Order, profile: Profile) -> Assignment:
        return Assignment(
            locustfile=str(locustfile_of(order.case.journey, self._locustfiles)),
            url=order.subject.url,
            profile=profile,
            seed=order.seed,
            frames=_FRAMES,
            reach=self._reach,
            generator=self._generator,
        )

    @contextmanager
    def _started(self, trial: Path, part: Part) -> Iterator[Worker]:
        """Start the process of *part*, and end it."""
        folder = made(trial / part.folder)
        frames, path = folder / _FRAMES, folder / "assignment.json"
        write_text(path, replace(part.assignment, frames=str(frames)).text())
        # -P: a project's own folder named scenarios must not stand before ours.
        command = [sys.executable, "-P", "-m", "scenarios.engine.worker", str(path)]
        with Child(command, log=folder / _LOCUST_LOG, environment=self._environment) as child:
            yield Worker(name=part.name, child=child, frames=frames)

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


def _write_log(folder: Path, frames: Sequence[Path], profile: Profile, started_at: datetime) -> None:
    """Write the interval log: of every second, or of the roll-ups of a long run."""
    source = [folder / _ROLLUPS] if profile.duration > LONG else frames
    hdrlog.write(folder / _LOG, framefiles.read(source), started_at)


def _left_by(part: Part) -> Iterator[str]:
    for name in (_FRAMES, _LOCUST_LOG):
        yield str(PurePath(part.folder, name))
