"""The object of --json: complete, described, and plain to every reader."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, ValidationError

from lab.kernel.metrics import key_of
from lab.kernel.model import Caveat, Trial
from lab.kernel.verdict import Change, Finding, Interval, Outcome
from reports.exports.document import schema, to_json
from reports.exports.documenting import document_of
from reports.view import Chapter
from tests.reports.builders import (
    BROWSE,
    SEARCH,
    WHEN,
    chapter,
    drift,
    finding,
    interval,
    run,
    three_releases,
    trial,
    trials,
)
from tests.reports.hostile import HOSTILE, hostile

VALIDATOR = Draft202012Validator(schema(), format_checker=Draft202012Validator.FORMAT_CHECKER)
INFINITE = replace(interval(0.4), high=math.inf)


def printed(about: Chapter, *, judged: bool = True) -> dict[str, Any]:
    """Return the object as a reader of the output gets it, held against the schema."""
    document = document_of(about, exit_code=3, report="/runs/report.html", judged=judged)
    found: dict[str, Any] = json.loads(to_json(document))
    VALIDATOR.validate(found)
    return found


def parts(of: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Return the schemas of all objects with named fields."""
    yield from (part for part in (of, *of["$defs"].values()) if "properties" in part)


def test_the_schema_is_sound_and_describes_every_field() -> None:
    made = schema()
    Draft202012Validator.check_schema(made)
    assert made["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert "$id" not in made
    for part in [*parts(made)]:
        assert part["description"]
        assert part["required"] == list(part["properties"])
        assert all("description" in field for field in part["properties"].values())


def test_a_failed_release_is_told_with_its_trials_and_its_findings() -> None:
    found = printed(three_releases()[2])
    assert (found["run"], found["outcome"], found["exit_code"]) == (
        "20261123T013005-1.2-7f3a",
        "failed",
        3,
    )
    assert found["report"] == "/runs/report.html"
    load, pages = found["cases"]
    assert (load["case"], load["lane"], load["journey"], load["profile"]) == (
        "browse at demo",
        "load",
        "browse",
        "demo",
    )
    assert (pages["phone"], pages["network"], pages["variant"]) == ("pixel-7", "4g", "cold")
    first = load["trials"][0]
    assert first["validity"] == "suspect"
    assert first["caveats"][0]["code"] == "unsteady"
    assert first["readings"]["throughput"] == pytest.approx(402, rel=0.02)
    assert found["units"]["throughput"] == "/s"


def test_a_finding_carries_its_evidence_in_base_units() -> None:
    found = printed(three_releases()[2])["findings"]
    (limit,) = [each for each in found if each["question"] == "limit" and each["reading"] == SEARCH]
    (moved,) = [each for each in found if each["question"] == "drift" and each["reading"] == SEARCH]
    assert (limit["limit"], limit["unit"], limit["lane"]) == (0.2, "s", "load")
    assert limit["measured"]["center"] == pytest.approx(0.407, rel=0.01)
    assert moved["baseline_release"] == "1.0"
    assert moved["change"]["ratio"]["low"] > 60


@pytest.mark.parametrize("outcome", Outcome)
def test_every_outcome_can_be_told(outcome: Outcome) -> None:
    assert printed(chapter([finding(outcome)]))["findings"][0]["outcome"] == outcome.value


def test_where_nothing_was_judged_there_is_no_outcome() -> None:
    found = printed(chapter([]), judged=False)
    assert (found["outcome"], found["judged_at"], found["findings"]) == (None, None, [])


def test_a_verdict_without_findings_is_no_pass() -> None:
    assert printed(chapter([]))["outcome"] == "inconclusive"


def test_a_partial_run_says_how_many_trials_were_planned() -> None:
    found = printed(chapter(run=run(made=trials(BROWSE, {SEARCH: 0.006}, count=4), partial=True)))
    assert found["partial"]
    assert (found["cases"][0]["planned"], len(found["cases"][0]["trials"])) == (9, 4)


def test_doubts_about_the_whole_run_are_told() -> None:
    busy = Caveat(code="machine-busy", advice="end other work and repeat.")
    assert printed(chapter(run=run(caveats=(busy,))))["caveats"] == [
        {"code": "machine-busy", "advice": "end other work and repeat.", "fatal": False}
    ]


def test_a_finding_without_case_and_numbers_has_every_field_all_the_same() -> None:
    bare = finding(case=None, measured=None, limit=None, p_value=None, smallest_change=None)
    (found,) = printed(chapter([bare]))["findings"]
    assert (found["case"], found["lane"], found["measured"], found["change"]) == (None, None, None, None)


def test_a_reading_that_this_launchlab_does_not_know_has_no_unit() -> None:
    unknown = chapter([finding(reading="novelty")], run=run(made=[trial(readings={"novelty": 1.0})]))
    found = printed(unknown)
    assert (found["units"], found["findings"][0]["unit"]) == ({}, None)


def test_a_bound_at_infinity_is_null() -> None:
    moved = drift(change=Change(absolute=INFINITE, ratio=None), p_value=math.nan)
    limit, change = printed(chapter([finding(measured=INFINITE), moved]))["findings"]
    assert limit["measured"]["high"] is None
    assert (change["change"]["absolute"]["high"], change["p_value"]) == (None, None)


@pytest.mark.parametrize("name", HOSTILE)
def test_names_arrive_as_they_are_in_plain_ascii(name: str) -> None:
    about = hostile(name)[0]
    text = to_json(document_of(about, exit_code=3, report=name))
    assert text.endswith("}\n")
    assert all(" " <= sign <= "~" or sign == "\n" for sign in text)
    assert "#" not in text
    assert not [line for line in text.splitlines() if line.lstrip().startswith("::")]
    found = printed(about)
    assert {found["subject"], found["release"], found["findings"][0]["reason"]} == {name}


def test_nothing_unknown_may_stand_in_any_part() -> None:
    found = printed(three_releases()[2])
    case, judged = found["cases"][0], found["findings"][-1]
    for part in (found, case, case["trials"][0], judged, judged["measured"], judged["change"]):
        part["surprise"] = 1
        with pytest.raises(ValidationError, match="surprise"):
            VALIDATOR.validate(found)
        del part["surprise"]
    VALIDATOR.validate(found)


_numbers = st.floats(allow_nan=False, allow_infinity=False)
_trials = st.builds(
    Trial,
    case=st.just(BROWSE),
    started_at=st.just(WHEN),
    duration=_numbers,
    readings=st.dictionaries(st.text().map(lambda name: key_of("response_p95", name)), _numbers),
)
_intervals = st.builds(Interval, confidence=st.floats(0, 1))


@given(
    made=st.lists(_trials, max_size=3),
    findings=st.lists(st.builds(Finding, measured=st.none() | _intervals, change=st.none()), max_size=3),
    partial=st.booleans(),
)
@settings(max_examples=50, deadline=None)
def test_whatever_was_measured_and_found_keeps_to_the_schema(
    made: list[Trial], findings: list[Finding], *, partial: bool
) -> None:
    about = chapter(findings, run=run(made=made, partial=partial))
    found = printed(about)
    assert [each["readings"] for case in found["cases"] for each in case["trials"]] == [
        dict(each.readings) for each in about.run.trials
    ]
