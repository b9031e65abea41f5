"""The pace of a closed load: how often each user is to begin a task, stage by stage.

Unlike a pause after a task, a beat does not wait for the answer before: what a slow subject keeps from
beginning begins late, and that is response time.  Pure; never imports Locust.
"""

from __future__ import annotations

from profiles.profile import Profile


class Beats:
    """The pace of each stage of *profile*, whose time began at *began* on the clock of perf_counter."""

    def __init__(self, profile: Profile, began: float) -> None:
        self._until = [(began + span.ends, span.stage.pace) for span in profile.spans]

    def every(self, now: float) -> float | None:
        """Return the seconds between two tasks of a user *now*; None where users pause as they like."""
        return next((pace for until, pace in self._until if now < until), self._until[-1][1])
