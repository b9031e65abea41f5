"""How much one generator process carries, and how many processes a load therefore needs.  Pure."""

from __future__ import annotations

import math

from lab.kernel.errors import UsageError
from profiles.profile import Profile

# The launch plan's promise for one process: 10,000 users who each hold a connection.
USERS_OF_ONE_PROCESS = 10_000
# What one process sends and records on one core with room to spare; beyond it the generator itself
# would be late, and the trial INVALID.
RATE_OF_ONE_PROCESS = 10_000
# More than the cores that one machine lends to a generator; a bound on slips of the pen.
_MOST_PROCESSES = 16
# The largest load that a profile may ask for.
MOST_USERS = _MOST_PROCESSES * USERS_OF_ONE_PROCESS
MOST_RATE = _MOST_PROCESSES * RATE_OF_ONE_PROCESS
# Answers within a second leave a user free for every arrival; fewer than ten users would make a
# single slow answer hold up the next.
_SECONDS_OF_ARRIVALS = 1.0
_FEWEST_USERS = 10


def processes_for(profile: Profile, asked: int | None = None) -> int:
    """Return how many processes make *profile*: as many as are *asked* for, else as its height needs.

    Raises UsageError for so many that one would have arrivals, and in some stage no user who takes them.
    Without arrivals a process may well have no users for a while.
    """
    if asked is not None:
        fewest = min(profile.spans, key=lambda span: span.stage.users)
        if profile.rate is not None and asked > fewest.stage.users:
            raise UsageError(
                f"--processes {asked}, but stage {fewest.name!r} has {fewest.stage.users} users at most, and "
                "a process without users would leave its arrivals to nobody.  Give --processes "
                f"{fewest.stage.users} or less, or that stage more users."
            )
        return min(asked, profile.most_users)
    needed = max(
        math.ceil(profile.most_users / USERS_OF_ONE_PROCESS),
        math.ceil((profile.highest_rate or 0.0) / RATE_OF_ONE_PROCESS),
    )
    return max(1, min(needed, *(stage.users for stage in profile.stages)))


def enough_users(rate: float) -> int:
    """Return how many users take *rate* arrivals a second from a subject that answers within a second."""
    return min(MOST_USERS, max(_FEWEST_USERS, math.ceil(rate * _SECONDS_OF_ARRIVALS)))
