"""The rank test that cross-checks the t-test: it assumes nothing of the shape of the noise."""

from __future__ import annotations

from lab.kernel.model import Sample


def exceeds_by(old: Sample, new: Sample, bound: float) -> float:
    """Return the exact one-sided p of H0 "new is larger than old by at most *bound*".

    Mann-Whitney on values shifted by the bound, on the working scale.  With n trials a side the
    smallest p it can give is 1/C(2n, n): 0.05 for 3 and 3, 0.004 for 5 and 5.
    """
    # Importing scipy.stats takes over a second: only a verdict that could fail pays for it.
    from scipy.stats import mannwhitneyu  # noqa: PLC0415

    shifted = [value - bound for value in new.values]
    # Ties make the exact distribution conservative here: they only pull p towards 1/2.
    outcome = mannwhitneyu(shifted, old.values, alternative="greater", method="exact")
    return float(outcome.pvalue)
