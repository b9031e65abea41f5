"""How often a change is blocked, and how often passed, against its true size: the points of the picture."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from calibration.claims import first_failed, first_passed
from calibration.counting import Mapper, rates
from calibration.drawing import Metrics
from calibration.gate_runs import among, judged
from calibration.rates import Rate
from calibration.worlds import LOG_NORMAL

TRIALS, METRICS = 9, 20
# From quiet benchmarks to a busy laptop: the quartiles of 586 real benchmarks are 1.1, 2.0 and 4.9 %.
NOISES = (0.005, 0.01, 0.02, 0.03, 0.05)
CHANGES = (0.0, 0.01, 0.02, 0.03, 0.04, 0.05, 0.06, 0.08, 0.10, 0.12, 0.15)


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """What became of the one metric of a gate that changed."""

    cv: float
    change: float
    blocked: Rate
    passed: Rate


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answers:
    draw: Metrics

    def __call__(self, rng: np.random.Generator) -> tuple[bool, bool]:
        verdict = judged(self.draw(rng), policy=among(METRICS))
        return first_failed(verdict), first_passed(verdict)


def points(gates: int, mapper: Mapper = map) -> Iterator[Point]:
    """Yield the points, curve by curve."""
    for cv in NOISES:
        for change in CHANGES:
            answers = _Answers(draw=Metrics(world=LOG_NORMAL, cv=cv, trials=TRIALS, changes=(change,)))
            blocked, passed = rates(answers, f"curve {cv} {change}", gates, mapper)
            yield Point(cv=cv, change=change, blocked=blocked, passed=passed)
