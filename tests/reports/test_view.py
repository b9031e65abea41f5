"""What a page says about each release."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from lab.kernel.metrics import METRICS, Metric, Origin
from lab.kernel.model import Caveat, Environment, Lane
from lab.kernel.reasons import Reason
from lab.kernel.units import Unit
from lab.kernel.verdict import Finding, Outcome
from reports.view import page
from tests.reports.builders import (
    BROWSE,
    SEARCH,
    TOURS,
    change,
    chapter,
    drift,
    finding,
    interval,
    run,
    three_releases,
    trial,
    trials,
    verdict,
)

SLOW = finding(Outcome.FAILED, measured=interval(0.407))
SLOWER = drift(Outcome.FAILED, change=change(0.398, 0.405, 0.006), baseline_release="1.0")


def headline(*findings: Finding) -> tuple[str, ...]:
    return page([chapter(findings)]).because


def test_reasons_of_failures_are_told_up_to_a_number_that_is_read() -> None:
    assert page([chapter()]).chapters[0].failures.rows == ()
    reasons = [
        Reason(case="browse", endpoint="GET /", what=f"status {500 + number}", count=30 - number, example="")
        for number in range(25)
    ]
    told = page([chapter(reasons=tuple(reasons))]).chapters[0].failures
    assert (len(told.rows), told.rows[0].reason, told.rows[0].count) == (20, "status 500", "30")
    assert told.rest.startswith("5 more reasons")


def test_the_question_names_subject_and_release() -> None:
    assert page([chapter()]).question == "May tour 1.2 launch?"


@pytest.mark.parametrize(
    ("outcome", "answer"),
    [
        (Outcome.PASSED, "Yes."),
        (Outcome.FAILED, "No."),
        (Outcome.INCONCLUSIVE, "Not known yet."),
        (Outcome.INVALID, "This run cannot say."),
        (Outcome.NOT_COMPARABLE, "This run cannot say."),
    ],
)
def test_every_outcome_has_an_answer_a_word_and_a_sign(outcome: Outcome, answer: str) -> None:
    shown = page([chapter([finding(outcome)])])
    assert (shown.answer, shown.badge.word) == (answer, outcome.value)
    assert shown.badge.sign


def test_a_broken_promise_is_told_with_its_limit_and_its_drift_in_one_sentence() -> None:
    (said,) = headline(SLOW, SLOWER)
    limit, _, moved = said.partition("; ")
    assert limit == "Mean response time of GET /api/search is 407 ms, promised at most 200 ms"
    assert moved == "slower by 398 to 405 ms than 1.0."


def test_a_drift_without_a_broken_limit_is_told_alone() -> None:
    assert headline(finding(), SLOWER) == (
        "Mean response time of GET /api/search is slower by 398 to 405 ms than 1.0.",
    )


def test_a_reading_judged_in_two_cases_is_told_with_its_case() -> None:
    assert "(tours on pixel-7 over 4g, cold)" in headline(replace(SLOW, case=TOURS), finding())[0]


def test_a_headline_stays_short_however_much_is_broken() -> None:
    many = [replace(SLOW, reading=f"response_mean{{GET /{number}}}") for number in range(9)]
    assert headline(*many)[4:] == ("5 more in the tables below.",)


def test_an_open_question_is_told_by_its_reason() -> None:
    open_ = finding(Outcome.INCONCLUSIVE, reason="too noisy; 6 more trials a side would settle it.")
    assert headline(open_) == ("Too noisy; 6 more trials a side would settle it.",)


def test_a_verdict_without_findings_is_no_pass() -> None:
    shown = page([chapter([])])
    assert shown.answer == "Not known yet."
    assert shown.because == ("No promise was judged, so there is no answer.",)


def test_a_page_about_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one chapter"):
        page([])


def test_with_several_releases_the_headline_is_about_the_last() -> None:
    shown = page(three_releases())
    assert shown.question == "May tour 1.2 launch?"
    assert [chapter.badge.word for chapter in shown.chapters] == ["passed", "passed", "failed"]
    assert shown.chapters[0].summary == "promoted as baseline 'main'"
    assert shown.chapters[2].summary.startswith("Mean response time of GET /api/search is 407 ms")


def test_a_promise_shows_limit_measurement_margin_and_sharpness() -> None:
    (row,) = page([chapter([SLOW])]).chapters[0].promises
    assert (row.limit, row.measured) == ("at most 200 ms", "407 ms")
    assert row.certainty == "95 %: 403 to 411 ms, 9 trials"
    assert (row.margin, row.smallest) == ("none: 2 times the limit", "4.1 %")


def test_a_drift_is_told_in_words_with_its_direction() -> None:
    fewer = drift(reading="throughput", change=change(-50, -30, 500.0), baseline_release="1.0")
    (row,) = page([chapter([fewer])]).chapters[0].drifts
    assert (row.moved, row.proportion) == ("lower by 30 to 50 /s (95 %)", "6 to 10 %")
    assert (row.course, row.baseline) == ("worse", "1.0")


def test_a_finding_without_numbers_still_has_a_row_with_its_reason() -> None:
    bare = finding(
        Outcome.INCONCLUSIVE, reason="not measured: no case.", measured=None, case=None, smallest_change=None
    )
    (row,) = page([chapter([bare])]).chapters[0].promises
    assert (row.measured, row.margin, row.reason) == ("not measured", "unknown", "Not measured: no case.")


def test_a_modelled_metric_is_labelled(monkeypatch: pytest.MonkeyPatch) -> None:
    battery = Metric(
        name="battery", title="battery per hour", lane=Lane.DEVICES, unit=Unit.RATIO, origin=Origin.MODELLED
    )
    monkeypatch.setitem(METRICS, "battery", battery)
    modelled, measured = page([chapter([finding(reading="battery"), finding()])]).chapters[0].promises
    assert modelled.origin == "estimated (model, not measured)"
    assert measured.origin == ""


def test_a_partial_run_carries_a_banner_with_what_is_missing() -> None:
    short = run(made=trials(BROWSE, {SEARCH: 0.006}, count=4), partial=True)
    (banner,) = page([chapter(run=short)]).chapters[0].banners
    assert banner.startswith("PARTIAL: 1.2")
    assert banner.endswith("after 4 of 9 planned trials.")


def test_a_caveat_is_told_once_with_the_number_of_its_trials_and_fatal_ones_first() -> None:
    mild = Caveat(code="unsteady", advice="warm up longer.")
    fatal = Caveat(code="saturated", advice="use more workers.", fatal=True)
    made = [replace(trial(index=index), caveats=(mild,)) for index in (1, 2)]
    made.append(replace(trial(index=3), caveats=(fatal,)))
    first, second = page([chapter(run=run(made=made))]).chapters[0].caveats
    assert (first.code, first.fatal) == ("saturated", True)
    assert second.where == "1.2: 2 of 3 trials of browse at demo"


def test_the_trials_table_puts_judged_readings_first_and_says_what_it_leaves_out() -> None:
    readings = {"requests": 1.0, "lag_p99": 0.1} | {f"response_p95{{/{each}}}": 0.1 for each in range(9)}
    made = [trial(readings=readings | {SEARCH: 0.006})]
    (table,) = page([chapter(run=run(made=made))]).chapters[0].trials
    assert table.columns[:2] == ("Mean response time of GET /api/search", "Requests in the window")
    assert table.rest == "In the run's record, and not here: 6 more of its readings."
    assert table.rows[0].readings[0] == "6 ms"


def test_differing_environments_are_shown_side_by_side_with_the_difference_first() -> None:
    other = run("1.0", environment=Environment(facts={"cpus": "4", "python": "3.11.7", "chromium": "141.0"}))
    table = page([chapter(references=(other,))]).chapters[0].environment
    assert "differ in: cpus" in table.summary
    assert (table.rows[0].name, table.rows[0].values, table.rows[0].differs) == ("cpus", ("2", "4"), True)
    assert not any(row.differs for row in table.rows[1:])


def test_a_chapter_says_whether_its_reference_was_measured_together_with_it() -> None:
    together, apart = run("1.0"), run("1.0", session="another", id="x")
    assert (
        "measured trial about trial with it" in page([chapter(references=(together,))]).chapters[0].measured
    )
    assert "measured at another time" in page([chapter(references=(apart,))]).chapters[0].measured


def test_times_are_shown_in_utc() -> None:
    late = verdict(judged_at=verdict().judged_at + timedelta(hours=2))
    assert page([chapter(verdict=late)]).judged == "2026-11-23 03:30 UTC"
