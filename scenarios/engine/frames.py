"""Frames: what one Locust process saw in one second, as counts and never as summaries.

A frame is one line of JSON, appended when its second is over.  A killed process therefore loses
at most its last second, and a half-written last line is left out.  Shared by both sides, so this
module never imports Locust.

The line, in which whatever is empty or zero is left out::

    {"second": 3, "worker": 1, "users": 20,
     "endpoints": [["GET /", {"kinds": {"response": [[indices], [counts]], ...},
                              "statuses": [[200, 404], [97, 1]],
                              "tally": [connects, retries, redirects, sent, received]}], ...],
     "failures": [[endpoint, what, count, example], ...],
     "waiting": [seconds, ...], "abandoned": 2, "arrivals": [begun, held_up, queued], "busy": 0.31,
     "signals": {"hub_lag": 0.0004, ...}}

``signals`` are the fields of ``scenarios.engine.signals.Signals``.  A roll-up is the same line, with "span"
for the seconds that it holds from its "second" on; its signals are sums, or the worst second's.  "closing"
is true in the last one of a worker that came to its end.
"""

from __future__ import annotations

import enum
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, field, fields
from typing import Any

import msgspec

from lab.kernel.histogram import Histogram
from scenarios.engine.signals import Signals

# Endpoints that one process tells apart.  A journey that puts an id into each name would fill the memory,
# and no endpoint would have requests enough for a percentile.
MOST_ENDPOINTS = 300
# Where requests are counted whose names are too many to be told apart.
OTHER_ENDPOINTS = "(endpoints beyond the limit)"


class Kind(enum.StrEnum):
    """What a count is a count of; all in microseconds.

    RESPONSE runs from the *intended* start of a correct answer's request, SERVICE from the actual
    one.  LAG is the generator's own part of the delay between the two, of failed requests too; the rest, in
    an open load, is waiting for a free user.  FAILED is the service time of requests that were not answered
    correctly.

    The others are parts of the service time of correct answers: CONNECT and TLS where a connection was
    opened, FIRST_BYTE from the first byte written to the first byte of the answer, BODY from there to
    its last byte.
    """

    RESPONSE = "response"
    SERVICE = "service"
    LAG = "lag"
    FAILED = "failed"
    CONNECT = "connect"
    TLS = "tls"
    FIRST_BYTE = "first_byte"
    BODY = "body"


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A class of failure at one endpoint: how often, and one redacted example."""

    endpoint: str
    what: str
    count: int
    example: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What the exchanges at one endpoint cost, failed ones included; *sent* and *received* are bytes."""

    connects: int = 0
    retries: int = 0
    redirects: int = 0
    sent: int = 0
    received: int = 0

    @classmethod
    def total(cls, parts: Iterable[Tally]) -> Tally:
        """Add *parts* up."""
        return cls.of(map(sum, zip(*map(astuple, parts), strict=True)))

    @classmethod
    def of(cls, numbers: Iterable[int]) -> Tally:
        """Make from as many *numbers* as there are fields, in their order, or from none."""
        return cls(**{each.name: number for each, number in zip(fields(cls), numbers, strict=False)})


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrivalCount:
    """Arrivals of one second in an open load; a closed one has none.

    *begun* are those whose task began, *held_up* those among them that had waited for a free user,
    *queued* those that were due and still waited for one when the second ended.
    """

    begun: int = 0
    held_up: int = 0
    queued: int = 0

    @classmethod
    def of(cls, numbers: Iterable[int]) -> ArrivalCount:
        """Make from three *numbers* in the order of the fields, or from none."""
        return cls(**{each.name: number for each, number in zip(fields(cls), numbers, strict=False)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One second of one worker: its number since the start, counts per endpoint and kind, failures, users.

    *statuses* counts the answers by endpoint and status.  *waiting* is how long each request had been
    unanswered when the second ended, in seconds from its intended start.  *abandoned* is how many were
    given up because their user was stopped: nobody knows whether they were served.  *busy* is for how many
    seconds the generator needed a processor, and *signals* what else it tells of itself.  *span* is above
    1 where seconds were added up.  The *closing* frame of a worker is none of a second: it holds what came
    after the end of the load, until all users were gone.
    """

    second: int
    users: int
    counts: Mapping[tuple[str, Kind], Mapping[int, int]]
    failures: tuple[Failure, ...] = field(default=())
    waiting: tuple[float, ...] = ()
    abandoned: int = 0
    arrivals: ArrivalCount = ArrivalCount()
    busy: float = 0.0
    statuses: Mapping[str, Mapping[int, int]] = field(default_factory=dict)
    tallies: Mapping[str, Tally] = field(default_factory=dict)
    signals: Signals = field(default_factory=Signals)
    worker: int = 0
    span: int = 1
    closing: bool = False

    def line(self) -> str:
        """Write as one line of JSON, as the module's description says."""
        body = {
            "second": self.second,
            "span": self.span if self.span > 1 else 0,
            "closing": self.closing,
            "worker": self.worker,
            "users": self.users,
            "endpoints": self._endpoints(),
            "failures": [[f.endpoint, f.what, f.count, f.example] for f in self.failures],
            "waiting": self.waiting,
            "abandoned": self.abandoned,
            "arrivals": [] if self.arrivals == ArrivalCount() else astuple(self.arrivals),
            "busy": round(self.busy, 6),
            "signals": self.signals.told(),
        }
        kept = {name: value for name, value in body.items() if value or name in _ALWAYS}
        # Ten times as quick as the standard library's, which would hold the hub up for a millisecond.
        return f"{msgspec.json.encode(kept).decode()}\n"

    def _endpoints(self) -> list[tuple[str, dict[str, Any]]]:
        found: dict[str, dict[str, Any]] = {}
        for (endpoint, kind), counts in self.counts.items():
            if counts:
                found.setdefault(endpoint, {}).setdefault("kinds", {})[kind.value] = _columns(counts)
        for endpoint, statuses in self.statuses.items():
            if statuses:
                found.setdefault(endpoint, {})["statuses"] = _columns(statuses)
        for endpoint, tally in self.tallies.items():
            if tally != Tally():
                found.setdefault(endpoint, {})["tally"] = astuple(tally)
        return list(found.items())

    @classmethod
    def parse(cls, line: str | bytes) -> Frame:
        """Read what ``line`` wrote.  Raises ValueError or TypeError for anything else."""
        body = msgspec.json.decode(line)
        second, endpoints = body["second"], body.get("endpoints", ())
        return cls(
            second=second,
            users=body["users"],
            counts={
                (endpoint, Kind(kind)): _mapping(columns)
                for endpoint, parts in endpoints
                for kind, columns in parts.get("kinds", {}).items()
            },
            failures=tuple(
                Failure(endpoint=endpoint, what=what, count=count, example=example)
                for endpoint, what, count, example in body.get("failures", ())
            ),
            waiting=tuple(body.get("waiting", ())),
            abandoned=body.get("abandoned", 0),
            arrivals=ArrivalCount.of(body.get("arrivals", ())),
            busy=body.get("busy", 0.0),
            statuses={name: _mapping(parts["statuses"]) for name, parts in endpoints if "statuses" in parts},
            tallies={name: Tally.of(parts["tally"]) for name, parts in endpoints if "tally" in parts},
            signals=Signals.of(body.get("signals", {})),
            worker=body.get("worker", 0),
            span=body.get("span", 1),
            closing=body.get("closing", False),
        )

    @property
    def place(self) -> float:
        """Where it belongs in the order of time: by its second, and a closing one behind them all."""
        return math.inf if self.closing else self.second

    def histograms(self, *kinds: Kind) -> Iterator[tuple[str, Kind, Histogram]]:
        """Yield endpoint, kind and histogram of each cell; only of *kinds*, if any are named."""
        for (endpoint, kind), counts in self.counts.items():
            if not kinds or kind in kinds:
                yield endpoint, kind, Histogram.of(counts)

    def size(self, *kinds: Kind) -> int:
        """Return how many requests of *kinds* were counted."""
        return sum(sum(counts.values()) for (_, kind), counts in self.counts.items() if kind in kinds)


# What a line holds even where it is zero.
_ALWAYS = ("second", "users")


def _columns(counts: Mapping[int, int]) -> tuple[list[int], list[int]]:
    return list(counts), list(counts.values())


def _mapping(columns: Sequence[Sequence[int]]) -> dict[int, int]:
    indices, counts = columns
    return dict(zip(indices, counts, strict=True))
