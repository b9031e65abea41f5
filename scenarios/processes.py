"""What each of the Locust processes that make a load is told.  Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from scenarios.engine.assignment import Assignment
from scenarios.engine.rows import Place

# What processes take until all of them are ready, in seconds: some two seconds of a core for each, on two
# cores, and the notice of the common start.
_START_BASE = 2.0
_START_EACH = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One process: its number for people, counted from 1, where it leaves what, and its assignment.

    *folder* is relative to the trial's, empty for the only process of a load.
    """

    name: str
    folder: str
    assignment: Assignment


def time_to_start(count: int) -> float:
    """Return about how many seconds pass until *count* processes begin; one alone waits for nobody."""
    return _START_BASE + _START_EACH * count if count > 1 else 0.0


def parts_of(whole: Assignment, count: int) -> Iterator[Part]:
    """Yield the parts of the load *whole* for *count* processes."""
    if count == 1:
        yield Part(name="Locust", folder="", assignment=whole)
        return
    for index in range(count):
        folder = f"worker-{index + 1}"
        assignment = replace(
            whole,
            place=Place(index=index, count=count),
            # Another half of the 64 bits than a trial's seed: users of two workers must not choose alike.
            seed=whole.seed + (index << 32),
        )
        yield Part(name=f"worker {index + 1} of {count}", folder=folder, assignment=assignment)
