"""Lighthouse's report (LHR): one audit of one page is one trial.  Pure.

With simulated throttling, Lighthouse's default, paints are *modelled* from a load without throttling, so
they are readings of their own (``simulated_lcp``); with throttling applied they are measured.  Which of
several reports a tool calls representative plays no part: each is a trial.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from pydantic import Field

from lab.interop.foreign import Account, Amount, ForeignFile, Moment, Name, Section, Share, known
from lab.kernel.model import Case, Caveat, Lane, Trial

# Metrics of ours by audit, with the factor from its unit to our base unit.
_PAINTS = {
    "first-contentful-paint": "fcp",
    "largest-contentful-paint": "lcp",
    "speed-index": "speed_index",
    "total-blocking-time": "tbt",
}
_OBSERVED = {
    "server-response-time": ("ttfb", 1e-3),
    "total-byte-weight": ("transfer", 1.0),
    "cumulative-layout-shift": ("lighthouse_cls", 1.0),
}
_SIMULATED = "simulate"
# A warning of Lighthouse may be a paragraph with links.
_LONGEST_WARNING = 300


class _Audit(Section):
    value: Amount | None = Field(default=None, alias="numericValue")


class _Category(Section):
    score: Share | None = None


class _Environment(Section):
    host_user_agent: Name | None = Field(default=None, alias="hostUserAgent")
    benchmark_index: Amount | None = Field(default=None, alias="benchmarkIndex")


class _Settings(Section):
    form_factor: Name | None = Field(default=None, alias="formFactor")
    method: Name | None = Field(default=None, alias="throttlingMethod")
    throttling: dict[Name, Any] = Field(default_factory=dict)


class _Timing(Section):
    total: Amount = 0.0


class _Fault(Section):
    code: Name
    message: str = ""


class _Report(Section):
    version: Name = Field(alias="lighthouseVersion")
    url: str = Field(alias="requestedUrl", max_length=2000)
    fetched_at: Moment = Field(alias="fetchTime")
    audits: dict[Name, _Audit]
    categories: dict[Name, _Category] = Field(default_factory=dict)
    environment: _Environment = Field(default_factory=_Environment)
    settings: _Settings = Field(default_factory=_Settings, alias="configSettings")
    timing: _Timing = Field(default_factory=_Timing)
    warnings: list[str] = Field(default_factory=list, alias="runWarnings")
    fault: _Fault | None = Field(default=None, alias="runtimeError")


def read(file: ForeignFile) -> Account:
    """Return what *file* says.  Raises ForeignFileError for what Lighthouse does not write."""
    report = file.read(_Report)
    trial = Trial(
        case=_case(file, report),
        index=0,
        started_at=report.fetched_at,
        duration=report.timing.total / 1000,
        readings=dict(_readings(report)),
        caveats=tuple(_doubts(report)),
    )
    environment = report.environment
    return Account(
        trials=(trial,),
        facts={"machine": "unknown", **_facts(report)},
        circumstances=known({"Lighthouse's benchmark index": environment.benchmark_index}),
    )


def _case(file: ForeignFile, report: _Report) -> Case:
    try:
        parts = urlsplit(report.url)
    except ValueError:
        raise file.fault("requestedUrl", f"is {report.url[:80]!r}; accepted: an address") from None
    # The host may differ between two releases of one page, and is no part of what is visited.
    page = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Case(lane=Lane.DEVICES, journey=page, phone=report.settings.form_factor)


def _readings(report: _Report) -> Iterator[tuple[str, float]]:
    prefix = "simulated" if report.settings.method == _SIMULATED else "lighthouse"
    for name, audit in report.audits.items():
        if audit.value is None:
            continue
        if name in _PAINTS:
            yield f"{prefix}_{_PAINTS[name]}", audit.value / 1000
        elif name in _OBSERVED:
            metric, factor = _OBSERVED[name]
            yield metric, audit.value * factor
        else:
            # Without a metric of ours: Lighthouse's own name and unit.
            yield f"lighthouse_audit_{_word(name)}", audit.value
    for name, category in report.categories.items():
        if category.score is not None:
            yield f"lighthouse_{_word(name)}", category.score * 100


def _word(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "_", name)


def _doubts(report: _Report) -> Iterator[Caveat]:
    if report.fault is not None and report.fault.code != "NO_ERROR":
        told = f"Lighthouse saw no page: {report.fault.code}.  {report.fault.message[:_LONGEST_WARNING]}"
        yield Caveat(code="lighthouse-failed", advice=told, fatal=True)
    for warning in report.warnings:
        yield Caveat(code="lighthouse-warning", advice=warning[:_LONGEST_WARNING])


def _facts(report: _Report) -> dict[str, str]:
    agent = report.environment.host_user_agent or ""
    browser = re.search(r"\S*Chrome/\S+", agent)
    settings = report.settings
    lines = (f"{name} {value}" for name, value in sorted(settings.throttling.items()) if _is_number(value))
    told = {
        "lighthouse": report.version,
        "browser": browser[0] if browser else agent,
        "form factor": settings.form_factor,
        "throttling": ", ".join([settings.method or "unknown", *lines]),
    }
    return known(told)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and abs(value) < 1e15  # noqa: PLR2004  (as for all numbers of a file)
