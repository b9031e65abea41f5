"""Baselines: runs accepted by a person, with the reason; shown, and carried from store to store."""

from __future__ import annotations

import getpass
import os
import sys
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from lab.kernel import record
from lab.kernel.errors import RecordError, UsageError
from lab.kernel.metrics import metric_of
from lab.kernel.model import Baseline, Run
from lab.kernel.units import show, show_range
from lab.kernel.verdict import Dossier, Outcome, Verdict
from lab.store.merging import contains
from lab.store.store import Store
from launchlab.exporting import may_be_written
from launchlab.screen import TOLD
from reports.text import NAME, SENTENCE, plain

# For "baseline export": standard output.
STDOUT = "-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A person's word on a run: under which name it is accepted, and why."""

    name: str
    why: str


def promote(store: Store, run: str, decision: Decision, *, anyway: bool) -> Baseline:
    """Accept *run*.  Raises UsageError for one that nobody should hold others against."""
    accepted = store.records.load_run(run)
    verdict = store.records.load_verdict(run)
    _check_sound(accepted)
    if verdict and verdict.outcome in (Outcome.FAILED, Outcome.INVALID) and not anyway:
        raise UsageError(
            f"run {run!r} is {verdict.outcome.value}.  Say --anyway if it is accepted all the same."
        )
    if not decision.why.strip():
        raise UsageError("--why is empty.  Whoever asks later needs the reason.")
    return _put_in_force(store, accepted, decision)


def _check_sound(run: Run) -> None:
    if run.partial or not any(trial.sound for trial in run.trials):
        raise UsageError(f"run {run.id!r} is partial or has no sound trial.  Promote a finished run.")


def _put_in_force(store: Store, run: Run, decision: Decision) -> Baseline:
    baseline = Baseline(
        name=decision.name,
        run=run.id,
        release=run.subject.release,
        promoted_at=datetime.now(UTC),
        promoted_by=_whoever_this_is(),
        why=decision.why,
    )
    store.promote(baseline)
    return baseline


def _whoever_this_is() -> str:
    """Return the user's name; in a container a user may be a number only."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"


def in_force(store: Store, name: str) -> Baseline:
    """Return the baseline *name*.  Raises UsageError with the known names."""
    baseline = store.records.baseline(name)
    if baseline is None:
        raise UsageError.unknown("baseline", name, {each.name for each in store.records.baselines()})
    return baseline


def dossier(store: Store, name: str) -> Dossier:
    """Return all that is on record about the baseline *name*."""
    baseline = in_force(store, name)
    run = store.records.load_run(baseline.run)
    return Dossier(baseline=baseline, run=_bare(run), verdict=store.records.load_verdict(run.id))


def _bare(run: Run) -> Run:
    """Return *run* without the names of artifacts, which stay where it was measured."""
    return replace(run, trials=tuple(replace(trial, artifacts=()) for trial in run.trials))


def export(store: Store, name: str, file: str | None, *, overwrite: bool) -> Path | None:
    """Write the dossier of a baseline; return its file, None for standard output."""
    exported = dossier(store, name)
    if file == STDOUT:
        sys.stdout.write(f"{record.text_of(exported)}\n")
        return None
    path = Path(file or f"{name}.baseline.json")
    if path.is_file() and not overwrite:
        raise UsageError(f"{path} exists.  Name another file, or say --overwrite.")
    if not may_be_written(path):
        raise UsageError(f"cannot write to {str(path)!r}.  Name a file in a folder that exists.")
    record.write(path, exported)
    return path


def read(path: Path) -> Dossier:
    """Read an exported baseline.

    Raises UsageError when there is no such file, or when it is damaged, of a newer format, something
    else, or at odds with itself.
    """
    if not path.is_file():
        raise UsageError(f"there is no file {str(path)!r}.")
    try:
        found = record.read(path, Dossier)
    except RecordError as error:
        raise UsageError(f"no exported baseline can be read: {error}  Export it again.") from None
    run, verdict = found.run, found.verdict
    places = {(trial.case.name, trial.index) for trial in run.trials}
    whole = (
        found.baseline.run == run.id
        and found.baseline.release == run.subject.release
        and (verdict is None or (verdict.run, verdict.release) == (run.id, run.subject.release))
        and len(places) == len(run.trials)
    )
    if not whole:
        raise UsageError(f"{path} is at odds with itself: not all of it is about one run.  Export it again.")
    return replace(found, run=_bare(run))


def bring_in(store: Store, path: Path, name: str | None, why: str | None) -> tuple[Baseline, bool]:
    """Take an exported baseline over, and promote it here; return it, and whether it is new.

    Its run is kept like one that was measured here.  Raises what ``read`` raises; UsageError when a
    run of that name is here with other content.
    """
    found = read(path)
    run, records = found.run, store.records
    decision = Decision(name=name or found.baseline.name, why=f"imported: {why or found.baseline.why}")
    _check_sound(run)
    # Refused as names before anything is written: they become files.
    known, _ = records.baseline(decision.name), records.session_folder(run.session)
    if records.has(run.id):
        here = records.load_run(run.id)
        if not (contains(here, run) and contains(run, here)):
            raise UsageError(
                f"run {run.id!r} is here with other content than in {path}.  Use another --store."
            )
        if known is not None and known.run == run.id:
            return known, False
    else:
        _keep(store, run, found.verdict)
    return _put_in_force(store, run, decision), True


def _keep(store: Store, run: Run, verdict: Verdict | None) -> None:
    # The run's own record comes last: without it there is no run, so a crash leaves none that is half.
    for trial in run.trials:
        store.records.save_trial(run.id, trial)
    if verdict is not None:
        store.records.save_verdict(verdict)
    store.keep(run, verdict)


def show_baseline(store: Store, name: str, to: Console) -> None:
    """Print a baseline: who accepted what, when and why, its verdict, its readings, its forerunners."""
    about = dossier(store, name)
    baseline, verdict = about.baseline, about.verdict
    to.print(
        f"[bold]{escape(baseline.name)}[/]: release {_shown(baseline.release)}, run {escape(baseline.run)}"
    )
    to.print(f"promoted {_decided(baseline)}")
    to.print(f"verdict  {verdict.outcome.value.upper() if verdict else 'not judged'}\n")
    to.print(_readings(about.run))
    earlier = [each for each in store.records.baselines() if each.name == name][:-1]
    if earlier:
        to.print("\nearlier", style="dim")
    for each in reversed(earlier):
        to.print(f"  release {_shown(each.release)}, run {escape(each.run)}, {_decided(each)}")
    to.print(f"Next: launchlab compare {escape(baseline.run)} RUN", style="dim")


def _decided(baseline: Baseline) -> str:
    moment = baseline.promoted_at.astimezone(UTC)
    # An imported reason is a stranger's text.
    return f"{moment:%Y-%m-%d %H:%M} UTC by {_shown(baseline.promoted_by)}: {_shown(baseline.why, SENTENCE)}"


def _shown(text: str, limit: int = NAME) -> str:
    return escape(plain(text, limit))


def _readings(run: Run) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for heading in ("case", "reading", "mean", "over trials", "trials"):
        table.add_column(heading, header_style="dim")
    for case in run.cases:
        for key in TOLD[case.lane]:
            values = run.sample(case, key).values
            if values:
                unit = metric_of(key).unit
                mean, spread = sum(values) / len(values), show_range(min(values), max(values), unit)
                words = (case.name, key.replace("_", " "), show(mean, unit), spread, str(len(values)))
                table.add_row(*map(_shown, words))
    return table
