"""What is claimed of the gate: a sentence, how often it should be so, and the simulation that counts it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from calibration import best
from calibration.best import Best
from calibration.counting import Mapper, rates
from calibration.drawing import SUMMARIES, Metrics, Requests, Sides, Stored
from calibration.gate_runs import MARGINS, POLICY, among, judged
from calibration.rates import Goal, Rate, at_least, at_most
from calibration.worlds import LOG_NORMAL, WORLDS, World
from lab.engine.policy import Policy
from lab.kernel.verdict import Finding, Outcome, Verdict

Draw = Callable[[np.random.Generator], Sides]
Event = Callable[[Verdict], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """One simulated gate, and the event that is looked for in its verdict."""

    draw: Draw
    event: Event
    looks: tuple[int, ...] = ()
    policy: Policy = POLICY

    def __call__(self, rng: np.random.Generator) -> tuple[bool]:
        """Draw and judge once."""
        return (self.event(judged(self.draw(rng), self.looks, self.policy)),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One row of the table; *gates* are how many are counted for the page, a test may count fewer.

    Without a *goal* the rate is only told.  *best* is what the best valid test would reach.
    """

    group: str
    name: str
    goal: Goal | None
    simulation: Counted
    gates: int
    best: Best | None = None

    def seen(self, gates: int, mapper: Mapper = map) -> Rate:
        """Count it."""
        (rate,) = rates(self.simulation, f"{self.group}: {self.name}", gates, mapper)
        return rate


def alarm(verdict: Verdict) -> bool:
    """Whether any target failed."""
    return verdict.outcome is Outcome.FAILED


def clear(verdict: Verdict) -> bool:
    """Whether every target passed."""
    return verdict.outcome is Outcome.PASSED


def first_failed(verdict: Verdict) -> bool:
    """Whether the first target failed."""
    return verdict.findings[0].outcome is Outcome.FAILED


def first_passed(verdict: Verdict) -> bool:
    """Whether the first target passed."""
    return verdict.findings[0].outcome is Outcome.PASSED


@dataclass(frozen=True, slots=True, kw_only=True)
class Covers:
    """Whether the first target's interval of the ratio holds the true one."""

    ratio: float

    def __call__(self, verdict: Verdict) -> bool:
        """Look at one verdict."""
        return covered(verdict.findings[0], self.ratio)


def covered(finding: Finding, ratio: float) -> bool:
    """Whether the interval of a finding's ratio holds the true one; a finding without one does not."""
    shown = finding.change.ratio if finding.change else None
    return shown is not None and shown.low <= ratio <= shown.high


ALARMS = "False alarms"
FOUND = "Regressions found"
SPARED = "Regressions passed"
ELSEWHERE = "Regressions found in other worlds"
LOOKS = "Planned looks"
STORED = "Against a stored baseline"
PASSES = "Unchanged releases passed"
COVERAGE = "Coverage of the 95 % interval of the ratio"

# How many gates are counted: of 20 metrics and more, where the rate is far from its goal, and of one metric.
# Together they take less than ten minutes on one core.
_WIDE, _CLEAR, _NARROW = 600, 300, 1500
# The first is what a release does that changes nothing; the second has every metric at the very edge of what
# is no harm, where a test at level alpha raises alpha of false alarms, whatever the noise's size.
_UNCHANGED, _AT_THE_EDGE = 0.0, MARGINS.fail
_METRICS = 20
# (change, cv, trials a side, metrics): what has to be found in 95 of 100 gates.
_TO_BE_FOUND = ((0.05, 0.01, 9, 20), (0.05, 0.01, 11, 60), (0.10, 0.02, 7, 20), (0.10, 0.03, 11, 20))
# Trials a side: about half as many again each time.
_LOOKS = (5, 9, 14)
_NOISES = (0.01, 0.02, 0.03, 0.05)


def claims() -> Iterator[Claim]:
    """Yield all claims, group by group."""
    yield from _alarms()
    yield from _found()
    yield from _elsewhere()
    yield from _spared()
    yield from _passes()
    yield from _coverage()
    yield from _looks()
    yield from _stored()


def _percent(share: float) -> str:
    return f"{share * 100:g} %"


def _alarms() -> Iterator[Claim]:
    for world in WORLDS:
        for alike in (world, world.correlated):
            for change, told in ((_UNCHANGED, "unchanged"), (_AT_THE_EDGE, "all at the fail margin")):
                yield Claim(
                    group=ALARMS,
                    name=f"{world.name}, metrics {'correlated' if alike.alike else 'independent'}, {told}",
                    goal=at_most(POLICY.alpha),
                    simulation=Counted(
                        draw=Metrics(world=alike, cv=0.02, trials=9, changes=(change,) * _METRICS),
                        event=alarm,
                    ),
                    gates=_WIDE if change else _CLEAR,
                )


def _found() -> Iterator[Claim]:
    for change, cv, trials, metrics in _TO_BE_FOUND:
        yield Claim(
            group=FOUND,
            name=f"+{_percent(change)} in one of {metrics} metrics, CV {_percent(cv)}, "
            f"{trials}+{trials} trials",
            goal=at_least(0.95),
            simulation=Counted(
                draw=Metrics(
                    world=LOG_NORMAL, cv=cv, trials=trials, changes=(change, *[0.0] * (metrics - 1))
                ),
                event=first_failed,
            ),
            gates=_WIDE,
            best=best.found(change, MARGINS.fail, cv, trials, POLICY.alpha / metrics),
        )


def _elsewhere() -> Iterator[Claim]:
    for world in WORLDS:
        yield Claim(
            group=ELSEWHERE,
            name=f"{world.name}, +10 % in one of 20 metrics, CV 2 %, 9+9 trials",
            goal=None,
            simulation=Counted(
                draw=Metrics(world=world, cv=0.02, trials=9, changes=(0.10,)),
                event=first_failed,
                policy=among(_METRICS),
            ),
            gates=_NARROW,
        )


def _spared() -> Iterator[Claim]:
    for cv in _NOISES:
        for trials in (3, 5, 9):
            yield Claim(
                group=SPARED,
                name=f"+10 %, CV {_percent(cv)}, {trials}+{trials} trials",
                goal=at_most(0.01),
                simulation=Counted(
                    draw=Metrics(world=LOG_NORMAL, cv=cv, trials=trials, changes=(0.10,)),
                    event=first_passed,
                ),
                gates=_NARROW,
            )


def _passes() -> Iterator[Claim]:
    for world in (LOG_NORMAL, LOG_NORMAL.correlated):
        for trials in (9, 10):
            once = best.passed(0.0, MARGINS.accept, 0.02, trials, 1 - POLICY.confidence)
            yield Claim(
                group=PASSES,
                name=f"all of 20 metrics, {'correlated' if world.alike else 'independent'}, CV 2 %, "
                f"{trials}+{trials} trials",
                goal=at_least(0.95),
                simulation=Counted(
                    draw=Metrics(world=world, cv=0.02, trials=trials, changes=(0.0,) * _METRICS),
                    event=clear,
                ),
                gates=_WIDE,
                best=None if world.alike else once.all_of(_METRICS),
            )


def _coverage() -> Iterator[Claim]:
    for summary in SUMMARIES:
        for trials, change in ((3, 0.0), (5, 0.0), (9, 0.0), (9, 0.05)):
            yield Claim(
                group=COVERAGE,
                name=f"{summary}, {trials}+{trials} trials, true change +{_percent(change)}",
                goal=at_least(0.93),
                simulation=Counted(
                    draw=Requests(summary=summary, cv=0.02, trials=trials, change=change),
                    event=Covers(ratio=1 + change),
                ),
                gates=_NARROW,
            )


def _looks() -> Iterator[Claim]:
    yield _looked(
        "a false alarm, 20 metrics all at the fail margin", at_most(POLICY.alpha), _edge(_METRICS), alarm
    )
    yield _looked("a false alarm, one metric at the fail margin", at_most(POLICY.alpha), _edge(1), alarm)
    wrong = at_most(1 - POLICY.confidence)
    yield _looked("a pass of one metric at the accept margin", wrong, (MARGINS.accept,), first_passed)
    yield _looked("a pass of +10 % in one metric", at_most(0.01), (0.10,), first_passed)
    yield _looked("+10 % in one of 20 metrics is found", None, (0.10, *[_UNCHANGED] * (_METRICS - 1)), alarm)
    yield _looked("20 unchanged metrics all pass", None, (_UNCHANGED,) * _METRICS, clear)


def _edge(metrics: int) -> tuple[float, ...]:
    return (_AT_THE_EDGE,) * metrics


def _looked(name: str, goal: Goal | None, changes: tuple[float, ...], event: Event) -> Claim:
    return Claim(
        group=LOOKS,
        name=name,
        goal=goal,
        simulation=Counted(
            draw=Metrics(world=LOG_NORMAL, cv=0.02, trials=_LOOKS[-1], changes=changes),
            event=event,
            looks=_LOOKS,
        ),
        gates=_CLEAR if len(changes) > 1 else _NARROW,
    )


def _stored() -> Iterator[Claim]:
    alarms, pass_at_the_margin = at_most(POLICY.alpha), at_most(1 - POLICY.confidence)
    for runs in (5, 10):
        for world in (LOG_NORMAL, LOG_NORMAL.correlated):
            told = f"{runs} A/A runs, 20 metrics, {'correlated' if world.alike else 'independent'}"
            for change, how in ((_UNCHANGED, "unchanged"), (_AT_THE_EDGE, "all at the fail margin")):
                draw = _sessions(world, runs, (change,) * _METRICS)
                yield _of_stored(f"{told}, {how}: a false alarm", alarms, draw, alarm)
        one_of_many = f"{runs} A/A runs, one of 20 metrics"
        for change, goal, event, what in (
            (MARGINS.accept, pass_at_the_margin, first_passed, "at the accept margin: a pass"),
            (0.10, None, first_failed, "+10 %: found"),
            (0.15, None, first_failed, "+15 %: found"),
        ):
            draw = _sessions(LOG_NORMAL, runs, (change, *[_UNCHANGED] * (_METRICS - 1)))
            yield _of_stored(f"{one_of_many} {what}", goal, draw, event)


def _sessions(world: World, runs: int, changes: tuple[float, ...]) -> Stored:
    return Stored(world=world, cv=0.01, trials=9, changes=changes, runs=runs)


def _of_stored(name: str, goal: Goal | None, draw: Stored, event: Event) -> Claim:
    return Claim(group=STORED, name=name, goal=goal, simulation=Counted(draw=draw, event=event), gates=_WIDE)
