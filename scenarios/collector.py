"""Takes the frames of a trial one by one, and keeps what its readings and caveats need.  Pure.

A frame is some ten kilobytes, and a day has 86,400 seconds; what is kept here of a day is one histogram
per endpoint and kind, and a few hundred bytes per second and worker.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from lab.kernel.histogram import Histogram
from profiles.profile import Profile
from scenarios.engine.frames import Frame, Kind
from scenarios.engine.signals import Signals
from scenarios.integrity.spells import Pooling, Spell
from scenarios.merging import Totals, over_workers
from scenarios.window import Second, Window

# Up to which percentile a second is told by one number; higher ones have no evidence in a second.
_HIGHEST = 0.99


class Collector:
    """Collects the seconds of a load of *profile*."""

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        self._totals = Totals()
        self._seconds: list[Second] = []
        self._by_worker: list[Second] = []
        self._pooling: dict[int, Pooling] = {}
        self._spells: list[Spell] = []
        self._signals = Signals()
        self._waiting: tuple[float, ...] = ()
        self._waiting_before: tuple[float, ...] = ()
        self._queued_before = 0

    def add(self, frames: Sequence[Frame]) -> Frame:
        """Take one second, of which each worker made one of *frames*; return it as a whole."""
        whole = over_workers(frames)
        if whole.second == self._profile.seconds.start - 1:
            self._queued_before = whole.arrivals.queued
            self._waiting_before = whole.waiting
        if whole.second in self._profile.seconds and not whole.closing:
            self._totals.add(whole)
            self._seconds.append(_second(whole))
            # One worker's second is the load's.
            self._by_worker += map(_second, frames) if len(frames) > 1 else self._seconds[-1:]
            self._spells += filter(None, map(self._pooled, frames))
            self._signals = Signals.together((self._signals, whole.signals))
            self._waiting = whole.waiting
        return whole

    def window(self) -> Window:
        """Return the steady seconds that came so far."""
        return Window(
            profile=self._profile,
            seconds=tuple(self._seconds),
            by_worker=tuple(self._by_worker),
            spells=tuple(self._spells),
            signals=self._signals,
            cells=self._totals.histograms(),
            statuses=self._totals.statuses,
            tallies=self._totals.tallies,
            failures=self._totals.failures,
            waiting=self._waiting,
            waiting_before=self._waiting_before,
            queued_before=self._queued_before,
        )

    def _pooled(self, frame: Frame) -> Spell | None:
        if frame.worker not in self._pooling:
            self._pooling[frame.worker] = Pooling(open_load=self._profile.rate is not None)
        return self._pooling[frame.worker].add(frame)


def collected(frames: Iterable[Frame], profile: Profile) -> Window:
    """Return the steady window of *profile* in the *frames* of one worker."""
    collector = Collector(profile)
    for frame in frames:
        collector.add((frame,))
    return collector.window()


def _second(frame: Frame) -> Second:
    response = _over(frame, Kind.RESPONSE)
    return Second(
        number=frame.second,
        worker=frame.worker,
        users=frame.users,
        answers=frame.size(Kind.RESPONSE),
        failed=frame.size(Kind.FAILED),
        arrivals=frame.arrivals,
        busy=frame.busy,
        connects=sum(tally.connects for tally in frame.tallies.values()),
        lag=_highest(_over(frame, Kind.LAG)),
        response=_highest(response),
        mean=response.mean() if response.size else None,
    )


def _over(frame: Frame, kind: Kind) -> Histogram:
    return Histogram.merged(histogram for _, _, histogram in frame.histograms(kind))


def _highest(every: Histogram) -> float | None:
    return every.quantile(every.evident(_HIGHEST))
