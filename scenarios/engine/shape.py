"""Adapts a profile to Locust's shape: how many users, second by second."""

from __future__ import annotations

from locust import LoadTestShape

from profiles.profile import Profile
from scenarios.engine.rows import Place
from scenarios.engine.slices import share

# Seconds after the window in which the worker must have ended the test by itself.
_BACKSTOP = 5.0


class ProfileShape(LoadTestShape):
    """Follows the profile's ramp in steps of a second, each started as one jittered batch.

    Of its users this process has the share of *place*.

    Locust blocks a shape while it spawns, so no step may take longer than its second.
    """

    def __init__(self, profile: Profile, place: Place | None = None) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._profile = profile
        self._place = place or Place()

    def tick(self) -> tuple[int, float] | None:
        """Return users and spawn rate for the coming second; None ends the test.

        The worker ends the test when the window closes; this is the backstop behind it.
        """
        elapsed = float(self.get_run_time())  # type: ignore[no-untyped-call]
        if elapsed >= self._profile.duration + _BACKSTOP:
            return None
        users = share(self._profile.users_at(int(elapsed) + 1), self._place)
        # Locust wants a rate even for nobody.
        return users, float(max(1, users))
