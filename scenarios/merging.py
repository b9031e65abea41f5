"""Adds frames up: those of one second over the workers, and those of many seconds.  Pure.

Frames come one by one and are not kept, so what this needs of memory does not grow with the time.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from lab.kernel.histogram import Counts, Histogram
from scenarios.engine.frames import ArrivalCount, Failure, Frame, Kind, Tally
from scenarios.engine.signals import Signals

# Roll-ups of a short run are for its charts; those of a long one must not be more than a chart can show.
_SPAN, _LONG_SPAN = 10, 60
# In seconds: a run above this is long.  Its interval log is made of roll-ups, too: one line for each
# second and endpoint would take hours to write.
LONG = 3600


class Totals:
    """What many frames counted, in sum."""

    def __init__(self) -> None:
        self._cells: defaultdict[tuple[str, Kind], Counts] = defaultdict(Counts)
        self._statuses: defaultdict[str, Counter[int]] = defaultdict(Counter)
        self._tallies: dict[str, Tally] = {}
        self._failures: dict[tuple[str, str], Failure] = {}
        self._abandoned = 0

    def add(self, frame: Frame) -> None:
        """Add what *frame* counted."""
        self._abandoned += frame.abandoned
        for cell, counts in frame.counts.items():
            self._cells[cell].add(counts)
        for endpoint, statuses in frame.statuses.items():
            self._statuses[endpoint].update(statuses)
        for endpoint, tally in frame.tallies.items():
            self._tallies[endpoint] = Tally.total((self._tallies.get(endpoint, Tally()), tally))
        for failure in frame.failures:
            key = failure.endpoint, failure.what
            known = self._failures.get(key)
            self._failures[key] = replace(known, count=known.count + failure.count) if known else failure

    def histograms(self) -> dict[tuple[str, Kind], Histogram]:
        """Return the counts by endpoint and kind."""
        return {cell: counts.histogram() for cell, counts in self._cells.items()}

    @property
    def failures(self) -> tuple[Failure, ...]:
        """The classes of failure, each with its first example."""
        return tuple(self._failures.values())

    @property
    def statuses(self) -> Mapping[str, Mapping[int, int]]:
        """The answers by endpoint and status."""
        return self._statuses

    @property
    def tallies(self) -> Mapping[str, Tally]:
        """What the exchanges cost, by endpoint."""
        return self._tallies

    def over(self, frame: Frame) -> Frame:
        """Return *frame* with these counts instead of its own."""
        counts = {
            cell: dict(zip(each.indices.tolist(), each.counts.tolist(), strict=True))
            for cell, each in self.histograms().items()
        }
        return replace(
            frame,
            counts=counts,
            statuses=self.statuses,
            tallies=self.tallies,
            failures=self.failures,
            abandoned=self._abandoned,
        )


def over_workers(frames: Sequence[Frame]) -> Frame:
    """Return one second, of which every worker made one of *frames*, as if one worker had made it all.

    It needed a processor for as long as the worker that needed one most: each has one of its own.
    """
    if len(frames) == 1:
        return frames[0]
    totals = Totals()
    for frame in frames:
        totals.add(frame)
    together = replace(
        frames[0],
        worker=0,
        users=sum(frame.users for frame in frames),
        waiting=tuple(wait for frame in frames for wait in frame.waiting),
        arrivals=ArrivalCount(
            begun=sum(frame.arrivals.begun for frame in frames),
            held_up=sum(frame.arrivals.held_up for frame in frames),
            queued=sum(frame.arrivals.queued for frame in frames),
        ),
        busy=max(frame.busy for frame in frames),
        signals=Signals.together(frame.signals for frame in frames),
    )
    return totals.over(together)


class RollUp:
    """Adds seconds up, *span* of them at a time; users, queue and what waits are those at the end."""

    def __init__(self, span: int) -> None:
        self._span = span
        self._block: _Block | None = None

    def add(self, frame: Frame) -> Frame | None:
        """Add a second; return the roll-up of those before, if it is not one of them."""
        finished = None
        if self._block is not None and frame.second // self._span != self._block.first.second // self._span:
            finished = self.rest()
        self._block = self._block or _Block(frame)
        self._block.add(frame)
        return finished

    def rest(self) -> Frame | None:
        """Return the roll-up of the seconds since the last one, if there are any."""
        block, self._block = self._block, None
        return block.frame() if block else None


class _Block:
    """The seconds of one roll-up so far."""

    def __init__(self, first: Frame) -> None:
        self.first = self._last = first
        self._totals = Totals()
        self._begun = self._held_up = 0
        self._busy = 0.0
        self._signals = Signals()

    def add(self, frame: Frame) -> None:
        self._last = frame
        self._totals.add(frame)
        self._begun += frame.arrivals.begun
        self._held_up += frame.arrivals.held_up
        self._busy += frame.busy
        self._signals = Signals.together((self._signals, frame.signals))

    def frame(self) -> Frame:
        together = replace(
            self._last,
            second=self.first.second,
            span=self._last.second + 1 - self.first.second,
            arrivals=replace(self._last.arrivals, begun=self._begun, held_up=self._held_up),
            busy=self._busy,
            signals=self._signals,
        )
        return self._totals.over(together)


def span_of(duration: float) -> int:
    """Return how many seconds a roll-up of a run of *duration* seconds adds up."""
    return _LONG_SPAN if duration > LONG else _SPAN


def rolled_up(frames: Iterable[Frame], span: int) -> Iterator[Frame]:
    """Yield the roll-ups of *frames*."""
    roll_up = RollUp(span)
    for frame in frames:
        if (finished := roll_up.add(frame)) is not None:
            yield finished
    if (last := roll_up.rest()) is not None:
        yield last
