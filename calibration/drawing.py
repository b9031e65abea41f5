"""Draws the readings of both releases in a session, with a difference that is known.

Turns are taken in the order of the real plan, so that a world's memory and drift meet both releases as they
would in life.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from calibration.worlds import Array, World
from lab.engine.plan import turns
from lab.kernel.model import Case, Lane, Plan, PlannedCase

CASE = Case(lane=Lane.LOAD, journey="browse", profile="demo")
OLD, NEW = "1.0", "1.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """The readings of both releases: rows are trials in the order they were made, columns are *keys*.

    Where there are runs of one release *again* and again, each in a session of its own, both sides are of
    different sessions, too; else they took turns.
    """

    keys: tuple[str, ...]
    old: Array
    new: Array
    again: tuple[Array, ...] = ()


def plan_of(trials: int, releases: tuple[str, ...] = (OLD, NEW)) -> Plan:
    """Return the plan of a session with so many trials a side."""
    return Plan(cases=(PlannedCase(case=CASE, trials=trials),), releases=releases, seed=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Metrics:
    """Draws one reading a trial for each metric of two releases that took turns.

    *changes* are the true ones of each metric: 0.05 is 5 % slower.
    """

    world: World
    cv: float
    trials: int
    changes: tuple[float, ...]

    def __call__(self, rng: np.random.Generator) -> Sides:
        """Draw one comparison."""
        metrics = len(self.changes)
        noise = self.world.noise(rng, 2 * self.trials, metrics)
        first = np.array([turn.release == OLD for turn in turns(plan_of(self.trials))])
        # Values of about a second, so that no metric's floor plays a part.
        return Sides(
            keys=keys_of(metrics),
            old=np.exp(self.cv * noise[first]),
            new=np.exp(self.cv * noise[~first] + np.log1p(self.changes)),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """Draws a run and its stored baseline, of different sessions, and *runs* of one release against itself.

    *between* is the standard deviation, on logs, of what all trials of one session share.
    """

    world: World
    cv: float
    trials: int
    changes: tuple[float, ...]
    runs: int
    between: float = 0.01

    def __call__(self, rng: np.random.Generator) -> Sides:
        """Draw one comparison, with A/A runs of its own."""
        old, new, *again = (self._session(rng) for _ in range(2 + self.runs))
        return Sides(
            keys=keys_of(len(self.changes)),
            old=old,
            new=new * (1 + np.asarray(self.changes)),
            again=tuple(again),
        )

    def _session(self, rng: np.random.Generator) -> Array:
        metrics = len(self.changes)
        noise = self.cv * self.world.noise(rng, self.trials, metrics)
        return np.exp(noise + self.between * self.world.noise(rng, 1, metrics))


def keys_of(metrics: int) -> tuple[str, ...]:
    """Return the keys of so many readings that are alike."""
    return tuple(f"response_mean{{GET /{number}}}" for number in range(metrics))


# What is read from the requests of a trial: the mean, or a share of them.
SUMMARIES = {"response_mean": None, "response_p50": 0.50, "response_p95": 0.95, "response_p99": 0.99}
# Requests of one page differ by about as much: their 99th percentile is three times the median.
_SPREAD = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Requests:
    """Draws *requests* for each trial, and reads one of SUMMARIES from them; requests are log-normal.

    *cv* is what all requests of a trial share, and *change* by how much each request is slower.
    """

    summary: str
    cv: float
    trials: int
    change: float
    requests: int = 1000

    def __call__(self, rng: np.random.Generator) -> Sides:
        """Draw one comparison."""
        shared = self.cv * rng.standard_normal((2, self.trials, 1))
        own = _SPREAD * rng.standard_normal((2, self.trials, self.requests))
        times = np.exp(shared + own)
        share = SUMMARIES[self.summary]
        # The smallest time that so many requests did not exceed, as our histograms read it.
        place = None if share is None else math.ceil(share * self.requests) - 1
        read = times.mean(axis=2) if place is None else np.partition(times, place, axis=2)[:, :, place]
        return Sides(keys=(self.summary,), old=read[0][:, None], new=read[1][:, None] * (1 + self.change))
