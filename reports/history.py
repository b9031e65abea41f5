"""Histories to a page model: what is told of a reading over the runs.  Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import pairwise

from lab.kernel import words
from lab.kernel.history import History, Order, Point, Shift
from lab.kernel.metrics import Metric, Scale, title_of
from lab.kernel.units import Unit, number, scale_for, show
from reports.model import ChangeMark, ChangeRow, HistoryChapter, HistoryPage, Level, RunRow, Timeline
from reports.text import SENTENCE, plain
from reports.wording import chance, metric_for

TRIAGE = "For triage only: no verdict rests on this page, and none is changed by it."
# Below the number of runs that can hold two levels.
_FEW = 6


def page(key: str, histories: Sequence[History], now: datetime) -> HistoryPage:
    """Return the page about the reading *key*, one chapter a history."""
    return HistoryPage(
        title=f"When did the {plain(title_of(key))} change?",
        answer=_answer(histories),
        written=_moment(now),
        chapters=tuple(_chapter(number, each) for number, each in enumerate(histories, start=1)),
    )


def heading(history: History) -> str:
    """Name a history: its subject and its case."""
    return f"{plain(history.subject)}: {plain(history.case)}"


def summary(history: History) -> str:
    """Tell in a sentence what was found."""
    runs = words.counted(len(history.points), "run")
    order = "by release" if history.order is Order.RELEASE else "oldest first"
    if len(history.points) < _FEW:
        return f"{runs}, {order}: too few to tell a change, which takes {_FEW}."
    found = words.counted(len(history.shifts), "change") if history.shifts else "no change"
    told = f"{runs}, {order}: {found} of level."
    environments = len(history.epochs)
    if environments == 1:
        return told
    facts = plain(", ".join(sorted({fact for epoch in history.epochs for fact in epoch})), SENTENCE)
    return f"{told} {environments} environments, which differ in {facts} and share no level."


def moved(history: History, shift: Shift) -> str:
    """Say by how much a level changed, and whether that is better: ``slower by 5.1 %``."""
    metric = metric_for(history.key)
    more, less = words.more_and_less(metric.unit)
    word = more if shift.after > shift.before else less
    return f"{word} by {_size(metric, shift)}"


def _size(metric: Metric, shift: Shift) -> str:
    if metric.scale is Scale.RATIO and shift.before > 0:
        return words.percent(float(f"{abs(shift.after / shift.before - 1):.2g}"))
    size = abs(shift.after - shift.before)
    if metric.unit is Unit.RATIO:
        # "higher by 0.2 %" would read as a proportion of what it was.
        return f"{number(float(f'{100 * size:.2g}'))} percentage points"
    return show(size, metric.unit)


def levels(history: History, shift: Shift) -> str:
    """Return the levels on either side of a change: ``from 100 ms to 105 ms``."""
    unit = metric_for(history.key).unit
    return f"from {show(shift.before, unit)} to {show(shift.after, unit)}"


def following(history: History) -> str:
    """Return what to type next."""
    return (
        _compared(history, history.shifts[-1])
        if history.shifts
        else f"launchlab report {history.points[-1].run}"
    )


def notes(history: History, place: int) -> Iterator[str]:
    """Yield what is to be said of the point *place*: a change, another environment, decisions."""
    point, shift = history.points[place], history.shift_at(place)
    if shift is not None:
        yield moved(history, shift)
    if place and point.epoch != history.points[place - 1].epoch:
        yield "another environment"
    yield from (plain(decision, SENTENCE) for decision in point.decisions)


def _answer(histories: Sequence[History]) -> str:
    found = sum(len(each.shifts) for each in histories)
    runs = words.counted(len({point.run for each in histories for point in each.points}), "run")
    changes = words.counted(found, "change") if found else "No change"
    return f"{changes} in {runs}"


def _chapter(number: int, history: History) -> HistoryChapter:
    anchor = f"history-{number}"
    return HistoryChapter(
        anchor=anchor,
        heading=heading(history),
        summary=summary(history),
        timeline=_timeline(anchor, history),
        changes=tuple(_change(history, shift) for shift in history.shifts),
        runs=tuple(_run(history, place, point) for place, point in enumerate(history.points)),
    )


def _timeline(anchor: str, history: History) -> Timeline:
    points = history.points
    factor, suffix = scale_for(max(abs(point.value) for point in points), metric_for(history.key).unit)
    return Timeline(
        anchor=anchor,
        title=f"{plain(title_of(history.key))}, {heading(history)}",
        description=f"One dot per run, from run 1 to run {len(points)}. {summary(history)}",
        across="run, numbered as in the table below",
        suffix=suffix,
        values=tuple(point.value / factor for point in points),
        levels=tuple(_levels(history, factor)),
        changes=tuple(
            ChangeMark(
                at=shift.place + 1,
                first=shift.earliest + 1,
                last=shift.latest + 1,
                label=moved(history, shift),
            )
            for shift in history.shifts
        ),
        edges=tuple(at for at, (old, new) in enumerate(pairwise(points), start=2) if old.epoch != new.epoch),
        decided=tuple(at for at, point in enumerate(points, start=1) if point.decisions),
    )


def _levels(history: History, factor: float) -> Iterator[Level]:
    """Yield the levels on either side of every change; a series without one is not drawn as a level."""
    for epoch in range(len(history.epochs)):
        places = [place for place, point in enumerate(history.points) if point.epoch == epoch]
        shifts = [shift for shift in history.shifts if history.points[shift.place].epoch == epoch]
        starts = [places[0], *(shift.place for shift in shifts)]
        ends = [*(places[places.index(shift.place) - 1] for shift in shifts), places[-1]]
        values = [shifts[0].before, *(shift.after for shift in shifts)] if shifts else []
        for first, last, value in zip(starts, ends, values, strict=False):
            yield Level(first=first + 1, last=last + 1, value=value / factor)


def _change(history: History, shift: Shift) -> ChangeRow:
    point = history.points[shift.place]
    first, last = shift.earliest + 1, shift.latest + 1
    return ChangeRow(
        run=f"{shift.place + 1}: {plain(point.run)}",
        release=plain(point.release),
        moved=moved(history, shift),
        levels=levels(history, shift),
        place=f"run {first}" if first == last else f"run {first} to {last}",
        chance=chance(shift.p_value),
        following=_compared(history, shift),
    )


def _compared(history: History, shift: Shift) -> str:
    """Return the command that looks closer: the last run of the old level, and the first of the new."""
    epoch = history.points[shift.place].epoch
    earlier = [point for point in history.points[: shift.place] if point.epoch == epoch]
    return f"launchlab compare {earlier[-1].run} {history.points[shift.place].run}"


def _run(history: History, place: int, point: Point) -> RunRow:
    return RunRow(
        number=str(place + 1),
        run=plain(point.run),
        when=_moment(point.measured_at),
        release=plain(point.release),
        value=show(point.value, metric_for(history.key).unit),
        trials=str(point.trials),
        notes=tuple(notes(history, place)),
        changed=history.shift_at(place) is not None,
    )


def _moment(when: datetime) -> str:
    return f"{when.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
