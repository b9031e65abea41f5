"""What each of the Locust processes that make a load is told.  Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from scenarios.engine.assignment import Assignment
from scenarios.engine.rows import Place

# What several processes get to start in before the common start, in seconds: a base for Python and Locust,
# and as much again as one needs of a core, twice over, for each.
_START_BASE = 4.0
_START_EACH = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One process: its number for people, counted from 1, where it leaves what, and its assignment.

    *folder* is relative to the trial's, empty for the only process of a load.
    """

    name: str
    folder: str
    assignment: Assignment


def time_to_start(count: int) -> float:
    """Return how many seconds *count* processes get until the common start; one alone needs none."""
    return _START_BASE + _START_EACH * count if count > 1 else 0.0


def parts_of(whole: Assignment, count: int, now: float) -> Iterator[Part]:
    """Yield the parts of the load *whole* for *count* processes.

    *now* is in seconds since the epoch; ``frames`` of *whole* names a file of the trial's folder.
    """
    if count == 1:
        yield Part(name="Locust", folder="", assignment=whole)
        return
    starts_at = now + time_to_start(count)
    for index in range(count):
        folder = f"worker-{index + 1}"
        assignment = replace(
            whole,
            place=Place(index=index, count=count),
            starts_at=starts_at,
            # Another half of the 64 bits than a trial's seed: users of two workers must not choose alike.
            seed=whole.seed + (index << 32),
        )
        yield Part(name=f"worker {index + 1} of {count}", folder=folder, assignment=assignment)
