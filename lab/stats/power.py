"""What a run could have found, and how many more trials would settle a question."""

from __future__ import annotations

import math

from scipy.special import stdtrit

from lab.stats.estimate import Estimate

# A change counts as "would have been found" when 95 of 100 such runs would have found it.
POWER = 0.95
# More trials than this a person will not wait for; the answer is then "no reasonable number".
MOST_TRIALS = 1000


def smallest_found(estimate: Estimate, bound: float, alpha: float) -> float:
    """Return the smallest true value that this run would have shown to exceed *bound*.

    Formula: bound + (t[1-alpha] + t[power]) x error, the usual approximation to the noncentral t.
    """
    reach = stdtrit(estimate.freedom, 1 - alpha) + stdtrit(estimate.freedom, POWER)
    return bound + float(reach) * estimate.error


def trials_to_settle(
    estimate: Estimate, trials: int, fail: tuple[float, float], accept: tuple[float, float]
) -> int | None:
    """Return how many more trials (a side) would settle it, if the estimate stayed where it is.

    *fail* is (bound, alpha), *accept* is (bound, confidence); *trials* a side stand behind the
    estimate.  None when no reasonable number would.
    """
    deviation = estimate.error * math.sqrt(trials)
    for n in range(trials + 1, MOST_TRIALS):
        freedom = estimate.freedom * (n - 1) / max(trials - 1, 1)
        error = deviation / math.sqrt(n)
        failed = estimate.center - float(stdtrit(freedom, 1 - fail[1])) * error > fail[0]
        accepted = estimate.center + float(stdtrit(freedom, accept[1])) * error <= accept[0]
        if failed or accepted:
            return n - trials
    return None
