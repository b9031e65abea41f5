"""Judges runs again from their records: with other baselines, or after the targets have changed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from lab.engine.gate import References
from lab.kernel.errors import UsageError
from lab.kernel.model import Run
from lab.kernel.verdict import Target
from lab.store.store import Store
from launchlab import baselines, judging
from launchlab import project as projects
from launchlab.concluding import Conclusion, conclude, show
from launchlab.exporting import NONE, Exports, export
from launchlab.project import FILE, Project, exit_code_of


def promoted(store: Store, name: str) -> str:
    """Return the run in force as baseline *name*.  Raises UsageError with the known names."""
    return baselines.in_force(store, name).run


def judge(
    store: Store, name: str, references: Sequence[str], path: Path | None, exports: Exports = NONE
) -> int:
    """Judge the run *name* again, keep and show the verdict; return its exit code.

    Without *references* it is held against those of its verdict on record.
    """
    run, records = store.records.load_run(name), store.records
    verdict = records.load_verdict(name)
    held = [each for each in verdict.baselines if records.has(each)] if verdict else []
    pinned = verdict.pinned if verdict and verdict.pinned in held else None
    accepted = references or [each for each in held if each != pinned]
    against = References(
        accepted=tuple(map(records.load_run, accepted)),
        pinned=records.load_run(pinned) if pinned else None,
        noise=records.noise(),
    )
    return _judged(store, run, against, projects.load(path), exports)


def compare(store: Store, old: str, new: str, path: Path | None, exports: Exports = NONE) -> int:
    """Judge *new* against *old*, each a run's name or an exported baseline's file; return the exit code.

    A run that is only in a file has no place in the store, so its verdict is shown and not kept.
    """
    run, project = _found(store, new), projects.load(path)
    against = References(accepted=(_found(store, old),), noise=store.records.noise())
    if store.records.has(new):
        return _judged(store, run, against, project, exports)
    to, conclusion = exports.console(), _conclusion(run, against, project)
    show(conclusion, to)
    to.print(f"\nnot kept, since {new} is a file", style="dim", markup=False)
    export(exports, conclusion.chapter, report=None, exit_code=conclusion.exit_code)
    return conclusion.exit_code


def _judged(store: Store, run: Run, against: References, project: Project, exports: Exports) -> int:
    to = exports.console()
    return conclude(_conclusion(run, against, project), store, exports, to)


def _conclusion(run: Run, against: References, project: Project) -> Conclusion:
    verdict = judging.judge(run, _targets(project, run), against, policy=project.policy)
    return Conclusion(
        run=run,
        verdict=verdict,
        references=against.runs,
        exit_code=exit_code_of(project, verdict.outcome),
        following="open the report",
    )


def _targets(project: Project, run: Run) -> Sequence[Target]:
    """Return what was promised of the run's subject; what the tour app promises is about nobody else."""
    if project.bundled and run.subject.name != project.source.name:
        raise UsageError(
            f"there is no {FILE} here, and the tour app's targets say nothing of {run.subject.name}.  "
            "Name the project's file with --project."
        )
    return project.targets


def _found(store: Store, name: str) -> Run:
    """Return the run of that name, else the one in the file of that name."""
    if store.records.has(name):
        return store.records.load_run(name)
    if Path(name).is_file():
        return baselines.read(Path(name)).run
    known = ", ".join(store.records.runs()[-10:]) or "none"
    raise UsageError(f"{name!r} is neither a run nor a file.  Known runs: {known}.")
