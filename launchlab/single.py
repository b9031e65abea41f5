"""Measures one case for the commands ``load``, ``devices`` and ``bench``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from lab.kernel.errors import ExitCode
from lab.kernel.metrics import metric_of
from lab.kernel.model import Lane, PlannedCase, Run
from lab.kernel.verdict import Question, Target, Verdict
from lab.store.store import Store
from launchlab import judging
from launchlab import project as projects
from launchlab.exporting import Exports, export
from launchlab.measuring import sound
from launchlab.project import Project, exit_code_of, source_of
from launchlab.screen import show_verdict
from launchlab.sessions import Errand, hold
from profiles.profile import Profile

UNNAMED = "unnamed"


@dataclass(frozen=True, slots=True)
class Request:
    """What the command line asked for."""

    project: Path | None
    store: Path
    url: str | None
    release: str | None
    check: bool
    exports: Exports
    locustfile: Path | None = None

    @property
    def loaded(self) -> Project:
        """Return the project that speaks here."""
        return projects.load(self.project)

    @property
    def usual_journey(self) -> str:
        """Return the journey of the project's plan; for a stranger's address, the one that fits any."""
        if self.locustfile is not None:
            return self.locustfile.stem
        return self._planned(Lane.LOAD) or "hit"

    @property
    def usual_page(self) -> str:
        """Return the page of the project's plan; for a stranger's address, the one at its root."""
        return self._planned(Lane.DEVICES) or "/"

    def _planned(self, lane: Lane) -> str | None:
        planned = [planned.case.journey for planned in self.loaded.cases if planned.case.lane is lane]
        return planned[0] if planned and self.url is None else None

    @property
    def profile_folders(self) -> tuple[Path, ...]:
        """Return where profiles are looked for."""
        return self.loaded.profile_folders


def measure(request: Request, planned: PlannedCase, profile: Profile | None = None) -> int:
    """Measure, report, and return the exit code: soundness, or with --check the verdict.

    *profile* is the one that a case of the load lane names.
    """
    to, store, project = request.exports.console(), Store.at(request.store), request.loaded
    errand = Errand(
        source=source_of(project, request.url),
        releases=(request.release or (UNNAMED if request.url else project.release),),
        cases=(planned,),
        root=Path.cwd() if planned.case.lane is Lane.BENCH else project.root,
        profiles={profile.name: profile} if profile else {},
        locustfiles=_locustfiles(request, project),
    )
    session = hold(errand, store, to)
    run = next(iter(session.runs.values()))
    targets = _targets(request, project, planned.case.lane)
    limits = frozenset({Question.LIMIT})
    verdict = judging.judge(run, targets, policy=project.policy, questions=limits)
    code = session.exit_code or _exit_code(request, project, run, verdict)
    to.print()
    if targets:
        show_verdict(to, verdict, heading="limits" if request.check else "limits, advisory")
    else:
        to.print("no targets speak of this: nothing is judged", style="dim")
    report = judging.keep(store, run, verdict, code)
    to.print(f"\n[bold]Report[/]: {report}")
    to.print(f"Next: launchlab report {run.id}", style="dim")
    chapter = judging.chapter(store, run.id)
    export(request.exports, chapter, report=report, exit_code=code, judged=bool(targets))
    return code


def _exit_code(request: Request, project: Project, run: Run, verdict: Verdict) -> int:
    if not sound(run.trials):
        return ExitCode.INVALID
    return exit_code_of(project, verdict.outcome) if request.check else ExitCode.PASSED


def _targets(request: Request, project: Project, lane: Lane) -> list[Target]:
    """Return the targets of this lane; the bundled project's are promises of the tour app only."""
    if request.url and project.bundled:
        return []
    return [target for target in project.targets if metric_of(target.reading).lane is lane]


def _locustfiles(request: Request, project: Project) -> dict[str, Path]:
    own = request.locustfile
    return {**project.locustfiles, **({own.stem: own} if own else {})}
