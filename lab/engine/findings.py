"""From a question and its evidence to a finding, in words.  Pure."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

from lab.engine.policy import Policy
from lab.engine.questions import SHOWN, Inquiry
from lab.engine.shapes import shapes
from lab.kernel import words
from lab.kernel.metrics import Better, Scale, metric_of, title_of
from lab.kernel.model import Case, Run
from lab.kernel.verdict import Finding, Interval, Outcome, Question, Target
from lab.stats.power import POWER, trials_to_settle
from lab.stats.ranks import exceeds_by, exceeds_by_in_rounds


def too_few(target: Target, question: Question, run: Run, case: Case) -> Finding:
    """Return the finding of a question that too few trials speak of."""
    reason = "one trial a side can never pass or fail: it has no spread.  Measure at least 3."
    finding = plain(target, question, Outcome.INCONCLUSIVE, reason, case)
    value = run.sample(case, target.reading).values[0]
    single = Interval(center=value, low=value, high=value, confidence=SHOWN, size=1)
    return replace(finding, measured=single)


def plain(
    target: Target, question: Question, outcome: Outcome, reason: str, case: Case | None = None
) -> Finding:
    """Return a finding without evidence, for a question that could not be asked."""
    return Finding(
        target=target.name,
        question=question,
        outcome=outcome,
        reason=reason,
        reading=target.reading,
        case=case,
        limit=target.limit if question is Question.LIMIT else None,
    )


def conclude(inquiry: Inquiry, p_value: float | None, family: int, policy: Policy) -> Finding:
    """Answer *inquiry*; *p_value* is adjusted for its *family*, None where it cannot block."""
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
        pinned=inquiry.pinned,
        p_value=p_value,
        smallest_change=_smallest(inquiry, policy.alpha / family),
        trials_to_settle=None if harmful else settle,
        notes=tuple(_notes(inquiry, policy)),
    )


def _outcome(inquiry: Inquiry, p_value: float | None, policy: Policy) -> Outcome:
    if p_value is None:
        return Outcome.INCONCLUSIVE
    if p_value <= policy.alpha:
        return Outcome.FAILED if _agreed(inquiry, policy) else Outcome.INCONCLUSIVE
    inside = inquiry.harm.upper(policy.confidence) <= inquiry.accept_bound
    return Outcome.PASSED if inside else Outcome.INCONCLUSIVE


def _agreed(inquiry: Inquiry, policy: Policy) -> bool:
    """Whether the rank test, which assumes nothing of the noise, finds the harm too."""
    if inquiry.old is None or inquiry.new is None:
        return True
    if inquiry.differences:
        p_value = exceeds_by_in_rounds(inquiry.differences, inquiry.fail_bound)
    else:
        p_value = exceeds_by(inquiry.old, inquiry.new, inquiry.fail_bound)
    return p_value <= policy.rank_alpha


def presuming(findings: Sequence[Finding]) -> Iterator[Finding]:
    """Take back passes that rest on others: latencies are of correct answers, and wrong ones are quick."""
    for finding in findings:
        presumed = metric_of(finding.reading).presumes
        broken = [
            other
            for other in findings
            if metric_of(other.reading).name == presumed
            and other.question is Question.LIMIT
            and other.case == finding.case
            and other.outcome is not Outcome.PASSED
        ]
        if finding.outcome is not Outcome.PASSED or not broken:
            yield finding
            continue
        reason = (
            f"{finding.reason.removesuffix('.')}; but it is about correct answers only, and "
            f"'{broken[0].target}' is {broken[0].outcome.value}."
        )
        yield replace(finding, outcome=Outcome.INCONCLUSIVE, reason=reason)


def worsened(finding: Finding) -> Finding:
    """Warn of a reading that is worse, where the finding does not say so itself."""
    if finding.outcome is Outcome.FAILED or any(note.startswith("WARNING") for note in finding.notes):
        return finding
    note = "WARNING: worse than the baseline, though not shown to be by more than what fails."
    return replace(finding, notes=(note, *finding.notes))


def capped(finding: Finding, run: Run, references: Sequence[Run]) -> Finding:
    """Take back a pass of a run that ended early: stopping when it looks good is no proof."""
    partial = run.partial or any(other.partial for other in references if other.id == finding.baseline)
    if finding.outcome is not Outcome.PASSED or not partial:
        return finding
    reason = f"{finding.reason.removesuffix('.')}; the run ended before its plan did, so this is no pass."
    return replace(finding, outcome=Outcome.INCONCLUSIVE, reason=reason)


def _notes(inquiry: Inquiry, policy: Policy) -> Iterator[str]:
    if inquiry.question is Question.LIMIT:
        yield from shapes(inquiry.shown)
        return
    yield from inquiry.remarks
    if inquiry.harm.upper(policy.confidence) < -inquiry.fail_bound:
        yield "IMPROVED: better than the baseline by more than the margin."
    if not inquiry.blocking and inquiry.harm.exceeds(inquiry.fail_bound) <= policy.alpha:
        yield "WARNING: beyond the fail margin, judged on the trials alone."
    if inquiry.metric.exact and inquiry.change is not None and not inquiry.change.exact:
        yield "WARNING: this reading should be constant, and varies between trials."
    yield from shapes(inquiry.shown)


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
        pinned = " (pinned)" if inquiry.pinned else ""
        return f"{title} against {inquiry.reference.subject.release}{pinned}: {moved}"
    value = words.measured(inquiry.metric, inquiry.measured)
    return f"{title} is {value}, promised {words.promise(inquiry.metric, inquiry.target.limit or 0.0)}"


def _ending(inquiry: Inquiry, outcome: Outcome, settle: int | None, *, harmful: bool) -> str:
    if outcome is not Outcome.INCONCLUSIVE:
        return "."
    if not inquiry.blocking:
        return (
            "; the baseline was measured at another time, which can warn but not decide: "
            f"{inquiry.lacking}.  Measure its release along with --against."
        )
    if harmful:
        return "; the rank test, which assumes nothing of the noise, does not agree: look at the trials."
    if settle is None:
        return "; more trials will not settle it."
    trials = "1 more trial" if settle == 1 else f"{settle} more trials"
    side = " a side" if inquiry.question is Question.DRIFT else ""
    return f"; {trials}{side} would settle it."
