"""What a load profile is: how many users, how they arrive, and which part of the time counts."""

from __future__ import annotations

import math
from dataclasses import dataclass

# Above this many connections in one process, geventhttpclient's select() check fails on file
# descriptors past 1,023 and silently reconnects for every request.
MOST_USERS = 900


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A closed-model load: *users* walk their journeys, pausing between steps.

    *ramp* seconds bring the users up, *warm_up* seconds more are left out of the readings, *hold*
    seconds are the steady window that counts.  *trials* is how often a run repeats it.
    """

    name: str
    users: int
    ramp: float
    warm_up: float
    hold: float
    trials: int

    @property
    def steady_from(self) -> float:
        """Seconds from the start until the steady window opens."""
        return self.ramp + self.warm_up

    @property
    def duration(self) -> float:
        """Seconds from the first user to the end of the steady window."""
        return self.steady_from + self.hold

    @property
    def seconds(self) -> range:
        """The whole seconds inside the steady window: those that count."""
        return range(math.ceil(self.steady_from), math.floor(self.duration))

    def users_at(self, elapsed: float) -> int:
        """How many users should be there *elapsed* seconds after the start; at least one."""
        if elapsed >= self.ramp:
            return self.users
        return max(1, round(self.users * elapsed / self.ramp))
