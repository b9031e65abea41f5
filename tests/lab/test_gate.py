"""The gate: what it may say, and when it must not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from lab.engine.gate import USUAL, judge
from lab.engine.questions import Reference
from lab.kernel.model import Run
from lab.kernel.verdict import Finding, Margins, Outcome, Question, Target, Verdict
from tests.builders import LOAD, SPOILT, VISIT, a_run, a_run_of, a_target, a_trial

NOW = datetime(2026, 11, 23, tzinfo=UTC)
USUAL_MARGINS = Margins(fail=0.02, accept=0.05)
WIDE = Margins(fail=0.25, accept=0.5)


def judged(run: Run, targets: Sequence[Target], *references: Run) -> Verdict:
    return judge(run, targets, [Reference(name=other.id, run=other) for other in references], now=NOW)


def only(verdict: Verdict) -> Finding:
    assert len(verdict.findings) == 1
    return verdict.findings[0]


def test_a_promise_clearly_kept_passes() -> None:
    finding = only(judged(a_run_of([0.100, 0.102, 0.098]), [a_target(limit=0.2)]))
    assert finding.outcome is Outcome.PASSED
    assert "promised at most 200 ms" in finding.reason


def test_a_promise_clearly_broken_fails() -> None:
    finding = only(judged(a_run_of([0.400, 0.402, 0.398]), [a_target(limit=0.2)]))
    assert finding.outcome is Outcome.FAILED


def test_a_promise_that_more_is_better_fails_when_there_is_less() -> None:
    run = a_run_of([90.0, 91.0, 89.5], key="throughput")
    assert only(judged(run, [a_target(reading="throughput", limit=100)])).outcome is Outcome.FAILED
    assert only(judged(run, [a_target(reading="throughput", limit=80)])).outcome is Outcome.PASSED


def test_a_value_about_its_limit_is_inconclusive_and_says_what_would_settle_it() -> None:
    finding = only(judged(a_run_of([0.190, 0.205, 0.199]), [a_target(limit=0.2)]))
    assert finding.outcome is Outcome.INCONCLUSIVE
    assert finding.reason.endswith("settle it.")


def test_one_trial_can_never_pass_or_fail() -> None:
    for value in (0.001, 10.0):
        finding = only(judged(a_run_of([value]), [a_target(limit=0.2)]))
        assert finding.outcome is Outcome.INCONCLUSIVE
        assert "one trial" in finding.reason


def test_a_large_slowdown_fails_even_with_three_trials_a_side() -> None:
    old, new = a_run_of([0.100, 0.103, 0.099], release="1.0"), a_run_of([0.500, 0.498, 0.505])
    finding = only(judged(new, [a_target(drift=WIDE)], old))
    assert finding.outcome is Outcome.FAILED
    assert finding.change is not None
    assert finding.change.ratio is not None
    assert finding.change.ratio.low < 5 < finding.change.ratio.high
    assert "slower by" in finding.reason


def test_an_unchanged_reading_passes() -> None:
    old, new = a_run_of([0.100, 0.103, 0.099], release="1.0"), a_run_of([0.101, 0.099, 0.102])
    assert only(judged(new, [a_target(drift=WIDE)], old)).outcome is Outcome.PASSED


def test_an_improvement_passes_with_a_note() -> None:
    old, new = a_run_of([0.500, 0.505, 0.498], release="1.0"), a_run_of([0.100, 0.103, 0.099])
    finding = only(judged(new, [a_target(drift=WIDE)], old))
    assert finding.outcome is Outcome.PASSED
    assert finding.notes[0].startswith("IMPROVED")


def test_a_change_below_the_metrics_floor_does_not_count() -> None:
    # Half a millisecond more is 50 %, and nobody can see it.
    old = a_run_of([0.00100, 0.00101, 0.00099], release="1.0")
    new = a_run_of([0.00150, 0.00151, 0.00149])
    assert only(judged(new, [a_target(drift=USUAL_MARGINS)], old)).outcome is Outcome.PASSED


def test_a_constant_is_compared_exactly() -> None:
    old = a_run_of([20_000.0] * 3, release="1.0", key="transfer")
    old, new = (replace(run, trials=tuple(replace(t, case=VISIT) for t in run.trials)) for run in (old, old))
    bigger = tuple(replace(trial, readings={"transfer": 30_000.0}) for trial in new.trials)
    plan = a_run(cases=[VISIT]).plan
    new, old = replace(new, id="run-new", trials=bigger, plan=plan), replace(old, plan=plan)
    finding = only(judged(new, [a_target(reading="transfer", drift=USUAL_MARGINS)], old))
    assert finding.outcome is Outcome.FAILED
    assert finding.change is not None
    assert finding.change.exact
    assert "larger by 10 kB (exactly)" in finding.reason


def test_no_baseline_is_never_a_silent_pass_and_says_how_to_make_one() -> None:
    finding = only(judged(a_run_of([0.1, 0.1, 0.1]), [a_target(drift=WIDE)]))
    assert finding.outcome is Outcome.INCONCLUSIVE
    assert "baseline promote run-1.1" in finding.reason


def test_a_baseline_of_another_session_can_warn_but_neither_block_nor_clear() -> None:
    old = a_run_of([0.100, 0.103, 0.099], release="1.0", session="last week")
    slow = only(judged(a_run_of([0.500, 0.498, 0.505]), [a_target(drift=WIDE)], old))
    same = only(judged(a_run_of([0.101, 0.100, 0.102]), [a_target(drift=WIDE)], old))
    assert (slow.outcome, same.outcome) == (Outcome.INCONCLUSIVE, Outcome.INCONCLUSIVE)
    assert slow.notes[0].startswith("WARNING")
    assert not same.notes


def test_different_environments_are_not_comparable_and_the_facts_are_named() -> None:
    old = replace(a_run_of([0.1, 0.1, 0.1], release="1.0"), environment=a_run(facts={"cpu": "x"}).environment)
    finding = only(judged(a_run_of([0.1, 0.1, 0.1]), [a_target(drift=WIDE)], old))
    assert finding.outcome is Outcome.NOT_COMPARABLE
    assert "cpu" in finding.reason


def test_a_target_that_matches_no_case_is_never_a_pass() -> None:
    verdict = judged(a_run_of([0.1, 0.1, 0.1]), [a_target(reading="fcp", limit=1.0)])
    assert only(verdict).outcome is Outcome.INCONCLUSIVE
    assert "not measured" in only(verdict).reason


def test_a_target_on_an_endpoint_that_was_not_seen_is_never_a_pass() -> None:
    target = a_target(reading="response_mean{GET /serach}", limit=1.0)
    finding = only(judged(a_run_of([0.1, 0.1, 0.1]), [target]))
    assert finding.outcome is Outcome.INCONCLUSIVE
    assert "check the endpoint's name" in finding.reason


def test_a_run_without_targets_is_never_a_pass() -> None:
    assert judged(a_run_of([0.1, 0.1, 0.1]), []).outcome is Outcome.INCONCLUSIVE


def test_too_many_invalid_trials_make_the_case_invalid() -> None:
    trials = [a_trial(0), a_trial(1), a_trial(2, caveats=(SPOILT,))]
    finding = only(judged(a_run(trials), [a_target(limit=0.2)]))
    assert finding.outcome is Outcome.INVALID
    assert "generator-late" in finding.reason


def test_an_invalid_trial_stays_out_of_the_statistics() -> None:
    sound = [a_trial(index, readings={"response_mean": 0.1}) for index in range(9)]
    spoilt = a_trial(9, readings={"response_mean": 99.0}, caveats=(SPOILT,))
    finding = only(judged(a_run([*sound, spoilt]), [a_target(limit=0.2)]))
    assert finding.outcome is Outcome.PASSED


def test_few_requests_without_a_failure_do_not_prove_a_small_error_ratio() -> None:
    trials = [
        a_trial(index, readings={"error_ratio": 0.0}, resolutions={"error_ratio": 1 / 300})
        for index in range(3)
    ]
    assert only(judged(a_run(trials), [a_target(reading="error_ratio", limit=0.0005)])).outcome is (
        Outcome.INCONCLUSIVE
    )
    assert only(judged(a_run(trials), [a_target(reading="error_ratio", limit=0.01)])).outcome is (
        Outcome.PASSED
    )


def test_the_rank_cross_check_can_only_soften_a_failure() -> None:
    # Two trials a side can convince the t-test, and never the ranks: their best p is 1/6.
    old, new = a_run_of([0.1000, 0.1001], release="1.0"), a_run_of([0.5000, 0.5001])
    finding = only(judged(new, [a_target(drift=WIDE)], old))
    assert finding.p_value is not None
    assert finding.p_value <= USUAL.alpha
    assert finding.outcome is Outcome.INCONCLUSIVE


def test_swapping_the_sides_mirrors_the_change() -> None:
    a, b = a_run_of([0.100, 0.103, 0.099], release="1.0"), a_run_of([0.110, 0.108, 0.113])
    there, back = (only(judged(x, [a_target(drift=WIDE)], y)) for x, y in ((b, a), (a, b)))
    assert there.change is not None
    assert back.change is not None
    assert there.change.ratio is not None
    assert back.change.ratio is not None
    assert there.change.ratio.low == pytest.approx(1 / back.change.ratio.high)


def test_the_order_of_trials_does_not_matter() -> None:
    old = a_run_of([0.100, 0.103, 0.099], release="1.0")
    one, other = a_run_of([0.110, 0.108, 0.113]), a_run_of([0.113, 0.110, 0.108])
    target = a_target(drift=USUAL_MARGINS)
    assert only(judged(one, [target], old)).p_value == pytest.approx(
        only(judged(other, [target], old)).p_value
    )


def gates(releases: int, trials: int, cv: float, slower: float, seed: int) -> list[Outcome]:
    """Judge simulated gates of 20 metrics, in one of which the new release is *slower*."""
    noise = np.random.default_rng(seed)
    targets = [
        a_target(reading=f"response_mean{{GET /{number}}}", drift=USUAL_MARGINS) for number in range(20)
    ]
    factors = np.ones(20)
    factors[7] += slower
    outcomes = []
    for _ in range(releases):
        sides = []
        for factor in (np.ones(20), factors):
            # Around a second, so that the floor of one millisecond plays no part.
            values = factor * np.exp(noise.normal(0, cv, size=(trials, 20)))
            sides.append(
                [
                    a_trial(i, readings={t.reading: float(v) for t, v in zip(targets, row, strict=True)})
                    for i, row in enumerate(values)
                ]
            )
        old, new = a_run(sides[0], release="1.0", cases=[LOAD]), a_run(sides[1], cases=[LOAD])
        outcomes.append(judged(new, targets, old).outcome)
    return outcomes


def test_at_most_one_gate_in_a_hundred_fails_an_unchanged_release() -> None:
    outcomes = gates(400, trials=9, cv=0.02, slower=0.0, seed=1)
    # 400 gates at 1 %: more than 9 alarms would happen by chance once in a hundred times.
    assert outcomes.count(Outcome.FAILED) <= 9


def test_five_percent_slower_is_found_with_nine_trials_a_side_at_one_percent_noise() -> None:
    outcomes = gates(200, trials=9, cv=0.01, slower=0.05, seed=2)
    # 95 % of 200 is 190; fewer than 183 would happen by chance once in a hundred times.
    assert outcomes.count(Outcome.FAILED) >= 183


def test_an_unchanged_release_passes_with_nine_trials_a_side_at_one_percent_noise() -> None:
    outcomes = gates(100, trials=9, cv=0.01, slower=0.0, seed=3)
    assert outcomes.count(Outcome.PASSED) >= 90


def test_ten_percent_slower_is_never_passed() -> None:
    outcomes = gates(200, trials=3, cv=0.03, slower=0.10, seed=4)
    assert outcomes.count(Outcome.PASSED) <= 2


def test_questions_can_be_limited_to_the_promises() -> None:
    verdict = judge(
        a_run_of([0.1, 0.1, 0.1]),
        [a_target(limit=0.2, drift=WIDE)],
        [],
        now=NOW,
        questions=frozenset({Question.LIMIT}),
    )
    assert [finding.question for finding in verdict.findings] == [Question.LIMIT]
