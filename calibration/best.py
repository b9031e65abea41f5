"""The best that any valid test could do, for goals to be held against; trials are normal on logs.  Pure.

Two yardsticks for one question, both at the level that Holm's first step leaves to one of many metrics.
*Student's* pools the spread of both sides, so it has the most degrees of freedom that trials of unknown
spread can give, and is the most powerful test that depends on neither level nor unit (Lehmann & Romano,
Testing Statistical Hypotheses, chapter 5).  *Known* is told the true spread, which nobody knows.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy.special import ndtr, ndtri, stdtrit


@dataclass(frozen=True, slots=True, kw_only=True)
class Best:
    """The rates that the most powerful tests reach, with the spread unknown and known."""

    student: float
    known: float

    def all_of(self, metrics: int) -> Best:
        """Return the rates at which all of so many independent metrics succeed."""
        return Best(student=self.student**metrics, known=self.known**metrics)


def best(distance: float, cv: float, trials: int, alpha: float) -> Best:
    """Return how often a test at level *alpha* shows that a true value is beyond a bound.

    *distance* is from the bound to the true value, and *cv* the standard deviation of a trial, both on logs;
    *trials* are those of a side.  Formula: the noncentral t with 2n - 2 degrees of freedom, and the normal.
    """
    from scipy.stats import nct  # noqa: PLC0415  (scipy.stats takes over a second to import)

    shift = distance / (cv * math.sqrt(2 / trials))
    freedom = 2 * trials - 2
    return Best(
        student=float(nct.sf(stdtrit(freedom, 1 - alpha), freedom, shift)),
        known=float(ndtr(shift - ndtri(1 - alpha))),
    )


def found(change: float, margin: float, cv: float, trials: int, alpha: float) -> Best:
    """Return how often a slowdown by *change* can be shown to exceed the fail *margin*."""
    return best(math.log1p(change) - math.log1p(margin), cv, trials, alpha)


def passed(change: float, margin: float, cv: float, trials: int, alpha: float) -> Best:
    """Return how often a slowdown by *change* can be shown to lie below the accept *margin*."""
    return best(math.log1p(margin) - math.log1p(change), cv, trials, alpha)
