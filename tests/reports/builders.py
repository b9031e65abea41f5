"""Records that are valid as they come; a test overrides what it is about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from statistics import mean
from typing import Any

from lab.kernel.metrics import key_of, title_of
from lab.kernel.model import Case, Caveat, Environment, Lane, Plan, PlannedCase, Run, Subject, Trial
from lab.kernel.verdict import Change, Finding, Interval, Outcome, Question, Verdict
from reports.view import Chapter

WHEN = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)
BROWSE = Case(lane=Lane.LOAD, journey="browse", profile="demo")
TOURS = Case(lane=Lane.DEVICES, journey="tours", phone="pixel-7", network="4g", variant="cold")
SEARCH = key_of("response_mean", "GET /api/search")
TOUR = key_of("response_mean", "GET /api/tours/{id}")

# Deviations of nine trials around a mean: about 1 %.
_NOISE = (0.004, -0.011, 0.013, -0.002, 0.008, -0.014, 0.001, -0.006, 0.010)


def trial(case: Case = BROWSE, index: int = 1, readings: Mapping[str, float] | None = None) -> Trial:
    seen = {SEARCH: 0.006} if readings is None else readings
    return Trial(case=case, index=index, started_at=WHEN, duration=20.0, readings=seen)


def trials(case: Case, means: Mapping[str, float], count: int = 9) -> tuple[Trial, ...]:
    return tuple(
        trial(case, index, {key: value * (1 + _NOISE[(index + place) % 9]) for place, (key, value) in kept})
        for index, kept in ((index, list(enumerate(means.items()))) for index in range(1, count + 1))
    )


def run(release: str = "1.2", made: Sequence[Trial] | None = None, **overrides: Any) -> Run:
    kept = trials(BROWSE, {SEARCH: 0.006}) if made is None else tuple(made)
    cases = tuple(dict.fromkeys(each.case for each in kept))
    plan = Plan(cases=tuple(PlannedCase(case=each, trials=9) for each in cases), releases=(release,), seed=7)
    made_of: dict[str, Any] = {
        "id": f"20261123T013005-{release}-7f3a",
        "session": "20261123T013005",
        "subject": Subject(name="tour", release=release, url="http://127.0.0.1:8800"),
        "environment": Environment(facts={"cpus": "2", "python": "3.11.7", "chromium": "141.0"}),
        "plan": plan,
        "started_at": WHEN,
        "trials": kept,
    }
    return Run(**(made_of | overrides))


def interval(center: float, spread: float = 0.01, size: int = 9) -> Interval:
    low, high = sorted((center * (1 - spread), center * (1 + spread)))
    return Interval(center=center, low=low, high=high, confidence=0.95, size=size)


def between(low: float, high: float) -> Interval:
    return Interval(center=(low + high) / 2, low=low, high=high, confidence=0.95, size=18)


def change(low: float, high: float, old: float | None = 0.2, **overrides: Any) -> Change:
    ratio = None if old is None else between(1 + low / old, 1 + high / old)
    return Change(absolute=between(low, high), ratio=ratio, **overrides)


def finding(outcome: Outcome = Outcome.PASSED, **overrides: Any) -> Finding:
    made_of: dict[str, Any] = {
        "target": "search is fast",
        "question": Question.LIMIT,
        "outcome": outcome,
        "reason": "mean response time of GET /api/search is 6 ms, promised at most 200 ms.",
        "reading": SEARCH,
        "case": BROWSE,
        "measured": interval(0.006),
        "limit": 0.2,
        "p_value": 0.43,
        "smallest_change": 0.041,
    }
    return Finding(**(made_of | overrides))


def drift(outcome: Outcome = Outcome.PASSED, **overrides: Any) -> Finding:
    made_of: dict[str, Any] = {
        "question": Question.DRIFT,
        "limit": None,
        "change": change(-0.0001, 0.0001, 0.006),
        "baseline": "20261123T013005-1.1-7f3a",
        "baseline_release": "1.1",
    }
    return finding(outcome, **(made_of | overrides))


def verdict(findings: Sequence[Finding] | None = None, release: str = "1.2", **overrides: Any) -> Verdict:
    made_of: dict[str, Any] = {
        "run": f"20261123T013005-{release}-7f3a",
        "release": release,
        "baselines": (),
        "findings": (finding(),) if findings is None else tuple(findings),
        "judged_at": WHEN,
    }
    return Verdict(**(made_of | overrides))


def chapter(findings: Sequence[Finding] | None = None, **overrides: Any) -> Chapter:
    made_of: dict[str, Any] = {"verdict": verdict(findings), "run": run()}
    return Chapter(**(made_of | overrides))


def three_releases() -> list[Chapter]:
    """1.0 passed and was promoted, 1.1 passed, 1.2 is slow in search and paints late."""
    first = _measured("1.0", search=0.0061, paint=0.62, transfer=214_300)
    second = _measured("1.1", search=0.0062, paint=0.61, transfer=213_100)
    third = _measured("1.2", search=0.407, paint=1.34, transfer=213_100)
    slow = (Caveat(code="unsteady", advice="The window still had a trend: warm up longer."),)
    third = replace(third, trials=(replace(third.trials[0], caveats=slow), *third.trials[1:]))
    return [
        Chapter(verdict=_judged(first, None), run=first, promoted="main"),
        Chapter(verdict=_judged(second, first), run=second, references=(first,)),
        Chapter(verdict=_judged(third, first), run=third, references=(first,)),
    ]


def _measured(release: str, *, search: float, paint: float, transfer: float) -> Run:
    load = {
        SEARCH: search,
        TOUR: 0.0034,
        key_of("response_mean"): 0.0048,
        key_of("response_p95"): 2 * search,
        key_of("throughput"): 402.0,
        key_of("error_ratio"): 0.0002,
        key_of("lag_p99"): 0.0011,
    }
    pages = [
        replace(each, readings={**each.readings, "transfer": transfer})
        for each in trials(TOURS, {"fcp": paint, "ttfb": 0.12})
    ]
    return run(release, [*trials(BROWSE, load), *pages])


def _judged(run_: Run, baseline: Run | None) -> Verdict:
    promises = ((SEARCH, BROWSE, 0.2), (TOUR, BROWSE, 0.05), ("error_ratio", BROWSE, 0.001))
    limits = [_limit(run_, *promise) for promise in (*promises, ("fcp", TOURS, 1.0))]
    readings = ((SEARCH, BROWSE), (TOUR, BROWSE), ("fcp", TOURS), ("transfer", TOURS))
    drifts = [] if baseline is None else [_drift(run_, baseline, *each) for each in readings]
    baselines = () if baseline is None else (baseline.id,)
    return verdict([*limits, *drifts], run_.subject.release, baselines=baselines)


def _limit(run_: Run, key: str, case: Case, limit: float) -> Finding:
    measured = interval(mean(run_.sample(case, key).values))
    broken = measured.center > limit
    return finding(
        Outcome.FAILED if broken else Outcome.PASSED,
        target=title_of(key).split(" of ")[0],
        reading=key,
        case=case,
        measured=measured,
        limit=limit,
        p_value=0.00002 if broken else 1.0,
        smallest_change=0.0003 if key == "error_ratio" else 0.023,
    )


def _drift(run_: Run, baseline: Run, key: str, case: Case) -> Finding:
    old, new = (mean(each.sample(case, key).values) for each in (baseline, run_))
    moved, exact = new - old, key == "transfer"
    spread = 0.0 if exact else 0.011 * max(new, old)
    worse = moved > 0.05 * old
    return drift(
        Outcome.FAILED if worse else Outcome.PASSED,
        target="no slower",
        reading=key,
        case=case,
        measured=interval(new),
        change=change(moved - spread, moved + spread, old, exact=exact),
        baseline=baseline.id,
        baseline_release=baseline.subject.release,
        p_value=0.0004 if worse else 0.71,
        smallest_change=0.0 if exact else 0.031,
        notes=("IMPROVED: better than the baseline by more than the margin.",) if exact and moved < 0 else (),
    )
