"""What a run is held against: the accepted release, the pinned one, and what a pass rests on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np

from lab.engine.gate import References, judge
from lab.engine.policy import Policy
from lab.kernel.model import Run
from lab.kernel.verdict import Allowance, Margins, Outcome, Target
from tests.builders import a_run, a_run_of, a_target, a_trial

NOW = datetime(2026, 11, 23, tzinfo=UTC)
DRIFT = a_target(drift=Margins(fail=0.02, accept=0.05))
TRIALS = (0.999, 1.001, 1.0, 0.998, 1.002, 1.0, 1.001, 0.999, 1.0)


def release(name: str, level: float) -> Run:
    return a_run_of([0.1 * level * value for value in TRIALS], release=name)


def outcomes(run: Run, references: References, policy: Policy | None = None) -> list[tuple[bool, Outcome]]:
    verdict = judge(run, [DRIFT], references, now=NOW, policy=policy or Policy())
    return [(finding.pinned, finding.outcome) for finding in verdict.findings]


def test_small_steps_that_pass_one_by_one_fail_together_against_the_pinned_release() -> None:
    pinned, last, new = release("1.0", 1.0), release("1.9", 1.12), release("2.0", 1.13)
    references = References(accepted=(last,), pinned=pinned)
    assert outcomes(new, references) == [(False, Outcome.PASSED), (True, Outcome.FAILED)]
    verdict = judge(new, [DRIFT], references, now=NOW)
    assert verdict.pinned == pinned.id
    assert "against 1.0 (pinned)" in verdict.findings[1].reason


def test_what_people_agreed_to_is_allowed_on_top_of_the_cumulative_margin() -> None:
    pinned, last, new = release("1.0", 1.0), release("1.9", 1.12), release("2.0", 1.13)
    references = References(accepted=(last,), pinned=pinned)
    agreed = Policy(allowances=(Allowance(reading="response_mean", share=0.05, why="stronger hashes"),))
    assert outcomes(new, references, agreed) == [(False, Outcome.PASSED), (True, Outcome.PASSED)]
    elsewhere = Policy(allowances=(Allowance(reading="response_p95", share=0.05, why="stronger hashes"),))
    assert outcomes(new, references, elsewhere)[1] == (True, Outcome.FAILED)


def test_one_run_in_both_roles_is_held_against_once_by_the_narrower_margin() -> None:
    last, new = release("1.0", 1.0), release("1.1", 1.07)
    assert outcomes(new, References(accepted=(last,), pinned=last)) == [(False, Outcome.FAILED)]


def test_a_pinned_release_alone_is_a_baseline_too() -> None:
    assert outcomes(release("1.1", 1.0), References(pinned=release("1.0", 1.0))) == [(True, Outcome.PASSED)]


def test_a_drift_of_the_machine_that_both_releases_met_does_not_hide_a_difference() -> None:
    rng = np.random.default_rng(5)
    machine = 1.03 ** np.arange(11)
    old, new = (
        a_run_of(list(level * machine * np.exp(0.005 * rng.normal(size=11))), release=name)
        for name, level in (("1.0", 0.1), ("1.1", 0.105))
    )
    assert outcomes(new, References(accepted=(old,))) == [(False, Outcome.FAILED)]


def test_planned_looks_share_the_level_so_each_needs_more() -> None:
    rng = np.random.default_rng(2)
    old, new = (
        a_run_of(list(0.1 * level * np.exp(0.01 * rng.normal(size=9))), release=name)
        for name, level in (("1.0", 1.0), ("1.1", 1.0))
    )
    once = judge(new, [DRIFT], References(accepted=(old,)), now=NOW).findings[0]
    often = replace(new, plan=replace(new.plan, looks=(3, 6, 9, 12)))
    shared = judge(often, [DRIFT], References(accepted=(old,)), now=NOW).findings[0]
    assert once.smallest_change is not None
    assert shared.smallest_change is not None
    assert shared.smallest_change > once.smallest_change
    assert once.change == shared.change


def both(latency: Sequence[float], errors: Sequence[float]) -> Run:
    readings = [
        {"response_mean": value, "error_ratio": share, "requests": 10_000.0}
        for value, share in zip(latency, errors, strict=True)
    ]
    return a_run([a_trial(index, readings=each) for index, each in enumerate(readings)])


def test_latency_cannot_pass_where_the_promise_about_errors_does_not() -> None:
    quick: Target = a_target(limit=0.2)
    right = replace(a_target(reading="error_ratio", limit=0.001), name="answers are right")
    broken = judge(both([0.01] * 3, [0.3] * 3), [quick, right], now=NOW)
    assert [finding.outcome for finding in broken.findings] == [Outcome.INCONCLUSIVE, Outcome.FAILED]
    assert "'answers are right' is failed" in broken.findings[0].reason
    sound = judge(both([0.01] * 3, [0.0] * 3), [quick, right], now=NOW)
    assert [finding.outcome for finding in sound.findings] == [Outcome.PASSED, Outcome.PASSED]


def test_a_reading_that_is_worse_within_what_is_accepted_passes_with_a_warning() -> None:
    last = release("1.0", 1.0)
    little = judge(release("1.1", 1.013), [DRIFT], References(accepted=(last,)), now=NOW).findings[0]
    assert little.outcome is Outcome.PASSED
    assert little.notes == (
        "WARNING: worse than the baseline, though not shown to be by more than what fails.",
    )
    same = judge(release("1.1", 1.0), [DRIFT], References(accepted=(last,)), now=NOW).findings[0]
    assert same.notes == ()
