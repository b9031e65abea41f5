"""What may be promoted without a word of excuse, and what a rollback goes back to."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from lab.engine import gate, promotion
from lab.kernel.baseline import Baseline, Kind
from lab.kernel.errors import UsageError
from lab.kernel.model import Run
from lab.kernel.verdict import Margins, Outcome, Question, Target, Verdict
from tests.builders import START, a_run_of, a_target
from tests.stores import a_finding, a_promotion, a_verdict

QUICK = a_target(limit=0.2, drift=Margins())
STEADY = a_run_of([0.100, 0.101, 0.099, 0.100, 0.101])


def verdict_of(*targets: Target, run: Run = STEADY) -> Verdict:
    """Return what the gate says of a run that there is nothing to hold against."""
    return gate.judge(run, targets, now=START)


def test_a_run_that_passed_may_be_promoted_whenever() -> None:
    passed = a_verdict("run-1.1", findings=(a_finding(),))
    assert promotion.objection(passed, first=True) is None
    assert promotion.objection(passed, first=False) is None


def test_the_first_run_may_be_promoted_by_the_limits_that_it_keeps() -> None:
    verdict = verdict_of(QUICK)
    assert verdict.outcome is Outcome.INCONCLUSIVE
    assert promotion.objection(verdict, first=True) is None


def test_a_later_run_has_to_be_held_against_the_baseline() -> None:
    assert "not held against" in (promotion.objection(verdict_of(QUICK), first=False) or "")


def test_without_a_limit_nothing_speaks_for_the_first_run() -> None:
    assert promotion.objection(verdict_of(replace(QUICK, limit=None)), first=True) == "is inconclusive"
    assert promotion.objection(verdict_of(), first=True) == "is inconclusive"


@pytest.mark.parametrize(
    ("run", "objection"),
    [
        (a_run_of([0.300, 0.301, 0.299, 0.300, 0.301]), "is failed"),
        # Around the limit; too few to tell; ended early; none that has the reading.
        (a_run_of([0.150, 0.250, 0.199, 0.201, 0.200]), "is inconclusive"),
        (a_run_of([0.100]), "is inconclusive"),
        (replace(STEADY, partial=True), "is inconclusive"),
        (a_run_of([0.1, 0.1, 0.1], key="response_p99"), "is inconclusive"),
    ],
)
def test_a_first_run_whose_limits_are_not_all_kept_is_refused(run: Run, objection: str) -> None:
    assert promotion.objection(verdict_of(QUICK, run=run), first=True) == objection


def test_a_first_run_with_a_drift_that_was_not_even_measured_is_refused() -> None:
    elsewhere = replace(QUICK, limit=None, journey="another")
    assert promotion.objection(verdict_of(QUICK, elsewhere), first=True) == "is inconclusive"


def test_a_verdict_that_was_reached_against_a_baseline_is_no_first_one() -> None:
    findings = (a_finding(), a_finding(Outcome.INCONCLUSIVE, Question.DRIFT))
    assert promotion.objection(a_verdict("run-1.1", findings=findings), first=True) == "is inconclusive"


def history(*decisions: str) -> list[Baseline]:
    """Return decisions a minute apart: ``A`` promotes run A, ``<A`` rolls back to it."""
    return [
        replace(
            a_promotion(text.removeprefix("<"), at=START + timedelta(minutes=minute)),
            kind=Kind.ROLLBACK if text.startswith("<") else Kind.PROMOTION,
        )
        for minute, text in enumerate(decisions)
    ]


@pytest.mark.parametrize(
    ("decisions", "standing"),
    [
        ("A", "A"),
        ("A B C", "A B C"),
        ("A B C <B", "A B"),
        ("A B C <B <A", "A"),
        ("A B C <A", "A"),
        ("A B C <B D", "A B D"),
        ("A B A", "A B A"),
        ("A B A <B", "A B"),
        # The nearest: a rollback takes away as little as it has to.
        ("A B A C <A", "A B A"),
        ("A A B <A", "A"),
        ("A B B", "A B"),
        # Of a store whose first promotions are not here.
        ("B <A", "B A"),
    ],
)
def test_what_stands_after_promotions_and_rollbacks(decisions: str, standing: str) -> None:
    found = promotion.standing(history(*decisions.split()))
    assert " ".join(each.run for each in found) == standing


def test_a_rollback_goes_to_the_one_before_or_to_the_one_that_is_named() -> None:
    decided = history("A", "B", "C")
    assert promotion.earlier(decided).run == "B"
    assert promotion.earlier(decided, "A").run == "A"


def test_there_is_no_way_back_beyond_the_first_nor_to_what_is_in_force() -> None:
    with pytest.raises(UsageError, match="no way back"):
        promotion.earlier(history("A", "B", "<A"))
    with pytest.raises(UsageError, match=r"'B'\.  Known: A"):
        promotion.earlier(history("A", "B"), "B")
