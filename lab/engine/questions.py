"""Turns a target and the trials it speaks of into questions that a test can answer.  Pure.

Every question is about *harm*: larger is worse, whatever the metric's better direction.  A limit
asks whether the harm against the promise exceeds 0, on plain values: a promise about an average is
about the arithmetic mean.  A drift asks whether the harm against the baseline exceeds the margins,
on logs where the metric compares by ratio.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

from lab.kernel.metrics import Better, Metric, Scale, key_of, metric_of, split
from lab.kernel.model import Case, Run, Sample
from lab.kernel.verdict import Change, Interval, Margins, Question, Target
from lab.stats.estimate import Estimate, location, shift, working
from lab.stats.power import Evidence
from lab.stats.shares import Share

# The interval that is shown: plain and two-sided, labelled so.
SHOWN = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Inquiry:
    """One question with its evidence.

    Both bounds are on the scale of *harm*.  *old* and *new* are the samples behind a drift, in the
    direction of harm.  *blocking* is false where the evidence may only warn.  *remarks* are for the notes.
    """

    target: Target
    case: Case
    question: Question
    metric: Metric
    scale: Scale
    harm: Evidence
    fail_bound: float
    accept_bound: float
    measured: Interval
    change: Change | None = None
    reference: Run | None = None
    old: Sample | None = None
    new: Sample | None = None
    blocking: bool = True
    remarks: tuple[str, ...] = ()


def sample_of(run: Run, case: Case, key: str) -> Sample:
    """Return the sample of *key*, with the grain of its metric if that is coarser."""
    sample = run.sample(case, key)
    return replace(sample, resolution=max(sample.resolution, metric_of(key).resolution))


def ask_limit(target: Target, run: Run, case: Case, limit: float) -> Inquiry | None:
    """Ask whether the promise is kept; None when the trials are too few to answer anything."""
    metric = metric_of(target.reading)
    estimate = location(sample_of(run, case, target.reading))
    if estimate is None:
        return None
    above = estimate.against(limit)
    harm: Evidence = above if metric.better is Better.LOWER else above.mirrored()
    interval = estimate.interval(SHOWN)
    if metric.counted is not None:
        share = _share(run, case, target.reading, metric.counted, limit)
        harm, interval = share, share.interval(SHOWN)
    return Inquiry(
        target=target,
        case=case,
        question=Question.LIMIT,
        metric=metric,
        scale=Scale.DIFFERENCE,
        harm=harm,
        fail_bound=0.0,
        accept_bound=0.0,
        measured=_interval(estimate.center, interval, estimate.trials),
    )


def ask_drift(target: Target, run: Run, case: Case, margins: Margins, reference: Run) -> Inquiry | None:
    """Ask how far the reading moved; None when either side has too few trials to answer."""
    metric = metric_of(target.reading)
    old, new = (sample_of(each, case, target.reading) for each in (reference, run))
    scale = metric.scale if min(*old.values, *new.values, math.inf) > 0 else Scale.DIFFERENCE
    before, after = working(old, scale), working(new, scale)
    moved, plain = shift(before, after), shift(old, new)
    was, now = location(old), location(new)
    if moved is None or plain is None or was is None or now is None:
        return None
    low_is_better = metric.better is Better.LOWER
    return Inquiry(
        target=target,
        case=case,
        question=Question.DRIFT,
        metric=metric,
        scale=scale,
        harm=moved if low_is_better else moved.mirrored(),
        fail_bound=_bound(margins.fail, metric, scale, was.center),
        accept_bound=_bound(margins.accept, metric, scale, was.center),
        measured=_interval(now.center, now.interval(SHOWN), now.trials),
        change=_change(plain, moved if scale is Scale.RATIO else None, metric),
        reference=reference,
        old=before if low_is_better else _negated(before),
        new=after if low_is_better else _negated(after),
        # Trials of one session say nothing of how sessions differ: without enough A/A runs of
        # this environment a stored baseline can warn, never block and never clear.
        blocking=reference.session == run.session,
    )


def _share(run: Run, case: Case, key: str, counted: str, limit: float) -> Share:
    """Pool the events behind a share over the trials; *counted* names the reading of the chances."""
    chances_key = key_of(counted, split(key)[1])
    trials = [t for t in run.trials_of(case) if t.sound and key in t.readings]
    chances = [trial.readings[chances_key] for trial in trials]
    events = sum(round(t.readings[key] * n) for t, n in zip(trials, chances, strict=True))
    # The binomial bound knows the grain of counts, so the spread over trials needs no floor.
    between = location(Sample(values=tuple(trial.readings[key] for trial in trials)))
    if between is None:
        raise ValueError(f"{key} has too few trials for a share")
    return Share(events=events, chances=sum(chances), limit=limit, between=between.against(limit))


def _bound(margin: float, metric: Metric, scale: Scale, was: float) -> float:
    """Return a margin on the scale of harm; changes under the metric's floor do not count."""
    if scale is Scale.DIFFERENCE:
        return max(metric.floor, margin * abs(was))
    share = max(margin, metric.floor / was)
    # 20 % less throughput is a factor of 0.8, and not of 1/1.2.
    return math.log1p(share) if metric.better is Better.LOWER else -math.log1p(-min(share, 0.999))


def _change(plain: Estimate, logs: Estimate | None, metric: Metric) -> Change:
    def back(estimate: Estimate, unlog: Callable[[float], float]) -> Interval:
        low, high = estimate.interval(SHOWN)
        return _interval(unlog(estimate.center), (unlog(low), unlog(high)), estimate.trials)

    return Change(
        absolute=back(plain, float),
        ratio=None if logs is None else back(logs, math.exp),
        exact=metric.exact and plain.error == 0,
    )


def _interval(center: float, ends: tuple[float, float], trials: int) -> Interval:
    return Interval(center=center, low=ends[0], high=ends[1], confidence=SHOWN, size=trials)


def _negated(sample: Sample) -> Sample:
    return replace(sample, values=tuple(-value for value in sample.values))
