"""What looks odd about the trials behind a finding, in words.  Pure: it is told, and nothing is dropped."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lab.kernel.metrics import Metric
from lab.kernel.units import show
from lab.stats.shape import apart, two_groups

# A list of more trials than these says no more than its beginning.
_MOST = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One side's values of a metric: plain for the reader, and on the *working* scale, trial by trial."""

    release: str
    metric: Metric
    trials: tuple[int, ...]
    plain: tuple[float, ...]
    working: tuple[float, ...]


def shapes(sides: tuple[Shown, ...]) -> Iterator[str]:
    """Yield a sentence for each side whose trials fall into two groups, or have some that stand apart."""
    for side in sides:
        groups = two_groups(side.working)
        if groups is not None:
            low, high = (_center(side, places) for places in groups)
            yield (
                f"CAVEAT: the trials of {side.release} fall into two groups, about {low} "
                f"({len(groups[0])} trials) and {high} ({len(groups[1])}): look for what differs."
            )
            continue
        places = apart(side.working)
        if places:
            named = ", ".join(f"#{side.trials[place] + 1}" for place in places[:_MOST])
            values = ", ".join(show(side.plain[place], side.metric.unit) for place in places[:_MOST])
            verb = "stands" if len(places) == 1 else "stand"
            yield f"CAVEAT: of {side.release}, trial {named} ({values}) {verb} apart from the rest; kept."


def _center(side: Shown, places: tuple[int, ...]) -> str:
    return show(sum(side.plain[place] for place in places) / len(places), side.metric.unit)
