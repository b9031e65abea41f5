"""How many trials a question takes, planned from a pilot: before measuring, not after looking."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import nctdtr, stdtrit

from lab.stats.power import MOST_TRIALS, POWER

# Fewer trials a side can never fail a comparison: the rank test that has to agree gives 0.05 for 3 and 3.
_LEAST_TRIALS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What shall be found: a true *harm*, shown to exceed *margin* at level *alpha*, *power* of the time.

    Harm and margin are relative: 0.05 is 5 % worse.  *alpha* is the level of one question; a family of 20 at
    0.01 has 0.0005 for its smallest p (Holm).
    """

    harm: float
    margin: float
    alpha: float
    power: float = POWER


def found(variation: float, trials: int, wish: Wish) -> float:
    """Return how often *trials* a side would find what is wished for.

    Question: is this enough?  Formula: Student's t of two samples with 2n - 2 degrees of freedom, whose
    distribution under a true harm is the noncentral t; *variation* is the standard deviation of trials on
    logs, about their coefficient of variation.  Welch's test, which judges, has a little less: of 100
    detections it finds 99.  Assumption: both releases vary alike.
    """
    freedom = 2.0 * trials - 2.0
    distance = math.log1p(wish.harm) - math.log1p(wish.margin)
    critical = float(stdtrit(freedom, 1 - wish.alpha))
    return 1.0 - float(nctdtr(freedom, distance / (variation * math.sqrt(2 / trials)), critical))


def trials_for(variation: float, wish: Wish) -> int | None:
    """Return the fewest trials a side that find it; None when no reasonable number does."""
    counts = range(_LEAST_TRIALS, MOST_TRIALS)
    return next((trials for trials in counts if found(variation, trials, wish) >= wish.power), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """One level of repetition, from the innermost: the variance of its own, and how often to repeat it.

    *variance* is what this level adds; 0 where repeating it is useless.  *repetitions* is None for the
    outermost level, whose number the wished-for precision decides.
    """

    variance: float
    repetitions: int | None


def levels(pilot: Sequence[Sequence[float]], costs: tuple[float, float]) -> tuple[Level, Level]:
    """Return what rounds and trials of a pilot contribute, and how many rounds a trial are worth their cost.

    Question: more rounds in a trial, or more trials?  *pilot* holds the values of each trial, on the
    working scale, as many in each; *costs* are the seconds of one more round and of one more trial.
    Formula: Kalibera and Jones (2013), section 6, with T2^2 = S2^2 - S1^2/r1 as later corrected, and the
    optimal r1 = sqrt((c2/c1) x (T1^2/T2^2)).  Raises ValueError for fewer than 2 trials, or rounds of
    unequal number.
    """
    values = np.array(pilot, dtype=float)
    if values.ndim != 2 or min(values.shape) < 2:  # noqa: PLR2004  (a spread needs two)
        raise ValueError(f"the pilot is {values.shape}; it needs at least 2 trials of at least 2 rounds each")
    rounds = values.shape[1]
    within = float(np.mean(np.var(values, axis=1, ddof=1)))
    between = float(np.var(values.mean(axis=1), ddof=1)) - within / rounds
    if between <= 0:
        return Level(variance=within, repetitions=rounds), Level(variance=0.0, repetitions=None)
    optimal = math.ceil(math.sqrt(costs[1] / costs[0] * within / between))
    return Level(variance=within, repetitions=max(optimal, 1)), Level(variance=between, repetitions=None)
