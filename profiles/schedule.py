"""When arrivals are due in an open load: an absolute schedule, whatever the subject does with them."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """Arrivals at a constant *rate* per second; number 0 is due *begins* seconds after the start."""

    begins: float
    rate: float

    def due(self, number: int) -> float:
        """Return when arrival *number* is due, in seconds from the start."""
        return self.begins + number / self.rate

    def before(self, moment: float) -> int:
        """Return how many arrivals are due before *moment*, in seconds from the start."""
        # Rounded first, so that what is due exactly at the moment is not before it.
        return max(0, math.ceil(round((moment - self.begins) * self.rate, 6)))

    def ages(self, number: int, moment: float) -> tuple[float, ...]:
        """Return for how long each of the last *number* arrivals before *moment* has been due by then."""
        end = self.before(moment)
        return tuple(moment - self.due(arrival) for arrival in range(max(0, end - number), end))
