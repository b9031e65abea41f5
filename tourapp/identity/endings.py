"""Which sessions have ended: known at once in the process that ended one, and within a second in the others.

A bearer token is checked without the database.  So that one of an ended session is refused all the same,
each process remembers the sessions that ended within a token's life, and looks up once a second which new
ones there are.
"""

import math
from collections.abc import Callable

from tourapp.identity.tokens import LIFETIME
from tourapp.store.sessions import Sessions

# Seconds between two look-ups: as long as a session that was ended elsewhere goes on here.
LOOK_UP_EVERY = 1.0

# Seconds by which look-ups overlap: an ending is dated when it is asked for, and seen when it is committed,
# which may wait for the lock (LOCK_PATIENCE in tourapp/store/logbook.py) behind another that waits.
OVERLAP = 15.0


class Endings:
    """What this process knows of ended sessions; `clock` gives seconds since the epoch."""

    def __init__(self, sessions: Sessions, clock: Callable[[], float]) -> None:
        self._sessions = sessions
        self._clock = clock
        self._ended: dict[str, float] = {}
        self._looked_up_at = -math.inf

    def __len__(self) -> int:
        """Return how many ended sessions are remembered."""
        return len(self._ended)

    async def include(self, session: str) -> bool:
        """Tell whether a session has ended; looks it up when what is known is a second old."""
        now = self._clock()
        # A clock that was set back has its look-up too.
        if not 0 <= now - self._looked_up_at < LOOK_UP_EVERY:
            await self._look_up(now)
        return session in self._ended

    def note(self, session: str) -> None:
        """Remember a session that this process has ended."""
        self._ended[session] = self._clock()

    async def _look_up(self, now: float) -> None:
        # No token from before this moment is good, so no ending from before it matters.
        horizon = now - LIFETIME
        found = await self._sessions.ended_after(max(horizon, self._looked_up_at - OVERLAP))
        known = {**self._ended, **found}
        self._ended = {session: ended_at for session, ended_at in known.items() if ended_at > horizon}
        self._looked_up_at = now
