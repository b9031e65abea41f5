"""From frames to readings: cuts the steady window, and says what is wrong with it.  Pure."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from lab.kernel.histogram import EXCEEDANCES, Histogram
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What the steady window says: readings, their grain, and reasons for doubt."""

    readings: Mapping[str, float]
    resolutions: Mapping[str, float]
    caveats: tuple[Caveat, ...]
    failures: tuple[Failure, ...]


def summarise(frames: Sequence[Frame], profile: Profile) -> Summary:
    """Return the readings of the whole seconds inside the profile's steady window."""
    first, last = math.ceil(profile.steady_from), math.floor(profile.duration)
    steady = [frame for frame in frames if first <= frame.second < last]
    by_cell = _merged(steady)
    readings: dict[str, float] = {}
    resolutions: dict[str, float] = {}
    for endpoint in (None, *sorted({endpoint for endpoint, _ in by_cell})):
        values, grains = _readings_of(by_cell, endpoint, last - first)
        readings.update({key_of(name, endpoint): value for name, value in values.items()})
        resolutions.update({key_of(name, endpoint): grain for name, grain in grains.items()})
    return Summary(
        readings=readings,
        resolutions=resolutions,
        caveats=tuple(_caveats(steady, by_cell, profile, last - first)),
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
    grains = {"error_ratio": 1 / requests}
    if correct.size:
        values["response_mean"] = correct.mean()
    for name, share in _PERCENTILES.items():
        value = correct.quantile(share)
        if value is not None:
            values[name] = value
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
    if not _over(cells, Kind.RESPONSE, None).size:
        yield Caveat(
            code="no-correct-answer",
            advice="not one request was answered correctly; see the failures in the trial's artifacts.",
            fatal=True,
        )
    fewest = min((frame.users for frame in steady), default=0)
    if fewest < _USERS_NEEDED * profile.users:
        yield Caveat(
            code="load-not-reached",
            advice=f"only {fewest} of {profile.users} users were there; lengthen the ramp.",
            fatal=True,
        )
    yield from _lateness(cells)


def _lateness(cells: Cells) -> Iterator[Caveat]:
    """Convict a generator that was late itself, by the highest percentile it has evidence for."""
    lag, response = _over(cells, Kind.LAG, None), _over(cells, Kind.RESPONSE, None)
    share = min(0.99, 1 - EXCEEDANCES / max(lag.size, 1))
    if share <= 0:
        return
    late, reported = lag.quantile(share), response.quantile(share)
    if late is None or reported is None:
        return
    allowed = max(_LAG_ALLOWED, _LAG_SHARE_ALLOWED * reported)
    if late > allowed:
        yield Caveat(
            code="generator-late",
            advice=(
                f"the generator itself was {late * 1000:.1f} ms late at its {share:.1%} point, and "
                f"{allowed * 1000:.1f} ms is allowed; use fewer users, or a machine with less to do."
            ),
            fatal=True,
        )


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
