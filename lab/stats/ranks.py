"""The rank test that cross-checks the t-test: it assumes nothing of the shape of the noise."""

from __future__ import annotations

from collections.abc import Sequence

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


def exceeds_by_in_rounds(differences: Sequence[float], bound: float) -> float:
    """Return the exact one-sided p of H0 "the differences are at most *bound*, as often above as below".

    Wilcoxon's signed-rank test (1945) of the rounds' differences, new minus old, on the working scale.  The
    smallest p it can give is 1/2^n: 0.03 for 5 rounds.  Assumption: differences spread alike to both sides.
    """
    from scipy.stats import wilcoxon  # noqa: PLC0415  (see above)

    moved = [difference - bound for difference in differences]
    if not any(moved):
        return 1.0
    # Ties and zeros have no exact distribution; SciPy then takes the normal approximation.
    return float(wilcoxon(moved, alternative="greater", method="auto").pvalue)
