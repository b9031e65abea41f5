"""From the steady window to readings, and to what speaks against them.  Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lab.kernel.histogram import grain_of
from lab.kernel.metrics import key_of
from lab.kernel.model import Caveat
from scenarios.engine.frames import Failure, Kind, Tally
from scenarios.soundness import caveats
from scenarios.window import Window

_PERCENTILES = {"response_p50": 0.50, "response_p95": 0.95, "response_p99": 0.99}


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What the steady window says: readings, their grain, and reasons for doubt."""

    readings: Mapping[str, float]
    resolutions: Mapping[str, float]
    caveats: tuple[Caveat, ...]
    failures: tuple[Failure, ...]


def summarise(window: Window) -> Summary:
    """Return the readings of the whole seconds inside *window*."""
    readings: dict[str, float] = {}
    resolutions: dict[str, float] = {}
    for endpoint in (None, *window.endpoints):
        values, grains = _readings_of(window, endpoint)
        readings.update({key_of(name, endpoint): value for name, value in values.items()})
        resolutions.update({key_of(name, endpoint): grain for name, grain in grains.items()})
    # Other clients than ours tell of no connections, and of no bytes.
    told = {endpoint: tally for endpoint, tally in window.tallies.items() if tally.sent}
    requests = sum(readings.get(key_of("requests", endpoint), 0.0) for endpoint in told)
    if requests:
        readings["connects"] = Tally.total(told.values()).connects / requests
        resolutions["connects"] = 1 / requests
    if window.profile.rate and window.length:
        readings["arrival_rate"] = window.begun / window.length
        resolutions["arrival_rate"] = 1 / window.length
    return Summary(
        readings=readings,
        resolutions=resolutions,
        caveats=tuple(caveats(window)),
        failures=window.failures,
    )


def _readings_of(window: Window, endpoint: str | None) -> tuple[dict[str, float], dict[str, float]]:
    correct = window.over(Kind.RESPONSE, endpoint)
    failed = window.over(Kind.FAILED, endpoint).size
    requests = correct.size + failed
    if requests == 0:
        return {}, {}
    values = {
        "requests": float(requests),
        "error_ratio": failed / requests,
        "throughput": correct.size / window.length,
    }
    grains = {"error_ratio": 1 / requests, "throughput": 1 / window.length}
    if correct.size:
        values["response_mean"] = correct.mean()
    for name, share in _PERCENTILES.items():
        value = correct.quantile(share)
        if value is not None:
            values[name] = value
            grains[name] = grain_of(value)
    lag = window.over(Kind.LAG, endpoint).quantile(0.99)
    if lag is not None:
        values["lag_p99"] = lag
    return values, grains
