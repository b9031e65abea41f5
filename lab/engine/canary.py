"""Whether two sessions met the same machine, by a fixed work that both timed.  Pure.

Before each trial ``lab/engine/canary_timing.py`` times the canary, work that no release can change
(``lab/engine/canary_workload.py``), and its seconds are a reading of the trial.  Where the canary
took longer in one session than in another, so did all else: a drift between them is the machine's.
It decides whether sessions may be compared, and never rescales what they measured.
"""

from __future__ import annotations

import enum
import math
from dataclasses import dataclass

from lab.kernel import words
from lab.kernel.metrics import Scale
from lab.kernel.model import Run, Sample
from lab.kernel.units import number
from lab.kernel.verdict import Interval
from lab.stats.estimate import working
from lab.stats.ranks import shifted_by

# Raised with each change of the workload, however small; a fact of the environment, so seconds of
# different canaries are never compared.
VERSION = "1"
# The reading's key.
CANARY = "canary"
# Two-sided: machines are called alike, or different, when 95 of 100 would be on that side of a bound.
_CONFIDENCE = 0.90


class Likeness(enum.Enum):
    """What the canary says of two machines, or of one at two times."""

    COMPARABLE = "comparable"
    DIFFERENT = "different"
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The canary's seconds now over those of then: *ratio* with its 90 % interval, and what it means."""

    likeness: Likeness
    ratio: Interval

    @property
    def reason(self) -> str:
        """Say how the machines differ."""
        took = f"{_span(self.ratio)} ({words.percent(self.ratio.confidence)})"
        return (
            f"the machine works at another speed: the same fixed work took {took}.  "
            "Measure the baseline's release along with --against."
        )

    @property
    def notes(self) -> tuple[str, ...]:
        """Return what a reader of a finding has to know besides: nothing where machines are alike."""
        if self.likeness is not Likeness.UNSURE:
            return ()
        took = f"{_span(self.ratio)} ({words.percent(self.ratio.confidence)})"
        return (f"CAVEAT: the machine may work at another speed: the same fixed work took {took}.",)


def between(old: Run, new: Run, margin: float) -> Comparison | None:
    """Compare the machines under two runs by all their trials, sound or not, of cases that both have.

    None, which says nothing, for runs of one session (they met the machine trial about trial), of
    different canaries, and for runs that timed none or too few: imported ones, those of old.
    """
    versions = {run.environment.facts.get(CANARY) for run in (old, new)}
    if old.session == new.session or len(versions) > 1:
        return None
    shared = set(old.cases) & set(new.cases)
    before, after = (
        Sample.of((trial for trial in run.trials if trial.case in shared), CANARY) for run in (old, new)
    )
    return compared(before, after, margin)


def compared(old: Sample, new: Sample, margin: float) -> Comparison | None:
    """Compare the canary's seconds of two sessions; *margin* is the fail margin of the drift.

    COMPARABLE when the 90 % interval of the ratio lies within half the margin, so that the machine
    cannot make half a failure; DIFFERENT when all of it lies outside; else UNSURE.  None with fewer
    than 3 readings a side.  The interval is of ranks: where a neighbour shares the processor, one
    canary in six never met an idle core and took half as long again, and a t-interval over twenty
    then is 12 % wide, one of ranks 1.3 %.
    """
    shift = shifted_by(working(old, Scale.RATIO), working(new, Scale.RATIO), _CONFIDENCE)
    if shift is None:
        return None
    _, low, high = shift
    within = math.log1p(margin / 2)
    if -within <= low and high <= within:
        likeness = Likeness.COMPARABLE
    elif low > within or high < -within:
        likeness = Likeness.DIFFERENT
    else:
        likeness = Likeness.UNSURE
    center, low, high = map(math.exp, shift)
    size = min(len(old.values), len(new.values))
    ratio = Interval(center=center, low=low, high=high, confidence=_CONFIDENCE, size=size)
    return Comparison(likeness=likeness, ratio=ratio)


def _span(ratio: Interval) -> str:
    low, high = 100 * (ratio.low - 1), 100 * (ratio.high - 1)
    if low > 0:
        return f"{number(low)} to {number(high)} % longer"
    if high < 0:
        return f"{number(-high)} to {number(-low)} % less time"
    return f"between {number(-low)} % less and {number(high)} % more time"
