"""Takes over the records of one folder into another: all that is new, nothing that contradicts."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from lab.kernel import record
from lab.kernel.errors import LabError, RecordError, UnwritableError
from lab.kernel.model import Baseline, Case, Run, Trial
from lab.store.records import Records


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """What was taken over: runs and promotions; *known* is how many runs were here already."""

    runs: tuple[str, ...]
    known: int
    promotions: int


def merge(source: Records, into: Records) -> Merged:
    """Move what *into* does not have out of *source*; what it has stays as it is.

    Raises RecordError, naming them, when runs or promotions are here with other content, when the
    folder of a run is here without its record, or a promotion is not what its name says; and
    UnwritableError when something cannot be moved.  Then nothing has changed.
    """
    runs = source.runs()
    new = [name for name in runs if not into.has(name)]
    promotions = sorted(path.relative_to(source.root) for path in source.promotions())
    fresh = [path for path in promotions if not os.path.lexists(into.root / path)]
    troubles = [f"run {name}: here with other content" for name in runs if not _agree(source, into, name)]
    troubles += [
        f"{path}: here with other content" for path in promotions if not _same_file(source, into, path)
    ]
    # What a crash leaves of an import; nobody's run, yet not ours to write into.
    troubles += [
        f"{into.run_folder(name)}: here without run.json"
        for name in new
        if os.path.lexists(into.run_folder(name))
    ]
    troubles += [
        f"{path}: no promotion of that name and moment, of a run that is known"
        for path in fresh
        if not _sound_promotion(source, into, path)
    ]
    if troubles:
        raise RecordError(
            f"nothing was taken over.  {'; '.join(troubles)}.  Move what is here out of the store or name "
            "another --store; what is in an archive can be unpacked with tar, and mended."
        )
    sessions = [folder.name for folder in sorted(source.root.glob("sessions/*"))]
    _move_all(
        [(source.run_folder(name), into.run_folder(name)) for name in new]
        + [
            (source.session_folder(name), into.session_folder(name))
            for name in sessions
            if not os.path.lexists(into.session_folder(name))
        ]
        # After the runs that they name.
        + [(source.root / path, into.root / path) for path in fresh]
    )
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
    return replace(run, trials=(), look=1, partial=False)


def _by_place(run: Run) -> dict[tuple[Case, int], Trial]:
    return {(trial.case, trial.index): replace(trial, artifacts=()) for trial in run.trials}


def _agree(source: Records, into: Records, run: str) -> bool:
    if not into.has(run):
        return True
    try:
        return contains(into.load_run(run), source.load_run(run))
    except LabError:
        return False


def _same_file(source: Records, into: Records, path: Path) -> bool:
    here = into.root / path
    try:
        return not os.path.lexists(here) or here.read_bytes() == (source.root / path).read_bytes()
    except OSError:
        return False


def _sound_promotion(source: Records, into: Records, path: Path) -> bool:
    """Whether a promotion, once it is here, would be what its folder and file say, of a run that is here."""
    try:
        baseline = record.read(source.root / path, Baseline)
        named = source.promotion_path(baseline) == source.root / path
    except LabError:
        return False
    return named and (source.has(baseline.run) or into.has(baseline.run))


def _move_all(moves: Sequence[tuple[Path, Path]]) -> None:
    """Move all, or none."""
    # What is moved is whole on disk before its new name is.
    os.sync()
    moved: list[tuple[Path, Path]] = []
    try:
        for what, to in moves:
            with record.writing(to):
                record.made(to.parent)
                what.rename(to)
                moved.append((what, to))
                record.sync_folder(to.parent)
    except UnwritableError:
        for what, to in reversed(moved):
            with record.writing(to):
                to.rename(what)
        raise
