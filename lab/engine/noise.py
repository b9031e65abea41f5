"""What is known of how much runs of a case differ from session to session, for a comparison.  Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from lab.kernel.metrics import Scale, metric_of
from lab.kernel.model import Case, Run
from lab.kernel.noise import Noise, Spread
from lab.kernel.words import counted
from lab.stats.estimate import location, working
from lab.stats.sessions import LEAST_RUNS, Between, between

# Kernels, compilers and neighbours change by the month.
OLDEST = timedelta(days=30)
_COMMAND = "launchlab doctor --noise"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lacking:
    """Why it is not known, in words."""

    reason: str


def noise_of(run: Run, case: Case) -> Noise:
    """Return what the A/A run *run* says of *case*: each reading that at least two sound trials have.

    A reading with a zero has no logarithm, so one that compares by ratio is left out.
    """
    trials = [trial for trial in run.trials_of(case) if trial.sound]
    keys = sorted({key for trial in trials for key in trial.readings})
    return Noise(
        run=run.id,
        session=run.session,
        subject=run.subject.name,
        release=run.subject.release,
        case=case,
        facts=run.environment.facts,
        measured_at=run.started_at,
        spreads={key: spread for key in keys if (spread := _spread(run, case, key)) is not None},
    )


def _spread(run: Run, case: Case, key: str) -> Spread | None:
    sample, scale = run.sample(case, key), metric_of(key).scale
    if scale is Scale.RATIO and min(sample.values) <= 0:
        return None
    estimate = location(working(sample, scale))
    if estimate is None:
        return None
    return Spread(mean=estimate.center, variance=estimate.spread**2 * estimate.trials, trials=estimate.trials)


def between_of(
    noise: Sequence[Noise], facts: Mapping[str, str], case: Case, key: str, now: datetime
) -> Between | Lacking:
    """Return how much runs of *case* differ in the reading *key*, in the environment of these *facts*.

    It takes at least 5 A/A runs of one release that are not older than 30 days.  The reading is pooled with
    others of its unit, which are measured with the same clock in the same trials.
    """
    here = [each for each in noise if each.case == case and each.facts == facts and key in each.spreads]
    recent = [each for each in here if now - each.measured_at <= OLDEST]
    runs = _largest(recent)
    if len(runs) < LEAST_RUNS:
        return Lacking(reason=_why(here, recent, len(runs), now))
    unit, scale = metric_of(key).unit, metric_of(key).scale
    keys = [
        name
        for name in runs[0].spreads
        if all(name in each.spreads for each in runs)
        and (metric_of(name).lane, metric_of(name).unit, metric_of(name).scale) == (case.lane, unit, scale)
        # What compares by difference has no common measure: 1 % of errors is not 1 % of connects.
        and (scale is Scale.RATIO or name == key)
    ]
    return between({name: [each.spreads[name] for each in runs] for name in keys}, key)


def _largest(noise: Sequence[Noise]) -> list[Noise]:
    """Return the runs of the release that has the most of them, the newest one where several do."""

    def release(each: Noise) -> tuple[str, str]:
        return each.subject, each.release

    groups = [list(group) for _, group in groupby(sorted(noise, key=release), key=release)]
    return max(groups, key=lambda group: (len(group), max(n.measured_at for n in group)), default=[])


def _why(here: Sequence[Noise], recent: Sequence[Noise], usable: int, now: datetime) -> str:
    if here and not recent:
        days = (now - max(each.measured_at for each in here)).days
        return f"the newest run of it against itself is {counted(days, 'day')} old (at most 30): {_COMMAND}"
    known = "no run" if usable == 0 else f"only {counted(usable, 'run')}"
    return f"{known} of it against itself is known here, {LEAST_RUNS} are needed: {_COMMAND}"
