"""Cuts a worker's time into spells with enough requests to judge each by itself.  Pure.

A second with thousands of requests is a spell; where there are fewer, as many seconds make one as it takes.
"""

from __future__ import annotations

from dataclasses import dataclass

from lab.kernel.histogram import EXCEEDANCES, Histogram
from scenarios.engine.frames import Frame, Kind
from scenarios.integrity.causes import Cause, Signs, signs_of

# Up to which percentile a generator answers for its lateness.  Users who pause start later when they
# are held up, and hardly anything changes; arrivals have to come as planned, all but one in a thousand.
PERCENTILE = 0.99
PERCENTILE_OPEN = 0.999
# The least that has a 99th percentile with enough values above it.
_LEAST = round(EXCEEDANCES / (1 - PERCENTILE))


@dataclass(frozen=True, slots=True, kw_only=True)
class Spell:
    """The seconds of *worker* from number *begins* to before *ends*, and how late it was itself in them.

    *lag*, in seconds, is that of the highest percentile with evidence, up to the one that it answers for.
    *signs* are the causes that show, each at its strongest.
    """

    worker: int
    begins: int
    ends: int
    requests: int
    lag: float
    signs: Signs


class Pooling:
    """Pools the seconds of one worker; *open_load* says by which percentile it is judged."""

    def __init__(self, *, open_load: bool) -> None:
        self._percentile = PERCENTILE_OPEN if open_load else PERCENTILE
        self._begins: int | None = None
        self._requests = 0
        self._lags = Histogram.of({})
        self._signs: dict[Cause, float] = {}

    def add(self, frame: Frame) -> Spell | None:
        """Take the next second; return the spell that it completes."""
        if self._begins is None:
            self._begins = frame.second
        self._requests += frame.size(Kind.RESPONSE, Kind.FAILED)
        lags = (histogram for _, _, histogram in frame.histograms(Kind.LAG))
        self._lags = Histogram.merged((self._lags, *lags))
        for cause, value in signs_of(frame).items():
            self._signs[cause] = max(value, self._signs.get(cause, 0.0))
        if self._lags.size < _LEAST:
            return None
        spell = Spell(
            worker=frame.worker,
            begins=self._begins,
            ends=frame.second + 1,
            requests=self._requests,
            lag=self._lags.quantile(self._lags.evident(self._percentile)) or 0.0,
            signs=self._signs,
        )
        self._begins, self._requests, self._lags, self._signs = None, 0, Histogram.of({}), {}
        return spell
