"""The steady seconds of a load trial: what its readings and its caveats are formed from.  Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from lab.kernel.histogram import Histogram
from profiles.profile import Profile
from scenarios.engine.frames import Frame, Kind

Cells = Mapping[tuple[str, Kind], Histogram]


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The frames of the seconds that count, their counts added up, and what was queued before them."""

    profile: Profile
    frames: tuple[Frame, ...]
    cells: Cells
    queued_before: int

    @classmethod
    def of(cls, frames: Sequence[Frame], profile: Profile) -> Self:
        """Cut the steady window of *profile* from *frames*."""
        steady = tuple(frame for frame in frames if frame.second in profile.seconds)
        before = [f.arrivals.queued for f in frames if f.second == profile.seconds.start - 1]
        return cls(profile=profile, frames=steady, cells=_merged(steady), queued_before=sum(before))

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
        return sum(frame.arrivals.begun for frame in self.frames)

    @property
    def queued(self) -> int:
        """How many arrivals still waited for a free user when the window closed."""
        return self.frames[-1].arrivals.queued if self.frames else 0

    def over(self, kind: Kind, endpoint: str | None = None) -> Histogram:
        """Return the counts of a kind over one endpoint, or over all for None."""
        return Histogram.merged(
            histogram
            for (name, of), histogram in self.cells.items()
            if of is kind and endpoint in (None, name)
        )


def _merged(frames: Iterable[Frame]) -> Cells:
    parts: defaultdict[tuple[str, Kind], list[Histogram]] = defaultdict(list)
    for frame in frames:
        for endpoint, kind, histogram in frame.histograms():
            parts[endpoint, kind].append(histogram)
    return {cell: Histogram.merged(histograms) for cell, histograms in parts.items()}
