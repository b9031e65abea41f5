"""Workflow commands, as the runner of GitHub Actions reads them."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest

from lab.kernel.verdict import Outcome
from reports.exports import workflow
from reports.text import plain, visible
from reports.view import Chapter
from tests.reports.builders import chapter, finding, three_releases
from tests.reports.hostile import HOSTILE, hostile


def read(chapters: Sequence[Chapter]) -> list[tuple[str, str, str]]:
    """Return kind, title and message of each line, read by the rules of the runner's own parser."""
    found = []
    for line in workflow.commands(chapters).split("\n")[:-1]:
        command = re.fullmatch(r"::(error|warning|notice) title=([^,:]*)::(.*)", line)
        assert command, line
        kind, title, message = command.groups()
        found.append((kind, _read(title.replace("%3A", ":").replace("%2C", ",")), _read(message)))
    return found


def _read(text: str) -> str:
    return text.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%")


def test_a_failure_is_an_error_with_release_target_and_reason() -> None:
    broken = finding(Outcome.FAILED, reason="407 ms, promised at most 200 ms.")
    assert read([chapter([broken, finding()])]) == [
        ("error", "tour 1.2 failed: search is fast (limit)", "407 ms, promised at most 200 ms.")
    ]


@pytest.mark.parametrize("outcome", [Outcome.INVALID, Outcome.NOT_COMPARABLE, Outcome.INCONCLUSIVE])
def test_what_has_no_answer_is_a_warning_that_says_which(outcome: Outcome) -> None:
    ((kind, title, _),) = read([chapter([finding(outcome)])])
    assert (kind, title) == ("warning", f"tour 1.2 {outcome.value}: search is fast (limit)")


def test_a_release_that_passed_is_one_notice() -> None:
    assert read([chapter([finding(), finding()])]) == [
        ("notice", "May tour 1.2 launch? Yes.", "All 2 promises are kept.")
    ]


def test_a_verdict_without_findings_is_a_warning() -> None:
    assert read([chapter([])]) == [
        ("warning", "May tour 1.2 launch? Not known yet.", "No promise was judged, so there is no answer.")
    ]


def test_failures_come_first_whatever_the_order_of_the_releases() -> None:
    kinds = [kind for kind, _, _ in read(three_releases())]
    assert kinds == ["error"] * 4 + ["notice"] * 2


def test_more_than_github_shows_are_counted_instead_of_lost() -> None:
    many = [finding(Outcome.FAILED) for _ in range(25)] + [finding(Outcome.INVALID)] * 10
    found = read([chapter(many)])
    errors = [title for kind, title, _ in found if kind == "error"]
    assert (len(errors), errors[-1]) == (10, "16 more")
    assert len(found) == 20


def test_percent_signs_arrive_as_they_are() -> None:
    odd = finding(Outcome.FAILED, target="a%0Ab: c, d", reason="50% and %250A.")
    assert read([chapter([odd])]) == [("error", "tour 1.2 failed: a%0Ab: c, d (limit)", "50% and %250A.")]


@pytest.mark.parametrize("name", HOSTILE)
def test_no_text_starts_a_command_of_its_own(name: str) -> None:
    found = read(hostile(name))
    assert [kind for kind, _, _ in found] == ["error", "error", "warning", "warning"]
    text = workflow.commands(hostile(name))
    # The runner's older form acts anywhere in a line.
    assert "##" not in text
    assert text.replace("\n", "").isprintable()


@pytest.mark.parametrize("name", [name for name in HOSTILE if "##" not in name])
def test_what_the_subject_says_is_shown_as_it_is(name: str) -> None:
    _, title, message = read(hostile(name))[0]
    assert f": {plain(name)} (limit)" in title
    assert message.lower().startswith(visible(name[:50]).lower())
