"""Turns a target and the trials it speaks of into questions that a test can answer.  Pure.

Every question is about *harm* on the working scale: larger is worse, whatever the metric's better
direction.  A limit asks whether the harm against the promise exceeds 0; a drift asks whether the
harm against the baseline exceeds the margins.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from lab.kernel.metrics import Better, Metric, Scale, metric_of
from lab.kernel.model import Case, Run, Sample
from lab.kernel.verdict import Change, Interval, Margins, Question, Target
from lab.stats.estimate import Estimate, interval, location, shift, working

# The interval that is shown: plain and two-sided, labelled so.
SHOWN = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A run that another is held against, and what it is called."""

    name: str
    run: Run

    @property
    def label(self) -> str:
        """For people: release and run."""
        return f"{self.run.subject.release} ({self.name})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Inquiry:
    """One question with its evidence.

    *harm* and both bounds are on the working scale.  *old* and *new* are the samples behind a
    drift, in the direction of harm.  *blocking* is false where the evidence may only warn.
    """

    target: Target
    case: Case
    question: Question
    metric: Metric
    scale: Scale
    trials: int
    harm: Estimate
    fail_bound: float
    accept_bound: float
    measured: Interval
    change: Change | None = None
    reference: Reference | None = None
    old: Sample | None = None
    new: Sample | None = None
    blocking: bool = True


def sample_of(run: Run, case: Case, key: str) -> Sample:
    """Return the sample of *key*, with the grain of its metric if that is coarser."""
    sample = run.sample(case, key)
    return replace(sample, resolution=max(sample.resolution, metric_of(key).resolution))


def measured(sample: Sample, scale: Scale) -> Interval | None:
    """Summarise a sample: geometric mean on the ratio scale, with its plain interval.

    None for an empty sample; a single trial has no width to show, and its size says so.
    """
    if not sample.values:
        return None
    on_scale = working(sample, scale)
    estimate = location(on_scale)
    centre = float(np.mean(on_scale.values))
    low, high = (centre, centre) if estimate is None else interval(estimate, SHOWN)
    back = math.exp if scale is Scale.RATIO else float
    return Interval(
        center=back(centre), low=back(low), high=back(high), confidence=SHOWN, size=len(sample.values)
    )


def ask_limit(target: Target, run: Run, case: Case, limit: float) -> Inquiry | None:
    """Ask whether the promise is kept; None when the trials are too few to answer anything."""
    metric = metric_of(target.reading)
    sample = sample_of(run, case, target.reading)
    scale = _usable_scale(metric, sample)
    estimate = location(working(sample, scale))
    shown = measured(sample, scale)
    if estimate is None or shown is None:
        return None
    promised = math.log(limit) if scale is Scale.RATIO else limit
    above = Estimate(center=estimate.center - promised, error=estimate.error, freedom=estimate.freedom)
    return Inquiry(
        target=target,
        case=case,
        question=Question.LIMIT,
        metric=metric,
        scale=scale,
        trials=len(sample.values),
        harm=above if metric.better is Better.LOWER else above.mirrored(),
        fail_bound=0.0,
        accept_bound=0.0,
        measured=shown,
    )


def ask_drift(target: Target, run: Run, case: Case, margins: Margins, reference: Reference) -> Inquiry | None:
    """Ask how far the reading moved; None when either side has too few trials to answer."""
    metric = metric_of(target.reading)
    old, new = (sample_of(each, case, target.reading) for each in (reference.run, run))
    scale = _usable_scale(metric, old, new)
    before, after = working(old, scale), working(new, scale)
    estimate = shift(before, after)
    shown, was = measured(new, scale), measured(old, scale)
    if estimate is None or shown is None or was is None:
        return None
    better_low = metric.better is Better.LOWER
    return Inquiry(
        target=target,
        case=case,
        question=Question.DRIFT,
        metric=metric,
        scale=scale,
        trials=min(len(old.values), len(new.values)),
        harm=estimate if better_low else estimate.mirrored(),
        fail_bound=_bound(margins.fail, metric, scale, was.center),
        accept_bound=_bound(margins.accept, metric, scale, was.center),
        measured=shown,
        change=_change(old, new, estimate, scale),
        reference=reference,
        old=before if better_low else _negated(before),
        new=after if better_low else _negated(after),
        # Trials of one session say nothing of how sessions differ: without enough A/A runs of
        # this environment a stored baseline can warn, never block and never clear.
        blocking=reference.run.session == run.session,
    )


def _usable_scale(metric: Metric, *samples: Sample) -> Scale:
    positive = all(value > 0 for sample in samples for value in sample.values)
    return metric.scale if positive else Scale.DIFFERENCE


def _bound(margin: float, metric: Metric, scale: Scale, was: float) -> float:
    """Return a margin on the working scale; changes under the metric's floor do not count."""
    if scale is Scale.DIFFERENCE:
        return max(metric.floor, margin * abs(was))
    return math.log1p(max(margin, metric.floor / was))


def _change(old: Sample, new: Sample, harm: Estimate, scale: Scale) -> Change | None:
    """Return the change for people: in base units from the plain values, as a ratio from their logs."""
    plain = shift(old, new)
    if plain is None:
        return None
    ratio = _interval(harm, math.exp) if scale is Scale.RATIO else None
    return Change(absolute=_interval(plain, float), ratio=ratio, exact=plain.error == 0)


def _interval(estimate: Estimate, back: Callable[[float], float]) -> Interval:
    low, high = interval(estimate, SHOWN)
    size = round(estimate.freedom) + 2
    return Interval(center=back(estimate.center), low=back(low), high=back(high), confidence=SHOWN, size=size)


def _negated(sample: Sample) -> Sample:
    return replace(sample, values=tuple(-value for value in sample.values))
