"""The steady seconds of a load trial: what its readings and its caveats are formed from.  Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lab.kernel.histogram import Histogram
from profiles.profile import Profile
from scenarios.engine.frames import ArrivalCount, Failure, Kind, Tally
from scenarios.engine.signals import Signals
from scenarios.integrity.spells import Spell

Cells = Mapping[tuple[str, Kind], Histogram]


@dataclass(frozen=True, slots=True, kw_only=True)
class Second:
    """What is kept of one second, by itself or of one worker in it: so little that a day of them is small.

    *lag* and *response* are in seconds, at the highest percentile up to the 99th for which there are
    requests enough; *mean* is the mean response time; None without requests.  *busy* is for how many
    seconds the generator needed a processor, the busiest worker where there are several.
    """

    number: int
    worker: int
    users: int
    answers: int
    failed: int
    arrivals: ArrivalCount
    busy: float
    connects: int
    lag: float | None
    response: float | None
    mean: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The seconds that count, their counts added up, and what was queued before them.

    *seconds* are those of the load as a whole, *by_worker* those of each of its workers, which *spells*
    pools where it takes several to judge them.  *signals* are of all seconds and workers together.
    *waiting* is how long each request had been unanswered at the end, *waiting_before* as it opened.
    """

    profile: Profile
    seconds: tuple[Second, ...]
    by_worker: tuple[Second, ...]
    spells: tuple[Spell, ...]
    signals: Signals
    cells: Cells
    statuses: Mapping[str, Mapping[int, int]]
    tallies: Mapping[str, Tally]
    failures: tuple[Failure, ...]
    waiting: tuple[float, ...]
    waiting_before: tuple[float, ...]
    queued_before: int

    @property
    def length(self) -> int:
        """How many seconds it should hold."""
        return len(self.profile.seconds)

    @property
    def endpoints(self) -> list[str]:
        """The endpoints that were asked, in alphabetical order."""
        return sorted({endpoint for endpoint, _ in self.cells})

    @property
    def begun(self) -> int:
        """How many arrivals began their task."""
        return sum(second.arrivals.begun for second in self.seconds)

    @property
    def queued(self) -> int:
        """How many arrivals still waited for a free user when the window closed."""
        return self.seconds[-1].arrivals.queued if self.seconds else 0

    def over(self, kind: Kind, endpoint: str | None = None) -> Histogram:
        """Return the counts of a kind over one endpoint, or over all for None."""
        return Histogram.merged(
            histogram
            for (name, of), histogram in self.cells.items()
            if of is kind and endpoint in (None, name)
        )
