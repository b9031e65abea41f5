"""Judges a run against its targets and its baselines.  Pure: the core decides, and touches nothing.

All fail tests of a run form one Holm family; a pass needs every target inside its bound, so it
needs no correction (intersection-union).  Whatever is neither is INCONCLUSIVE.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from lab.engine.questions import Inquiry, Reference, ask_drift, ask_limit, measured, sample_of
from lab.kernel import words
from lab.kernel.metrics import Scale, metric_of, title_of
from lab.kernel.model import Case, Run
from lab.kernel.verdict import Finding, Outcome, Question, Target, Verdict
from lab.stats.estimate import exceeds, upper
from lab.stats.multiplicity import holm
from lab.stats.power import smallest_found, trials_to_settle
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
    # More invalid trials than this, and the rest are no fair sample.
    invalid_share: float = 0.2


USUAL = Policy()
BOTH = frozenset(Question)


def judge(
    run: Run,
    targets: Sequence[Target],
    references: Sequence[Reference],
    *,
    now: datetime,
    policy: Policy = USUAL,
    questions: frozenset[Question] = BOTH,
) -> Verdict:
    """Return the verdict on *run*: one finding per target, case, question and baseline.

    Without targets, or for a target that matched no case of the run, the outcome is never a pass.
    """
    asked: list[Inquiry | Finding] = []
    for target in targets:
        asked.extend(_questions_of(target, run, references, policy, questions))
    blocking = [item for item in asked if isinstance(item, Inquiry) and item.blocking]
    p_values = iter(holm([exceeds(inquiry.harm, inquiry.fail_bound) for inquiry in blocking]))
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
        baselines=tuple(reference.run.id for reference in references),
        findings=tuple(findings),
        judged_at=now,
    )


def _questions_of(
    target: Target,
    run: Run,
    references: Sequence[Reference],
    policy: Policy,
    questions: frozenset[Question],
) -> Iterator[Inquiry | Finding]:
    lane = metric_of(target.reading).lane
    wanted = [
        question
        for question, given in ((Question.LIMIT, target.limit), (Question.DRIFT, target.drift))
        if given is not None and question in questions
    ]
    cases = [case for case in run.cases if case.lane is lane and target.speaks_of(case)]
    if wanted and not cases:
        reason = "not measured: no case of this run has this reading."
        yield from (_plain(target, question, Outcome.INCONCLUSIVE, reason) for question in wanted)
    for case in cases:
        for question in wanted:
            unsound = _unsound(target, question, run, case, policy)
            if unsound is not None:
                yield unsound
            elif question is Question.LIMIT:
                yield _limit(target, run, case)
            else:
                yield from _drifts(target, run, case, references, policy)


def _limit(target: Target, run: Run, case: Case) -> Inquiry | Finding:
    if target.limit is None:
        raise ValueError(f"target {target.name!r} has no limit to judge")
    return ask_limit(target, run, case, target.limit) or _too_few(target, Question.LIMIT, run, case)


def _drifts(
    target: Target, run: Run, case: Case, references: Sequence[Reference], policy: Policy
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
        differing = run.environment.differences(reference.run.environment)
        unsound = _unsound(target, Question.DRIFT, reference.run, case, policy)
        if differing:
            reason = f"not comparable with {reference.label}: different {', '.join(differing)}."
            yield _plain(target, Question.DRIFT, Outcome.NOT_COMPARABLE, reason, case)
        elif unsound is not None:
            yield unsound
        else:
            inquiry = ask_drift(target, run, case, target.drift, reference)
            yield inquiry or _too_few(target, Question.DRIFT, run, case)


def _unsound(target: Target, question: Question, run: Run, case: Case, policy: Policy) -> Finding | None:
    """Return a finding where the trials of *case* are no fair sample, or lack the reading."""
    trials = run.trials_of(case)
    if not trials:
        reason = f"release {run.subject.release} has no trial of {case.name}."
        return _plain(target, question, Outcome.INCONCLUSIVE, reason, case)
    broken = [trial for trial in trials if not trial.sound]
    if len(broken) > policy.invalid_share * len(trials):
        codes = sorted({caveat.code for trial in broken for caveat in trial.caveats if caveat.fatal})
        reason = (
            f"{len(broken)} of {len(trials)} trials of release {run.subject.release} are invalid "
            f"({', '.join(codes)}), so the rest are no fair sample."
        )
        return _plain(target, question, Outcome.INVALID, reason, case)
    if not run.sample(case, target.reading).values:
        reason = (
            f"no trial of {case.name} has the reading {target.reading}: "
            "check the endpoint's name, or measure longer."
        )
        return _plain(target, question, Outcome.INCONCLUSIVE, reason, case)
    return None


def _too_few(target: Target, question: Question, run: Run, case: Case) -> Finding:
    sample = sample_of(run, case, target.reading)
    return Finding(
        target=target.name,
        question=question,
        outcome=Outcome.INCONCLUSIVE,
        reason="one trial a side can never pass or fail: it has no spread.  Measure at least 3.",
        reading=target.reading,
        case=case,
        measured=measured(sample, Scale.DIFFERENCE),
        limit=target.limit if question is Question.LIMIT else None,
    )


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
    settled = outcome in (Outcome.PASSED, Outcome.FAILED)
    settle = None
    if not settled and inquiry.blocking:
        settle = trials_to_settle(
            inquiry.harm,
            inquiry.trials,
            (inquiry.fail_bound, policy.alpha / family),
            (inquiry.accept_bound, policy.confidence),
        )
    return Finding(
        target=inquiry.target.name,
        question=inquiry.question,
        outcome=outcome,
        reason=_reason(inquiry, outcome, settle),
        reading=inquiry.target.reading,
        case=inquiry.case,
        measured=inquiry.measured,
        limit=inquiry.target.limit if inquiry.question is Question.LIMIT else None,
        change=inquiry.change,
        baseline=inquiry.reference.label if inquiry.reference else None,
        p_value=p_value,
        smallest_change=_smallest(inquiry, policy.alpha / family),
        trials_to_settle=settle,
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
    inside = upper(inquiry.harm, policy.confidence) <= inquiry.accept_bound
    return Outcome.PASSED if inside else Outcome.INCONCLUSIVE


def _notes(inquiry: Inquiry, policy: Policy) -> Iterator[str]:
    if inquiry.question is Question.LIMIT:
        return
    if upper(inquiry.harm, policy.confidence) < -inquiry.fail_bound:
        yield "IMPROVED: better than the baseline by more than the margin."
    if not inquiry.blocking and exceeds(inquiry.harm, inquiry.fail_bound) <= policy.alpha:
        yield "WARNING: beyond the fail margin, judged on the trials alone."
    if inquiry.metric.exact and inquiry.change is not None and not inquiry.change.exact:
        yield "WARNING: this reading should be constant, and varies between trials."


def _smallest(inquiry: Inquiry, alpha: float) -> float | None:
    """Return the smallest harm this run would have found: relative, or absolute for differences.

    None where zeros forced a ratio metric onto the difference scale: no reader expects that unit.
    """
    if inquiry.scale is not inquiry.metric.scale:
        return None
    found = smallest_found(inquiry.harm, inquiry.fail_bound, alpha)
    return math.expm1(found) if inquiry.scale is Scale.RATIO else found


def _reason(inquiry: Inquiry, outcome: Outcome, settle: int | None) -> str:
    title = title_of(inquiry.target.reading)
    if inquiry.question is Question.LIMIT and inquiry.target.limit is not None:
        value = words.measured(inquiry.metric, inquiry.measured)
        said = f"{title} is {value}, promised {words.promise(inquiry.metric, inquiry.target.limit)}"
    elif inquiry.change is not None and inquiry.reference is not None:
        moved = words.drift(inquiry.metric, inquiry.change)
        said = f"{title} against {inquiry.reference.run.subject.release}: {moved}"
    else:
        raise ValueError(f"nothing to say about {inquiry.target.name!r}")
    return said + _ending(inquiry, outcome, settle)


def _ending(inquiry: Inquiry, outcome: Outcome, settle: int | None) -> str:
    if outcome is not Outcome.INCONCLUSIVE:
        return "."
    if not inquiry.blocking:
        return (
            "; the baseline was measured at another time, which can warn but not decide: "
            "measure both together with --against."
        )
    if settle is None:
        return "; more trials will not settle it."
    trials = "1 more trial" if settle == 1 else f"{settle} more trials"
    return f"; {trials} a side would settle it."
