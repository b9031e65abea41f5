"""The verdict as Markdown for a step summary of GitHub Actions: the page's words, in the page's order.

The headline is about the last release, the tables are too; earlier releases have a row each.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import TypeVar

from lab.kernel.verdict import Outcome
from reports.model import Badge, CaveatRow, ChapterPage, DriftRow, Page, PromiseRow, Row
from reports.text import visible
from reports.view import Chapter, page

# GitHub throws away a step's whole summary above 1 MiB; other commands of the step write to it as well.
LIMIT = 1_000_000
# Headings and notes of one section, generously.
_FRAME = 500
_SIGN = re.compile(
    # What GitHub acts on in finished text: mentions, numbers of issues, formulas, emoji, addresses.
    r"(?P<later>[@#$]|:(?=\S)|(?<=[wW])\.)"
    # What Markdown acts on anywhere in a line, and at its beginning.
    r"|[!&*<>\[\]\\`_|~]|^(?:[-+=\s]|\d(?=\d*[.)](?:\s|$)))"
)


RowT = TypeVar("RowT", bound=Row)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Section:
    """A heading with rows below, from which rows can be left out; *empty* stands where there are none."""

    title: str
    head: tuple[str, ...]
    rows: tuple[str, ...]
    empty: str


def summary(chapters: Sequence[Chapter], *, report: str | None) -> str:
    """Return the summary about *chapters*, oldest release first; *report* is the path of the page."""
    told = page(chapters)
    opening, closing = _opening(told), _closing(chapters, told.chapters[-1], report)
    sections = _sections(told)
    room = LIMIT - _size([*opening, *closing]) - _FRAME * len(sections)
    lines = opening
    for section in sections:
        kept = _fitting(section.rows, room)
        room -= _size(kept)
        lines += _written(section, kept)
    return "\n".join([*lines, *closing]) + "\n"


def _opening(told: Page) -> list[str]:
    lines = [f"## {_text(told.question)} {_text(told.answer)}", _outcome(told.badge)]
    lines += [_text(line) for line in (*told.because, *told.chapters[-1].banners)]
    return [piece for line in lines for piece in (line, "")]


def _closing(chapters: Sequence[Chapter], last: ChapterPage, report: str | None) -> list[str]:
    again = " ".join(["launchlab report", *(chapter.run.id for chapter in chapters)])
    opened = f"The whole report: {_code(report)}. " if report else ""
    return [_text(last.measured), "", f"{opened}Made again from the records: {_code(again)}"]


def _sections(told: Page) -> list[_Section]:
    last = told.chapters[-1]
    sections = [
        _Section(
            title="Promises",
            head=_head("Promise", "Limit", "Measured", "Margin left", "Outcome"),
            rows=tuple(map(_promise, _worst_first(last.promises))),
            empty="No promise was judged.",
        ),
        _Section(
            title="What changed",
            head=_head("Reading", "Change", "Against", "Would have found", "Outcome"),
            rows=tuple(map(_drift, _worst_first(last.drifts))),
            empty="Nothing was compared with a baseline.",
        ),
        _Section(
            title="Caveats",
            head=(),
            rows=tuple(map(_caveat, last.caveats)),
            empty="None: nothing in this run asks to be trusted less.",
        ),
    ]
    releases = _Section(
        title="The releases",
        head=_head("Release", "Outcome", "In short"),
        rows=tuple(map(_release, told.chapters)),
        empty="",
    )
    return [releases, *sections] if len(told.chapters) > 1 else sections


def _worst_first(rows: Iterable[RowT]) -> list[RowT]:
    """Return *rows* so that the end, which may not fit, holds the promises that were kept."""
    worst_last = [outcome.value for outcome in Outcome]
    return sorted(rows, key=lambda row: -worst_last.index(row.badge.word))


def _promise(row: PromiseRow) -> str:
    measured = _cell(row.measured, row.certainty)
    return _row(_rule(row), _text(row.limit or "no limit"), measured, _text(row.margin), _answer(row))


def _drift(row: DriftRow) -> str:
    change = _cell(row.moved, row.proportion, row.course)
    against = _cell(row.baseline, row.baseline_run)
    return _row(_rule(row), change, against, _text(row.smallest), _answer(row))


def _release(chapter: ChapterPage) -> str:
    return _row(_text(chapter.release), _outcome(chapter.badge), _text(chapter.summary))


def _caveat(row: CaveatRow) -> str:
    fatal = " (kept out of the statistics)" if row.fatal else ""
    return f"- <strong>{_text(row.code)}</strong>{fatal}: {_text(row.advice)} {_small(row.where)}"


def _rule(row: Row) -> str:
    return _cell(row.rule, f"{row.target}, {row.case}", row.origin)


def _answer(row: Row) -> str:
    told = filter(None, (row.reason, row.chance, *row.notes))
    return "<br>".join([_outcome(row.badge), *map(_small, told)])


def _outcome(badge: Badge) -> str:
    return f"{_text(badge.sign)} <strong>{_text(badge.word)}</strong>"


def _cell(first: str, *others: str) -> str:
    return "<br>".join([_text(first), *map(_small, filter(None, others))])


def _head(*titles: str) -> tuple[str, str]:
    return _row(*titles), _row(*("---" for _ in titles))


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _small(text: str) -> str:
    return f"<small>{_text(text)}</small>"


def _code(text: str) -> str:
    return f"<code>{_text(text)}</code>"


def _text(text: str) -> str:
    """Return *text* so that it is shown as it is: a reference for each sign that Markdown knows.

    GitHub looks for mentions and the like after the references are resolved, in each piece of text by
    itself.  An element of its own keeps their sign apart from what follows, as GitHub's manual does for $.
    """
    return _SIGN.sub(_reference, visible(text))


def _reference(sign: re.Match[str]) -> str:
    reference = f"&#{ord(sign[0])};"
    return f"<span>{reference}</span>" if sign["later"] else reference


def _fitting(rows: Sequence[str], room: int) -> tuple[str, ...]:
    sizes = accumulate(map(_bytes, rows))
    return tuple(row for row, size in zip(rows, sizes, strict=True) if size <= room)


def _written(section: _Section, kept: Sequence[str]) -> list[str]:
    lines = [f"### {section.title}", "", *(section.head if section.rows else [section.empty]), *kept, ""]
    left_out = len(section.rows) - len(kept)
    note = f"Left out, because GitHub takes no more than 1 MiB: {left_out} rows. The report has them all."
    return [*lines, note, ""] if left_out else lines


def _size(lines: Iterable[str]) -> int:
    return sum(map(_bytes, lines))


def _bytes(line: str) -> int:
    return len(line.encode()) + 1
