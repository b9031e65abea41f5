"""Locust's JSON (``--json``, ``--json-file``): the file is one trial.  Pure.

Locust rounds the times that it keeps to two digits, so its percentiles have a grain of up to a tenth; each
reading says its own.  Means come from sums that are not rounded.  Failed requests are among the times.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime

from pydantic import BaseModel, Field, RootModel

from lab.interop.foreign import Account, Amount, Count, ForeignFile, Name, Section
from lab.kernel.histogram import EXCEEDANCES
from lab.kernel.metrics import key_of
from lab.kernel.model import Case, Caveat, Lane, Trial

_PERCENTILES = {"response_p50": 0.5, "response_p95": 0.95, "response_p99": 0.99}
# The last second of year 9999, and the longest time that a request may have taken, in ms: ten years.
_LAST_MOMENT = 253402300799
_LONGEST = 3.2e11


class _Entry(Section):
    """What Locust counted of one name and method."""

    name: Name
    method: Name | None = None
    start_time: float = Field(ge=0, le=_LAST_MOMENT)
    last_request_timestamp: float | None = Field(default=None, ge=0, le=_LAST_MOMENT)
    num_requests: Count
    num_none_requests: Count = 0
    num_failures: Count
    total_response_time: Amount
    response_times: dict[Name, Count]

    @property
    def endpoint(self) -> str:
        return f"{self.method or ''} {self.name}".strip()


class _Entries(RootModel[list[_Entry]]):
    """All entries of a file, in Locust's order."""

    model_config = BaseModel.model_config


def read(file: ForeignFile) -> Account:
    """Return what *file* says.  Raises ForeignFileError for what Locust does not write."""
    entries = file.read(_Entries).root
    if not any(entry.num_requests for entry in entries):
        raise file.fault("the file", "holds no request; what was measured?")
    endpoints = Counter(entry.endpoint for entry in entries)
    name, times = endpoints.most_common(1)[0]
    if times > 1:
        raise file.fault("the file", f"holds {name[:80]!r} twice")
    begun = min(entry.start_time for entry in entries)
    ended = max((entry.last_request_timestamp or begun for entry in entries), default=begun)
    seconds = max(0.0, ended - begun)
    readings: dict[str, float] = {}
    resolutions: dict[str, float] = {}
    for endpoint, group in ((None, entries), *((entry.endpoint, [entry]) for entry in entries)):
        for metric, value, grain in _of(file, group, seconds):
            readings[key_of(metric, endpoint)] = value
            if grain:
                resolutions[key_of(metric, endpoint)] = grain
    trial = Trial(
        case=Case(lane=Lane.LOAD, journey="locust"),
        index=0,
        started_at=datetime.fromtimestamp(begun, tz=UTC),
        duration=seconds,
        readings=readings,
        resolutions=resolutions,
        caveats=tuple(_doubts(entries)),
    )
    return Account(trials=(trial,), facts={"machine": "unknown"}, caveats=(_ROUNDED, _WHOLE))


def _of(file: ForeignFile, entries: Sequence[_Entry], seconds: float) -> Iterator[tuple[str, float, float]]:
    """Yield each metric of *entries* together, with its value and its grain."""
    requests = sum(entry.num_requests for entry in entries)
    failures = sum(entry.num_failures for entry in entries)
    if not requests:
        return
    if failures > requests:
        raise file.fault(f"num_failures of {entries[0].endpoint!r}", f"is {failures}, of {requests} requests")
    timed = requests - sum(entry.num_none_requests for entry in entries)
    yield "requests", float(requests), 0.0
    yield "error_ratio", failures / requests, 0.0
    if seconds > 0:
        yield "throughput", (requests - failures) / seconds, 0.0
    if timed > 0:
        yield "response_mean", sum(entry.total_response_time for entry in entries) / timed / 1000, 0.0
    yield from _percentiles(_times(file, entries))


def _times(file: ForeignFile, entries: Iterable[_Entry]) -> list[tuple[float, int]]:
    """Return the rounded times in milliseconds with their counts, shortest first."""
    counts: Counter[float] = Counter()
    for entry in entries:
        for written, count in entry.response_times.items():
            try:
                milliseconds = float(written)
            except ValueError:
                milliseconds = math.nan
            if not 0 <= milliseconds <= _LONGEST:
                raise file.fault(f"response_times of {entry.endpoint!r}", f"holds the time {written[:40]!r}")
            counts[milliseconds] += count
    return sorted(counts.items())


def _percentiles(times: Sequence[tuple[float, int]]) -> Iterator[tuple[str, float, float]]:
    """Yield the percentiles that have enough requests beyond them, by nearest rank."""
    total = sum(count for _, count in times)
    for metric, share in _PERCENTILES.items():
        rank = math.ceil(share * total)
        if total - rank < EXCEEDANCES:
            continue
        below = 0
        for milliseconds, count in times:
            below += count
            if below >= rank:
                yield metric, milliseconds / 1000, _grain(milliseconds) / 1000
                break


def _grain(milliseconds: float) -> float:
    """Return the step of Locust's rounding at a time: 1 ms below 100 ms, then two digits, then whole seconds.

    Source: ``bucket_response_time`` of locust/stats.py.
    """
    if milliseconds < 100:  # noqa: PLR2004  (see above)
        return 1.0
    return min(1000.0, 10.0 ** (math.floor(math.log10(milliseconds)) - 1))


def _doubts(entries: Sequence[_Entry]) -> Iterator[Caveat]:
    failures = sum(entry.num_failures for entry in entries)
    if failures:
        requests = sum(entry.num_requests for entry in entries)
        yield Caveat(
            code="failures-timed",
            advice=f"{failures} of {requests} requests failed, and their times are among the response times: "
            "a release that fails quickly looks quick.",
        )


_ROUNDED = Caveat(
    code="rounded-times",
    advice="Locust rounds times to two digits, so a percentile is known to a tenth at worst; "
    "measure with 'launchlab load --locustfile FILE' for three digits.",
)
_WHOLE = Caveat(
    code="whole-test",
    advice="Locust's figures are over the whole test, ramps and pauses included, "
    "and begin when a request is sent.",
)
