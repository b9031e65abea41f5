"""What a run of the same code against itself says of a case: the records of A/A calibration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from lab.kernel.model import Case


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """One reading in one run, on the working scale of its metric: mean and variance of its trials."""

    mean: float
    variance: float
    trials: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Noise:
    """One A/A run of *case*: a whole session in which nothing but the session was new.

    *facts* are those of its environment; *spreads* are by the reading's key.
    """

    run: str
    session: str
    subject: str
    release: str
    case: Case
    facts: Mapping[str, str]
    measured_at: datetime
    spreads: Mapping[str, Spread]
