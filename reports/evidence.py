"""What stands behind a verdict: the trials, the caveats, the environment.  Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from lab.kernel import words
from lab.kernel.metrics import METRICS, split
from lab.kernel.model import Case, Caveat, Run, Trial
from lab.kernel.reasons import Reason
from lab.kernel.units import show
from lab.kernel.verdict import Verdict
from reports.model import (
    CaveatRow,
    EnvironmentTable,
    FactRow,
    FailureRow,
    FailureTable,
    TrialRow,
    TrialTable,
)
from reports.text import plain, sentence
from reports.wording import metric_for, title

# What fits the width of a page, and what a reader still scans; the record has everything.
_COLUMNS = 6
_ROWS = 200
_REASONS = 20


def label(run: Run) -> str:
    """Name a run for people: its release, and which run."""
    return f"{plain(run.subject.release)} (run {plain(run.id)})"


def shortfall(run: Run) -> str:
    """Say that a run ended before its plan did, or nothing."""
    if not run.partial:
        return ""
    planned = words.counted(sum(case.trials for case in run.planned), "planned trial")
    return f"PARTIAL: {label(run)} ended early, after {len(run.trials)} of {planned}."


def caveats(run: Run, references: Sequence[Run]) -> tuple[CaveatRow, ...]:
    """Return every caveat once, fatal ones first, with the place and number of its trials."""
    rows = [row for each in (run, *references) for row in _caveats_of(each)]
    return tuple(sorted(rows, key=lambda row: not row.fatal)[:_ROWS])


def _caveats_of(run: Run) -> Iterator[CaveatRow]:
    release = plain(run.subject.release)
    for caveat in run.caveats:
        yield _caveat(f"{release}: the whole run", caveat)
    for case in run.cases:
        trials = run.trials_of(case)
        counts = Counter(caveat for trial in trials for caveat in trial.caveats)
        for caveat, count in counts.items():
            yield _caveat(
                f"{release}: {count} of {words.counted(len(trials), 'trial')} of {plain(case.name)}", caveat
            )


def _caveat(where: str, caveat: Caveat) -> CaveatRow:
    return CaveatRow(where=where, code=plain(caveat.code), advice=sentence(caveat.advice), fatal=caveat.fatal)


def failures(reasons: Sequence[Reason]) -> FailureTable:
    """Return why requests failed; *reasons* come with the most frequent first."""
    left_out = len(reasons) - _REASONS
    return FailureTable(
        rows=tuple(map(_failure, reasons[:_REASONS])),
        rest=f"{words.counted(left_out, 'more reason')} in the failures.json of its trials."
        if left_out > 0
        else "",
    )


def _failure(reason: Reason) -> FailureRow:
    return FailureRow(
        endpoint=plain(reason.where),
        reason=plain(reason.what),
        count=str(reason.count),
        # A reason of the journey's own is its example too.
        example="the reason itself" if reason.example == reason.what else plain(reason.example),
        case=plain(reason.case),
    )


def trials(run: Run, verdict: Verdict) -> tuple[TrialTable, ...]:
    """Return one table per case, with the judged readings first."""
    return tuple(_table(case, run.trials_of(case), _judged(verdict, case)) for case in run.cases)


def _judged(verdict: Verdict, case: Case) -> list[str]:
    return [finding.reading for finding in verdict.findings if finding.case == case]


def _table(case: Case, made: Sequence[Trial], judged: Sequence[str]) -> TrialTable:
    having = {key: key for trial in made for key in trial.readings}
    first = [key for key in dict.fromkeys(judged) if key in having]
    # Then the readings over all endpoints, which say more than one endpoint's that nobody judged.
    others = sorted(having.keys() - set(first), key=lambda key: (split(key)[1] is not None, _rank(key)))
    keys = [*first, *others][:_COLUMNS]
    left_out = len(having) - len(keys)
    rest = [f"In the run's record, and not here: {left_out} more of its readings."] if left_out else []
    rest += [f"The first {_ROWS} of {len(made)} trials."] if len(made) > _ROWS else []
    return TrialTable(
        case=plain(case.name),
        columns=tuple(map(title, keys)),
        rows=tuple(_trial(trial, keys) for trial in made[:_ROWS]),
        rest=" ".join(rest),
    )


def _rank(key: str) -> tuple[int, str]:
    names = list(METRICS)
    name, _ = split(key)
    return (names.index(name) if name in names else len(names), key)


def _trial(trial: Trial, keys: Sequence[str]) -> TrialRow:
    readings = trial.readings
    return TrialRow(
        index=str(trial.index + 1),
        validity=trial.validity.value,
        readings=tuple(
            show(readings[key], metric_for(key).unit) if key in readings else "none" for key in keys
        ),
    )


def environment(run: Run, references: Sequence[Run]) -> EnvironmentTable:
    """Return the facts of the run; a column per run where any of them differ."""
    facts = [each.environment.facts for each in (run, *references)]
    differing = {name for each in references for name in run.environment.differences(each.environment)}
    shown = facts if differing else facts[:1]
    columns = ["this run", *map(label, references)] if differing else ["value"]
    names = sorted({name for each in shown for name in each}, key=lambda name: (name not in differing, name))
    return EnvironmentTable(
        summary=_same_or_not(differing, references),
        columns=tuple(columns),
        rows=tuple(_fact(name, shown, differs=name in differing) for name in names[:_ROWS]),
    )


def _fact(name: str, facts: Sequence[Mapping[str, str]], *, differs: bool) -> FactRow:
    values = tuple(plain(each.get(name, "unknown")) for each in facts)
    return FactRow(name=plain(name), values=values, differs=differs)


def _same_or_not(differing: set[str], references: Sequence[Run]) -> str:
    if not references:
        return "Nothing to compare with: this run was judged by its limits alone."
    if not differing:
        return "The same facts for every run that was compared."
    names = plain(", ".join(sorted(differing)))
    return f"The runs differ in: {names}. Numbers from different environments are not comparable."
