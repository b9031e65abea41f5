"""Judges runs again from their records: with other baselines, or after the targets have changed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from lab.kernel.errors import ExitCode, UsageError
from lab.store.store import Store
from launchlab import judging
from launchlab import project as projects
from launchlab.screen import console, show_verdict


def promoted(store: Store, name: str) -> str:
    """Return the run in force as baseline *name*.  Raises UsageError with the known names."""
    baseline = store.records.baseline(name)
    if baseline is None:
        raise UsageError.unknown("baseline", name, {each.name for each in store.records.baselines()})
    return baseline.run


def judge(store: Store, name: str, references: Sequence[str], path: Path | None) -> int:
    """Judge the run *name* against *references*, keep and show the verdict; return its exit code."""
    to, project = console(), projects.load(path)
    run = store.records.load_run(name)
    against = [store.records.load_run(reference) for reference in references]
    verdict = judging.judge(run, project.targets, against, policy=project.policy)
    code = ExitCode.of(verdict.outcome)
    show_verdict(to, verdict)
    to.print(f"\n[bold]Report[/]: {judging.publish(store, run, verdict, code)}")
    return code
