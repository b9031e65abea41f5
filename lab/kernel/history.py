"""The nouns of looking back: a reading over the runs of a case, and where its level changed."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime

from lab.kernel.model import Lane


class Order(enum.Enum):
    """In which order runs are looked at: as they were made, or by release, each as they were made."""

    TIME = "time"
    RELEASE = "release"


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One run: the mean of a reading over its *trials*, geometric where values compare by ratio.

    *epoch* numbers the environments in the order in which they appear.  *decisions* are what people decided
    on the run, in words.
    """

    run: str
    release: str
    measured_at: datetime
    value: float
    trials: int
    epoch: int
    decisions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """A change of level within an epoch; *place*, *earliest* and *latest* number the points of the history.

    *place* is the first point of the new level, which may as well begin anywhere from *earliest* to *latest*.
    *before* and *after* are the levels, in base units, the medians of their points.
    """

    place: int
    earliest: int
    latest: int
    before: float
    after: float
    p_value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """A reading of one case of a subject over its runs.  For triage, never for a verdict.

    *epochs* has, for each environment, the facts in which it differs from the first.
    """

    subject: str
    lane: Lane
    case: str
    key: str
    order: Order
    points: tuple[Point, ...]
    shifts: tuple[Shift, ...]
    epochs: tuple[tuple[str, ...], ...]

    def shift_at(self, place: int) -> Shift | None:
        """Return the change that begins at the point *place*, if one does."""
        return next((shift for shift in self.shifts if shift.place == place), None)
