"""How many users one process of a load starts or stops, from when on, and how quickly.  Pure."""

from __future__ import annotations

from dataclasses import dataclass

from profiles.profile import Profile
from profiles.schedule import share_of
from scenarios.engine.rows import Place

# Users who are to come at once come within this time, so that they are there before the first second
# is over, and do not all begin at the same moment.
_SHORTEST_RAMP = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """From *begins* on, seconds from the start: to so many *users*, *rate* of them a second."""

    begins: float
    users: int
    rate: float


def steps_of(profile: Profile, place: Place) -> tuple[Step, ...]:
    """Return each change of the number of users in *profile*, for the process at *place*."""
    steps: list[Step] = []
    for span in profile.spans:
        users = share_of(span.stage.users, place.index, place.count)
        users_before = steps[-1].users if steps else 0
        if users != users_before or not steps:
            rate = max(1, abs(users - users_before)) / max(span.stage.ramp, _SHORTEST_RAMP)
            steps.append(Step(begins=span.begins, users=users, rate=rate))
    return tuple(steps)
