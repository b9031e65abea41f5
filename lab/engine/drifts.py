"""Turns a tolerance, a run and a baseline into a question that a test can answer.  Pure.

A drift asks whether the harm against the baseline exceeds the margins, on logs where the metric compares by
ratio.  Runs of one session took turns, so their trials compare.  Runs of different sessions compare as far
as it is known how much sessions differ; where it is not, the evidence warns and decides nothing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from lab.engine.noise import Lacking
from lab.engine.questions import SHOWN, Inquiry, interval_of, sample_of, shown
from lab.engine.shapes import Shown
from lab.kernel.metrics import Better, Metric, Scale, metric_of
from lab.kernel.model import Case, Run, Sample
from lab.kernel.verdict import Change, Margins, Question, Target
from lab.kernel.words import percent
from lab.stats.blocks import Pair, rounds_matter, shift_of_rounds
from lab.stats.estimate import Estimate, location, shift, working
from lab.stats.sessions import Between, shift_of_runs

# Two runs of the same code differ by more than this many standard deviations of runs in a third of all cases
# (a difference has sqrt(2) of them): what the pass margin has to be wider than.
_FLOOR = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A run to hold another one against.

    *noise* is how much runs of this case differ from session to session, or why that is not known; it is
    not looked at where both runs are of one session.  The *margins* of the *pinned* reference are for all
    releases since it together.
    """

    run: Run
    noise: Between | Lacking
    margins: Margins
    pinned: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sides:
    """Both samples, plain and on the working scale, and both trial by trial."""

    scale: Scale
    old: Sample
    new: Sample
    before: Sample
    after: Sample
    shown: tuple[Shown, Shown]

    @property
    def pairs(self) -> tuple[Pair, ...]:
        """The rounds that they shared."""
        return _pairs(*self.shown)


def ask_drift(target: Target, run: Run, case: Case, reference: Reference) -> Inquiry | None:
    """Ask how far the reading moved; None when either side has too few trials to answer."""
    metric, margins = metric_of(target.reading), reference.margins
    sides = _sides(target.reading, run, case, reference.run)
    together = reference.run.session == run.session
    moved = _moved(sides, reference.noise, together=together)
    was, now = location(sides.old), location(sides.new)
    if moved is None or was is None or now is None:
        return None
    sign = 1 if metric.better is Better.LOWER else -1
    in_rounds = together and rounds_matter(sides.pairs)
    return Inquiry(
        target=target,
        case=case,
        question=Question.DRIFT,
        metric=metric,
        scale=sides.scale,
        harm=moved if sign == 1 else moved.mirrored(),
        fail_bound=bound(margins.fail, metric, sides.scale, was.center),
        accept_bound=bound(margins.accept, metric, sides.scale, was.center),
        least_bound=bound(0.0, metric, sides.scale, was.center),
        measured=interval_of(now.center, now.interval(SHOWN), now.trials),
        change=_change(moved, sides, metric),
        reference=reference.run,
        old=_times(sign, sides.before),
        new=_times(sign, sides.after),
        differences=tuple(sign * (new - old) for old, new in sides.pairs) if in_rounds else (),
        pinned=reference.pinned,
        shown=sides.shown,
        lacking="" if together else _lacking(sides, reference.noise, metric, margins),
    )


def _sides(key: str, run: Run, case: Case, reference: Run) -> _Sides:
    metric = metric_of(key)
    old, new = (sample_of(each, case, key) for each in (reference, run))
    scale = metric.scale if min(*old.values, *new.values, math.inf) > 0 else Scale.DIFFERENCE
    return _Sides(
        scale=scale,
        old=old,
        new=new,
        before=working(old, scale),
        after=working(new, scale),
        shown=(shown(reference, case, key, scale), shown(run, case, key, scale)),
    )


def _pairs(old: Shown, new: Shown) -> tuple[Pair, ...]:
    """Return the values of the rounds in which both sides have one."""
    before, after = (dict(zip(side.trials, side.working, strict=True)) for side in (old, new))
    return tuple((before[index], after[index]) for index in sorted(before.keys() & after.keys()))


def _moved(sides: _Sides, noise: Between | Lacking, *, together: bool) -> Estimate | None:
    if together:
        return shift_of_rounds(sides.pairs, sides.before, sides.after)
    if isinstance(noise, Lacking):
        return shift(sides.before, sides.after)
    return shift_of_runs(sides.before, sides.after, noise)


def _lacking(sides: _Sides, noise: Between | Lacking, metric: Metric, margins: Margins) -> str:
    """Return why a baseline of another session decides nothing; empty where it does."""
    if isinstance(noise, Lacking):
        return noise.reason
    if sides.scale is not metric.scale:
        return "there are zeros, and how runs differ is only known of values above zero"
    was = float(np.mean(sides.old.values))
    floor, room = _FLOOR * math.sqrt(noise.variance), abs(bound(margins.accept, metric, sides.scale, was))
    if floor <= room:
        return ""
    if sides.scale is Scale.DIFFERENCE:
        return f"runs of the same code differ by {floor:.3g} (two standard deviations), more than is accepted"
    return (
        f"runs of the same code differ by {percent(floor)} (two standard deviations), more than is accepted"
    )


def bound(margin: float, metric: Metric, scale: Scale, was: float) -> float:
    """Return a margin on the scale of harm; changes under the metric's floor do not count."""
    if scale is Scale.DIFFERENCE:
        return max(metric.floor, margin * abs(was))
    share = max(margin, metric.floor / was)
    # 20 % less throughput is a factor of 0.8, and not of 1/1.2.
    return math.log1p(share) if metric.better is Better.LOWER else -math.log1p(-min(share, 0.999))


def _change(moved: Estimate, sides: _Sides, metric: Metric) -> Change:
    low, high = moved.interval(SHOWN)
    exact = metric.exact and moved.error == 0
    if sides.scale is Scale.DIFFERENCE:
        plain = interval_of(moved.center, (low, high), moved.trials)
        return Change(absolute=plain, ratio=None, exact=exact)
    # Both from one estimate, so that they never contradict each other.
    level = math.exp(float(np.mean(sides.before.values)))
    return Change(
        absolute=interval_of(
            level * math.expm1(moved.center),
            (level * math.expm1(low), level * math.expm1(high)),
            moved.trials,
        ),
        ratio=interval_of(math.exp(moved.center), (math.exp(low), math.exp(high)), moved.trials),
        exact=exact,
    )


def _times(sign: int, sample: Sample) -> Sample:
    return replace(sample, values=tuple(sign * value for value in sample.values))
