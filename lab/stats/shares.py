"""How often something happens: shares of counted events, such as failed requests.

Question: is the true share below a limit?  A handful of trials without an event have no spread, and
yet do not prove that there are none; the number of chances does.  So the exact binomial bound over
all trials stands beside the t-bound over trials, and the more cautious of both decides.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, replace

from scipy.special import betainc, betaincinv

from lab.stats.estimate import Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """*events* out of *chances* over all trials, and *between*, the estimate over the trials.

    Bounds and values are relative to *limit*: harm is the share minus the limit.
    """

    events: float
    chances: float
    limit: float
    between: Estimate

    @property
    def trials(self) -> int:
        """Return the number of trials behind it."""
        return self.between.trials

    def exceeds(self, bound: float) -> float:
        """Return the one-sided p-value of H0 "the true harm is at most *bound*" (exact binomial)."""
        share = self.limit + bound
        if self.events == 0 or share >= 1:
            return 1.0
        counted = _at_least(self.events, self.chances, share) if share > 0 else 0.0
        return max(counted, self.between.exceeds(bound))

    def upper(self, confidence: float) -> float:
        """Return the one-sided upper bound of the harm; Clopper and Pearson (1934)."""
        if self.events >= self.chances:
            return 1.0 - self.limit
        counted = float(betaincinv(self.events + 1, self.chances - self.events, confidence))
        return max(counted - self.limit, self.between.upper(confidence))

    def interval(self, confidence: float) -> tuple[float, float]:
        """Return the two-sided interval of the share itself."""
        tail = (1 - confidence) / 2
        low = (
            0.0 if self.events == 0 else float(betaincinv(self.events, self.chances - self.events + 1, tail))
        )
        by_trials = self.between.interval(confidence)[0] + self.limit
        return max(0.0, min(low, by_trials)), self.upper(1 - tail) + self.limit

    def with_trials(self, trials: int) -> Share:
        """Return what *trials* would say, if events went on happening as often as they did."""
        factor = trials / self.trials
        return replace(
            self,
            events=self.events * factor,
            chances=self.chances * factor,
            between=self.between.with_trials(trials),
        )

    def smallest_found(self, bound: float, alpha: float, power: float) -> float:
        """Return the smallest true harm that would be shown to exceed *bound*, *power* of the time."""
        chances = round(self.chances)
        # The least number of events that convicts, and the share that brings as many so often.
        needed = 1 + bisect_left(
            range(1, chances), -alpha, key=lambda k: -_at_least(k, chances, self.limit + bound)
        )
        counted = float(betaincinv(needed, chances - needed + 1, power)) - self.limit
        return max(counted, self.between.smallest_found(bound, alpha, power))


def _at_least(events: float, chances: float, share: float) -> float:
    """Return the chance of so many events or more when each of *chances* has the *share* (binomial)."""
    return float(betainc(events, chances - events + 1, share))
