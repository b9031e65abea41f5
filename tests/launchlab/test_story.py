"""The demo's story: when it came out as told, and what its exit code says otherwise."""

from __future__ import annotations

from lab.kernel.model import Lane
from lab.kernel.verdict import Finding, Outcome, Question, Verdict
from launchlab.story import DEFECTS, came_out
from tests.builders import START

LANES = {Lane.LOAD, Lane.DEVICES, Lane.BENCH}


def a_verdict(release: str, *findings: tuple[str, Question, Outcome]) -> Verdict:
    return Verdict(
        run=f"run-{release}",
        release=release,
        baselines=(),
        judged_at=START,
        findings=tuple(
            Finding(target="x", reading=reading, question=question, outcome=outcome, reason="because.")
            for reading, question, outcome in findings
        ),
    )


def verdicts(
    first: Outcome = Outcome.PASSED,
    second: Outcome = Outcome.PASSED,
    search: Outcome = Outcome.FAILED,
    paint: Outcome = Outcome.FAILED,
) -> dict[str, Verdict]:
    return {
        "1.0": a_verdict("1.0", ("fcp", Question.LIMIT, first)),
        "1.1": a_verdict("1.1", ("fcp", Question.DRIFT, second)),
        "1.2": a_verdict(
            "1.2",
            (DEFECTS[Lane.LOAD], Question.DRIFT, search),
            (DEFECTS[Lane.DEVICES], Question.DRIFT, paint),
        ),
    }


def test_the_story_as_told_is_a_success() -> None:
    assert came_out(verdicts(), LANES) == 0


def test_an_unchanged_release_may_be_inconclusive_but_not_failed() -> None:
    assert came_out(verdicts(second=Outcome.INCONCLUSIVE), LANES) == 0
    assert came_out(verdicts(second=Outcome.FAILED), LANES) == 3


def test_a_first_release_that_does_not_keep_its_limits_ends_the_story() -> None:
    assert came_out(verdicts(first=Outcome.FAILED), LANES) == 3
    assert came_out(verdicts(first=Outcome.INVALID), LANES) == 5


def test_both_defects_must_be_named() -> None:
    assert came_out(verdicts(paint=Outcome.INCONCLUSIVE), LANES) == 1
    assert came_out(verdicts(search=Outcome.INVALID, paint=Outcome.INVALID), LANES) == 5


def test_defects_that_pass_unseen_mean_the_lab_is_broken() -> None:
    assert came_out(verdicts(search=Outcome.PASSED, paint=Outcome.PASSED), LANES) == 1


def test_without_a_browser_only_the_search_has_to_be_found() -> None:
    assert came_out(verdicts(paint=Outcome.INCONCLUSIVE), {Lane.LOAD}) == 0
