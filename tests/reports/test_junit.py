"""The JUnit file: what it says, and that no reader takes an open question for a pass."""

from __future__ import annotations

import re
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest
from junitparser import JUnitXml, TestSuite

from lab.kernel.model import Caveat
from lab.kernel.verdict import Outcome
from reports.exports import junit
from reports.view import Chapter
from tests.reports.builders import (
    BROWSE,
    SEARCH,
    change,
    chapter,
    drift,
    finding,
    interval,
    run,
    three_releases,
    trials,
)
from tests.reports.hostile import HOSTILE, hostile

SLOW = finding(Outcome.FAILED, measured=interval(0.407), reason="407 ms, promised at most 200 ms.")


def read(*chapters: Chapter) -> ET.Element:
    """Return the file as a standard parser reads it, its shape checked."""
    root = ET.fromstring(junit.xml(chapters))  # noqa: S314  (we wrote it, and this parser is what readers use)
    assert root.tag == "testsuites"
    for suite in root:
        _check_suite(suite)
    return root


def _check_suite(suite: ET.Element) -> None:
    # https://github.com/windyroad/JUnit-Schema, and what Jenkins' schema asks beyond it.
    tags = [child.tag for child in suite]
    assert tags == ["properties", *["testcase"] * (len(tags) - 2), "system-out"]
    assert {"name", "hostname", "timestamp", "tests", "failures", "errors", "time"} <= suite.attrib.keys()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", suite.attrib["timestamp"])
    assert re.fullmatch(r"\d+\.\d+", suite.attrib["time"])
    for case in suite.iter("testcase"):
        assert {"name", "classname", "time"} <= case.attrib.keys()
        assert [child.tag for child in case] in (["failure"], ["error"], ["system-out"])
    for tag, attribute in (("testcase", "tests"), ("failure", "failures"), ("error", "errors")):
        assert int(suite.attrib[attribute]) == len(list(suite.iter(tag)))


def test_each_finding_is_a_case_named_after_target_question_lane_and_case() -> None:
    (suite,) = read(chapter([finding(), drift()]))
    assert [case.attrib["name"] for case in suite.iter("testcase")] == [
        "search is fast (limit)",
        "search is fast (drift)",
    ]
    assert {case.attrib["classname"] for case in suite.iter("testcase")} == {"tour/load/browse at demo"}


def test_a_kept_promise_is_plain_and_tells_its_evidence() -> None:
    (case,) = read(chapter([finding()])).iter("testcase")
    (told,) = case
    assert told.tag == "system-out"
    assert "Limit: at most 200 ms\nMeasured: 6 ms" in str(told.text)


def test_a_broken_promise_is_a_failure_with_its_reason_first() -> None:
    (failure,) = read(chapter([SLOW])).iter("failure")
    assert failure.attrib == {"type": "failed", "message": "407 ms, promised at most 200 ms."}
    first, *evidence = str(failure.text).splitlines()
    assert first == failure.attrib["message"]
    assert "Measured: 407 ms (95 %: 403 to 411 ms, 9 trials)" in evidence
    assert "Margin left: none: 2 times the limit" in evidence


def test_a_drift_tells_change_baseline_and_notes() -> None:
    moved = drift(
        Outcome.FAILED, change=change(0.398, 0.405, 0.006), baseline_release="1.0", notes=("WARNING: odd.",)
    )
    (failure,) = read(chapter([moved])).iter("failure")
    told = str(failure.text)
    assert "Change: slower by 398 to 405 ms (95 %), " in told
    assert "Against: 1.0 (20261123T013005-1.1-7f3a)" in told
    assert told.endswith("WARNING: odd.")


@pytest.mark.parametrize("outcome", [Outcome.INVALID, Outcome.NOT_COMPARABLE, Outcome.INCONCLUSIVE])
def test_what_has_no_answer_is_an_error_that_says_which_and_never_looks_passed(outcome: Outcome) -> None:
    root = read(chapter([finding(outcome)]))
    (error,) = root.iter("error")
    assert error.attrib["type"] == outcome.value
    assert (root.attrib["errors"], root.attrib["skipped"]) == ("1", "0")


def test_a_verdict_without_findings_is_no_green_file() -> None:
    root = read(chapter([]))
    (error,) = root.iter("error")
    assert error.attrib["message"] == "No promise was judged, so there is no answer."
    assert (root.attrib["tests"], root.attrib["errors"]) == ("1", "1")


def test_a_finding_without_a_case_stands_below_the_subject() -> None:
    (case,) = read(chapter([finding(Outcome.INCONCLUSIVE, case=None, measured=None)])).iter("testcase")
    assert (case.attrib["classname"], case.attrib["time"]) == ("tour/no case of this run", "0.0")


def test_the_time_of_a_case_is_that_of_its_trials_and_counts_once_in_the_suite() -> None:
    root = read(chapter([finding(), drift()], run=run(made=trials(BROWSE, {SEARCH: 0.006}))))
    assert {case.attrib["time"] for case in root.iter("testcase")} == {"180.0"}
    assert (root[0].attrib["time"], root.attrib["time"]) == ("180.0", "180.0")


def test_properties_name_run_release_baseline_and_environment() -> None:
    root = read(three_releases()[2])
    properties = {each.attrib["name"]: each.attrib["value"] for each in root.iter("property")}
    assert properties["run"] == "20261123T013005-1.2-7f3a"
    assert (properties["release"], properties["outcome"]) == ("1.2", "failed")
    assert properties["baseline"] == "20261123T013005-1.0-7f3a"
    assert properties["environment: cpus"] == "2"


def test_caveats_and_an_early_end_are_told_in_the_output_of_the_suite() -> None:
    doubt = Caveat(code="machine-busy", advice="end other work.", fatal=True)
    short = run(made=trials(BROWSE, {SEARCH: 0.006}, count=4), partial=True, caveats=(doubt,))
    (suite,) = read(chapter(run=short))
    told = str(suite[-1].text).splitlines()
    assert told[0].startswith("PARTIAL: 1.2")
    assert told[1] == "machine-busy (1.2: the whole run, kept out of the statistics): End other work."


def test_no_two_cases_share_a_name_because_readers_drop_the_second() -> None:
    twice = [drift(), drift(baseline="20261001T000000-1.0-aaaa", baseline_release="1.0")]
    for chapters in ([chapter(twice)], three_releases(), hostile("a name")):
        cases = [(c.attrib["classname"], c.attrib["name"]) for c in read(*chapters).iter("testcase")]
        assert len(cases) == len(set(cases))


def test_names_stay_the_same_from_release_to_release() -> None:
    older, newer = three_releases()[1:]
    assert [case.attrib["name"] for case in read(older).iter("testcase")] == [
        case.attrib["name"] for case in read(newer).iter("testcase")
    ]
    assert {case.attrib["classname"] for case in read(older).iter("testcase")} == {
        case.attrib["classname"] for case in read(newer).iter("testcase")
    }


def test_a_file_about_several_releases_has_a_suite_for_each() -> None:
    root = read(*three_releases())
    assert [suite.attrib["name"] for suite in root] == ["tour 1.0", "tour 1.1", "tour 1.2"]
    assert [suite.attrib["failures"] for suite in root] == ["0", "0", "4"]


def test_the_library_reads_back_what_it_wrote() -> None:
    suites = [suite for suite in JUnitXml.fromstring(junit.xml(three_releases())) if suite]
    assert all(isinstance(suite, TestSuite) for suite in suites)
    assert sum(case.is_failure for suite in suites for case in suite) == 4


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_subject_stays_text_and_keeps_the_file_readable(name: str) -> None:
    text = junit.xml(hostile(name))
    root = read(*hostile(name))
    assert {each.tag for each in root.iter()} == {each.tag for each in read(*hostile("harmless")).iter()}
    # XML 1.0 allows no other control character; these would hide or reverse what follows.
    assert not re.findall(
        r"[^\n\x20-\x7e\u00a0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|[\u202a-\u202e]", text
    )
    assert "[[ATTACHMENT" not in text
    assert len(text) < 50_000
    assert max(len(value) for each in root.iter() for value in each.attrib.values()) < 1000


def test_a_hostile_name_is_shown() -> None:
    (failure, *_) = read(*hostile("]]><!-- & </failure>")).iter("failure")
    assert failure.attrib["message"] == "]]><!-- & </failure>"


def test_equal_chapters_stay_apart() -> None:
    twice = [replace(chapter()), replace(chapter())]
    assert len(read(*twice)) == 2
