"""Records to charts: which series stand together, and what their data tables say.  Pure.

A load case has one chart, with a row per endpoint, a benchmark file one with a row per benchmark;
pages share a chart, with a row per case.  Within a row each run has its own dots: every sound trial is one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from lab.kernel.metrics import key_of, split
from lab.kernel.model import Case, Lane, Run
from lab.kernel.units import Unit, show, show_range
from lab.kernel.verdict import Interval, Verdict
from reports.model import Dots, Figure, Strip
from reports.text import plain
from reports.wording import metric_for

# As many as the palette has, and as many rows as fit a printed page.
SERIES = 6
_ROWS = 16
# A paragraph of them; the record has the rest.
_VALUES = 40

_Line = tuple[str, Case, str]


def of(runs: Sequence[Run], verdicts: Sequence[Verdict]) -> tuple[Figure, ...]:
    """Return the charts of *runs*, oldest first, with the means and limits of *verdicts*."""
    distinct = list({run.id: run for run in runs}.values())[-SERIES:]
    gallery = _Gallery(distinct, verdicts)
    cases = list(dict.fromkeys(case for run in distinct for case in run.cases))
    charts = [
        gallery.figure(f"Response times: {plain(case.name)}", gallery.endpoints(case))
        for case in cases
        if case.lane is Lane.LOAD
    ]
    charts.append(gallery.figure("First contentful paint", gallery.each(cases, Lane.DEVICES, "fcp")))
    charts.extend(
        gallery.figure(f"Benchmarks: {plain(case.name)}", gallery.labelled(case, "time_median"))
        for case in cases
        if case.lane is Lane.BENCH
    )
    return tuple(chart for chart in charts if chart)


class _Gallery:
    """Runs and verdicts, looked at reading by reading."""

    def __init__(self, runs: Sequence[Run], verdicts: Sequence[Verdict]) -> None:
        self._runs = runs
        self._releases = _labels(runs)
        self._judged = {(f.case, f.reading): None for verdict in verdicts for f in verdict.findings}
        self._means = {
            (verdict.run, f.case, f.reading): f.measured
            for verdict in verdicts
            for f in verdict.findings
            if f.measured
        }
        self._limits = {
            (f.case, f.reading): f.limit
            for verdict in verdicts
            for f in verdict.findings
            if f.limit is not None
        }
        self._drawn = 0

    def endpoints(self, case: Case) -> list[_Line]:
        """Return a line per reading of *case*: what was judged, and the same of other endpoints."""
        judged = [reading for judged_case, reading in self._judged if judged_case == case]
        times = [key for key in judged if metric_for(key).unit is Unit.SECOND]
        names = {split(key)[0] for key in times} or {"response_mean"}
        seen = [key for run in self._runs for trial in run.trials_of(case) for key in trial.readings]
        keys = dict.fromkeys([*times, *(key for key in seen if split(key)[0] in names)])
        return [(_line(key, names), case, key) for key in keys]

    def each(self, cases: Iterable[Case], lane: Lane, metric: str) -> list[_Line]:
        """Return a line per case of *lane*."""
        return [(plain(case.name), case, key_of(metric)) for case in cases if case.lane is lane]

    def labelled(self, case: Case, metric: str) -> list[_Line]:
        """Return a line per labelled reading of *metric*: one for each benchmark of a file."""
        seen = [key for run in self._runs for trial in run.trials_of(case) for key in trial.readings]
        keys = dict.fromkeys(key for key in seen if split(key)[0] == metric)
        return [(_line(key, {metric}), case, key) for key in keys]

    def figure(self, heading: str, lines: Sequence[_Line]) -> Figure | None:
        """Return the chart of *lines*, or None where no trial has any of the readings."""
        strips = [strip for strip in map(self._strip, lines) if strip.dots]
        if not strips:
            return None
        self._drawn += 1
        shown = strips[:_ROWS]
        return Figure(
            anchor=f"figure-{self._drawn}",
            title=heading,
            description=_description(self._releases, shown),
            releases=self._releases,
            strips=tuple(shown),
            rest=f"The first {_ROWS} of {len(strips)} rows." if len(strips) > _ROWS else "",
            table=tuple(row for strip in shown for row in _rows(strip, self._releases)),
        )

    def _strip(self, line: _Line) -> Strip:
        label, case, key = line
        samples = [run.sample(case, key).values for run in self._runs]
        dots = [
            Dots(series=series, values=values, mean=self._means.get((run.id, case, key)))
            for series, (run, values) in enumerate(zip(self._runs, samples, strict=True))
            if values
        ]
        return Strip(label=label, limit=self._limits.get((case, key)), dots=tuple(dots))


def _line(key: str, names: set[str]) -> str:
    _, endpoint = split(key)
    short = plain(endpoint or "all endpoints")
    return short if len(names) == 1 else f"{short}: {metric_for(key).title}"


def _labels(runs: Sequence[Run]) -> tuple[str, ...]:
    """Name each run by its release, and by the end of its id where a release was measured twice."""
    counts = Counter(run.subject.release for run in runs)
    return tuple(
        plain(run.subject.release) + (f" {plain(run.id[-4:])}" if counts[run.subject.release] > 1 else "")
        for run in runs
    )


def _description(releases: Sequence[str], strips: Sequence[Strip]) -> str:
    promised = sum(strip.limit is not None for strip in strips)
    named = plain(", ".join(releases))
    return (
        f"One dot per trial, for {named}. Rows: {len(strips)}, with a limit: {promised}. "
        "A bar is the mean's 95 % interval. The table holds the same numbers."
    )


def _rows(strip: Strip, releases: Sequence[str]) -> list[tuple[str, ...]]:
    limit = "none" if strip.limit is None else show(strip.limit, Unit.SECOND)
    return [
        (strip.label, releases[dots.series], limit, *_mean(dots), _values(dots.values)) for dots in strip.dots
    ]


def center(dots: Dots) -> float:
    """Return the judged mean, or the plain one where the gate had no question."""
    return dots.mean.center if dots.mean else sum(dots.values) / len(dots.values)


def _mean(dots: Dots) -> tuple[str, str]:
    mean = show(center(dots), Unit.SECOND)
    return mean, _span(dots.mean) if dots.mean and dots.mean.size > 1 else "not judged"


def _span(interval: Interval) -> str:
    return show_range(interval.low, interval.high, Unit.SECOND)


def _values(values: Sequence[float]) -> str:
    listed = ", ".join(show(value, Unit.SECOND) for value in values[:_VALUES])
    return listed + (f" and {len(values) - _VALUES} more" if len(values) > _VALUES else "")
