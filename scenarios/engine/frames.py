"""Frames: what one Locust process saw in one second, as counts and never as summaries.

A frame is one line of JSON, appended when its second is over.  A killed process therefore loses
at most its last second, and a half-written last line is left out.  Shared by both sides, so this
module never imports Locust.
"""

from __future__ import annotations

import enum
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field

from lab.kernel.histogram import Histogram


class Kind(enum.StrEnum):
    """What a count is a count of; all in microseconds.

    RESPONSE runs from the *intended* start of a correct answer's request, SERVICE from the actual
    one.  LAG is the generator's own part of the delay between the two; the rest, in an open load, is
    waiting for a free user.  FAILED is the service time of requests that were not answered correctly.
    """

    RESPONSE = "response"
    SERVICE = "service"
    LAG = "lag"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A class of failure at one endpoint: how often, and one redacted example."""

    endpoint: str
    what: str
    count: int
    example: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrivalCount:
    """Arrivals of one second in an open load; a closed one has none.

    *begun* are those whose task began, *held_up* those among them that had waited for a free user,
    *queued* those that were due and still waited for one when the second ended.
    """

    begun: int = 0
    held_up: int = 0
    queued: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One second: its number since the start, counts per endpoint and kind, failures, users.

    *waiting* is how long each request had been unanswered when the second ended, in seconds from its
    intended start.  *busy* is for how many seconds the generator needed a processor.
    """

    second: int
    users: int
    counts: Mapping[tuple[str, Kind], Mapping[int, int]]
    failures: tuple[Failure, ...] = field(default=())
    waiting: tuple[float, ...] = ()
    arrivals: ArrivalCount = ArrivalCount()
    busy: float = 0.0

    def line(self) -> str:
        """Write as one line of JSON; indices and counts are columns."""
        cells = [
            [endpoint, kind.value, list(counts), list(counts.values())]
            for (endpoint, kind), counts in self.counts.items()
        ]
        failures = [[f.endpoint, f.what, f.count, f.example] for f in self.failures]
        body = {
            "second": self.second,
            "users": self.users,
            "cells": cells,
            "failures": failures,
            "waiting": self.waiting,
            "arrivals": asdict(self.arrivals),
            "busy": round(self.busy, 6),
        }
        return json.dumps(body, separators=(",", ":")) + "\n"

    @classmethod
    def parse(cls, line: str) -> Frame:
        """Read what ``line`` wrote.  Raises ValueError for anything else."""
        body = json.loads(line)
        return cls(
            second=body["second"],
            users=body["users"],
            counts={
                (endpoint, Kind(kind)): dict(zip(indices, counts, strict=True))
                for endpoint, kind, indices, counts in body["cells"]
            },
            failures=tuple(
                Failure(endpoint=endpoint, what=what, count=count, example=example)
                for endpoint, what, count, example in body["failures"]
            ),
            waiting=tuple(body["waiting"]),
            arrivals=ArrivalCount(**body["arrivals"]),
            busy=body["busy"],
        )

    def histograms(self) -> Iterator[tuple[str, Kind, Histogram]]:
        """Yield endpoint, kind and histogram of each cell."""
        for (endpoint, kind), counts in self.counts.items():
            yield endpoint, kind, Histogram.of(counts)
