"""Judges a run against its targets and its baselines.  Pure: the core decides, and touches nothing.

All fail tests of a run form one Holm family; a pass needs every target inside its bound, so it
needs no correction (intersection-union).  A run that is judged at several planned looks has a share of
either level at each.  Whatever is neither is INCONCLUSIVE.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from lab.engine import canary
from lab.engine.canary import Likeness
from lab.engine.drifts import Reference, ask_drift
from lab.engine.findings import capped, conclude, plain, presuming, too_few, worsened
from lab.engine.noise import between_of
from lab.engine.policy import USUAL, Policy
from lab.engine.questions import Inquiry, ask_limit
from lab.engine.soundness import unfair
from lab.kernel.metrics import metric_of, title_of
from lab.kernel.model import Case, Lane, Run
from lab.kernel.noise import Noise
from lab.kernel.verdict import Finding, Margins, Outcome, Question, Target, Verdict
from lab.stats.multiplicity import benjamini_hochberg, holm

BOTH = frozenset(Question)


@dataclass(frozen=True, slots=True, kw_only=True)
class References:
    """What a run is held against.

    One release may differ from those *accepted* by the target's margins, and all releases since the *pinned*
    one from it by the cumulative one.  *noise* says how much runs of one release differ from session to
    session.
    """

    accepted: tuple[Run, ...] = ()
    pinned: Run | None = None
    noise: tuple[Noise, ...] = ()

    @property
    def runs(self) -> tuple[Run, ...]:
        """All of them; one run in both roles is held against once, by the narrower margin."""
        if self.pinned is None or self.pinned.id in {run.id for run in self.accepted}:
            return self.accepted
        return (*self.accepted, self.pinned)


NOTHING = References()


def judge(
    run: Run,
    targets: Sequence[Target],
    references: References = NOTHING,
    *,
    now: datetime,
    policy: Policy = USUAL,
    questions: frozenset[Question] = BOTH,
) -> Verdict:
    """Return the verdict on *run*: one finding per target, case, question and reference.

    Without targets, for a target that matched no case, or for a run that ended before its plan did, the
    outcome is never a pass.
    """
    matter = _Matter(
        run=run,
        references=references,
        now=now,
        policy=policy.at_each_of(max(len(run.plan.looks), 1)),
        questions=questions,
    )
    asked = [item for target in targets for item in _questions_of(target, matter)]
    findings = [capped(finding, run, references.runs) for finding in _answers(asked, matter.policy)]
    return Verdict(
        run=run.id,
        release=run.subject.release,
        baselines=tuple(reference.id for reference in references.runs),
        findings=tuple(presuming(findings)),
        judged_at=now,
        pinned=references.pinned.id if references.pinned else None,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Matter:
    """All that is known when a run is judged."""

    run: Run
    references: References
    now: datetime
    policy: Policy
    questions: frozenset[Question]


def _answers(asked: Sequence[Inquiry | Finding], policy: Policy) -> Iterator[Finding]:
    blocking = [item for item in asked if isinstance(item, Inquiry) and item.blocking]
    p_values = iter(holm([inquiry.harm.exceeds(inquiry.fail_bound) for inquiry in blocking]))
    family = max(len(blocking), 1)
    drifts = [item for item in asked if isinstance(item, Inquiry) and item.question is Question.DRIFT]
    worse = benjamini_hochberg([inquiry.harm.exceeds(inquiry.least_bound) for inquiry in drifts])
    warned = {
        id(inquiry) for inquiry, chance in zip(drifts, worse, strict=True) if chance <= policy.warn_share
    }
    for item in asked:
        if isinstance(item, Finding):
            yield item
            continue
        finding = conclude(item, next(p_values) if item.blocking else None, family, policy)
        yield worsened(finding) if id(item) in warned else finding


def _questions_of(target: Target, matter: _Matter) -> Iterator[Inquiry | Finding]:
    run, lane = matter.run, metric_of(target.reading).lane
    wanted = [
        question
        for question, given in ((Question.LIMIT, target.limit), (Question.DRIFT, target.drift))
        if given is not None and question in matter.questions
    ]
    cases = [case for case in run.cases if case.lane is lane and target.speaks_of(case)]
    if wanted and not cases:
        reason = f"not measured: {_why_not(target, lane)}."
        yield from (plain(target, question, Outcome.INCONCLUSIVE, reason) for question in wanted)
    for case in cases:
        for question in wanted:
            doubt = unfair([run], case, target.reading, matter.policy.invalid_share)
            if doubt is not None:
                yield plain(target, question, doubt.outcome, doubt.reason, case)
            elif question is Question.LIMIT:
                yield _limit(target, run, case)
            else:
                yield from _drifts(target, case, matter)


def _why_not(target: Target, lane: Lane | None) -> str:
    if lane is None:
        return f"no lane of this launchlab measures {title_of(target.reading)} yet"
    return f"no case of this run is one of the {lane.value} lane that the target speaks of"


def _limit(target: Target, run: Run, case: Case) -> Inquiry | Finding:
    if target.limit is None:
        raise ValueError(f"target {target.name!r} has no limit to judge")
    return ask_limit(target, run, case, target.limit) or too_few(target, Question.LIMIT, run, case)


def _drifts(target: Target, case: Case, matter: _Matter) -> Iterator[Inquiry | Finding]:
    if target.drift is None:
        raise ValueError(f"target {target.name!r} has no margins to judge a drift by")
    if not matter.references.runs:
        reason = (
            "no baseline to compare with: accept a run with "
            f"'launchlab baseline promote {matter.run.id} --why REASON', or name a release with --against."
        )
        yield plain(target, Question.DRIFT, Outcome.INCONCLUSIVE, reason, case)
    accepted = {run.id for run in matter.references.accepted}
    for run in matter.references.runs:
        pinned = run.id not in accepted
        margins = _since_pinned(target.reading, target.drift, matter.policy) if pinned else target.drift
        known = between_of(
            matter.references.noise, matter.run.environment.facts, case, target.reading, matter.now
        )
        reference = Reference(run=run, noise=known, margins=margins, pinned=pinned)
        yield _drift(target, case, reference, matter)


def _drift(target: Target, case: Case, reference: Reference, matter: _Matter) -> Inquiry | Finding:
    """Ask about one reference; say why, where nothing can be asked."""
    run, margin = reference.run, reference.margins.fail
    differing = matter.run.environment.differences(run.environment)
    heard = canary.between(run, matter.run, margin)
    differs = f"different {', '.join(differing)}." if differing else ""
    if not differing and heard is not None and heard.likeness is Likeness.DIFFERENT:
        differs = heard.reason
    if differs:
        reason = f"not comparable with {run.subject.release} ({run.id}): {differs}"
        return plain(target, Question.DRIFT, Outcome.NOT_COMPARABLE, reason, case)
    doubt = unfair([run, matter.run], case, target.reading, matter.policy.invalid_share)
    if doubt is not None:
        return plain(target, Question.DRIFT, doubt.outcome, doubt.reason, case)
    inquiry = ask_drift(target, matter.run, case, reference)
    if inquiry is None:
        return too_few(target, Question.DRIFT, matter.run, case)
    return replace(inquiry, remarks=heard.notes) if heard else inquiry


def _since_pinned(reading: str, margins: Margins, policy: Policy) -> Margins:
    """Return the one margin for all releases since the pinned one, with what people agreed to on top."""
    agreed = math.prod(1 + each.share for each in policy.allowances if each.reading == reading)
    # A target that lets one release move further than all of them together is taken by its word.
    allowed = (1 + max(policy.cumulative, margins.accept)) * agreed - 1
    return Margins(fail=allowed, accept=allowed)
