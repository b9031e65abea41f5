"""Whether the trials of a case are a fair sample, before anything is concluded from them.  Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lab.kernel.model import Case, Run, Trial
from lab.kernel.verdict import Outcome

# One trial more or less is chance; from two on, twice the other side's is a pattern.
_PATTERN = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """Why nothing can be concluded, and the outcome that says so."""

    outcome: Outcome
    reason: str


def unfair(runs: Sequence[Run], case: Case, key: str, allowed: float) -> Doubt | None:
    """Return a doubt about the reading *key* of *case* in *runs* (one, or both sides of a drift).

    A trial is lost when it is invalid, or sound and without the reading: slow trials are those
    that lack a percentile, so leaving them out would flatter the release.  More than the share
    *allowed* lost on one side, or twice the other side's, is no fair sample.
    """
    for run in runs:
        doubt = _of_one(run, case, key, allowed)
        if doubt is not None:
            return doubt
    if len(runs) == 1:
        return None
    lost = [len(_lost(run, case, key)) for run in runs]
    if max(lost) - min(lost) >= _PATTERN and max(lost) > 2 * min(lost):
        reason = f"{lost[0]} trials of one side and {lost[1]} of the other were lost: that is no chance."
        return Doubt(outcome=Outcome.INVALID, reason=reason)
    return None


def _of_one(run: Run, case: Case, key: str, allowed: float) -> Doubt | None:
    trials, release = run.trials_of(case), run.subject.release
    if not trials:
        reason = f"release {release} has no trial of {case.name}."
        return Doubt(outcome=Outcome.INCONCLUSIVE, reason=reason)
    if not any(key in trial.readings for trial in trials) and any(trial.sound for trial in trials):
        reason = (
            f"no sound trial of {case.name} has the reading {key}: "
            "check the endpoint's name, or measure longer."
        )
        return Doubt(outcome=Outcome.INCONCLUSIVE, reason=reason)
    lost = _lost(run, case, key)
    if len(lost) <= allowed * len(trials):
        return None
    codes = sorted({_why(trial, key) for trial in lost})
    reason = (
        f"{len(lost)} of {len(trials)} trials of release {release} are lost ({', '.join(codes)}), "
        "so the rest are no fair sample."
    )
    return Doubt(outcome=Outcome.INVALID, reason=reason)


def _lost(run: Run, case: Case, key: str) -> list[Trial]:
    return [trial for trial in run.trials_of(case) if not trial.sound or key not in trial.readings]


def _why(trial: Trial, key: str) -> str:
    fatal = [caveat.code for caveat in trial.caveats if caveat.fatal]
    return fatal[0] if fatal else f"without {key}"
