"""Stores to test with: runs put on disk as a measurement does it, and what SQL says of them."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from lab.kernel.baseline import Baseline
from lab.kernel.model import Run
from lab.kernel.verdict import Finding, Outcome, Question, Verdict
from lab.store.store import Store
from tests.builders import START

REFUSED = {"endpoint": "GET /api/search", "what": "HTTP 503", "count": 7, "example": "no room"}


def measured(store: Store, run: Run, failures: object = (REFUSED,)) -> Run:
    """Keep *run* trial by trial, each with a list of *failures*, and return it as it is on record."""
    store.keep(replace(run, trials=(), partial=True))
    for trial in run.trials:
        folder = store.records.artifact_folder(run.id, trial.case, trial.index)
        (folder / "failures.json").write_text(json.dumps(failures))
        (folder / "locust.log").write_text("a line\n" * 100)
        store.records.save_trial(run.id, replace(trial, artifacts=("failures.json", "locust.log")))
    store.keep(run)
    return store.records.load_run(run.id)


def a_promotion(run: str, *, name: str = "main", at: datetime = START, release: str = "1.0") -> Baseline:
    return Baseline(
        name=name, run=run, release=release, promoted_at=at, promoted_by="someone", why="it keeps its limits"
    )


def a_verdict(
    run: str,
    *,
    baselines: tuple[str, ...] = (),
    release: str = "1.1",
    findings: tuple[Finding, ...] = (),
) -> Verdict:
    return Verdict(run=run, release=release, baselines=baselines, findings=findings, judged_at=START)


def a_finding(outcome: Outcome = Outcome.PASSED, question: Question = Question.LIMIT) -> Finding:
    return Finding(
        target="quick", question=question, outcome=outcome, reason="so it is.", reading="response_mean"
    )


def content(root: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Return every row of every table of the store below *root*, read past all of our own code."""
    with closing(sqlite3.connect(root / "store.sqlite")) as connection:
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        return {
            name: sorted(connection.execute(f"SELECT * FROM {name}"))  # noqa: S608  (names of our own)
            for (name,) in tables
        }
