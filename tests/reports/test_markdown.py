"""The step summary, as a Markdown renderer understands it."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest
from markdown_it import MarkdownIt

from lab.kernel.model import Caveat
from lab.kernel.verdict import Outcome
from reports.exports import markdown
from reports.text import visible
from reports.view import Chapter
from tests.reports.builders import (
    BROWSE,
    SEARCH,
    chapter,
    drift,
    finding,
    interval,
    run,
    three_releases,
    trials,
)
from tests.reports.document import Document
from tests.reports.hostile import HOSTILE, hostile

# CommonMark, with what GitHub adds to the grammar.
RENDERER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
# What GitHub makes of finished text, piece by piece: mentions and addresses, numbers of issues, emoji,
# formulas, web addresses.
ACTING = re.compile(r"@\w|#\d|:[\w+-]+:|\$[^$]+\$|https?://|www\.")


def rendered(chapters: Sequence[Chapter]) -> Document:
    """Return the summary as a browser gets it."""
    source = markdown.summary(chapters, report="/runs/report.html")
    return Document(f"<html>{RENDERER.render(source)}</html>")


@pytest.fixture(scope="module")
def document() -> Document:
    return rendered(three_releases())


def test_it_opens_with_question_answer_and_reasons(document: Document) -> None:
    assert document.all("h2")[0].text == "May tour 1.2 launch? No."
    outcome, because, *_ = (each.text for each in document.all("p"))
    assert outcome == "✗ failed"
    assert because.startswith("Mean response time of GET /api/search is 407 ms, promised at most 200 ms; ")


def test_each_promise_has_limit_measurement_margin_and_outcome() -> None:
    document = rendered([chapter([finding(Outcome.FAILED, measured=interval(0.407))])])
    assert [cell.text for cell in document.all("th")] == [
        "Promise",
        "Limit",
        "Measured",
        "Margin left",
        "Outcome",
    ]
    assert [cell.text for cell in document.all("td")] == [
        "Mean response time of GET /api/searchsearch is fast, browse at demo",
        "at most 200 ms",
        "407 ms95 %: 403 to 411 ms, 9 trials",
        "none: 2 times the limit",
        "✗ failedp = 0.43",
    ]


def test_changes_are_told_with_their_baseline(document: Document) -> None:
    assert "slower by 397 to 406 ms (95 %)66 to 67 times the baselineworse" in document.text
    assert "1.020261123T013005-1.0-7f3a" in document.text


def test_the_worst_comes_first(document: Document) -> None:
    promises = document.all("tbody")[1].text
    told = ["GET /api/search", "First contentful paint", "GET /api/tours/{id}", "Share of failed requests"]
    assert sorted(told, key=promises.index) == told


def test_several_releases_have_a_row_each_and_the_tables_are_about_the_last(document: Document) -> None:
    releases, *_ = tables = document.all("table")
    assert "1.0 ✓ passed promoted as baseline 'main' 1.1 ✓ passed every promise kept 1.2 ✗" in releases.text
    assert len(tables) == 3
    assert len(rendered(three_releases()[2:]).all("table")) == 2


def test_a_partial_run_and_its_caveats_are_told() -> None:
    doubt = Caveat(code="machine-busy", advice="end other work.", fatal=True)
    short = run(made=trials(BROWSE, {SEARCH: 0.006}, count=4), partial=True, caveats=(doubt,))
    document = rendered([chapter(run=short)])
    assert "PARTIAL: 1.2" in document.text
    assert document.all("li")[0].text == (
        "machine-busy (kept out of the statistics): End other work. 1.2: the whole run"
    )


def test_what_is_not_there_is_said() -> None:
    document = rendered([chapter([])])
    assert "No promise was judged, so there is no answer." in document.text
    assert "Nothing was compared with a baseline." in document.text
    assert document.all("table") == []


def test_it_ends_with_the_run_and_the_way_to_its_report(document: Document) -> None:
    page, command = (element.text for element in document.all("code"))
    assert page == "/runs/report.html"
    assert command == "launchlab report " + " ".join(each.run.id for each in three_releases())
    assert "The whole report" not in markdown.summary([chapter()], report=None)


def built(chapters: Sequence[Chapter]) -> list[tuple[str, dict[str, str]]]:
    """Return the elements of the summary, but for those that only keep a sign apart."""
    return [(each.tag, each.attributes) for each in rendered(chapters).elements if each.tag != "span"]


@pytest.mark.parametrize("name", HOSTILE)
def test_nothing_the_subject_says_becomes_markup(name: str) -> None:
    assert built(hostile(name)) == built(hostile("harmless"))
    assert not any(each.attributes for each in rendered(hostile(name)).all("span"))


@pytest.mark.parametrize("name", HOSTILE)
def test_a_reason_that_opens_a_line_stays_a_sentence(name: str) -> None:
    def said(reason: str) -> list[Chapter]:
        return [chapter([finding(Outcome.INVALID, reason=reason)])]

    assert built(said(name)) == built(said("harmless"))


@pytest.mark.parametrize("name", HOSTILE)
def test_nothing_the_subject_says_is_acted_on_by_github(name: str) -> None:
    pieces = rendered(hostile(name)).all("html")[0].parts
    assert not [piece for piece in pieces if ACTING.search(piece)]
    # These are found in the source already.
    assert not re.search(r"://|www\.", markdown.summary(hostile(name), report=name))


@pytest.mark.parametrize("name", [name for name in HOSTILE if len(name) < 100])
def test_what_the_subject_says_is_shown_as_it_is(name: str) -> None:
    shown = "".join(rendered(hostile(name)).text.split())
    assert "".join(visible(name).split()) in shown


def test_a_name_keeps_to_its_line() -> None:
    name = "a\n\n# b\r\n| c |"
    lines = markdown.summary(hostile(name), report=name).splitlines()
    assert len(lines) == len(markdown.summary(hostile("harmless"), report="x").splitlines())


def test_a_summary_that_github_would_throw_away_is_cut_with_a_note() -> None:
    kept = [finding(target="@" * 200, reading=f"response_mean{{{'@' * 190}{n}}}") for n in range(300)]
    broken = finding(Outcome.FAILED, target="the broken one", measured=interval(0.407))
    moved = [drift(reading=each.reading) for each in kept]
    full = [chapter([*moved, *kept, broken])]
    source = markdown.summary(full, report="/runs/report.html")
    assert markdown.LIMIT * 0.9 < len(source.encode()) <= markdown.LIMIT
    left_out = [
        int(n) for n in re.findall(r"Left out, because GitHub takes no more than 1 MiB: (\d+) rows", source)
    ]
    headings, shown = rendered(full).all("thead"), rendered(full).all("tr")
    assert sum(left_out) + len(shown) - len(headings) == 601
    assert "the broken one" in source
    assert source.endswith("</code>\n")
