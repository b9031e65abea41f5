"""From frames to readings: cuts the steady window, and says what is wrong with it.  Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from lab.kernel.histogram import EXCEEDANCES, Histogram, grain_of
from lab.kernel.metrics import key_of
from lab.kernel.model import Caveat
from profiles.profile import Profile
from scenarios.engine.frames import Failure, Frame, Kind

_PERCENTILES = {"response_p50": 0.50, "response_p95": 0.95, "response_p99": 0.99}
# A generator this late, or late by this share of what it reports, colours the numbers it measures.
_LAG_ALLOWED = 0.005
_LAG_SHARE_ALLOWED = 0.05
# Below this share of the planned users the load was not the one the profile promises.
_USERS_NEEDED = 0.99
# A request that waits this long, and twice what the load reports, is stuck and not just in flight.
_STUCK = 1.0
# One in a hundred stuck, and the readings that leave them out flatter the release.
_STUCK_SHARE = 0.01
# One in a hundred requests followed by an error of the journey's own, and it is not the journey.
_BROKEN_SHARE = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What the steady window says: readings, their grain, and reasons for doubt."""

    readings: Mapping[str, float]
    resolutions: Mapping[str, float]
    caveats: tuple[Caveat, ...]
    failures: tuple[Failure, ...]


def summarise(frames: Sequence[Frame], profile: Profile) -> Summary:
    """Return the readings of the whole seconds inside the profile's steady window."""
    seconds = len(profile.seconds)
    steady = [frame for frame in frames if frame.second in profile.seconds]
    by_cell = _merged(steady)
    readings: dict[str, float] = {}
    resolutions: dict[str, float] = {}
    for endpoint in (None, *sorted({endpoint for endpoint, _ in by_cell})):
        values, grains = _readings_of(by_cell, endpoint, seconds)
        readings.update({key_of(name, endpoint): value for name, value in values.items()})
        resolutions.update({key_of(name, endpoint): grain for name, grain in grains.items()})
    return Summary(
        readings=readings,
        resolutions=resolutions,
        caveats=tuple(_caveats(steady, by_cell, profile, seconds)),
        failures=_added(frame.failures for frame in steady),
    )


Cells = Mapping[tuple[str, Kind], Histogram]


def _merged(frames: Iterable[Frame]) -> Cells:
    parts: defaultdict[tuple[str, Kind], list[Histogram]] = defaultdict(list)
    for frame in frames:
        for endpoint, kind, histogram in frame.histograms():
            parts[endpoint, kind].append(histogram)
    return {cell: Histogram.merged(histograms) for cell, histograms in parts.items()}


def _over(cells: Cells, kind: Kind, endpoint: str | None) -> Histogram:
    """Merge a kind over one endpoint, or over all for None."""
    return Histogram.merged(
        histogram for (name, of), histogram in cells.items() if of is kind and endpoint in (None, name)
    )


def _readings_of(
    cells: Cells, endpoint: str | None, seconds: int
) -> tuple[dict[str, float], dict[str, float]]:
    correct = _over(cells, Kind.RESPONSE, endpoint)
    failed = _over(cells, Kind.FAILED, endpoint).size
    requests = correct.size + failed
    if requests == 0:
        return {}, {}
    values = {
        "requests": float(requests),
        "error_ratio": failed / requests,
        "throughput": correct.size / seconds,
    }
    grains = {"error_ratio": 1 / requests, "throughput": 1 / seconds}
    if correct.size:
        values["response_mean"] = correct.mean()
    for name, share in _PERCENTILES.items():
        value = correct.quantile(share)
        if value is not None:
            values[name] = value
            grains[name] = grain_of(value)
    lag = _over(cells, Kind.LAG, endpoint).quantile(0.99)
    if lag is not None:
        values["lag_p99"] = lag
    return values, grains


def _caveats(steady: Sequence[Frame], cells: Cells, profile: Profile, seconds: int) -> Iterator[Caveat]:
    missing = seconds - len({frame.second for frame in steady})
    if missing:
        yield Caveat(
            code="seconds-missing",
            advice=f"{missing} of {seconds} steady seconds were not recorded; see the generator's log.",
            fatal=True,
        )
    counted = [frame.users for frame in steady]
    if counted and not _as_planned(min(counted), max(counted), profile.users):
        yield Caveat(
            code="load-not-reached",
            advice=f"{min(counted)} to {max(counted)} users were there instead of {profile.users}; "
            "see the generator's log, or lengthen the ramp.",
            fatal=True,
        )
    if not _over(cells, Kind.RESPONSE, None).size:
        yield Caveat(
            code="no-correct-answer",
            advice="not one request was answered correctly; see the failures in the trial's artifacts.",
        )
    yield from _unanswered(steady, cells)
    yield from _broken_journeys(steady)
    yield from _lateness(cells)


def _as_planned(fewest: int, most: int, planned: int) -> bool:
    return fewest >= _USERS_NEEDED * planned and most <= planned


def _unanswered(steady: Sequence[Frame], cells: Cells) -> Iterator[Caveat]:
    """Tell of requests that were still waiting when the window closed: no reading holds them."""
    response = _over(cells, Kind.RESPONSE, None)
    if not steady or not response.size:
        return
    # The highest percentile there is evidence for; waiting longer than that is not chance.
    reported = response.quantile(_evident(response)) or response.mean()
    stuck = [wait for wait in steady[-1].waiting if wait > max(_STUCK, 2 * reported)]
    if stuck:
        yield Caveat(
            code="unanswered",
            advice=f"{len(stuck)} requests were still unanswered when the window closed, the longest for "
            f"{max(stuck):.1f} s, and no reading holds them; hold the load longer than that.",
            fatal=len(stuck) > _STUCK_SHARE * response.size,
        )


def _broken_journeys(steady: Sequence[Frame]) -> Iterator[Caveat]:
    broken = sum(f.count for frame in steady for f in frame.failures if f.endpoint == "task")
    requests = sum(
        histogram.size
        for frame in steady
        for _, kind, histogram in frame.histograms()
        if kind in (Kind.RESPONSE, Kind.FAILED)
    )
    if broken:
        yield Caveat(
            code="journey-errors",
            advice=f"the journey's own code raised {broken} times; see the failures in the artifacts.",
            fatal=broken > _BROKEN_SHARE * requests,
        )


def _lateness(cells: Cells) -> Iterator[Caveat]:
    """Convict a generator that was late itself, by the highest percentile it has evidence for.

    What it may add is a share of what the *quickest* endpoint reports, so that a slow one does not
    excuse it.
    """
    lag, endpoints = _over(cells, Kind.LAG, None), {e for e, kind in cells if kind is Kind.RESPONSE}
    if not endpoints:
        return
    share = _evident(lag)
    late = lag.quantile(share) if share > 0 else None
    if late is None:
        yield Caveat(
            code="lateness-unknown",
            advice="too few requests followed a pause to tell how late the generator was; hold longer.",
        )
        return
    responses = [_over(cells, Kind.RESPONSE, endpoint) for endpoint in endpoints]
    reported = [response.quantile(min(share, _evident(response))) or 0.0 for response in responses]
    allowed = max(_LAG_ALLOWED, _LAG_SHARE_ALLOWED * min(reported, default=0.0))
    if late > allowed:
        yield Caveat(
            code="generator-late",
            advice=(
                f"the generator itself was {late * 1000:.1f} ms late at its {share:.1%} point, and "
                f"{allowed * 1000:.1f} ms is allowed; use fewer users, or a machine with less to do."
            ),
            fatal=True,
        )


def _evident(histogram: Histogram) -> float:
    """Return the highest share, up to 0.99, that leaves enough values above it."""
    return max(0.0, min(0.99, 1 - EXCEEDANCES / max(histogram.size, 1)))


def _added(parts: Iterable[tuple[Failure, ...]]) -> tuple[Failure, ...]:
    total: dict[tuple[str, str], Failure] = {}
    for failure in (failure for failures in parts for failure in failures):
        key = failure.endpoint, failure.what
        known = total.get(key)
        total[key] = Failure(
            endpoint=failure.endpoint,
            what=failure.what,
            count=failure.count + (known.count if known else 0),
            example=known.example if known else failure.example,
        )
    return tuple(total.values())
