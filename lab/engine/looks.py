"""Planned looks: at which numbers of trials a run may be judged, and whether more trials are worth it.  Pure.

Who measures until it looks decided, decides wrongly: judged four times at 1 % each, four in a hundred
sound releases fail.  So the looks are planned before the first trial, and the gate divides its levels
over all that were planned, whichever of them is reached.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from lab.kernel.errors import UsageError
from lab.kernel.model import PlannedCase
from lab.kernel.units import Unit, number, show
from lab.kernel.verdict import Finding, Outcome, Verdict

# Each look costs all of them: at four, a fail and a pass need a quarter of their levels, and about a
# fifth more trials than one look (t quantiles at 9+9 trials: 2.58 at 1 %, 3.13 at 0.25 %).
MOST = 4


def planned(cases: Sequence[PlannedCase], seconds: float, budget: float) -> tuple[int, ...]:
    """Return the looks that fit into *budget*, where the trials of *cases* take about *seconds*.

    Each look comes after as many trials as the first, at most ``MOST`` in all.  Empty where there is
    room for one only.  Raises UsageError where there is room for none.
    """
    if seconds > budget:
        least = show(math.ceil(seconds), Unit.SECOND)
        raise UsageError(
            f"a budget of {number(budget)} s has no room for the plan's trials, which take about {least}.  "
            f"Give --budget '{least}' or more, or plan fewer trials."
        )
    trials = max((each.trials for each in cases), default=0)
    count = min(int(budget // seconds), MOST) if seconds > 0 else MOST
    return tuple(trials * look for look in range(1, count + 1)) if count > 1 else ()


def fits(elapsed: float, taken: int, budget: float) -> bool:
    """Whether another stretch fits into *budget*, when *taken* looks took *elapsed* seconds."""
    return elapsed + elapsed / taken <= budget


def wants_trials(verdict: Verdict, alpha: float) -> bool:
    """Whether *verdict* is INCONCLUSIVE for a reason that more trials may take away.

    *alpha* is the level at which the gate calls a harm shown.  What was not measured, or may only warn,
    no number of trials decides.
    """
    if verdict.outcome is not Outcome.INCONCLUSIVE:
        return False
    return any(_wants_trials(finding, alpha) for finding in verdict.findings)


def _wants_trials(finding: Finding, alpha: float) -> bool:
    if finding.outcome is not Outcome.INCONCLUSIVE:
        return False
    single = finding.measured is not None and finding.measured.size == 1
    # The harm is shown, and the rank test does not agree yet: with more trials it can.
    doubted = finding.p_value is not None and finding.p_value <= alpha
    return single or doubted or finding.trials_to_settle is not None
