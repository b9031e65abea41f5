"""Runs as CSV: every reading of every trial, and nothing that a spreadsheet would compute."""

from __future__ import annotations

import csv
import io
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.kernel.model import Caveat, Run
from reports.exports import spreadsheet
from tests.builders import a_run, a_run_of, a_trial


def lines(run: Run) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(spreadsheet.text(run), newline=""), strict=True))


def test_every_trial_and_reading_has_a_line_with_its_exact_value() -> None:
    trials = [
        a_trial(0, readings={"response_mean": 0.1, "response_p95{GET /a, b}": 1 / 3}),
        a_trial(1, readings={"response_mean": 0.2}, resolutions={"response_mean": 0.001}),
    ]
    told = [(line["trial"], line["metric"], line["endpoint"], line["value"]) for line in lines(a_run(trials))]
    assert told == [
        ("0", "response_mean", "", "0.1"),
        ("0", "response_p95", "GET /a, b", repr(1 / 3)),
        ("1", "response_mean", "", "0.2"),
    ]
    assert [line["unit"] for line in lines(a_run(trials))] == ["s", "s", "s"]
    assert lines(a_run(trials))[2]["resolution"] == "0.001"


def test_lines_end_as_the_standard_has_it() -> None:
    text = spreadsheet.text(a_run_of([0.1, 0.2]))
    assert text.count("\r\n") == text.count("\n") == 3


def test_an_invalid_trial_has_its_line_even_without_a_reading() -> None:
    doubts = (Caveat(code="generator-late", advice="", fatal=True), Caveat(code="probe", advice=""))
    (line,) = lines(a_run([a_trial(readings={}, caveats=doubts)]))
    assert (line["validity"], line["caveats"], line["value"]) == ("invalid", "generator-late; probe", "")


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", " =1", "\uff1dcmd", "\t=1", "\r=1"])
def test_a_name_is_never_a_formula(name: str) -> None:
    (line,) = lines(a_run_of([0.1], key=f"response_mean{{{name}}}"))
    assert line["endpoint"][0] in "'\u2409\u240d"
    (line,) = lines(a_run_of([0.1], key=name))
    assert line["metric"][0] in "'\u2409\u240d"


def test_a_negative_number_stays_a_number() -> None:
    (line,) = lines(a_run_of([-0.5]))
    assert line["value"] == "-0.5"


@given(name=st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
def test_whatever_the_subject_calls_itself_it_is_one_cell(name: str) -> None:
    (line,) = lines(a_run_of([0.1], key=f"response_mean{{{name}}}", release=f"1{name}"))
    assert line["value"] == "0.1"
    assert not {unicodedata.category(character)[0] for character in line["endpoint"]} & {"C"}
    assert None not in line
