"""Measures one case for the commands ``load``, ``devices`` and ``bench``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from lab.engine.subject import Source
from lab.kernel.errors import ExitCode
from lab.kernel.metrics import metric_of
from lab.kernel.model import Lane, PlannedCase, Run
from lab.kernel.verdict import Question, Target, Verdict
from lab.store.store import Store
from launchlab import judging
from launchlab import project as projects
from launchlab.measuring import sound
from launchlab.project import Project
from launchlab.screen import console, show_verdict
from launchlab.sessions import Errand, hold

UNNAMED = "unnamed"


@dataclass(frozen=True, slots=True)
class Request:
    """What the command line asked for."""

    project: Path | None
    store: Path
    url: str | None
    release: str | None
    check: bool
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
        planned = [p.case.journey for p in self.loaded.cases if p.case.lane is Lane.LOAD]
        return planned[0] if planned and self.url is None else "hit"

    @property
    def profile_folders(self) -> tuple[Path, ...]:
        """Return where profiles are looked for."""
        return self.loaded.profile_folders


def measure(request: Request, planned: PlannedCase) -> int:
    """Measure, report, and return the exit code: soundness, or with --check the verdict."""
    to, store, project = console(), Store.at(request.store), request.loaded
    errand = Errand(
        source=_source(request, project),
        releases=(request.release or (UNNAMED if request.url else project.release),),
        cases=(planned,),
        root=Path.cwd() if planned.case.lane is Lane.BENCH else project.root,
        profile_folders=project.profile_folders,
        locustfiles={request.locustfile.stem: request.locustfile} if request.locustfile else {},
    )
    session = hold(errand, store, to)
    run = next(iter(session.runs.values()))
    targets = _targets(request, project, planned.case.lane)
    limits = frozenset({Question.LIMIT})
    verdict = judging.judge(run, targets, policy=project.policy, questions=limits)
    code = session.exit_code or _code(request, run, verdict)
    to.print()
    if targets:
        show_verdict(to, verdict, heading="limits" if request.check else "limits, advisory")
    else:
        to.print("no targets speak of this: nothing is judged", style="dim")
    to.print(f"\n[bold]Report[/]: {judging.publish(store, run, verdict, code)}")
    to.print(f"Next: launchlab report {run.id}", style="dim")
    return code


def _code(request: Request, run: Run, verdict: Verdict) -> ExitCode:
    if not sound(run.trials):
        return ExitCode.INVALID
    return ExitCode.of(verdict.outcome) if request.check else ExitCode.PASSED


def _targets(request: Request, project: Project, lane: Lane) -> list[Target]:
    """Return the targets of this lane; the bundled project's are promises of the tour app only."""
    if request.url and project.bundled:
        return []
    return [target for target in project.targets if metric_of(target.reading).lane is lane]


def _source(request: Request, project: Project) -> Source:
    """Return the project's subject, or the one that already runs at --url."""
    if request.url is None:
        return project.source
    name = urlsplit(request.url).netloc or request.url
    return Source(name=name, url=request.url, allow=project.source.allow)
