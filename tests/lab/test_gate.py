"""The gate: what it may say, and when it must not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from lab.engine.gate import References, judge
from lab.engine.policy import USUAL
from lab.kernel.model import Run
from lab.kernel.verdict import Finding, Margins, Outcome, Question, Target, Verdict
from tests.builders import LOAD, SPOILT, VISIT, a_run, a_run_of, a_target, a_trial

NOW = datetime(2026, 11, 23, tzinfo=UTC)
USUAL_MARGINS = Margins(fail=0.02, accept=0.05)
WIDE = Margins(fail=0.25, accept=0.5)


def judged(run: Run, targets: Sequence[Target], *references: Run) -> Verdict:
    return judge(run, targets, References(accepted=references), now=NOW)


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
    def run(trials: int, requests: int) -> Run:
        readings = {"error_ratio": 0.0, "requests": float(requests)}
        return a_run([a_trial(index, readings=readings) for index in range(trials)])

    promise = [a_target(reading="error_ratio", limit=0.0005)]
    few = only(judged(run(3, 300), promise))
    assert few.outcome is Outcome.INCONCLUSIVE
    # The bound of no failure in n is 1 - 0.025^(1/n): below 0.05 % from 7,377 requests on.
    assert few.trials_to_settle == 25 - 3
    assert only(judged(run(3, 2500), promise)).outcome is Outcome.PASSED
    assert only(judged(run(3, 2400), promise)).outcome is Outcome.INCONCLUSIVE


def test_the_rank_cross_check_can_only_soften_a_failure() -> None:
    # Two trials a side can convince the t-test, and never the ranks: their best p is 1/6.
    old, new = a_run_of([0.1000, 0.1001], release="1.0"), a_run_of([0.5000, 0.5001])
    finding = only(judged(new, [a_target(drift=WIDE)], old))
    assert finding.p_value is not None
    assert finding.p_value <= USUAL.alpha
    assert finding.outcome is Outcome.INCONCLUSIVE
    assert "rank test" in finding.reason
    assert finding.trials_to_settle is None


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


def gates(
    count: int, trials: int, cv: float, slower: Sequence[float], seed: int
) -> list[tuple[Outcome, ...]]:
    """Judge simulated gates, one metric for each entry of *slower*; return the outcomes per metric."""
    noise = np.random.default_rng(seed)
    targets = [
        a_target(reading=f"response_mean{{GET /{number}}}", drift=USUAL_MARGINS)
        for number in range(len(slower))
    ]
    outcomes = []
    for _ in range(count):
        sides = []
        for factor in (np.ones(len(slower)), 1 + np.asarray(slower)):
            # Around a second, so that the floor of one millisecond plays no part.
            values = factor * np.exp(noise.normal(0, cv, size=(trials, len(slower))))
            sides.append(
                [
                    a_trial(i, readings={t.reading: float(v) for t, v in zip(targets, row, strict=True)})
                    for i, row in enumerate(values)
                ]
            )
        old, new = a_run(sides[0], release="1.0", cases=[LOAD]), a_run(sides[1], cases=[LOAD])
        outcomes.append(tuple(finding.outcome for finding in judged(new, targets, old).findings))
    return outcomes


ONE_OF_TWENTY = [0.05, *[0.0] * 19]


def test_at_most_one_gate_in_a_hundred_fails_where_nothing_exceeds_the_margin() -> None:
    # Every metric exactly at the fail margin: the hardest harmless release, where the level is attained.
    outcomes = gates(400, trials=9, cv=0.02, slower=[0.02] * 20, seed=1)
    # 400 gates at 1 %: more than 9 alarms would happen by chance once in a hundred times.
    assert sum(Outcome.FAILED in gate for gate in outcomes) <= 9


def test_five_percent_slower_is_found_with_nine_trials_a_side_at_one_percent_noise() -> None:
    outcomes = gates(200, trials=9, cv=0.01, slower=ONE_OF_TWENTY, seed=2)
    # 95 % of 200 is 190; fewer than 183 would happen by chance once in a hundred times.
    assert sum(gate[0] is Outcome.FAILED for gate in outcomes) >= 183


def test_an_unchanged_release_passes_with_nine_trials_a_side_at_one_percent_noise() -> None:
    outcomes = gates(100, trials=9, cv=0.01, slower=[0.0] * 20, seed=3)
    assert sum(set(gate) == {Outcome.PASSED} for gate in outcomes) >= 90


def test_what_is_as_slow_as_the_accept_margin_is_passed_once_in_forty() -> None:
    outcomes = gates(400, trials=5, cv=0.02, slower=[0.05], seed=4)
    # 400 at 2.5 %: more than 18 would happen by chance once in a hundred times.
    assert sum(gate[0] is Outcome.PASSED for gate in outcomes) <= 18


def test_half_of_the_throughput_is_beyond_a_margin_of_a_quarter_and_a_fifth_less_is_not() -> None:
    old = a_run_of([100.0, 101.0, 99.5], release="1.0", key="throughput")
    targets = [a_target(reading="throughput", drift=WIDE)]
    half = a_run_of([50.0, 50.5, 49.8], key="throughput")
    fifth = a_run_of([80.0, 80.5, 79.6], key="throughput")
    assert only(judged(half, targets, old)).outcome is Outcome.FAILED
    assert only(judged(fifth, targets, old)).outcome is Outcome.PASSED
    assert "lower by" in only(judged(fifth, targets, old)).reason


def test_a_run_that_ended_early_is_never_a_pass_and_may_fail() -> None:
    good = replace(a_run_of([0.1, 0.1001, 0.0999]), partial=True)
    bad = replace(a_run_of([0.4, 0.4001, 0.3999]), partial=True)
    assert only(judged(good, [a_target(limit=0.2)])).outcome is Outcome.INCONCLUSIVE
    assert "ended before its plan" in only(judged(good, [a_target(limit=0.2)])).reason
    assert only(judged(bad, [a_target(limit=0.2)])).outcome is Outcome.FAILED


def test_trials_that_lack_the_reading_do_not_quietly_leave_the_sample() -> None:
    # A closed load that slows down has too few requests for its p99: the slow trials lack it.
    quick = [a_trial(index, readings={"response_p99": 0.1}) for index in range(3)]
    slow = [a_trial(index, readings={"response_p50": 0.5}) for index in (3, 4)]
    finding = only(judged(a_run([*quick, *slow]), [a_target(reading="response_p99", limit=0.2)]))
    assert finding.outcome is Outcome.INVALID
    assert "without response_p99" in finding.reason


def test_a_loss_of_trials_on_one_side_only_is_no_fair_sample() -> None:
    old = a_run_of([0.1] * 10, release="1.0")
    spoilt = [a_trial(index, caveats=(SPOILT,)) for index in (10, 11)]
    new = a_run([*a_run_of([0.1] * 10).trials, *spoilt])
    finding = only(judged(new, [a_target(drift=WIDE)], old))
    assert finding.outcome is Outcome.INVALID
    assert "of the other" in finding.reason


def test_a_release_that_answers_nothing_fails_its_promise_of_availability() -> None:
    trials = [a_trial(index, readings={"error_ratio": 1.0, "requests": 300.0}) for index in range(3)]
    finding = only(judged(a_run(trials), [a_target(reading="error_ratio", limit=0.01)]))
    assert finding.outcome is Outcome.FAILED


def test_an_average_is_judged_as_the_arithmetic_mean() -> None:
    # Fifteen of sixty at 0.6 s: 225 ms on average, 157 ms as a geometric mean.
    run = a_run_of([0.1] * 45 + [0.6] * 15)
    finding = only(judged(run, [a_target(limit=0.2)]))
    assert finding.outcome is not Outcome.PASSED
    assert finding.measured is not None
    assert finding.measured.center == pytest.approx(0.225)


def test_questions_can_be_limited_to_the_promises() -> None:
    verdict = judge(
        a_run_of([0.1, 0.1, 0.1]),
        [a_target(limit=0.2, drift=WIDE)],
        now=NOW,
        questions=frozenset({Question.LIMIT}),
    )
    assert [finding.question for finding in verdict.findings] == [Question.LIMIT]
