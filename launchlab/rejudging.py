"""Judges runs again from their records: with other baselines, or after the targets have changed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from lab.interop.assembly import is_imported
from lab.interop.promises import usual_drifts
from lab.kernel.errors import UsageError
from lab.kernel.model import Run
from lab.kernel.verdict import Target
from lab.store.store import Store
from launchlab import baselines, importing, judging
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
    run = store.records.load_run(name)
    against = [store.records.load_run(each) for each in references or _held_against(store, name)]
    return _judged(store, run, against, projects.load(path), exports)


def compare(store: Store, old: str, new: str, path: Path | None, exports: Exports = NONE) -> int:
    """Judge *new* against *old*, each a run's name or a file (see ``found``); return the exit code.

    A run that is only in a file has no place in the store, so its verdict is shown and not kept.
    """
    project = projects.load(path)
    reference, run = found(store, old, project), found(store, new, project)
    if store.records.has(new):
        return _judged(store, run, [reference], project, exports)
    to, conclusion = exports.console(), _conclusion(run, [reference], project)
    show(conclusion, to)
    to.print(f"\nnot kept, since {new} is a file", style="dim", markup=False)
    export(exports, conclusion.chapter, report=None, exit_code=conclusion.exit_code)
    return conclusion.exit_code


def _judged(store: Store, run: Run, against: Sequence[Run], project: Project, exports: Exports) -> int:
    to = exports.console()
    return conclude(_conclusion(run, against, project), store, exports, to)


def _conclusion(run: Run, against: Sequence[Run], project: Project) -> Conclusion:
    verdict = judging.judge(run, _targets(project, run, against), against, policy=project.policy)
    return Conclusion(
        run=run,
        verdict=verdict,
        references=tuple(against),
        exit_code=exit_code_of(project, verdict.outcome),
        following="open the report",
    )


def _targets(project: Project, run: Run, against: Sequence[Run]) -> Sequence[Target]:
    """Return what was promised of the run's subject; what the tour app promises is about nobody else.

    A run from files of another tool that is held against one is asked at the usual margins what no target
    asks.
    """
    of_others = project.bundled and run.subject.name != project.source.name
    if is_imported(run) and (against or of_others):
        promised = () if of_others else project.targets
        return (*promised, *(usual_drifts(run, promised) if against else ()))
    if of_others:
        raise UsageError(
            f"there is no {FILE} here, and the tour app's targets say nothing of {run.subject.name}.  "
            "Name the project's file with --project."
        )
    return project.targets


def _held_against(store: Store, name: str) -> Sequence[str]:
    verdict = store.records.load_verdict(name)
    return [each for each in verdict.baselines if store.records.has(each)] if verdict else ()


def found(store: Store, name: str, project: Project) -> Run:
    """Return the run of that name, else the one in the file or folder of that name.

    A file is an exported baseline, or of a tool that ``launchlab import`` reads.  Raises UsageError.
    """
    if store.records.has(name):
        return store.records.load_run(name)
    path = Path(name)
    if path.is_file() and importing.is_dossier(path):
        return baselines.read(path).run
    if path.exists():
        return importing.run_of([path], project)
    known = ", ".join(store.records.runs()[-10:]) or "none"
    raise UsageError(f"{name!r} is neither a run nor a file.  Known runs: {known}.")
