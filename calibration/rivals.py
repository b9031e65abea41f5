"""The rules of other tools on the data that our gate judges: one metric, rounds within trials.

Each rule takes what its tool has, so some pool the rounds of all trials, and one looks at a single trial of
each release.  They are, as the tools' sources have them, pytest-benchmark's
``--benchmark-compare-fail=mean:5%``, pyperf's ``compare_to`` and asv's ``compare``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from calibration.drawing import OLD, Sides, keys_of, plan_of
from calibration.gate_runs import judged
from calibration.worlds import LOG_NORMAL, Array
from lab.engine.plan import turns
from lab.kernel.verdict import Outcome

Flags = NDArray[np.bool_]
# Says of each metric whether the new release is slower; the axes are trials, rounds and metrics.
Rule = Callable[[Array, Array], Flags]

# pytest-benchmark's own example in its documentation.
_BY = 1.05
# pyperf: a table of critical values at 95 %, two-sided.
_PYPERF_CONFIDENCE = 0.95
# asv: asv_runner.statistics.is_different, and the default --factor of "asv compare".
_ASV_P, _ASV_FACTOR = 0.002, 1.1
# Rounds of a trial, and how much they differ within it: as many as a micro-benchmark has by default or less.
_ROUNDS, _WITHIN = 30, 0.03


def pytest_benchmark(old: Array, new: Array) -> Flags:
    """Compare the means of one process a side: the last trial of each."""
    slower: Flags = new[-1].mean(axis=0) > _BY * old[-1].mean(axis=0)
    return slower


def pyperf(old: Array, new: Array) -> Flags:
    """Compare by Student's t with pooled variance over the values of all processes."""
    from scipy.stats import ttest_ind  # noqa: PLC0415  (takes over a second to import)

    before, after = _pooled(old), _pooled(new)
    p_values: Array = np.asarray(ttest_ind(after, before, axis=0).pvalue)
    slower: Flags = (p_values < 1 - _PYPERF_CONFIDENCE) & (after.mean(axis=0) > before.mean(axis=0))
    return slower


def asv(old: Array, new: Array) -> Flags:
    """Compare by Mann-Whitney over all values, and by the ratio of medians."""
    from scipy.stats import mannwhitneyu  # noqa: PLC0415  (see above)

    before, after = _pooled(old), _pooled(new)
    p_values: Array = np.asarray(mannwhitneyu(after, before, axis=0, method="asymptotic").pvalue)
    slower: Flags = (p_values < _ASV_P) & (np.median(after, axis=0) > _ASV_FACTOR * np.median(before, axis=0))
    return slower


def ours(old: Array, new: Array) -> Flags:
    """Let the gate judge the means of the trials."""
    sides = Sides(keys=keys_of(old.shape[2]), old=old.mean(axis=1), new=new.mean(axis=1))
    return np.array([finding.outcome is Outcome.FAILED for finding in judged(sides).findings])


RULES: Mapping[str, Rule] = {
    "launchlab": ours,
    "pytest-benchmark, one run v one run, mean:5%": pytest_benchmark,
    "pyperf, Student's t over all values": pyperf,
    "asv, Mann-Whitney over all values, ratio > 1.1": asv,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Contest:
    """Draws trials with rounds for 20 metrics, of which the first is slower by *change*, and asks all RULES.

    Without a change the event is an alarm about any metric, with one it is that the first was found.
    """

    cv: float
    change: float
    trials: int = 9
    metrics: int = 20

    def __call__(self, rng: np.random.Generator) -> tuple[bool, ...]:
        """Return one event for each of RULES."""
        noise = LOG_NORMAL.noise(rng, 2 * self.trials, self.metrics)
        first = np.array([turn.release == OLD for turn in turns(plan_of(self.trials))])
        within = _WITHIN * rng.standard_normal((2, self.trials, _ROUNDS, self.metrics))
        old = np.exp(self.cv * noise[first][:, None, :] + within[0])
        new = np.exp(self.cv * noise[~first][:, None, :] + within[1])
        new[:, :, 0] *= 1 + self.change
        slower = (rule(old, new) for rule in RULES.values())
        return tuple(bool(each[0] if self.change else each.any()) for each in slower)


def _pooled(values: Array) -> Array:
    return values.reshape(-1, values.shape[2])
