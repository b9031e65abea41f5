"""Takes over the records of one folder into another: all that is new, nothing that contradicts."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path

from lab.kernel.errors import LabError, RecordError
from lab.kernel.model import Case, Run, Trial
from lab.kernel.record import sync_folder
from lab.store.records import Records


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """What was taken over: runs and promotions; *known* is how many runs were here already."""

    runs: tuple[str, ...]
    known: int
    promotions: int


def merge(source: Records, into: Records) -> Merged:
    """Move what *into* does not have out of *source*; what it has stays as it is.

    Raises RecordError, naming them, when runs or promotions are here with other content.  Then
    nothing is moved.
    """
    runs = source.runs()
    new = [name for name in runs if not into.has(name)]
    promotions = sorted(path.relative_to(source.root) for path in source.promotions())
    contradictions = [f"run {name}" for name in runs if into.has(name) and not _agree(source, into, name)]
    contradictions += [f"{path}" for path in promotions if not _same_file(source, into, path)]
    if contradictions:
        raise RecordError(
            f"here with other content: {', '.join(contradictions)}.  Nothing was taken over; move them out "
            "of the store, or name another --store."
        )
    # What is moved is whole on disk before its new name is.
    os.sync()
    for name in new:
        _move(source.run_folder(name), into.run_folder(name))
    for folder in sorted(source.root.glob("sessions/*")):
        if not into.session_folder(folder.name).exists():
            _move(folder, into.session_folder(folder.name))
    # After the runs that they name.
    fresh = [path for path in promotions if not (into.root / path).exists()]
    for path in fresh:
        _move(source.root / path, into.root / path)
    return Merged(runs=tuple(new), known=len(runs) - len(new), promotions=len(fresh))


def contains(here: Run, there: Run) -> bool:
    """Whether *here* is the run *there* with all of its trials; artifacts apart.

    A run that was copied while it was measured is contained in what became of it.
    """
    if _bare(here) != _bare(there):
        return False
    mine = _by_place(here)
    return all(mine.get(place) == trial for place, trial in _by_place(there).items())


def _bare(run: Run) -> Run:
    return replace(run, trials=(), partial=False)


def _by_place(run: Run) -> dict[tuple[Case, int], Trial]:
    return {(trial.case, trial.index): replace(trial, artifacts=()) for trial in run.trials}


def _agree(source: Records, into: Records, run: str) -> bool:
    try:
        return contains(into.load_run(run), source.load_run(run))
    except LabError:
        return False


def _same_file(source: Records, into: Records, path: Path) -> bool:
    here = into.root / path
    return not here.exists() or here.read_bytes() == (source.root / path).read_bytes()


def _move(what: Path, to: Path) -> None:
    to.parent.mkdir(parents=True, exist_ok=True)
    what.rename(to)
    sync_folder(to.parent)
