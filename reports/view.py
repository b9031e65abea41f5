"""Records to page models: what a page says about each release.  Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from lab.kernel import words
from lab.kernel.model import Run
from lab.kernel.reasons import Reason
from lab.kernel.units import show
from lab.kernel.verdict import Finding, Outcome, Question, Verdict
from reports import evidence, figures
from reports.headline import answer, badge, because
from reports.model import ChapterPage, DriftRow, Page, PromiseRow
from reports.text import plain, sentence
from reports.wording import (
    certainty,
    chance,
    direction,
    headroom,
    metric_for,
    origin,
    proportion,
    smallest,
    title,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """One release's records: the verdict, the run it is about, the runs it was held against.

    *reasons* are those why its requests failed.  *promoted* is the name of the baseline that the run became,
    if it did.
    """

    verdict: Verdict
    run: Run
    references: tuple[Run, ...] = ()
    reasons: tuple[Reason, ...] = ()
    promoted: str | None = None


def page(chapters: Sequence[Chapter]) -> Page:
    """Return the page about *chapters*, oldest release first; its headline is about the last."""
    if not chapters:
        raise ValueError("a page needs at least one chapter")
    last = chapters[-1]
    outcome = last.verdict.outcome
    subject = f"{plain(last.run.subject.name)} {plain(last.verdict.release)}"
    runs = [run for chapter in chapters for run in (*chapter.references, chapter.run)]
    return Page(
        question=f"May {subject} launch?",
        answer=answer(outcome),
        badge=badge(outcome),
        because=because(last.verdict),
        judged=_moment(last.verdict.judged_at),
        chapters=tuple(_chapter(number, chapter) for number, chapter in enumerate(chapters, start=1)),
        figures=figures.of(runs, [chapter.verdict for chapter in chapters]),
    )


def _chapter(number: int, chapter: Chapter) -> ChapterPage:
    verdict, run = chapter.verdict, chapter.run
    limits = [finding for finding in verdict.findings if finding.question is Question.LIMIT]
    drifts = [finding for finding in verdict.findings if finding.question is Question.DRIFT]
    return ChapterPage(
        anchor=f"release-{number}",
        release=plain(verdict.release),
        badge=badge(verdict.outcome),
        summary=_summary(chapter),
        because=because(verdict),
        measured=_measured(chapter),
        banners=tuple(filter(None, map(evidence.shortfall, (run, *chapter.references)))),
        promises=tuple(map(promise_row, limits)),
        drifts=tuple(map(drift_row, drifts)),
        failures=evidence.failures(chapter.reasons),
        caveats=evidence.caveats(run, chapter.references),
        trials=evidence.trials(run, verdict),
        environment=evidence.environment(run, chapter.references),
    )


def _summary(chapter: Chapter) -> str:
    promoted = "" if chapter.promoted is None else f"promoted as baseline '{plain(chapter.promoted)}'"
    if chapter.verdict.outcome is Outcome.PASSED:
        return promoted or "every promise kept"
    first, *others = because(chapter.verdict)
    told = f"{first} {others[0]}" if len(others) == 1 else first
    # A person may have promoted it all the same; the reason not to stays in sight.
    return f"{told} {sentence(promoted)}.".removesuffix(" .")


def _measured(chapter: Chapter) -> str:
    run = chapter.run
    text = (
        f"Run {plain(run.id)}, measured {_moment(run.started_at)}, {words.counted(len(run.trials), 'trial')}."
    )
    for reference in chapter.references:
        told = "trial about trial with it" if reference.session == run.session else "at another time"
        text += f" Compared with {evidence.label(reference)}, measured {told}."
    return text


def promise_row(finding: Finding) -> PromiseRow:
    """Tell what came of a limit."""
    metric, value, limit = metric_for(finding.reading), finding.measured, finding.limit
    return PromiseRow(
        rule=title(finding.reading),
        target=plain(finding.target),
        case=_case(finding),
        origin=origin(finding.reading),
        limit="" if limit is None else words.promise(metric, limit),
        measured="not measured" if value is None else show(value.center, metric.unit),
        certainty="" if value is None else certainty(value, metric.unit),
        margin="unknown" if value is None or limit is None else headroom(value, limit, metric.better),
        smallest=smallest(finding),
        badge=badge(finding.outcome),
        reason=_reason(finding),
        chance=_chance(finding),
        notes=_notes(finding),
    )


def drift_row(finding: Finding) -> DriftRow:
    """Tell what came of a drift."""
    metric, change = metric_for(finding.reading), finding.change
    return DriftRow(
        rule=title(finding.reading),
        target=plain(finding.target),
        case=_case(finding),
        origin=origin(finding.reading),
        baseline=plain(finding.baseline_release or "no baseline"),
        baseline_run=plain(finding.baseline or ""),
        moved="not compared" if change is None else words.drift(metric, change),
        proportion="" if change is None else proportion(change),
        course="" if change is None else direction(change, metric.better).value,
        smallest=smallest(finding),
        badge=badge(finding.outcome),
        reason=_reason(finding),
        chance=_chance(finding),
        notes=_notes(finding),
    )


def _case(finding: Finding) -> str:
    return plain(finding.case.name) if finding.case else "no case of this run"


def _reason(finding: Finding) -> str:
    """Return the reason where the row's numbers do not already say it."""
    told = finding.measured is not None and finding.outcome in (Outcome.PASSED, Outcome.FAILED)
    return "" if told else sentence(finding.reason)


def _chance(finding: Finding) -> str:
    passed = finding.outcome is Outcome.PASSED  # a pass rests on its bound, not on a p-value
    return "" if passed or finding.p_value is None else chance(finding.p_value)


def _notes(finding: Finding) -> tuple[str, ...]:
    return tuple(sentence(note) for note in finding.notes)


def _moment(when: datetime) -> str:
    return f"{when.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
