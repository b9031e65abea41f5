"""Judges runs that were measured, keeps the verdict, and makes the page about it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from lab.engine import gate
from lab.engine.gate import NOTHING, References
from lab.engine.policy import USUAL, Policy
from lab.kernel.model import Run
from lab.kernel.record import write_text
from lab.kernel.verdict import Question, Target, Verdict
from lab.store import failures
from lab.store.store import Store
from reports.render import render
from reports.view import Chapter, page


def judge(
    run: Run,
    targets: Sequence[Target],
    against: References = NOTHING,
    *,
    policy: Policy = USUAL,
    questions: frozenset[Question] = gate.BOTH,
) -> Verdict:
    """Judge *run* now; the verdict is on record only once it is kept."""
    return gate.judge(run, targets, against, now=datetime.now(UTC), policy=policy, questions=questions)


def keep(store: Store, run: Run, verdict: Verdict, foreign: Sequence[Run] = ()) -> Path:
    """Keep *verdict* beside the records of *run* and make the page about it; return the page's path.

    *foreign* is as for ``report``.  Raises UnwritableError.
    """
    store.keep(run, verdict)
    return report(store, [run.id], foreign)


def report(store: Store, runs: Sequence[str], foreign: Sequence[Run] = ()) -> Path:
    """Make the page about judged *runs* from their records; return its path.

    A page about one run lies beside it, a page about several beside their last one.  *foreign* are
    runs that they were held against and that the store does not keep.
    """
    chapters = [chapter(store, run, foreign) for run in runs]
    path = store.records.run_folder(runs[-1]) / "report.html"
    write_text(path, render(page(chapters)))
    return path.resolve()


def chapter(store: Store, name: str, foreign: Sequence[Run] = ()) -> Chapter:
    """Return what is on record about the run *name* and its verdict; *foreign* as for ``report``."""
    run = store.records.load_run(name)
    # A run that was never judged has a page all the same, and stays unjudged.
    verdict = store.records.load_verdict(name) or gate.judge(run, (), now=datetime.now(UTC))
    seen = failures.of_run(store.records.run_folder(name), run)
    promoted = [baseline.name for baseline in store.records.baselines() if baseline.run == name]
    return Chapter(
        verdict=verdict,
        run=run,
        references=tuple(_references(store, verdict, {each.id: each for each in foreign})),
        reasons=failures.reasons(seen),
        promoted=promoted[-1] if promoted else None,
    )


def _references(store: Store, verdict: Verdict, foreign: Mapping[str, Run]) -> Iterator[Run]:
    """Yield the runs that a verdict was reached against, as far as they can be had."""
    for name in verdict.baselines:
        if name in foreign:
            yield foreign[name]
        # A verdict that was imported, or reached against a file, names a run that is not here.
        elif store.records.has(name):
            yield store.records.load_run(name)
