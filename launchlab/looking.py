"""Measuring until it is decided: what happens at a planned look."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from rich.console import Console

from lab.engine import looks
from lab.kernel.model import Run
from lab.kernel.units import Unit, show
from lab.kernel.verdict import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Looking:
    """How a session is to look: what *judge* says of its runs so far, and for how many seconds at most.

    *alpha* is the level at which it calls a harm shown.
    """

    budget: float
    judge: Callable[[Mapping[str, Run]], Verdict]
    alpha: float


class Looks:
    """Knows at each planned look whether to end: when it is decided, or no other look fits the budget.

    *goes_on* is told when it does not end.  The budget begins with this object.
    """

    def __init__(
        self,
        looking: Looking,
        to: Console,
        goes_on: Callable[[], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._looking = looking
        self._to = to
        self._goes_on = goes_on
        self._clock = clock
        self._began = clock()
        self._taken = 0

    def decided(self, runs: Mapping[str, Run]) -> bool:
        """Judge *runs* as they are, say what came of it, and return whether to end."""
        self._taken += 1
        verdict = self._looking.judge(runs)
        ends = self._why_it_ends(verdict)
        outcome = verdict.outcome.value
        self._to.print(f"look {self._taken}: {outcome}, {ends or 'so more trials'}", style="dim")
        if not ends:
            self._goes_on()
        return bool(ends)

    def _why_it_ends(self, verdict: Verdict) -> str:
        if not looks.wants_trials(verdict, self._looking.alpha):
            return "which more trials would not change"
        elapsed = self._clock() - self._began
        if not looks.fits(elapsed, self._taken, self._looking.budget):
            left = show(max(self._looking.budget - elapsed, 0.0), Unit.SECOND)
            return f"and the {left} that are left have no room for another look"
        return ""
