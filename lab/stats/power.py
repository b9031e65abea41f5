"""How many more trials would settle a question, and how sure "would have been found" is."""

from __future__ import annotations

from typing import Protocol, Self

# A change counts as "would have been found" when 95 of 100 such runs would have found it.
POWER = 0.95
# More trials than this a person will not wait for; the answer is then "no reasonable number".
MOST_TRIALS = 1000


class Evidence(Protocol):
    """What trials say about a harm: an estimate of a mean, or a share of counted events."""

    @property
    def trials(self) -> int:
        """Return the number of trials (on the smaller side) behind it."""

    def exceeds(self, bound: float) -> float:
        """Return the one-sided p-value of H0 "the true harm is at most *bound*"."""

    def upper(self, confidence: float) -> float:
        """Return the one-sided upper confidence bound of the harm."""

    def smallest_found(self, bound: float, alpha: float, power: float) -> float:
        """Return the smallest true harm that would be shown to exceed *bound*, *power* of the time."""

    def with_trials(self, trials: int) -> Self:
        """Return what *trials* a side would say, if all stayed as it is."""


def trials_to_settle(
    evidence: Evidence, fail: tuple[float, float], accept: tuple[float, float]
) -> int | None:
    """Return how many more trials (a side) would settle it, if the evidence stayed as it is.

    *fail* is (bound, alpha), *accept* is (bound, confidence).  None when no reasonable number would.
    """
    for trials in range(evidence.trials + 1, MOST_TRIALS):
        then = evidence.with_trials(trials)
        if then.exceeds(fail[0]) <= fail[1] or then.upper(accept[1]) <= accept[0]:
            return trials - evidence.trials
    return None
