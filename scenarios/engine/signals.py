"""What a Locust process tells of itself each second, to explain why it was late.

Pure; never imports Locust.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

# Digits after the point that a line keeps: microseconds.
_DIGITS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Signals:
    """One second of one process; what is not known is zero.  Durations are in seconds.

    The hub: *hub_lag* is by how much a sleep of 10 ms took longer at the worst, *hub_lag_p99* all but the
    longest of a hundred.  Garbage: *collections* stopped the process for *collecting* in all, the longest for
    *longest_collection*.  The processor: it waited for one for *waited*; its group was *throttled* so many
    times; *stolen* is the share of the machine that its host gave to others, *pressure* the share of the
    second in which somebody on the machine waited for a processor.  Of *files_allowed* descriptors *files*
    were open.

    Requests of our own users, counted apart from the recorder: *ended* is how many ended, *in_flight* how
    many were under way at a time, added up over the second (so of 20 that took half of it, 10).
    """

    hub_lag: float = 0.0
    hub_lag_p99: float = 0.0
    collections: int = 0
    collecting: float = 0.0
    longest_collection: float = 0.0
    waited: float = 0.0
    throttled: int = 0
    stolen: float = 0.0
    pressure: float = 0.0
    files: int = 0
    files_allowed: int = 0
    ended: int = 0
    in_flight: float = 0.0

    @classmethod
    def together(cls, parts: Iterable[Signals]) -> Signals:
        """Return those of several processes or seconds: what is counted in sum, the rest at its worst."""
        every = [asdict(part) for part in parts]
        if not every:
            return cls()
        return cls(
            **{name: (sum if name in _COUNTED else max)(part[name] for part in every) for name in every[0]}
        )

    def told(self) -> dict[str, float]:
        """Return what is not zero, for JSON."""
        values = asdict(self)
        return {name: round(value, _DIGITS) for name, value in values.items() if value}

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Signals:
        """Return what ``told`` made; names that are none of ours are left out."""
        names = {each.name for each in fields(cls)}
        return cls(**{name: value for name, value in told.items() if name in names})


_COUNTED = frozenset({"collections", "collecting", "throttled", "ended", "in_flight"})
