"""Walking a tour: at each stop the phone saves how far its owner has come."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import partial

from locust import task

from scenarios.engine.users import think
from scenarios.tours import account_checks
from scenarios.tours.account_checks import Progress
from scenarios.tours.shapes import Mark
from scenarios.tours.visitor import LONGEST_STORY, Member

# Seconds from stop to stop, and the sigma of their logs: nine of ten take 25 to 80 s.
STRIDE = 45.0
SPREAD = 0.35


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """A walk under way: the last stop reached, of how many, and the version of the mark.

    Without a version the mark has to be read before it is written.
    """

    tour_id: int
    stops: int
    stop: int
    version: str | None


class Walker(Member):
    """Somebody on the way, with an account.

    Walkers who are there when a load begins are in the midst of their walks: at any stop, and at any
    moment between two.  So marks come at an even rate from the first second, and a load of half a
    minute has as many as any half minute of a long one.
    """

    weight = 14
    _stride = think(median=STRIDE, spread=SPREAD)

    def on_start(self) -> None:
        """Be somewhere on the way."""
        super().on_start()
        self._walk: Walk | None = None
        self._arriving = True
        self._rested = False

    def wait_time(self) -> float:
        """Return the seconds to the next stop."""
        if self._rested:
            return Walker._stride(self)
        self._rested = True
        # What is left of a stride at a random moment: a share of one that was met in proportion to its
        # length, which is log-normal with a median of exp(mu + sigma^2) (renewal theory, inspection paradox).
        met = self.random.lognormvariate(math.log(STRIDE) + SPREAD**2, SPREAD)
        return met * self.random.uniform(0, 1)

    @task
    def walk_on(self) -> None:
        """Reach the next stop, or set out on another tour."""
        if self._walk is None:
            self._set_out()
        else:
            self._reach_the_next_stop(self._walk)

    def _set_out(self) -> None:
        card = self.choose(self.tours().tours)
        begun = self.progress(card.id)
        stop = self.random.randrange(card.stop_count) if self._arriving else 0
        self._walk = Walk(tour_id=card.id, stops=card.stop_count, stop=stop, version=begun.version)
        # Nobody waits for a stride where arrivals set the pace, so this is not wait_time's to note.
        self._arriving = False

    def _reach_the_next_stop(self, walk: Walk) -> None:
        version = walk.version or self.progress(walk.tour_id).version
        # Should the answer be lost or wrong, nobody knows which version is the last: it is read again.
        self._walk = replace(walk, version=None)
        now = self._save(walk.tour_id, walk.stop + 1, version)
        walk = replace(walk, stop=walk.stop + 1, version=now.version)
        self._walk = walk if walk.stop < walk.stops else None

    def _save(self, tour_id: int, stop: int, version: str) -> Progress:
        heard = float(self.random.randint(0, LONGEST_STORY))
        mark = Mark(tour_id, self.account, stop, heard)
        return self.send(
            "PUT",
            f"/api/progress/{tour_id}",
            {"stop": stop, "seconds": heard},
            partial(account_checks.saved, expected=mark, before=version),
            name="/api/progress/{id}",
            headers={**self.bearer, "If-Match": version},
        )
