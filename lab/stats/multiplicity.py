"""Corrections for asking many questions at once: one for what blocks, one for what only suggests."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def holm(p_values: Sequence[float]) -> tuple[float, ...]:
    """Return Holm's adjusted p-values, in the order given.

    Question: which of these effects are there, when a single false "yes" is too many?  Rejecting
    where the adjusted value is <= alpha keeps the chance of any false rejection at alpha, under
    any dependence.  Source: Holm (1979).  Not for lists that only suggest where to look.
    """
    count = len(p_values)
    order = np.argsort(p_values, kind="stable")
    stepped = np.asarray(p_values)[order] * (count - np.arange(count))
    adjusted = np.empty(count)
    adjusted[order] = np.minimum(1.0, np.maximum.accumulate(stepped))
    return tuple(float(value) for value in adjusted)


def benjamini_hochberg(p_values: Sequence[float]) -> tuple[float, ...]:
    """Return Benjamini and Hochberg's adjusted p-values, in the order given.

    Question: where is it worth looking, when some of the places may be wrong?  Of the effects whose adjusted
    value is <= q, at most the share q is false on average, for independent or positively dependent questions.
    Source: Benjamini and Hochberg (1995).  Not for what blocks a release: a single false "yes" is likely.
    """
    count = len(p_values)
    order = np.argsort(p_values, kind="stable")[::-1]
    stepped = np.asarray(p_values)[order] * count / np.arange(count, 0, -1)
    adjusted = np.empty(count)
    adjusted[order] = np.minimum(1.0, np.minimum.accumulate(stepped))
    return tuple(float(value) for value in adjusted)
