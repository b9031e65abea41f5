"""Simulated worlds: what trials of one release do from turn to turn when nothing about it changes.  Pure.

A world draws noise: one number for each turn of a session and each metric, about 0, with a standard
deviation of 1 unless it says otherwise.  A reading is then ``exp(cv * noise)`` times its true value, so that
*cv* is the coefficient of variation of single trials.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, stdtrit

Array = NDArray[np.float64]
# Draws standard normal numbers; rows are turns, columns metrics.
Normal = Callable[[], Array]

# Metrics of one load run share its fate: pauses, a slow disk, a cold cache.
_ALIKE = 0.7
# Student's t with 3 degrees of freedom has the heaviest tails with a variance.
_TAILS = 3
# Three trials of ten fall into a second mode, two standard deviations away (0.4 within each): together 1.
_SECOND_MODE, _GAP, _WITHIN_MODE = 0.3, 2.0, 0.4
# What change points are asked to bear, too.
_MEMORY = 0.5
# From the first turn to the last: a machine that warms up, or fills.
_DRIFT = 5.0
# One trial in twenty is ten standard deviations slower.
_SPIKES, _SPIKE = 0.05, 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """A kind of noise; *alike* is the correlation between the metrics of one trial."""

    name: str
    told: str
    shape: Callable[[Normal], Array]
    alike: float = 0.0

    def noise(self, rng: np.random.Generator, turns: int, metrics: int) -> Array:
        """Draw the noise of a session; rows are turns in the order they were made, columns metrics."""

        def normal() -> Array:
            shared = rng.standard_normal((turns, 1))
            own = rng.standard_normal((turns, metrics))
            return math.sqrt(self.alike) * shared + math.sqrt(1 - self.alike) * own

        return self.shape(normal)

    @property
    def correlated(self) -> World:
        """Return this world with metrics that share the fate of their trial."""
        return replace(self, alike=_ALIKE)


def _plain(normal: Normal) -> Array:
    return normal()


def _heavy(normal: Normal) -> Array:
    tails: Array = stdtrit(_TAILS, ndtr(normal()))
    return tails / math.sqrt(_TAILS / (_TAILS - 2))


def _bimodal(normal: Normal) -> Array:
    second = ndtr(normal()) < _SECOND_MODE
    return _WITHIN_MODE * normal() + _GAP * (second - _SECOND_MODE)


def _remembering(normal: Normal) -> Array:
    values = normal()
    for turn in range(1, len(values)):
        values[turn] = _MEMORY * values[turn - 1] + math.sqrt(1 - _MEMORY**2) * values[turn]
    return values


def _drifting(normal: Normal) -> Array:
    values = normal()
    return values + _DRIFT * np.linspace(-0.5, 0.5, len(values))[:, None]


def _spiking(normal: Normal) -> Array:
    return normal() + _SPIKE * (ndtr(normal()) < _SPIKES)


LOG_NORMAL = World(name="log-normal", told="normal on logs", shape=_plain)
HEAVY = World(name="heavy tails", told="Student's t with 3 degrees of freedom on logs", shape=_heavy)
BIMODAL = World(
    name="two modes", told="three trials of ten are two standard deviations slower", shape=_bimodal
)
AR1 = World(
    name="AR(1)",
    told="each trial is alike the one before it, with a coefficient of 0.5",
    shape=_remembering,
)
DRIFT = World(
    name="drift", told="the machine slows down by five standard deviations over the session", shape=_drifting
)
OUTLIERS = World(
    name="outliers", told="one trial in twenty is ten standard deviations slower", shape=_spiking
)

WORLDS = (LOG_NORMAL, HEAVY, BIMODAL, AR1, DRIFT, OUTLIERS)
