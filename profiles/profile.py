"""What a load profile is: how many users, how they arrive, and which part of the time counts."""

from __future__ import annotations

import math
from dataclasses import dataclass

from profiles.schedule import Schedule

# Above this many connections in one process, geventhttpclient's select() check fails on file
# descriptors past 1,023 and silently reconnects for every request.
MOST_USERS = 900
# One process with Locust's quick client sends some 11,000 requests a second on one core (measured
# against nginx, without journeys); what is planned above that cannot arrive.
MOST_RATE = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A load: *users* walk their journeys.

    Without a *rate* the load is closed: each user pauses between tasks and begins the next when it
    likes.  With one it is open: *rate* tasks a second are due from the end of the ramp on, each is
    taken by the next free user, and *users* is the most that can be under way at once.

    *ramp* seconds bring the users up, *warm_up* seconds more are left out of the readings, *hold*
    seconds are the steady window that counts.  *trials* is how often a run repeats it.
    """

    name: str
    users: int
    ramp: float
    warm_up: float
    hold: float
    trials: int
    rate: float | None = None

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

    @property
    def schedule(self) -> Schedule | None:
        """When arrivals are due; None for a closed load."""
        return None if self.rate is None else Schedule(begins=self.ramp, rate=self.rate)

    @property
    def arrivals(self) -> int:
        """How many arrivals are due in the seconds that count; none for a closed load."""
        if self.schedule is None:
            return 0
        return self.schedule.before(self.seconds.stop) - self.schedule.before(self.seconds.start)

    def users_at(self, elapsed: float) -> int:
        """How many users should be there *elapsed* seconds after the start; at least one."""
        if elapsed >= self.ramp:
            return self.users
        return max(1, round(self.users * elapsed / self.ramp))
