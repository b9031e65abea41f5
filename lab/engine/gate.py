"""Judges a run against its targets and its baselines.  Pure: the core decides, and touches nothing.

All fail tests of a run form one Holm family; a pass needs every target inside its bound, so it
needs no correction (intersection-union).  Whatever is neither is INCONCLUSIVE.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from lab.engine.questions import SHOWN, Inquiry, ask_drift, ask_limit
from lab.engine.soundness import unfair
from lab.kernel import words
from lab.kernel.metrics import Better, Scale, metric_of, title_of
from lab.kernel.model import Case, Lane, Run
from lab.kernel.verdict import Finding, Interval, Outcome, Question, Target, Verdict
from lab.stats.multiplicity import holm
from lab.stats.power import POWER, trials_to_settle
from lab.stats.ranks import exceeds_by


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How sure the gate must be."""

    # 0.01 over the whole run: one false alarm in a hundred releases.
    alpha: float = 0.01
    # One-sided: what is called "no worse" is so in 97.5 of 100 cases.
    confidence: float = 0.975
    # Unadjusted: few trials cannot reach an adjusted level (3 and 3 give 0.05 at best).
    rank_alpha: float = 0.05
    # More unsound trials than this, and the rest are no fair sample.
    invalid_share: float = 0.2


USUAL = Policy()
BOTH = frozenset(Question)


def judge(
    run: Run,
    targets: Sequence[Target],
    references: Sequence[Run],
    *,
    now: datetime,
    policy: Policy = USUAL,
    questions: frozenset[Question] = BOTH,
) -> Verdict:
    """Return the verdict on *run*: one finding per target, case, question and reference.

    Without targets, for a target that matched no case, or for a run that ended before its plan
    did, the outcome is never a pass.
    """
    asked: list[Inquiry | Finding] = []
    for target in targets:
        asked.extend(_questions_of(target, run, references, policy, questions))
    blocking = [item for item in asked if isinstance(item, Inquiry) and item.blocking]
    p_values = iter(holm([inquiry.harm.exceeds(inquiry.fail_bound) for inquiry in blocking]))
    family = max(len(blocking), 1)
    findings = [
        item
        if isinstance(item, Finding)
        else _conclude(item, next(p_values) if item.blocking else None, family, policy)
        for item in asked
    ]
    return Verdict(
        run=run.id,
        release=run.subject.release,
        baselines=tuple(reference.id for reference in references),
        findings=tuple(_capped(finding, run, references) for finding in findings),
        judged_at=now,
    )


def _questions_of(
    target: Target,
    run: Run,
    references: Sequence[Run],
    policy: Policy,
    questions: frozenset[Question],
) -> Iterator[Inquiry | Finding]:
    lane = metric_of(target.reading).lane
    wanted = [
        question
        for question, given in ((Question.LIMIT, target.limit), (Question.DRIFT, target.drift))
        if given is not None and question in questions
    ]
    cases = [case for case in run.cases if _may_have(run, case, target) and target.speaks_of(case)]
    if wanted and not cases:
        reason = f"not measured: {_why_not(target, lane)}."
        yield from (_plain(target, question, Outcome.INCONCLUSIVE, reason) for question in wanted)
    for case in cases:
        for question in wanted:
            doubt = unfair([run], case, target.reading, policy.invalid_share)
            if doubt is not None:
                yield _plain(target, question, doubt.outcome, doubt.reason, case)
            elif question is Question.LIMIT:
                yield _limit(target, run, case)
            else:
                yield from _drifts(target, run, case, references, policy)


def _may_have(run: Run, case: Case, target: Target) -> bool:
    """Whether *case* is of the lane that measures the reading; without such a lane an import may hold it."""
    lane = metric_of(target.reading).lane
    if lane is None:
        return any(target.reading in trial.readings for trial in run.trials_of(case))
    return case.lane is lane


def _why_not(target: Target, lane: Lane | None) -> str:
    if lane is None:
        return f"no lane of this launchlab measures {title_of(target.reading)} yet"
    return f"no case of this run is one of the {lane.value} lane that the target speaks of"


def _limit(target: Target, run: Run, case: Case) -> Inquiry | Finding:
    if target.limit is None:
        raise ValueError(f"target {target.name!r} has no limit to judge")
    return ask_limit(target, run, case, target.limit) or _too_few(target, Question.LIMIT, run, case)


def _drifts(
    target: Target, run: Run, case: Case, references: Sequence[Run], policy: Policy
) -> Iterator[Inquiry | Finding]:
    if target.drift is None:
        raise ValueError(f"target {target.name!r} has no margins to judge a drift by")
    if not references:
        reason = (
            "no baseline to compare with: accept a run with "
            f"'launchlab baseline promote {run.id} --why REASON', or name a release with --against."
        )
        yield _plain(target, Question.DRIFT, Outcome.INCONCLUSIVE, reason, case)
    for reference in references:
        differing = run.environment.differences(reference.environment)
        doubt = unfair([reference, run], case, target.reading, policy.invalid_share)
        if differing:
            label = f"{reference.subject.release} ({reference.id})"
            reason = f"not comparable with {label}: different {', '.join(differing)}."
            yield _plain(target, Question.DRIFT, Outcome.NOT_COMPARABLE, reason, case)
        elif doubt is not None:
            yield _plain(target, Question.DRIFT, doubt.outcome, doubt.reason, case)
        else:
            inquiry = ask_drift(target, run, case, target.drift, reference)
            yield inquiry or _too_few(target, Question.DRIFT, run, case)


def _too_few(target: Target, question: Question, run: Run, case: Case) -> Finding:
    reason = "one trial a side can never pass or fail: it has no spread.  Measure at least 3."
    finding = _plain(target, question, Outcome.INCONCLUSIVE, reason, case)
    value = run.sample(case, target.reading).values[0]
    single = Interval(center=value, low=value, high=value, confidence=SHOWN, size=1)
    return replace(finding, measured=single)


def _plain(
    target: Target, question: Question, outcome: Outcome, reason: str, case: Case | None = None
) -> Finding:
    return Finding(
        target=target.name,
        question=question,
        outcome=outcome,
        reason=reason,
        reading=target.reading,
        case=case,
        limit=target.limit if question is Question.LIMIT else None,
    )


def _conclude(inquiry: Inquiry, p_value: float | None, family: int, policy: Policy) -> Finding:
    outcome = _outcome(inquiry, p_value, policy)
    settle = None
    if outcome is Outcome.INCONCLUSIVE and inquiry.blocking:
        settle = trials_to_settle(
            inquiry.harm,
            (inquiry.fail_bound, policy.alpha / family),
            (inquiry.accept_bound, policy.confidence),
        )
    harmful = p_value is not None and p_value <= policy.alpha
    reference = inquiry.reference
    return Finding(
        target=inquiry.target.name,
        question=inquiry.question,
        outcome=outcome,
        reason=_said(inquiry) + _ending(inquiry, outcome, settle, harmful=harmful),
        reading=inquiry.target.reading,
        case=inquiry.case,
        measured=inquiry.measured,
        limit=inquiry.target.limit if inquiry.question is Question.LIMIT else None,
        change=inquiry.change,
        baseline=reference.id if reference else None,
        baseline_release=reference.subject.release if reference else None,
        p_value=p_value,
        smallest_change=_smallest(inquiry, policy.alpha / family),
        trials_to_settle=None if harmful else settle,
        notes=tuple(_notes(inquiry, policy)),
    )


def _outcome(inquiry: Inquiry, p_value: float | None, policy: Policy) -> Outcome:
    if p_value is None:
        return Outcome.INCONCLUSIVE
    if p_value <= policy.alpha:
        if inquiry.old is None or inquiry.new is None:
            return Outcome.FAILED
        cross_check = exceeds_by(inquiry.old, inquiry.new, inquiry.fail_bound)
        return Outcome.FAILED if cross_check <= policy.rank_alpha else Outcome.INCONCLUSIVE
    inside = inquiry.harm.upper(policy.confidence) <= inquiry.accept_bound
    return Outcome.PASSED if inside else Outcome.INCONCLUSIVE


def _capped(finding: Finding, run: Run, references: Sequence[Run]) -> Finding:
    """Take back a pass of a run that ended early: stopping when it looks good is no proof."""
    partial = run.partial or any(other.partial for other in references if other.id == finding.baseline)
    if finding.outcome is not Outcome.PASSED or not partial:
        return finding
    reason = f"{finding.reason.removesuffix('.')}; the run ended before its plan did, so this is no pass."
    return replace(finding, outcome=Outcome.INCONCLUSIVE, reason=reason)


def _notes(inquiry: Inquiry, policy: Policy) -> Iterator[str]:
    if inquiry.question is Question.LIMIT:
        return
    if inquiry.harm.upper(policy.confidence) < -inquiry.fail_bound:
        yield "IMPROVED: better than the baseline by more than the margin."
    if not inquiry.blocking and inquiry.harm.exceeds(inquiry.fail_bound) <= policy.alpha:
        yield "WARNING: beyond the fail margin, judged on the trials alone."
    if inquiry.metric.exact and inquiry.change is not None and not inquiry.change.exact:
        yield "WARNING: this reading should be constant, and varies between trials."


def _smallest(inquiry: Inquiry, alpha: float) -> float | None:
    """Return the smallest harm this run would have found: relative, or absolute for differences.

    None where zeros forced a ratio metric onto the difference scale: no reader expects that unit.
    """
    found = inquiry.harm.smallest_found(inquiry.fail_bound, alpha, POWER)
    if inquiry.metric.scale is Scale.DIFFERENCE:
        return found
    if inquiry.question is Question.LIMIT:
        return found / inquiry.target.limit if inquiry.target.limit else None
    if inquiry.scale is Scale.DIFFERENCE:
        return None
    return math.expm1(found) if inquiry.metric.better is Better.LOWER else -math.expm1(-found)


def _said(inquiry: Inquiry) -> str:
    title = title_of(inquiry.target.reading)
    if inquiry.change is not None and inquiry.reference is not None:
        moved = words.drift(inquiry.metric, inquiry.change)
        return f"{title} against {inquiry.reference.subject.release}: {moved}"
    value = words.measured(inquiry.metric, inquiry.measured)
    return f"{title} is {value}, promised {words.promise(inquiry.metric, inquiry.target.limit or 0.0)}"


def _ending(inquiry: Inquiry, outcome: Outcome, settle: int | None, *, harmful: bool) -> str:
    if outcome is not Outcome.INCONCLUSIVE:
        return "."
    if not inquiry.blocking:
        return (
            "; the baseline was measured at another time, which can warn but not decide: "
            "measure its release along with --against."
        )
    if harmful:
        return "; the rank test, which assumes nothing of the noise, does not agree: look at the trials."
    if settle is None:
        return "; more trials will not settle it."
    trials = "1 more trial" if settle == 1 else f"{settle} more trials"
    side = " a side" if inquiry.question is Question.DRIFT else ""
    return f"; {trials}{side} would settle it."
