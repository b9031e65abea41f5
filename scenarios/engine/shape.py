"""Adapts a profile to Locust's shape: how many users, stage by stage."""

from __future__ import annotations

import gevent
from locust import LoadTestShape

from profiles.profile import Profile
from scenarios.engine.ramp import steps_of
from scenarios.engine.rows import Place

# Seconds after the last stage in which the worker must have ended the test by itself.
_BACKSTOP = 5.0
# Locust asks a shape once a second, or a little later; whatever begins until then is waited for.
_LOOK_AHEAD = 1.1


class ProfileShape(LoadTestShape):
    """Asks for the users of each of the profile's stages when it begins; the dispatcher walks the ramp.

    *place* says which of the load's processes this is: it has its share of the users.  With *waits* the
    profile's time stands still until ``begin``.
    """

    def __init__(self, profile: Profile, place: Place | None = None, *, waits: bool = False) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._waits = waits
        self._ends = profile.duration + _BACKSTOP
        self._steps = steps_of(profile, place or Place())

    def begin(self) -> None:
        """Let the profile's time begin now."""
        self._waits = False
        self.reset_time()  # type: ignore[no-untyped-call]

    def tick(self) -> tuple[int, float] | None:
        """Return users and spawn rate of the stage; wait for one that begins soon.  None ends the test.

        The worker ends the test when the last stage is over; this is the backstop behind it.
        """
        if self._waits:
            # Locust asks before the test starts, and goes on asking while it waits for other processes.
            return self._steps[0].users, self._steps[0].rate
        elapsed = float(self.get_run_time())  # type: ignore[no-untyped-call]
        coming = [step for step in self._steps if elapsed < step.begins <= elapsed + _LOOK_AHEAD]
        if coming:
            gevent.sleep(coming[0].begins - elapsed)
            elapsed = coming[0].begins
        if elapsed >= self._ends:
            return None
        step = [step for step in self._steps if step.begins <= elapsed][-1]
        return step.users, step.rate
