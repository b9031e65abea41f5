"""The metrics launchlab knows: unit, direction, how they compare, and what is too small to matter.

A *reading's key* is a metric's name, or a metric's name with the endpoint it is about:
``response_p95`` is over all endpoints, ``response_p95{GET /api/search}`` over one.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, replace

from lab.kernel.errors import UsageError
from lab.kernel.model import Lane
from lab.kernel.units import Unit


class Better(enum.Enum):
    """The direction in which a metric improves."""

    LOWER = "lower"
    HIGHER = "higher"


class Scale(enum.Enum):
    """How two values compare: by their ratio (on logs), or by their difference."""

    RATIO = "ratio"
    DIFFERENCE = "difference"


class Origin(enum.Enum):
    """How a value came to be.  A report never blurs the difference."""

    MEASURED = "measured"
    MODELLED = "modelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One quantity we track.

    *lane* measures it; None where launch plans promise it and no lane measures it yet.
    *counted* names the metric of the chances, where this one is a share of counted events.
    *presumes* names the metric whose promises have to pass before this one's can: latencies are those of
    correct answers, and wrong ones are quick.
    *floor* is the absolute change, in the metric's unit, under which drift does not count.
    *resolution* is the grain of the instrument.  *exact* metrics have no noise when they are
    constant within a run: any difference is then real.
    """

    name: str
    title: str
    lane: Lane | None
    unit: Unit
    better: Better = Better.LOWER
    scale: Scale = Scale.RATIO
    floor: float = 0.0
    resolution: float = 0.0
    exact: bool = False
    counted: str | None = None
    presumes: str | None = None
    origin: Origin = Origin.MEASURED


# Below one millisecond a change of latency is scheduling noise, and no user sees it.
_LATENCY_FLOOR = 0.001
# One frame of a 60 Hz display: paints cannot differ visibly by less.
_PAINT_FLOOR = 1 / 60
# One kilobyte: less than one TCP segment.
_TRANSFER_FLOOR = 1000.0


def _latency(name: str, title: str) -> Metric:
    return Metric(
        name=name,
        title=title,
        lane=Lane.LOAD,
        unit=Unit.SECOND,
        floor=_LATENCY_FLOOR,
        presumes="error_ratio",
    )


def _paint(name: str, title: str) -> Metric:
    return Metric(
        name=name,
        title=title,
        lane=Lane.DEVICES,
        unit=Unit.SECOND,
        floor=_PAINT_FLOOR,
    )


METRICS = {
    metric.name: metric
    for metric in (
        _latency("response_mean", "mean response time"),
        _latency("response_p50", "median response time"),
        _latency("response_p95", "95th percentile of response time"),
        _latency("response_p99", "99th percentile of response time"),
        Metric(
            name="error_ratio",
            title="share of failed requests",
            lane=Lane.LOAD,
            unit=Unit.RATIO,
            scale=Scale.DIFFERENCE,
            # Half of the error budget of a 99.9 % promise.
            floor=0.0005,
            counted="requests",
        ),
        Metric(
            name="throughput",
            title="correct answers per second",
            lane=Lane.LOAD,
            unit=Unit.PER_SECOND,
            better=Better.HIGHER,
        ),
        Metric(
            name="arrival_rate",
            title="arrivals per second, as they were made",
            lane=Lane.LOAD,
            unit=Unit.PER_SECOND,
            better=Better.HIGHER,
        ),
        Metric(
            name="requests",
            title="requests in the window",
            lane=Lane.LOAD,
            unit=Unit.COUNT,
            better=Better.HIGHER,
        ),
        Metric(
            name="connects",
            title="connections opened per request",
            lane=Lane.LOAD,
            unit=Unit.RATIO,
            scale=Scale.DIFFERENCE,
            # A user who opens a connection for a request in a hundred keeps it alive.
            floor=0.01,
        ),
        replace(_latency("lag_p99", "99th percentile of the generator's own delay"), presumes=None),
        Metric(
            name="ttfb",
            title="time to first byte",
            lane=Lane.DEVICES,
            unit=Unit.SECOND,
            floor=_LATENCY_FLOOR,
        ),
        _paint("fcp", "first contentful paint"),
        Metric(
            name="transfer",
            title="bytes received",
            lane=Lane.DEVICES,
            unit=Unit.BYTE,
            floor=_TRANSFER_FLOOR,
            exact=True,
        ),
        Metric(
            name="transfers",
            title="resources fetched",
            lane=Lane.DEVICES,
            unit=Unit.COUNT,
            exact=True,
        ),
        Metric(name="time_median", title="median time of a round", lane=Lane.BENCH, unit=Unit.SECOND),
        Metric(name="time_minimum", title="fastest round", lane=Lane.BENCH, unit=Unit.SECOND),
        Metric(
            name="dropped_frames",
            title="share of dropped frames",
            lane=None,
            unit=Unit.RATIO,
            scale=Scale.DIFFERENCE,
        ),
        Metric(
            name="battery_drain",
            title="battery drain",
            lane=None,
            unit=Unit.RATIO_PER_SECOND,
            origin=Origin.MODELLED,
        ),
        # Of no lane: it is timed beside each trial, and no promise is about it (lab/engine/canary.py).
        Metric(name="canary", title="fixed work that tells machines apart", lane=None, unit=Unit.SECOND),
        Metric(name="tour_download", title="bytes of a tour download", lane=None, unit=Unit.BYTE),
        Metric(
            name="lighthouse_performance",
            title="Lighthouse performance score",
            lane=None,
            unit=Unit.SCORE,
            better=Better.HIGHER,
            scale=Scale.DIFFERENCE,
        ),
    )
}


def metric_of(key: str) -> Metric:
    """Return the metric of a reading's key.  Raises UsageError with the known names."""
    name, _ = split(key)
    if name not in METRICS:
        raise UsageError.unknown("metric", name, METRICS)
    return METRICS[name]


def key_of(metric: str, endpoint: str | None = None) -> str:
    """Return the key of *metric*, over one endpoint or over all."""
    return metric if endpoint is None else f"{metric}{{{endpoint}}}"


def split(key: str) -> tuple[str, str | None]:
    """Return a key's metric name and endpoint."""
    name, brace, rest = key.partition("{")
    return name, rest.removesuffix("}") if brace else None


def title_of(key: str) -> str:
    """Return a key's title for people: ``mean response time of GET /api/search``."""
    _, endpoint = split(key)
    title = metric_of(key).title
    return title if endpoint is None else f"{title} of {endpoint}"
