"""What records are in SQL: the rows of a run, of a verdict, of a promotion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC
from typing import Any

from sqlalchemy import Connection, Table, delete, insert

from lab.kernel.baseline import Baseline
from lab.kernel.model import Run
from lab.kernel.verdict import Verdict
from lab.store.failures import Failure
from lab.store.schema import DEPLOYMENT_HISTORY, ERROR_LOGS, READING, RUN, TRIAL

# The kind of a verdict in the deployment history; those of promotions are ``baseline.Kind``.
VERDICT = "verdict"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptRun:
    """All that the records say of a run."""

    run: Run
    verdict: Verdict | None = None
    failures: tuple[Failure, ...] = ()


def forget_run(connection: Connection, name: str) -> None:
    """Remove a run with all that was kept of it, and what was concluded about it."""
    history = DEPLOYMENT_HISTORY.c
    connection.execute(delete(RUN).where(RUN.c.id == name))
    connection.execute(delete(DEPLOYMENT_HISTORY).where((history.kind == VERDICT) & (history.run == name)))


def keep_run(connection: Connection, kept: KeptRun, mark: str) -> None:
    """Put a run in place of what was kept of it before; *mark* tells whose records say so."""
    run, verdict = kept.run, kept.verdict
    forget_run(connection, run.id)
    row = {
        "id": run.id,
        "session": run.session,
        "subject": run.subject.name,
        "release": run.subject.release,
        "started_at": run.started_at.astimezone(UTC),  # SQLite does not keep the zone
        "partial": int(run.partial),
        "outcome": verdict.outcome.value if verdict else None,
        "store": mark,
    }
    connection.execute(insert(RUN), row)
    if verdict is not None:
        connection.execute(insert(DEPLOYMENT_HISTORY), _judged(verdict, mark))
    trials = [
        {
            "run": run.id,
            "case": trial.case.name,
            "index": trial.index,
            "lane": trial.case.lane.value,
            "validity": trial.validity.value,
            "started_at": trial.started_at.astimezone(UTC),
            "duration": trial.duration,
        }
        for trial in run.trials
    ]
    readings = [
        {"run": run.id, "case": trial.case.name, "index": trial.index, "key": key, "value": value}
        for trial in run.trials
        for key, value in trial.readings.items()
    ]
    _insert(connection, TRIAL, trials)
    _insert(connection, READING, readings)
    _insert(connection, ERROR_LOGS, [{"run": run.id, **asdict(failure)} for failure in kept.failures])


def _insert(connection: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        connection.execute(insert(table), rows)


def _judged(verdict: Verdict, mark: str) -> dict[str, Any]:
    return {
        "kind": VERDICT,
        "baseline": "",
        "at": verdict.judged_at.astimezone(UTC),
        "run": verdict.run,
        "release": verdict.release,
        "outcome": verdict.outcome.value,
        "store": mark,
    }


def keep_promotion(connection: Connection, baseline: Baseline, mark: str) -> None:
    """Put a promotion or a rollback into the deployment history."""
    history, at = DEPLOYMENT_HISTORY.c, baseline.promoted_at.astimezone(UTC)
    same = (history.kind != VERDICT) & (history.baseline == baseline.name) & (history.at == at)
    connection.execute(delete(DEPLOYMENT_HISTORY).where(same))
    row = {
        "kind": baseline.kind.value,
        "baseline": baseline.name,
        "at": at,
        "run": baseline.run,
        "release": baseline.release,
        "outcome": baseline.outcome.value if baseline.outcome else None,
        "by": baseline.promoted_by,
        "why": baseline.why,
        "store": mark,
    }
    connection.execute(insert(DEPLOYMENT_HISTORY), row)
