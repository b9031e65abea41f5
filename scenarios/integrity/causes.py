"""Why a generator may have been late: what its signals say, and what to do about each.  Pure.

Signals explain and do not convict.  A cause is named only where its sign was there in the seconds that were
late, and was not, or was much weaker, in the others.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median_low
from typing import TypeAlias

from scenarios.engine.frames import Frame

# A processor that is needed for this share of the time takes arrivals and answers late (k6 asks to keep a
# generator below 80 %, too: docs "Running large tests").
SATURATED = 0.8
# So long in a second without the processor it needed: twenty times the 5 ms that it may be late, which is
# what single time slices of other programs come to.
_KEPT_WAITING = 0.1
# One twentieth of the machine: the share by which the generator may be off.
_STOLEN = 0.05
# As long as the generator may be late at all, in seconds.
_PAUSE = 0.005
# Every second request dials anew; a load that keeps its connections needs one for many.
_DIALS = 0.5
# So near to the end of its descriptors the next burst of connections finds none.
_FILES = 0.95
# Half of the second somebody on the machine waited for a processor.
_PRESSURE = 0.5
# A cause shows in the late spells twice as strongly as in the others; what is there all the time is none,
# but for a core that is always busy: it is late now and then.
_STRONGER = 2.0


class Cause(enum.Enum):
    """What keeps a generator from being in time; those that say most come first."""

    THROTTLED = "throttled"
    STOLEN = "stolen"
    KEPT_WAITING = "kept waiting"
    SATURATED = "saturated"
    COLLECTING = "collecting"
    FILES = "files"
    DIALLING = "dialling"
    HELD_UP = "held up"
    PRESSURE = "pressure"


# How strongly each cause shows; those that do not are left out.
Signs: TypeAlias = Mapping[Cause, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """A cause in words: what was seen, and the way out."""

    cause: Cause
    seen: str
    advice: str


def signs_of(frame: Frame) -> Signs:
    """Return how strongly each cause shows in one second of one worker; only those that do."""
    told, requests = frame.signals, _requests(frame)
    connects = sum(tally.connects for tally in frame.tallies.values())
    measured = {
        Cause.THROTTLED: (float(told.throttled), 1.0),
        Cause.STOLEN: (told.stolen, _STOLEN),
        Cause.KEPT_WAITING: (told.waited, _KEPT_WAITING),
        # What it waited for is another cause.
        Cause.SATURATED: (frame.busy - told.waited, SATURATED),
        Cause.COLLECTING: (told.longest_collection, _PAUSE),
        Cause.FILES: (told.files / max(told.files_allowed, 1), _FILES),
        Cause.DIALLING: (connects / max(requests, 1), _DIALS),
        Cause.HELD_UP: (told.hub_lag, _PAUSE),
        Cause.PRESSURE: (told.pressure, _PRESSURE),
    }
    return {cause: value for cause, (value, enough) in measured.items() if value >= enough}


def reason_for(late: Sequence[Signs], others: Sequence[Signs]) -> Reason | None:
    """Return what coincides with the *late* spells, each given by its signs; None if nothing does."""
    for cause in Cause:
        here, there = _typical(cause, late), _typical(cause, others)
        if here and (cause is Cause.SATURATED or here >= _STRONGER * there):
            seen, advice = _words(here, max(signs.get(cause, 0.0) for signs in late))[cause]
            return Reason(cause=cause, seen=seen, advice=advice)
    return None


def _typical(cause: Cause, spells: Sequence[Signs]) -> float:
    """Return how strongly the cause shows in the median spell: not at all if it does in less than half."""
    return median_low(signs.get(cause, 0.0) for signs in spells) if spells else 0.0


def _requests(frame: Frame) -> int:
    return sum(sum(statuses.values()) for statuses in frame.statuses.values())


def _words(typical: float, worst: float) -> Mapping[Cause, tuple[str, str]]:
    """Return what is seen of each cause, and the way out."""
    share, pause = f"{min(typical, 1):.0%}", f"{worst * 1000:.0f} ms"
    quiet = "use a machine with less to do, or leave it a processor of its own"
    return {
        Cause.THROTTLED: (
            "its container used up its processor quota",
            "raise it, or add a worker elsewhere",
        ),
        Cause.STOLEN: (f"the host gave {share} of the machine to others", "use a machine that is not shared"),
        Cause.KEPT_WAITING: (f"other programs kept it from a processor {share} of the time", quiet),
        Cause.SATURATED: (f"its core was busy {share} of the time", "add a worker or halve the rate"),
        Cause.COLLECTING: (f"a garbage collection stopped it for {pause}", "use fewer users a worker"),
        Cause.FILES: (f"{share} of its file descriptors were open", "raise `ulimit -n`, or add a worker"),
        Cause.DIALLING: (f"{share} of its requests opened a connection", "keep connections alive"),
        Cause.HELD_UP: (
            f"something held its loop up for {pause}",
            "look for what the journey computes, or does without gevent; or add a worker",
        ),
        Cause.PRESSURE: (f"programs waited for a processor {share} of the time", quiet),
    }
