"""Records to the document of ``--json``.  Pure."""

from __future__ import annotations

import math

from lab.kernel.metrics import METRICS, split
from lab.kernel.model import Caveat, PlannedCase, Run, Trial
from lab.kernel.units import Unit
from lab.kernel.verdict import Change, Finding, Interval
from reports.exports.document import (
    FORMAT,
    CasePart,
    CaveatPart,
    ChangePart,
    Document,
    FindingPart,
    IntervalPart,
    TrialPart,
)
from reports.view import Chapter


def document_of(chapter: Chapter, *, exit_code: int, report: str | None, judged: bool = True) -> Document:
    """Return the document about one run.

    *report* is the path of its page.  *judged* is false where a lane was measured and no target speaks of
    it: the document then has no outcome, whatever the empty verdict says.
    """
    run, verdict = chapter.run, chapter.verdict
    return Document(
        format=FORMAT,
        run=run.id,
        session=run.session,
        subject=run.subject.name,
        release=run.subject.release,
        started_at=run.started_at,
        partial=run.partial,
        outcome=verdict.outcome if judged else None,
        exit_code=int(exit_code),
        judged_at=verdict.judged_at if judged else None,
        baselines=verdict.baselines,
        caveats=tuple(map(_caveat, run.caveats)),
        units=_units(run),
        environment=run.environment.facts,
        cases=tuple(_case(run, planned) for planned in run.planned),
        findings=tuple(map(_finding, verdict.findings)) if judged else (),
        report=report,
    )


def _units(run: Run) -> dict[str, Unit]:
    names = sorted({split(key)[0] for trial in run.trials for key in trial.readings})
    return {name: METRICS[name].unit for name in names if name in METRICS}


def _case(run: Run, planned: PlannedCase) -> CasePart:
    case = planned.case
    return CasePart(
        case=case.name,
        lane=case.lane,
        journey=case.journey,
        profile=case.profile,
        phone=case.phone,
        network=case.network,
        variant=case.variant,
        planned=planned.trials,
        trials=tuple(map(_trial, run.trials_of(case))),
    )


def _trial(trial: Trial) -> TrialPart:
    return TrialPart(
        index=trial.index,
        started_at=trial.started_at,
        duration=trial.duration,
        validity=trial.validity,
        caveats=tuple(map(_caveat, trial.caveats)),
        readings=trial.readings,
    )


def _caveat(caveat: Caveat) -> CaveatPart:
    return CaveatPart(code=caveat.code, advice=caveat.advice, fatal=caveat.fatal)


def _finding(finding: Finding) -> FindingPart:
    metric = METRICS.get(split(finding.reading)[0])
    return FindingPart(
        target=finding.target,
        question=finding.question,
        outcome=finding.outcome,
        reason=finding.reason,
        reading=finding.reading,
        unit=metric.unit if metric else None,
        case=finding.case.name if finding.case else None,
        lane=finding.case.lane if finding.case else None,
        limit=_finite(finding.limit),
        measured=_interval(finding.measured) if finding.measured else None,
        change=_change(finding.change) if finding.change else None,
        baseline=finding.baseline,
        baseline_release=finding.baseline_release,
        p_value=_finite(finding.p_value),
        smallest_change=_finite(finding.smallest_change),
        trials_to_settle=finding.trials_to_settle,
        notes=finding.notes,
    )


def _change(change: Change) -> ChangePart:
    return ChangePart(
        absolute=_interval(change.absolute),
        ratio=_interval(change.ratio) if change.ratio else None,
        exact=change.exact,
    )


def _interval(interval: Interval) -> IntervalPart:
    return IntervalPart(
        center=_finite(interval.center),
        low=_finite(interval.low),
        high=_finite(interval.high),
        confidence=interval.confidence,
        size=interval.size,
    )


def _finite(value: float | None) -> float | None:
    """Return *value*, or None where JSON has no number for it: a bound may lie at infinity."""
    return value if value is not None and math.isfinite(value) else None
