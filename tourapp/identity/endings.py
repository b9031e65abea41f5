"""Which sessions have ended: known at once in the process that ended one, and within a second in the others.

A bearer token is checked without the database.  So that one of an ended session is refused all the same,
each process remembers the sessions that ended within a token's life, and looks up once a second which new
ones there are.
"""

import math
from collections.abc import Mapping

from tourapp.clock import Clock
from tourapp.store.kept import Kept
from tourapp.store.sessions import TOKEN_LIFETIME, Sessions

# Seconds between two look-ups: as long as a session that was ended elsewhere goes on here.
LOOK_UP_EVERY = 1.0

# Seconds by which look-ups overlap: an ending is dated when the change is made, and seen when it is
# committed, which may wait for readers (LOCK_PATIENCE in tourapp/store/logbook.py) and then for a slow disk.
OVERLAP = 15.0


class Endings:
    """What this process knows of ended sessions; `clock` gives seconds since the epoch."""

    def __init__(self, sessions: Sessions, clock: Clock) -> None:
        self._sessions = sessions
        self._clock = clock
        self._ended: dict[str, float] = {}
        self._looked_up_at = -math.inf
        # A clock that was set back has its look-up too; those who come together share one.
        self._look_ups = Kept(self._look_up, seconds=LOOK_UP_EVERY, clock=clock)

    def __len__(self) -> int:
        """Return how many ended sessions are remembered."""
        return len(self._ended)

    async def include(self, session: str) -> bool:
        """Tell whether a session has ended; looks it up when what is known is a second old."""
        await self._look_ups.value()
        return session in self._ended

    def note(self, session: str) -> None:
        """Remember a session that this process has ended."""
        self._ended[session] = self._clock()

    async def _look_up(self) -> Mapping[str, float]:
        """Add the endings that are new, and return them."""
        now = self._clock()
        # No token from before this moment is good, so no ending from before it matters.
        horizon = now - TOKEN_LIFETIME
        found = await self._sessions.ended_after(max(horizon, min(now, self._looked_up_at) - OVERLAP))
        known = {**self._ended, **found}
        self._ended = {session: ended_at for session, ended_at in known.items() if ended_at > horizon}
        self._looked_up_at = now
        return found
