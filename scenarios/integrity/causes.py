"""Why a generator may have been late: what its signals say, and what to do about each.  Pure.

Signals explain and do not convict.  A cause is named only where its sign was there in the seconds that were
late, and not in the others.
"""

from __future__ import annotations

import enum
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

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
# A cause has its sign in half of the late spells at least; and in less than half of that share of the others.
_COINCIDES = 0.5


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """A cause in words: what was seen, and the way out."""

    cause: Cause
    seen: str
    advice: str


def signs_of(frame: Frame) -> Mapping[Cause, float]:
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


def reason_for(
    late: Sequence[Mapping[Cause, float]], others: Collection[Mapping[Cause, float]]
) -> Reason | None:
    """Return what coincides with the *late* spells, each given by its signs; None if nothing does."""
    for cause in Cause:
        values = [signs[cause] for signs in late if cause in signs]
        here = len(values) / max(len(late), 1)
        there = sum(cause in signs for signs in others) / max(len(others), 1)
        if here >= _COINCIDES and there <= _COINCIDES * here:
            return _worded(cause, sorted(values))
    return None


def _requests(frame: Frame) -> int:
    return sum(sum(statuses.values()) for statuses in frame.statuses.values())


def _worded(cause: Cause, values: Sequence[float]) -> Reason:
    typical, worst = values[len(values) // 2], values[-1]
    words: Mapping[Cause, tuple[str, str]] = dict(_words(typical, worst))
    seen, advice = words[cause]
    return Reason(cause=cause, seen=seen, advice=advice)


def _words(typical: float, worst: float) -> Iterator[tuple[Cause, tuple[str, str]]]:
    share, pause = f"{min(typical, 1):.0%}", f"{worst * 1000:.0f} ms"
    quiet = "use a machine with less to do, or leave it a processor of its own"
    fewer = "add a worker or halve the rate"
    yield (
        Cause.THROTTLED,
        ("its container used up its processor quota", "give it more, or add a worker elsewhere"),
    )
    yield (
        Cause.STOLEN,
        (f"the host gave {share} of the machine to others", "use a machine that is not shared"),
    )
    yield Cause.KEPT_WAITING, (f"other programs kept it from a processor {share} of the time", quiet)
    yield Cause.SATURATED, (f"its core was busy {share} of the time", fewer)
    yield Cause.COLLECTING, (f"a garbage collection stopped it for {pause}", "use fewer users a worker")
    yield Cause.FILES, (f"{share} of its file descriptors were open", "raise `ulimit -n`, or add a worker")
    yield Cause.DIALLING, (f"{share} of its requests opened a connection", "keep connections alive")
    yield (
        Cause.HELD_UP,
        (
            f"something held its loop up for {pause}",
            "look for what the journey computes, or does without gevent; or add a worker",
        ),
    )
    yield Cause.PRESSURE, (f"programs waited for a processor {share} of the time", quiet)
