"""What the gate says of recorded runs between which nothing changed: A/A trials of the real lanes.

The trials of one run are dealt out to two sides in mirrored turns (A B B A), as if two releases had taken
turns: any alarm is a false one, and the true ratio of every reading is 1.  Runs of different sessions are
held against each other as a stored baseline would be, by the trials alone, which shows how far sessions
differ.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path

from calibration.claims import covered
from calibration.gate_runs import held_against
from calibration.rates import Rate
from lab.engine.gate import References
from lab.kernel.errors import UsageError
from lab.kernel.metrics import Scale, metric_of
from lab.kernel.model import Run, Trial
from lab.kernel.verdict import Outcome, Verdict
from lab.store.records import Records

# A comparison needs a spread on both sides.
_LEAST = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairing:
    """Two sides that are the same release, and what the gate says of the second."""

    name: str
    verdict: Verdict


def told(root: Path, names: Sequence[str]) -> Iterator[str]:
    """Yield, in words, what the gate says of the runs *names* below the store *root*.

    Raises UsageError where they are of several releases, or too short to be halved.
    """
    runs = [Records(root).load_run(name) for name in names]
    releases = sorted({run.subject.release for run in runs})
    if len(releases) > 1:
        raise UsageError(f"A/A needs runs of one release, not of {', '.join(releases)}.")
    yield from _told("halves of one run, as if in turns", list(halves(runs)))
    yield from _told("runs of different sessions, by their trials alone", list(strangers(runs)))


def halves(runs: Sequence[Run]) -> Iterator[Pairing]:
    """Yield each run against itself: its trials dealt out A B B A.

    Raises UsageError for a run with a case of fewer than 4 trials.
    """
    for run in runs:
        if min(len(run.trials_of(case)) for case in run.cases) < _LEAST:
            raise UsageError(f"run {run.id!r} has a case of fewer than {_LEAST} trials: it cannot be halved.")
        old, new = _side(run, "first", (0, 3)), _side(run, "second", (1, 2))
        yield Pairing(name=run.id, verdict=held_against(new, References(accepted=(old,)), readings_of(run)))


def _side(run: Run, name: str, places: tuple[int, int]) -> Run:
    """Return the trials at these of every four places; two neighbours make a round, with its own index."""
    kept = (
        replace(trial, index=place // 2)
        for case in run.cases
        for place, trial in enumerate(_whole_rounds(run.trials_of(case)))
        if place % 4 in places
    )
    return replace(run, id=f"{run.id}-{name}", trials=tuple(kept))


def _whole_rounds(trials: tuple[Trial, ...]) -> tuple[Trial, ...]:
    return trials[: len(trials) - len(trials) % 2]


def strangers(runs: Sequence[Run]) -> Iterator[Pairing]:
    """Yield each pair of runs of different sessions, the later against the earlier."""
    for old, new in combinations(sorted(runs, key=lambda run: run.started_at), 2):
        if old.session != new.session:
            yield Pairing(
                name=f"{new.id} v {old.id}",
                verdict=held_against(new, References(accepted=(old,)), readings_of(new)),
            )


def readings_of(run: Run) -> tuple[str, ...]:
    """Return the readings that can be calibrated: those that compare by ratio, and are no constants."""
    keys = sorted({key for trial in run.trials for key in trial.readings})
    return tuple(key for key in keys if metric_of(key).scale is Scale.RATIO and not metric_of(key).exact)


def _told(title: str, pairings: Sequence[Pairing]) -> Iterator[str]:
    if not pairings:
        yield f"{title}: none"
        return
    alarms = [each.name for each in pairings if each.verdict.outcome is Outcome.FAILED]
    findings = [finding for each in pairings for finding in each.verdict.findings]
    outcomes = Counter(finding.outcome.value for finding in findings)
    # What a baseline of another session says by its trials alone is a warning, and never an alarm.
    warned = sum(any(note.startswith("WARNING") for note in finding.notes) for finding in findings)
    yield "; ".join([f"{title}: {len(alarms)} of {len(pairings)} gates with an alarm", *alarms])
    counted = ", ".join(f"{count} {outcome}" for outcome, count in sorted(outcomes.items()))
    yield f"  findings: {counted}; {warned} with a warning"
    for key in sorted({finding.reading for finding in findings if finding.change}):
        of_key = [finding for finding in findings if finding.reading == key and finding.change]
        held = Rate(hits=sum(covered(finding, 1.0) for finding in of_key), count=len(of_key))
        low, high = held.interval
        holds = f"{held.hits} of {held.count} ({low:.0%} to {high:.0%})"
        yield f"  {key}: the 95 % interval of the ratio holds 1 in {holds}"
