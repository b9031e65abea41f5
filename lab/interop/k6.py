"""k6's summary: ``--summary-export``, or what ``handleSummary`` is handed; the file is one trial.  Pure.

The two say thresholds the opposite way round: in an exported summary ``true`` means that the threshold
was *crossed* (grafana/k6 issue 1498), in the other ``{"ok": true}`` means that it was kept.

Response times are k6's ``http_req_duration``, in milliseconds there, of the answers that it expected where
it tells them apart.  They begin when a request is sent, not when it was meant to be.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import Field

from lab.interop.foreign import Account, Amount, ForeignFile, Name, Number, Section
from lab.kernel.histogram import EXCEEDANCES
from lab.kernel.metrics import key_of, split
from lab.kernel.model import Case, Caveat, Lane, Trial

_TIMES, _EXPECTED = "http_req_duration", "expected_response:true"
# Metrics of ours by k6's metric and statistic, with the factor that leads to our base unit.
_OURS = {
    ("http_reqs", "count"): ("requests", 1.0),
    ("http_reqs", "rate"): ("request_rate", 1.0),
    ("iterations", "rate"): ("iteration_rate", 1.0),
    ("checks", "rate"): ("checks_passed", 1.0),
    ("http_req_failed", "rate"): ("error_ratio", 1.0),
    (_TIMES, "avg"): ("response_mean", 1e-3),
    (_TIMES, "med"): ("response_p50", 1e-3),
    (_TIMES, "p(95)"): ("response_p95", 1e-3),
    (_TIMES, "p(99)"): ("response_p99", 1e-3),
}
_SHARES = {"response_p50": 0.5, "response_p95": 0.95, "response_p99": 0.99}


class _State(Section):
    duration: Amount = Field(default=0.0, alias="testRunDurationMs")


class _Kept(Section):
    ok: bool


class _Handled(Section):
    """A metric as handleSummary tells it."""

    values: dict[Name, Number | None]
    thresholds: dict[Name, _Kept] = Field(default_factory=dict)


class _Exported(Section):
    """The thresholds of a metric as --summary-export tells it; its statistics stand beside them."""

    thresholds: dict[Name, bool] = Field(default_factory=dict)


class _Statistics(Section):
    values: dict[Name, Number | None]


class _Summary(Section):
    metrics: dict[Name, dict[str, Any]] = Field(min_length=1)
    state: _State = Field(default_factory=_State)


def read(file: ForeignFile) -> Account:
    """Return what *file* says.  Raises ForeignFileError for what k6 does not write."""
    summary = file.read(_Summary)
    values: dict[str, Mapping[str, float]] = {}
    crossed: list[str] = []
    for name, metric in summary.metrics.items():
        values[name], broken = _told(file, name, metric)
        crossed += [f"{name}: {threshold}" for threshold in broken]
    readings = dict(_readings(values))
    readings["thresholds_crossed"] = float(len(crossed))
    trial = Trial(
        case=Case(lane=Lane.LOAD, journey="k6"),
        index=0,
        started_at=file.written_at,
        duration=summary.state.duration / 1000,
        readings=readings,
        caveats=tuple(_doubts(values)),
    )
    return Account(trials=(trial,), facts={"machine": "unknown"}, caveats=(*_crossed(crossed), _FROM_SENDING))


def _told(file: ForeignFile, name: str, metric: dict[str, Any]) -> tuple[dict[str, float], list[str]]:
    """Return a metric's statistics by k6's names, and the thresholds that it crossed."""
    within = f"metrics.{name}"
    if "values" in metric:
        handled = file.read(_Handled, metric, within)
        return _present(handled.values), [name for name, kept in handled.thresholds.items() if not kept.ok]
    exported = file.read(_Exported, metric, within)
    plain = {"values": {key: value for key, value in metric.items() if key != "thresholds"}}
    statistics = _present(file.read(_Statistics, plain, within).values)
    if "passes" in statistics and "value" in statistics:
        # What handleSummary calls the rate of a rate.
        statistics["rate"] = statistics.pop("value")
    # Reversed here: true means crossed.
    return statistics, [threshold for threshold, broken in exported.thresholds.items() if broken]


def _present(values: Mapping[str, float | None]) -> dict[str, float]:
    """Leave out what k6 had nothing to compute from, which it writes as null."""
    return {name: value for name, value in values.items() if value is not None}


def _readings(values: Mapping[str, Mapping[str, float]]) -> Iterator[tuple[str, float]]:
    expected = key_of(_TIMES, _EXPECTED) in values
    for name, statistics in values.items():
        metric, tags = split(name)
        if expected and metric == _TIMES and tags in (None, _EXPECTED):
            # What was expected stands for what was correct, so all answers together keep their own name.
            metric, tags = (_TIMES, None) if tags else (f"{_TIMES}_of_all", None)
        requests = _requests(values, tags)
        if metric == "http_req_failed" and requests:
            # The gate holds a share of failures to the number behind it.
            yield key_of("requests", tags), requests
        for statistic, value in statistics.items():
            ours, factor = _OURS.get((metric, statistic), (None, 1.0))
            if ours is None or not _has_evidence(ours, requests, value):
                yield key_of(_own(metric, statistic), tags), value
            else:
                yield key_of(ours, tags), value * factor


def _has_evidence(metric: str, requests: float | None, value: float) -> bool:
    """Whether a statistic may bear our name: a percentile has to have enough requests beyond it.

    A share of failures needs the number of requests, and no time is below 0.
    """
    if metric == "error_ratio":
        return bool(requests) and 0 <= value <= 1
    if metric in _SHARES and requests is not None:
        return value >= 0 and requests * (1 - _SHARES[metric]) >= EXCEEDANCES * (1 - 1e-9)
    return value >= 0


def _requests(values: Mapping[str, Mapping[str, float]], tags: str | None) -> float | None:
    """Return how many requests stand behind the statistics with *tags*, None where k6 does not say."""
    failed = values.get(key_of("http_req_failed", tags), {})
    told = values.get(key_of("http_reqs", tags), {}).get("count")
    if told is None and "passes" in failed and "fails" in failed:
        told = failed["passes"] + failed["fails"]
    return None if told is None else max(0.0, told)


def _own(metric: str, statistic: str) -> str:
    """Return the key of what has no metric of ours: k6's own words, in k6's own units."""
    return f"k6_{metric}_{re.sub(r'[^A-Za-z0-9.]+', '', statistic)}"


def _doubts(values: Mapping[str, Mapping[str, float]]) -> Iterator[Caveat]:
    timed = {tags for metric, tags in map(split, values) if metric == _TIMES}
    mixed = timed - {None, _EXPECTED} if _EXPECTED in timed else timed
    if mixed and values.get("http_req_failed", {}).get("rate", 0.0) > 0:
        yield Caveat(
            code="failures-timed",
            advice="failed requests are among the response times: a release that fails quickly looks quick.  "
            "Let k6 summarise http_req_duration{expected_response:true}, and set no threshold on other tags.",
        )


def _crossed(thresholds: list[str]) -> Iterator[Caveat]:
    if thresholds:
        yield Caveat(
            code="threshold-crossed",
            advice=f"k6 says that these were crossed: {'; '.join(thresholds)}.",
        )


_FROM_SENDING = Caveat(
    code="timed-from-sending",
    advice="k6 times a request from when it is sent, so what it waited before does not show; ramps are in.",
)
