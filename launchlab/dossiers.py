"""Baselines as files: to commit beside the code, or to carry from store to store."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

from lab.kernel import digest, record
from lab.kernel.baseline import Baseline, Dossier
from lab.kernel.errors import AlteredError, RecordError, UsageError
from lab.kernel.model import Run
from lab.kernel.verdict import Verdict
from lab.store.merging import contains
from lab.store.store import Store
from launchlab.baselines import Decision, check_sound, in_force, put_in_force
from launchlab.exporting import may_be_written

# For "baseline export": standard output.
STDOUT = "-"


def dossier(store: Store, name: str) -> Dossier:
    """Return all that is on record about the baseline *name*."""
    baseline = in_force(store, name)
    run = store.records.load_reference(baseline.run)
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

    Raises UsageError when there is no such file, or when it is damaged, was changed, is of a newer format,
    something else, or at odds with itself.
    """
    if not path.is_file():
        raise UsageError(f"there is no file {str(path)!r}.")
    try:
        found = record.read(path, Dossier)
    except AlteredError as error:
        raise UsageError(str(error)) from None
    except RecordError as error:
        raise UsageError(f"no exported baseline can be read: {error}  Export it again.") from None
    if not _whole(found):
        raise UsageError(f"{path} is at odds with itself: not all of it is about one run.  Export it again.")
    return replace(found, run=_bare(found.run))


def _whole(found: Dossier) -> bool:
    baseline, run, verdict = found.baseline, found.run, found.verdict
    places = {(trial.case.name, trial.index) for trial in run.trials}
    return (
        baseline.run == run.id
        and baseline.release == run.subject.release
        and (verdict is None or (verdict.run, verdict.release) == (run.id, run.subject.release))
        and len(places) == len(run.trials)
        and baseline.run_digest in (None, digest.of_run(run))
    )


def bring_in(store: Store, path: Path, name: str | None, why: str | None) -> tuple[Baseline, bool]:
    """Take an exported baseline over, and promote it here; return it, and whether it is new.

    Its run is kept like one that was measured here, and what it was accepted in spite of stays said.  Raises
    what ``read`` raises; UsageError when a run of that name is here with other content.
    """
    found = read(path)
    run, records = found.run, store.records
    decision = Decision(name=name or found.baseline.name, why=f"imported: {why or found.baseline.why}")
    check_sound(run)
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
    return put_in_force(store, run, decision, accepted_regression=found.baseline.accepted_regression), True


def _keep(store: Store, run: Run, verdict: Verdict | None) -> None:
    # The run's own record comes last: without it there is no run, so a crash leaves none that is half.
    for trial in run.trials:
        store.records.save_trial(run.id, trial)
    if verdict is not None:
        store.records.save_verdict(verdict)
    store.keep(run, verdict)
