"""Valid things to test with: override what matters, and the rest is sound."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from lab.kernel.model import (
    Case,
    Caveat,
    Environment,
    Lane,
    Plan,
    PlannedCase,
    Run,
    Subject,
    Trial,
)
from lab.kernel.verdict import Margins, Target

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
LOAD = Case(lane=Lane.LOAD, journey="browse", profile="demo")
VISIT = Case(lane=Lane.DEVICES, journey="tours", phone="pixel-7", network="4g", variant="cold")
SPOILT = Caveat(code="generator-late", advice="use fewer users.", fatal=True)


def a_trial(
    index: int = 0,
    *,
    case: Case = LOAD,
    readings: Mapping[str, float] | None = None,
    resolutions: Mapping[str, float] | None = None,
    caveats: tuple[Caveat, ...] = (),
) -> Trial:
    return Trial(
        case=case,
        index=index,
        started_at=START + timedelta(seconds=10 * index),
        duration=8.0,
        readings={"response_mean": 0.1} if readings is None else readings,
        resolutions=resolutions or {},
        caveats=caveats,
    )


def a_run(
    trials: Sequence[Trial] = (),
    *,
    release: str = "1.1",
    session: str = "session-1",
    facts: Mapping[str, str] | None = None,
    cases: Sequence[Case] | None = None,
) -> Run:
    planned = list(dict.fromkeys(trial.case for trial in trials)) if cases is None else list(cases)
    return Run(
        id=f"run-{release}",
        session=session,
        subject=Subject(name="tour", release=release, url="http://127.0.0.1:8000"),
        environment=Environment(facts={"cpu": "test"} if facts is None else facts),
        plan=Plan(
            cases=tuple(PlannedCase(case=case, trials=len(trials)) for case in planned),
            releases=("1.0", release),
            seed=1,
        ),
        started_at=START,
        trials=tuple(trials),
    )


def a_run_of(
    values: Sequence[float], *, release: str = "1.1", key: str = "response_mean", session: str = "session-1"
) -> Run:
    """Return a run with one trial per value of *key*."""
    trials = [a_trial(index, readings={key: value}) for index, value in enumerate(values)]
    return a_run(trials, release=release, session=session)


def a_target(
    *,
    reading: str = "response_mean",
    limit: float | None = None,
    drift: Margins | None = None,
    network: str | None = None,
) -> Target:
    return Target(name="the API is quick", reading=reading, limit=limit, drift=drift, network=network)
