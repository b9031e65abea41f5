"""Lends each user a row of its own: an account, a card, a line of a CSV file.

The rows are sliced over the worker processes, and within a worker nobody gets a row that another user
still has.  So two users never share one, however many workers there are.  Pure; never imports Locust.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from lab.kernel.errors import UsageError

Row = TypeVar("Row")


class NoRowLeftError(UsageError):
    """There are more users than rows; sharing one would make their answers wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Which worker process this is: *index* counts from 0, of *count* workers.

    Raises UsageError for an index that is none of theirs: its rows would be another worker's.
    """

    index: int = 0
    count: int = 1

    def __post_init__(self) -> None:
        if not 0 <= self.index < self.count:
            raise UsageError(
                f"worker number {self.index} (from 0) of {self.count} has no rows of its own.  Tell every "
                "worker how many there are: --expect-workers N, or --processes N."
            )


@dataclass(frozen=True, slots=True, eq=False)
class Loan(Generic[Row]):
    """A row that one user has; two loans are never the same one."""

    row: Row
    position: int


class Rows(Generic[Row]):
    """All rows there are, the same on every worker; a range costs nothing until it is lent from.

    The place that is named first is that of this process, for good.
    """

    def __init__(self, rows: Sequence[Row]) -> None:
        self._all = rows
        self._mine: Sequence[Row] | None = None
        self._untouched = 0
        self._returned: deque[int] = deque()
        self._lent: set[Loan[Row]] = set()

    def lend(self, place: Place) -> Loan[Row]:
        """Lend a row of this worker's slice: one that nobody had yet, otherwise the one returned first.

        Raises NoRowLeftError when every row is lent.
        """
        if self._mine is None:
            # In stripes, so that slices differ by one row at most.
            self._mine = self._all[place.index :: place.count]
        if self._untouched < len(self._mine):
            position = self._untouched
            self._untouched += 1
        elif self._returned:
            position = self._returned.popleft()
        else:
            raise NoRowLeftError(
                f"all {len(self._mine)} rows of worker {place.index + 1} of {place.count} are lent; use "
                "fewer users, or give more rows."
            )
        loan = Loan(self._mine[position], position)
        self._lent.add(loan)
        return loan

    def take_back(self, loan: Loan[Row]) -> None:
        """Take a row back.  Raises ValueError for one that is not lent, or no longer."""
        if loan not in self._lent:
            raise ValueError(f"row {loan.row!r} was given back twice, or never lent here")
        self._lent.remove(loan)
        self._returned.append(loan.position)
