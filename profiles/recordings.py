"""Reads a recorded rate: lines of seconds and arrivals per second, as a monitoring system exports them."""

from __future__ import annotations

import csv
from pathlib import Path

from lab.kernel.errors import UsageError
from profiles.capacity import MOST_RATE
from profiles.profile import Recording

# Fewer lines do not tell for how long the last one holds.
_FEWEST_LINES = 2
_COLUMNS = 2


def read(path: Path) -> Recording:
    """Return the recording at *path*.

    Each line's rate holds until the next, the last one's for as long as that of the line before.  A
    first line of words is a heading; times count from the first line on.  Raises UsageError naming
    the file, the line, the value seen and what is accepted.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = [(number, row) for number, row in enumerate(csv.reader(file), 1) if row]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UsageError(f"{path} cannot be read: {error}.") from None
    if rows and not any(_number(field) is not None for field in rows[0][1]):
        del rows[0]
    steps = [_step(f"{path}: line {number}", row) for number, row in rows]
    if len(steps) < _FEWEST_LINES:
        raise UsageError(f"{path} holds {len(steps)} lines; accepted: at least {_FEWEST_LINES} of them.")
    for (before, _), (after, _), (number, _) in zip(steps, steps[1:], rows[1:], strict=False):
        if after <= before:
            raise UsageError(f"{path}: line {number} is {after:g} s; accepted: later than {before:g} s.")
    if not any(rate for _, rate in steps):
        raise UsageError(f"{path} holds no rate above 0.")
    begin, last = steps[0][0], steps[-1][0]
    end = last + (last - steps[-2][0])
    return Recording(steps=(*((seconds - begin, rate) for seconds, rate in steps), (end - begin, 0.0)))


def _step(place: str, row: list[str]) -> tuple[float, float]:
    numbers = [_number(field) for field in row]
    if len(row) != _COLUMNS or None in numbers:
        raise UsageError(f"{place} is {','.join(row)!r}; accepted: seconds,arrivals per second.")
    seconds, rate = (number for number in numbers if number is not None)
    if seconds < 0 or not 0 <= rate <= MOST_RATE:
        accepted = f"a rate from 0 to {MOST_RATE}, and no time below 0"
        raise UsageError(f"{place} is {','.join(row)!r}; accepted: {accepted}.")
    return seconds, rate


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    # "nan" and "inf" are numbers for Python only.
    return number if abs(number) < float("inf") else None
