"""The JSON object that ``launchlab history --json`` prints, and the schema it keeps to.

Numbers are in base units, and names stand as the subject gave them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter

from lab.kernel.history import History, Order
from lab.kernel.metrics import metric_of
from lab.kernel.model import Lane
from lab.kernel.units import Unit
from reports.exports.part import Part, written

# Format history.  1: the first.  Fields may be added to a format; none changes its meaning or goes.
FORMAT = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class PointPart(Part):
    """One run."""

    run: str
    """Its name."""
    release: str
    """The release that was measured."""
    measured_at: datetime
    """When it began."""
    value: float
    """The mean over its sound trials, geometric where values compare by ratio."""
    trials: int
    """How many trials that are."""
    epoch: int
    """The number of its environment, from 0: runs of different environments share no level."""
    decisions: tuple[str, ...]
    """What people decided on the run, in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftPart(Part):
    """A change of level."""

    run: str
    """The first run of the new level."""
    earliest: str
    """The first run at which the new level may as well have begun."""
    latest: str
    """The last run at which the new level may as well have begun."""
    before: float
    """The median of the runs of the level before."""
    after: float
    """The median of the runs of the new level."""
    p_value: float
    """How often noise alone has such a change somewhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryPart(Part):
    """One case of one subject."""

    subject: str
    """The system under test."""
    lane: Lane
    """The lane that measured it."""
    case: str
    """What was exercised, and how."""
    points: tuple[PointPart, ...]
    """Its runs, in order."""
    shifts: tuple[ShiftPart, ...]
    """Where its level changed."""
    epochs: tuple[tuple[str, ...], ...]
    """For each environment, the facts in which it differs from the first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Histories(Part):
    """A reading over the runs.  For triage: no verdict rests on it."""

    format: int
    """The format of this object."""
    reading: str
    """The reading's key: a metric, or a metric and an endpoint."""
    unit: Unit
    """Its base unit."""
    order: Order
    """In which order the runs stand."""
    histories: tuple[HistoryPart, ...]
    """One for each case of each subject that has the reading."""


_ADAPTER = TypeAdapter(Histories)


def schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) that every such object keeps to."""
    made = _ADAPTER.json_schema(mode="serialization")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **made,
        "title": "What launchlab history prints with --json",
    }


def to_json(key: str, histories: Sequence[History], order: Order) -> str:
    """Return *histories* of the reading *key* as JSON in plain ASCII."""
    made = Histories(
        format=FORMAT,
        reading=key,
        unit=metric_of(key).unit,
        order=order,
        histories=tuple(map(_part, histories)),
    )
    return written(_ADAPTER.dump_python(made, mode="json"))


def _part(history: History) -> HistoryPart:
    points = history.points
    return HistoryPart(
        subject=history.subject,
        lane=history.lane,
        case=history.case,
        points=tuple(
            PointPart(
                run=point.run,
                release=point.release,
                measured_at=point.measured_at,
                value=point.value,
                trials=point.trials,
                epoch=point.epoch,
                decisions=point.decisions,
            )
            for point in points
        ),
        shifts=tuple(
            ShiftPart(
                run=points[shift.place].run,
                earliest=points[shift.earliest].run,
                latest=points[shift.latest].run,
                before=shift.before,
                after=shift.after,
                p_value=shift.p_value,
            )
            for shift in history.shifts
        ),
        epochs=history.epochs,
    )
