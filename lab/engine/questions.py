"""Turns a promise and the trials it speaks of into a question that a test can answer.  Pure.

Every question is about *harm*: larger is worse, whatever the metric's better direction.  A limit
asks whether the harm against the promise exceeds 0, on plain values: a promise about an average is
about the arithmetic mean.  For drifts see ``lab.engine.drifts``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from lab.engine.shapes import Shown
from lab.kernel.metrics import Better, Metric, Scale, key_of, metric_of, split
from lab.kernel.model import Case, Run, Sample
from lab.kernel.verdict import Change, Interval, Question, Target
from lab.stats.estimate import location, working
from lab.stats.power import Evidence
from lab.stats.shares import Share

# The interval that is shown: plain and two-sided, labelled so.
SHOWN = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Inquiry:
    """One question with its evidence.

    All bounds are on the scale of *harm*; a harm below *least_bound* nobody sees.  *old* and *new* are the
    samples behind a drift, in the direction of harm, and *differences* those of the rounds where these were
    used instead.  *blocking* is false where the evidence may only warn, and *lacking* says why.  *pinned*
    marks the pinned baseline; *remarks* are for the notes, and *shown* are the trials of each side, for
    whoever looks at them.
    """

    target: Target
    case: Case
    question: Question
    metric: Metric
    scale: Scale
    harm: Evidence
    fail_bound: float
    accept_bound: float
    least_bound: float = 0.0
    measured: Interval
    change: Change | None = None
    reference: Run | None = None
    old: Sample | None = None
    new: Sample | None = None
    differences: tuple[float, ...] = ()
    pinned: bool = False
    lacking: str = ""
    remarks: tuple[str, ...] = ()
    shown: tuple[Shown, ...] = ()

    @property
    def blocking(self) -> bool:
        """Whether the evidence may block and clear, and not only warn."""
        return not self.lacking


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
        measured=interval_of(estimate.center, interval, estimate.trials),
        shown=(shown(run, case, target.reading, Scale.DIFFERENCE),),
    )


def shown(run: Run, case: Case, key: str, scale: Scale) -> Shown:
    """Return the sound trials of one side that have the reading *key*."""
    trials = [trial for trial in run.trials_of(case) if trial.sound and key in trial.readings]
    plain = tuple(trial.readings[key] for trial in trials)
    return Shown(
        release=run.subject.release,
        metric=metric_of(key),
        trials=tuple(trial.index for trial in trials),
        plain=plain,
        working=working(Sample(values=plain), scale).values,
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


def interval_of(center: float, ends: tuple[float, float], trials: int) -> Interval:
    """Return what is shown of an estimate."""
    return Interval(center=center, low=ends[0], high=ends[1], confidence=SHOWN, size=trials)
