"""Where a series of runs changed its level: for triage, never for a verdict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from lab.stats.splits import Series, Shape, Span, best

# Of 100-point series of noise so many may show a change that is none.
LEVEL: Final = 0.05
# How the level is shared out: most to steps, since a step that is five runs old has to be found; a detour is
# mostly older, and longer.  0.8 to 0.2 found 92 % of +5 % steps after five runs at CV 2 %, and 98 % of
# detours of ten.
_SHARES: Final = {Shape.STEP: 0.8, Shape.DETOUR: 0.2}
# Where nothing is found in the whole, either half is looked at by itself, at this share of the level: two
# detours hide each other, because each makes the other look like noise with a memory.
_FOR_HALVES: Final = 0.1
# Shorter halves have too few values beside a detour to tell it.
_LEAST_HALF: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A change of level: *place* is the index of the first value of the new one.

    *places* are the first and the last index at which it may as well have begun.  *before* and *after* are
    the medians of the levels on either side, in the unit of the series.  *p_value*: how often noise alone has
    such a step.
    """

    place: int
    places: tuple[int, int]
    before: float
    after: float
    p_value: float

    @property
    def size(self) -> float:
        """Return by how much the level rose, in the unit of the series."""
        return self.after - self.before


def steps(values: Sequence[float], *, level: float = LEVEL, least: float = 0.0) -> tuple[Step, ...]:
    """Find the steps of a series of *values*, one per run, in their order.

    Question: which runs changed the level, and by how much?  Method: the series is split where a span of it
    differs most while chance alone would make such a span with a probability of at most *level* (see
    ``lab.stats.splits``).  Then every step is looked for again between its neighbours, and the least certain
    one goes as long as there is one above *level*.  So do steps of at most *least*, in the unit of the
    series: give the noise floor.  Give logarithms where values compare by ratio.

    Assumption: levels with AR(1) noise around them.  A slow drift becomes a step or several; a level of fewer
    than three runs is a spike, and is not told.  Fewer than six values have no steps.  Not for a verdict: a
    series is looked at again with every run, and *level* is the error of one look.
    """
    series = np.asarray(values, dtype=np.float64)
    places = _split(series, 0, level)
    while True:
        found = _between(series, places)
        weakest = _weakest(found, level, least)
        if weakest is None:
            return tuple(found)
        places = [step.place for step in found if step is not weakest]


def _split(series: Series, start: int, level: float) -> list[int]:
    """Return where levels begin, counted from *start*."""
    cuts = _cuts(series, level)
    if cuts:
        parts = pairwise([0, *cuts, len(series)])
        inner = [place for first, end in parts for place in _split(series[first:end], start + first, level)]
        return sorted([*inner, *(start + cut for cut in cuts)])
    half = len(series) // 2
    if half < _LEAST_HALF:
        return []
    less = level * _FOR_HALVES
    return [*_split(series[:half], start, less), *_split(series[half:], start + half, less)]


def _cuts(series: Series, level: float) -> list[int]:
    """Return the ends of the span that differs most, if one differs more than noise does."""
    found = {shape: best(series, shape) for shape in Shape}
    sure = [
        (span.p_value / _SHARES[shape], span)
        for shape, span in found.items()
        if span is not None and span.p_value <= level * _SHARES[shape]
    ]
    if not sure:
        return []
    _, span = min(sure, key=lambda each: each[0])
    return [place for place in (span.first, span.end) if place < len(series)]


def _between(series: Series, places: Sequence[int]) -> list[Step]:
    """Look for each step again, between its neighbours."""
    ends = [0, *places, len(series)]
    windows = zip(ends, ends[2:], strict=False)
    spans = [(start, best(series[start:end], Shape.STEP)) for start, end in windows]
    found: list[tuple[int, Span]] = [(start, span) for start, span in spans if span is not None]
    moved = sorted({0, *(start + span.first for start, span in found), len(series)})
    levels = {end: float(np.median(series[start:end])) for start, end in pairwise(moved)}
    following = {start: levels[end] for start, end in pairwise(moved)}
    return [
        Step(
            place=start + span.first,
            places=(start + span.firsts[0], start + span.firsts[1]),
            before=levels[start + span.first],
            after=following[start + span.first],
            p_value=span.p_value,
        )
        for start, span in found
    ]


def _weakest(found: Sequence[Step], level: float, least: float) -> Step | None:
    """Return the step that has to go first, if any has to."""
    doubtful = [step for step in found if step.p_value > level]
    if doubtful:
        return max(doubtful, key=lambda step: step.p_value)
    small = [step for step in found if abs(step.size) <= least]
    return min(small, key=lambda step: abs(step.size), default=None)
