"""Puts the runs of a case into a series, and finds where it changed.  Pure.

Runs of different environments never share a level: each environment is an epoch, with a series of its own.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from lab.kernel.history import History, Order, Point, Shift
from lab.kernel.metrics import Metric, Scale, metric_of
from lab.kernel.model import Lane, Run
from lab.stats.changes import LEVEL, steps


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How to look at a history: in which order, at how many of the newest runs, for changes of which size.

    *least* is a proportion where values compare by ratio, else in the metric's unit: the noise floor.
    """

    order: Order = Order.TIME
    last: int | None = None
    least: float = 0.0
    level: float = LEVEL


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A run, and the values of a reading in its sound trials of one case."""

    run: Run
    values: tuple[float, ...]


USUAL = Look()


def history_of(
    key: str,
    place: tuple[Lane, str],
    measured: Sequence[Measured],
    decisions: Mapping[str, tuple[str, ...]],
    look: Look = USUAL,
) -> History:
    """Return the history of the reading *key* in a case, given by its lane and name.

    *decisions* are those on each run.  Raises ValueError without a run.
    """
    if not measured:
        raise ValueError(f"no run has a reading {key!r}")
    ordered = sorted(measured, key=lambda each: _rank(each.run, look.order))
    shown = ordered[-look.last :] if look.last else ordered
    metric, epochs = metric_of(key), _epochs([each.run for each in shown])
    ratio = metric.scale is Scale.RATIO and all(value > 0 for each in shown for value in each.values)
    centers = [_center(each.values, ratio=ratio) for each in shown]
    points = tuple(
        Point(
            run=each.run.id,
            release=each.run.subject.release,
            measured_at=each.run.started_at,
            value=math.exp(center) if ratio else center,
            trials=len(each.values),
            epoch=epoch,
            decisions=decisions.get(each.run.id, ()),
        )
        for each, center, epoch in zip(shown, centers, epochs, strict=True)
    )
    shifts = [
        shift
        for epoch in dict.fromkeys(epochs)
        for shift in _shifts(
            centers, [at for at, its in enumerate(epochs) if its == epoch], metric, look, ratio=ratio
        )
    ]
    lane, case = place
    return History(
        subject=shown[0].run.subject.name,
        lane=lane,
        case=case,
        key=key,
        order=look.order,
        points=points,
        shifts=tuple(sorted(shifts, key=lambda shift: shift.place)),
        epochs=_differences([each.run for each in shown], epochs),
    )


def _rank(run: Run, order: Order) -> tuple[object, ...]:
    moment = (run.started_at, run.id)
    return (_version(run.subject.release), *moment) if order is Order.RELEASE else moment


def _version(release: str) -> tuple[tuple[int, int, str], ...]:
    """Return what sorts 1.10 after 1.9, and 1.0 after 1.0-rc1: words come before the end, numbers after."""
    parts = re.findall(r"[0-9]+|[^0-9.]+", release)
    numbered = [(1, int(part), "") if part.isdecimal() else (-1, 0, part) for part in parts]
    return (*numbered, (0, 0, ""))


def _epochs(runs: Sequence[Run]) -> list[int]:
    """Return the number of each run's environment, in the order of their first runs."""
    firsts: list[Run] = []
    numbers = []
    for run in runs:
        same = (number for number, first in enumerate(firsts) if not _differing(run, first))
        number = next(same, len(firsts))
        if number == len(firsts):
            firsts.append(run)
        numbers.append(number)
    return numbers


def _differing(run: Run, other: Run) -> tuple[str, ...]:
    return run.environment.differences(other.environment)


def _differences(runs: Sequence[Run], epochs: Sequence[int]) -> tuple[tuple[str, ...], ...]:
    firsts = {epoch: run for run, epoch in reversed(list(zip(runs, epochs, strict=True)))}
    return tuple(_differing(firsts[epoch], firsts[0]) for epoch in sorted(firsts))


def _center(values: Sequence[float], *, ratio: bool) -> float:
    return float(np.mean(np.log(values) if ratio else values))


def _shifts(
    centers: Sequence[float], members: Sequence[int], metric: Metric, look: Look, *, ratio: bool
) -> list[Shift]:
    """Find the changes among the *members* of one epoch."""
    series = [centers[place] for place in members]
    back = math.exp if ratio else float
    return [
        Shift(
            place=members[step.place],
            earliest=members[step.places[0]],
            latest=members[step.places[1]],
            before=back(step.before),
            after=back(step.after),
            p_value=step.p_value,
        )
        for step in steps(series, level=look.level, least=_least(series, metric, look, ratio=ratio))
    ]


def _least(series: Sequence[float], metric: Metric, look: Look, *, ratio: bool) -> float:
    """Return the size up to which a change does not count, on the working scale."""
    if not ratio:
        return max(look.least, metric.floor)
    return math.log1p(max(look.least, metric.floor / math.exp(float(np.median(series)))))
