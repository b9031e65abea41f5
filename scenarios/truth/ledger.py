"""What the truth server writes down: exact counts per second, path and status.  Pure.

Two durations of each request, both in microseconds on HdrHistogram's index.  Its *service* time runs from
the moment its bytes could be read to the moment its answer was handed to the kernel; *unread* is the part
of it for which the server itself left the bytes lying.  The counts of a second stay: this is for minutes.
"""

from __future__ import annotations

import enum
import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self

from lab.kernel.histogram import Histogram, index_of

Counts = Mapping[int, int]
# Paths beyond these are counted as one, so that no client can fill the memory.
_MOST_PATHS = 1_000
_OTHER = "(others)"


class Stamps(enum.Enum):
    """Who says when bytes could be read.

    The kernel, as they came in; or, on a system that does not tell, the server's loop, as it looked.  What is
    unread is then for how long the loop had not looked, and no part of the service time.
    """

    KERNEL = "kernel"
    LOOP = "loop"


@dataclass(frozen=True, slots=True, kw_only=True)
class Second:
    """One second of the Unix clock: what was answered in it, and what that took.

    *busy* is the share of the second for which the server needed a processor; *opened* counts connections.
    """

    second: int
    busy: float
    opened: int
    served: Mapping[tuple[str, int], Counts] = field(default_factory=dict)
    unread: Counts = field(default_factory=dict)

    @property
    def answers(self) -> int:
        """How many requests were answered in it."""
        return sum(sum(counts.values()) for counts in self.served.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """The server's own account of what it was asked.

    *opened* counts connections, *asked* the requests that were read to their end; *refused* of them were no
    HTTP, or not understood.  *stalls* are begin and end of each stretch in which nothing was answered, on the
    Unix clock.
    """

    stamps: Stamps
    opened: int
    asked: int
    refused: int
    stalls: tuple[tuple[float, float], ...]
    seconds: tuple[Second, ...]

    @property
    def answers(self) -> int:
        """How many requests were answered in all."""
        return sum(second.answers for second in self.seconds)

    @property
    def busiest(self) -> float:
        """The highest share of a second for which the server needed a processor."""
        return max((second.busy for second in self.seconds), default=0.0)

    def within(self, first: int, last: int) -> Truth:
        """Return the same with the seconds from *first* to *last* only, both included."""
        kept = tuple(second for second in self.seconds if first <= second.second <= last)
        return replace(self, seconds=kept)

    def service(self, path: str | None = None, status: int | None = None) -> Histogram:
        """Return the service times of a path's answers, or of all for None; likewise of a status."""
        return Histogram.merged(
            Histogram.of(counts)
            for second in self.seconds
            for (where, answered), counts in second.served.items()
            if path in (None, where) and status in (None, answered)
        )

    def unread(self) -> Histogram:
        """Return for how long bytes lay before the server read them: its own part of the service times."""
        return Histogram.merged(Histogram.of(second.unread) for second in self.seconds)

    def text(self) -> str:
        """Return it as JSON; indices and counts are columns."""
        seconds = [
            [each.second, each.busy, each.opened, _cells(each.served), _columns(each.unread)]
            for each in self.seconds
        ]
        body = {
            "stamps": self.stamps.value,
            "opened": self.opened,
            "asked": self.asked,
            "refused": self.refused,
            "stalls": self.stalls,
            "seconds": seconds,
        }
        return json.dumps(body, separators=(",", ":"))

    @classmethod
    def read(cls, text: str | bytes) -> Self:
        """Read what ``text`` wrote.  Raises ValueError or KeyError for anything else."""
        body = json.loads(text)
        seconds = tuple(
            Second(
                second=second,
                busy=busy,
                opened=opened,
                served={(path, status): _counts(columns) for path, status, *columns in served},
                unread=_counts(unread),
            )
            for second, busy, opened, served, unread in body["seconds"]
        )
        return cls(
            stamps=Stamps(body["stamps"]),
            opened=body["opened"],
            asked=body["asked"],
            refused=body["refused"],
            stalls=tuple((begun, ended) for begun, ended in body["stalls"]),
            seconds=seconds,
        )


class Ledger:
    """Takes what the server does, as it does it; the hot path is one dictionary entry a duration.

    Moments are seconds of the Unix clock; *needed* is for how long the process has needed a processor.
    """

    def __init__(self, stamps: Stamps, now: float, needed: float) -> None:
        self._stamps = stamps
        self._closed: list[Second] = []
        self._stalls: list[tuple[float, float]] = []
        self._paths: set[str] = set()
        self._since, self._needed = now, needed
        self._opened = 0
        self.opened = self.asked = self.refused = 0
        self._served: defaultdict[tuple[str, int], defaultdict[int, int]]
        self._unread: defaultdict[int, int]
        self._open()

    def path(self, asked: str) -> str:
        """Return under which name the requests of a path are counted."""
        if asked not in self._paths and len(self._paths) >= _MOST_PATHS:
            return _OTHER
        self._paths.add(asked)
        return asked

    def take(self, path: str, status: int, service: int, unread: int) -> None:
        """Count one answered request; its durations are in microseconds."""
        self._served[path, status][index_of(service)] += 1
        self._unread[index_of(unread)] += 1

    def stalled(self, begun: float, ended: float) -> None:
        """Note a stretch in which nothing was answered."""
        self._stalls.append((begun, ended))

    def roll(self, now: float, needed: float) -> None:
        """Close the current second if it is over."""
        if int(now) > int(self._since):
            self._closed.append(self._second(now, needed))
            self._since, self._needed, self._opened = now, needed, self.opened
            self._open()

    def truth(self, now: float, needed: float) -> Truth:
        """Return all so far, the unfinished second included."""
        return Truth(
            stamps=self._stamps,
            opened=self.opened,
            asked=self.asked,
            refused=self.refused,
            stalls=tuple(self._stalls),
            seconds=(*self._closed, self._second(now, needed)),
        )

    def _open(self) -> None:
        self._served = defaultdict(lambda: defaultdict(int))
        self._unread = defaultdict(int)

    def _second(self, now: float, needed: float) -> Second:
        return Second(
            second=int(self._since),
            # A second that is only just begun tells nothing of how busy the server is.
            busy=round((needed - self._needed) / max(now - self._since, 0.5), 4),
            opened=self.opened - self._opened,
            served=self._served,
            unread=self._unread,
        )


def _cells(served: Mapping[tuple[str, int], Counts]) -> list[list[Any]]:
    return [[path, status, *_columns(counts)] for (path, status), counts in served.items()]


def _columns(counts: Counts) -> list[list[int]]:
    return [list(counts), list(counts.values())]


def _counts(columns: list[list[int]]) -> Counts:
    indices, counts = columns
    return dict(zip(indices, counts, strict=True))
