"""Measures one case for the commands ``load``, ``devices`` and ``bench``."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

from lab.kernel.errors import ExitCode
from lab.kernel.metrics import metric_of
from lab.kernel.model import Lane, PlannedCase, Run
from lab.kernel.verdict import Question, Target, Verdict
from launchlab import judging
from launchlab.concluding import Bearing, Conclusion, conclude
from launchlab.exporting import Exports
from launchlab.measuring import sound
from launchlab.project import Project, exit_code_of, is_own, release_of, source_of
from launchlab.sessions import Errand, hold
from launchlab.stores import open_at
from profiles.profile import Profile
from scenarios.engine.generator import Generator


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What the command line asked for, in the *project* that speaks here."""

    project: Project
    store: Path
    url: str | None
    release: str | None
    check: bool
    exports: Exports
    locustfile: Path | None = None
    generator: Generator = field(default_factory=Generator)

    @property
    def usual_journey(self) -> str:
        """Return the journey of the project's plan; for a stranger's address, the one that fits any."""
        if self.locustfile is not None:
            return self._journey_of(self.locustfile)
        return self._planned(Lane.LOAD) or "hit"

    @property
    def usual_page(self) -> str:
        """Return the page of the project's plan; for a stranger's address, the one at its root."""
        return self._planned(Lane.DEVICES) or "/"

    @property
    def locustfiles(self) -> dict[str, Path]:
        """Return the project's locustfiles and the one that was named, by the journey of each."""
        named = {} if self.locustfile is None else {self._journey_of(self.locustfile): self.locustfile}
        return {**self.project.locustfiles, **named}

    def _journey_of(self, file: Path) -> str:
        """Return what a locustfile is called: what the plan calls it, else its name."""
        planned = self.project.locustfiles.items()
        return next((journey for journey, path in planned if path.resolve() == file.resolve()), file.name)

    def _planned(self, lane: Lane) -> str | None:
        if not is_own(self.project, self.url):
            return None
        planned = (planned.case.journey for planned in self.project.cases if planned.case.lane is lane)
        return next(planned, None)


def measure(request: Request, planned: PlannedCase, profile: Profile | None = None) -> int:
    """Measure, report, and return the exit code: soundness, or with --check the verdict.

    *profile* is the one that a case of the load lane names.
    """
    to, store, project = request.exports.console(), open_at(request.store), request.project
    code_only = planned.case.lane is Lane.BENCH
    source = project.source if code_only else source_of(project, request.url)
    errand = Errand(
        # Whoever loads a subject whatever its certificate asks it alike whether it serves.
        source=replace(source, insecure=request.generator.insecure),
        releases=(release_of(project, request.url, request.release),),
        cases=(planned,),
        root=Path.cwd() if code_only else project.root,
        profiles={profile.name: profile} if profile else {},
        locustfiles=request.locustfiles,
        generator=request.generator,
    )
    session = hold(errand, store, to)
    run = next(iter(session.runs.values()))
    targets = _targets(request, planned.case.lane)
    limits = frozenset({Question.LIMIT})
    verdict = judging.judge(run, targets, policy=project.policy, questions=limits)
    to.print()
    conclusion = Conclusion(
        run=run,
        verdict=verdict,
        exit_code=session.exit_code or _exit_code(request, run, verdict),
        following=f"launchlab report {run.id}",
        bearing=_bearing(request, targets),
    )
    return conclude(conclusion, store, request.exports, to)


def _exit_code(request: Request, run: Run, verdict: Verdict) -> int:
    if not sound(run):
        return ExitCode.INVALID
    return exit_code_of(request.project, verdict.outcome) if request.check else ExitCode.PASSED


def _bearing(request: Request, targets: list[Target]) -> Bearing:
    if request.check:
        return Bearing.DECIDES
    return Bearing.ADVISES if targets else Bearing.NOTHING


def _targets(request: Request, lane: Lane) -> list[Target]:
    """Return the targets of this lane; the bundled project's are promises of the tour app only."""
    project = request.project
    if project.bundled and not is_own(project, request.url):
        return []
    return [target for target in project.targets if metric_of(target.reading).lane is lane]
