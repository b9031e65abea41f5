"""Looks back over the runs on record: where a reading changed its level, at the terminal and on a page."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from lab.engine.history import Look, Measured, history_of
from lab.kernel.errors import UsageError
from lab.kernel.history import History, Order
from lab.kernel.metrics import METRICS, Scale, metric_of, split
from lab.kernel.record import write_text
from lab.kernel.units import Unit, parse, show
from lab.store.database import SampleLine
from lab.store.store import Store
from launchlab.exporting import may_be_written
from launchlab.screen import console
from reports import history as pages
from reports.exports import history as objects
from reports.render import render_history
from reports.text import plain
from reports.wording import chance

# Rows of a table that a terminal still holds; the page has all of them.
_ROWS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Which runs are wanted: of one case and of one subject, or of all."""

    case: str | None = None
    subject: str | None = None


def look(key: str, *, by_release: bool, last: int | None, least: str | None) -> Look:
    """Return how to look, from options.  Raises UsageError for a *least* that is no size of the metric."""
    metric = metric_of(key)
    unit = Unit.RATIO if metric.scale is Scale.RATIO else metric.unit
    try:
        size = parse(least, unit) if least is not None else 0.0
    except ValueError as error:
        raise UsageError(f"--least: {error}.") from None
    return Look(order=Order.RELEASE if by_release else Order.TIME, last=last, least=size)


def histories(store: Store, key: str, choice: Choice, how: Look) -> list[History]:
    """Return the history of the reading *key* in each case of each subject.

    Raises UsageError, with what is known, for a metric, reading, case or subject that no run has.
    """
    metric_of(key)
    lines = store.database.samples(key)
    if not lines:
        raise _without_runs(store, key)
    lines = _chosen(lines, "subject", choice.subject, lambda line: line.subject)
    lines = _chosen(lines, "case", choice.case, lambda line: line.case)
    runs = {name: store.records.opening(name) for name in dict.fromkeys(line.run for line in lines)}
    decisions = _decisions(store)
    return [
        history_of(
            key,
            (group[0].lane, group[0].case),
            [Measured(run=runs[line.run], values=line.values) for line in group],
            decisions,
            how,
        )
        for _, each in groupby(sorted(lines, key=_identity), _identity)
        if (group := list(each))
    ]


def _identity(line: SampleLine) -> tuple[str, str, str]:
    return line.subject, line.lane.value, line.case


def _chosen(
    lines: Sequence[SampleLine], kind: str, wanted: str | None, name: Callable[[SampleLine], str]
) -> list[SampleLine]:
    chosen = [line for line in lines if wanted is None or name(line) == wanted]
    if not chosen:
        raise UsageError.unknown(kind, str(wanted), {name(line) for line in lines})
    return chosen


def _without_runs(store: Store, key: str) -> UsageError:
    """Say that no run has the reading *key*, and which there are."""
    known = store.database.keys()
    if not known:
        return UsageError("no run is on record yet.  Next: launchlab demo")
    name, _ = split(key)
    # Endpoints are many: those of the metric that was asked for say more than all.
    near = [each for each in known if split(each)[0] == name] or [each for each in known if each in METRICS]
    return UsageError.unknown("reading", key, near or known)


def _decisions(store: Store) -> dict[str, tuple[str, ...]]:
    """Return what people decided on each run, oldest first, in words."""
    told: dict[str, list[str]] = {}
    earlier: set[tuple[str, str]] = set()
    for baseline in store.records.baselines():
        # Going back to a run that had been in force under that name is what a rollback is.
        again = (baseline.name, baseline.run) in earlier
        earlier.add((baseline.name, baseline.run))
        verb = "rolled back to" if again else "promoted"
        moment = f"{baseline.promoted_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
        words = f"{verb} as {baseline.name!r} {moment} by {baseline.promoted_by}: {baseline.why}"
        told.setdefault(baseline.run, []).append(words)
    return {run: tuple(words) for run, words in told.items()}


def tell(store: Store, key: str, found: Sequence[History], *, html: Path | None, json: bool) -> None:
    """Print the histories, write the page about them, and with *json* the object on standard output.

    Raises UsageError for an *html* that cannot become a file.
    """
    if html is not None and not may_be_written(html):
        raise UsageError(f"cannot write to {str(html)!r}.  Name a file in a folder that exists.")
    to = console(aside=json)
    for history in found:
        _print(to, history)
    path = html or store.records.root / "history" / f"{_slug(key)}.html"
    write_text(path, render_history(pages.page(key, found, datetime.now(UTC))))
    to.print(pages.TRIAGE, style="dim")
    to.print(f"[bold]Page[/]: {escape(str(path.resolve()))}")
    for command in dict.fromkeys(map(pages.following, found)):
        to.print(f"Next: {escape(command)}", style="dim")
    if json:
        sys.stdout.write(objects.to_json(key, found, found[0].order))


def _slug(key: str) -> str:
    return re.sub(r"[^a-z0-9.]+", "-", key.lower()).strip("-.")[:80]


def _print(to: Console, history: History) -> None:
    to.print(f"[bold]{escape(pages.heading(history))}[/]  {escape(plain(history.key))}")
    to.print(escape(pages.summary(history)))
    for shift in history.shifts:
        point = history.points[shift.place]
        first, last = history.points[shift.earliest].run, history.points[shift.latest].run
        began = f"at {first}" if first == last else f"between {first} and {last}"
        told = f"{pages.moved(history, shift)}, {pages.levels(history, shift)}, since release {point.release}"
        to.print(escape(f"  {plain(told)} ({chance(shift.p_value)}); it began {began}"))
    to.print(_table(history))
    hidden = len(history.points) - _ROWS
    if hidden > 0:
        to.print(f"{hidden} earlier runs are on the page only", style="dim")
    to.print()


def _table(history: History) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    # A run's name is there to be typed: it is never cut.
    longest = max(len(point.run) for point in history.points[-_ROWS:])
    table.add_column("run", header_style="dim", no_wrap=True, min_width=longest)
    for heading in ("when", "release", "value", ""):
        table.add_column(heading, header_style="dim")
    unit = metric_of(history.key).unit
    for place, point in list(enumerate(history.points))[-_ROWS:]:
        cells = (
            point.run,
            f"{point.measured_at.astimezone(UTC):%Y-%m-%d %H:%M}",
            point.release,
            show(point.value, unit),
            "; ".join(pages.notes(history, place)),
        )
        mark = "yellow" if history.shift_at(place) else None
        table.add_row(*(escape(plain(cell)) for cell in cells), style=mark)
    return table
