"""The gate at the terminal: measures a release beside its baseline where that can be started."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from lab.engine.gate import References
from lab.engine.subject import Source
from lab.kernel.errors import UsageError
from lab.kernel.model import Baseline, Run
from lab.kernel.units import Unit, parse
from lab.kernel.verdict import Outcome, Verdict
from lab.store.store import Store
from launchlab import baselines, judging
from launchlab import project as projects
from launchlab.concluding import Conclusion, conclude
from launchlab.exporting import Exports
from launchlab.lanes import measurable
from launchlab.looking import Looking
from launchlab.project import Project, exit_code_of, release_of, source_of
from launchlab.sessions import Errand, hold

# A person waits for it, and so does a pipeline; most plans take less than five minutes a look.
_USUAL_BUDGET = "20min"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which release, and against what: a release to measure along, or a baseline's name.

    *budget* is in seconds: how long trials may be added until it is decided.  None adds none.
    """

    release: str | None
    against: str | None
    baseline: str | None
    url: str | None
    exports: Exports
    budget: float | None = None


def budget_of(written: str | None, *, until_decided: bool) -> float | None:
    """Return the seconds that a gate may add trials for; None where it adds none.

    Raises UsageError for what is no duration, and for a budget of a gate that adds no trials.
    """
    if not until_decided:
        if written is not None:
            raise UsageError("--budget says how long --until-decided may take.  Give both, or none.")
        return None
    try:
        return parse(written or _USUAL_BUDGET, Unit.SECOND)
    except ValueError as error:
        raise UsageError(f"--budget: {error}.") from None


def decide(asked: Asked, path: Path | None, store: Store) -> int:
    """Measure, judge, report; return the verdict's exit code."""
    to, project = asked.exports.console(), projects.load(path)
    if not project.cases:
        raise UsageError("the project's plan is empty, so there is nothing to measure.  Add a [plan].")
    release = release_of(project, asked.url, asked.release)
    source = source_of(project, asked.url)
    promoted = _promoted(store, asked.baseline, project)
    pinned = _pinned(store, project)
    beside = _beside(asked, source, release, promoted)
    along = _along(source, release, beside, pinned)
    cases, caveats = measurable(project.cases)

    def references_of(runs: Mapping[str, Run]) -> References:
        return References(
            accepted=(runs[beside],) if beside else _stored(store, promoted),
            pinned=runs[along] if along else next(iter(_stored(store, pinned)), None),
            noise=store.records.noise(),
        )

    def judged(runs: Mapping[str, Run]) -> Verdict:
        return judging.judge(runs[release], project.targets, references_of(runs), policy=project.policy)

    errand = Errand(
        source=source,
        releases=tuple(dict.fromkeys(filter(None, (along, beside, release)))),
        cases=cases,
        root=project.root,
        profiles=project.profiles_of(cases),
        locustfiles=project.locustfiles,
        caveats=caveats,
        looking=_looking(asked, project, judged),
    )
    session = hold(errand, store, to)
    run = session.runs[release]
    references, verdict = references_of(session.runs), judged(session.runs)
    to.print()
    conclusion = Conclusion(
        run=run,
        verdict=verdict,
        references=references.runs,
        exit_code=session.exit_code or exit_code_of(project, verdict.outcome),
        following=_next(run, verdict.outcome),
    )
    return conclude(conclusion, store, asked.exports, to)


def _looking(
    asked: Asked, project: Project, judged: Callable[[Mapping[str, Run]], Verdict]
) -> Looking | None:
    if asked.budget is None:
        return None
    return Looking(budget=asked.budget, judge=judged, alpha=project.policy.alpha)


def _next(run: Run, outcome: Outcome) -> str:
    promote = f"launchlab baseline promote {run.id} --why REASON"
    if run.partial:
        return "launchlab gate again, to the end"
    match outcome:
        case Outcome.PASSED:
            return f"{promote}, once it has launched"
        case Outcome.FAILED:
            return "open the report; each failure names its reading"
        case Outcome.INCONCLUSIVE:
            return f"launchlab gate --until-decided, or {promote} if a person accepts it as it is"
        case Outcome.INVALID | Outcome.NOT_COMPARABLE:
            return "launchlab doctor, then launchlab gate again"


def _beside(asked: Asked, source: Source, release: str, promoted: Baseline | None) -> str | None:
    """Return the release to measure along; None where only a stored baseline can be had."""
    wanted = asked.against or (promoted.release if promoted else None)
    if wanted is None:
        return None
    if wanted == release:
        if asked.against:
            raise UsageError(f"--against {wanted} is the release under test.  Name another one.")
        return None
    if source.can_start(wanted):
        return wanted
    if asked.against:
        raise UsageError.unknown("release", wanted, source.releases)
    return None


def _along(source: Source, release: str, beside: str | None, pinned: Baseline | None) -> str | None:
    """Return the pinned release to measure along too; None where there is none, or only its records."""
    if pinned is None or pinned.release == release or not source.can_start(pinned.release):
        return None
    return beside if pinned.release == beside else pinned.release


def _pinned(store: Store, project: Project) -> Baseline | None:
    """Return the pinned baseline.  Raises UsageError when the project names one that there is not."""
    return baselines.in_force(store, project.pinned) if project.pinned else None


def _promoted(store: Store, named: str | None, project: Project) -> Baseline | None:
    """Return the baseline in force; only one that was not asked for by name may be missing."""
    return baselines.in_force(store, named) if named else store.records.baseline(project.baseline)


def _stored(store: Store, promoted: Baseline | None) -> tuple[Run, ...]:
    return (store.records.load_run(promoted.run),) if promoted else ()
