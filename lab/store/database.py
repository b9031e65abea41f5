"""Runs in SQL, for questions across runs.  It holds nothing that the records do not.

SQLite by default, with one writer; the schema is plain enough for PostgreSQL.  ``rebuild`` makes
the same content again from the records.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    DateTime,
    Engine,
    Float,
    ForeignKey,
    Integer,
    MetaData,
    String,
    Table,
    create_engine,
    delete,
    event,
    insert,
    select,
)
from sqlalchemy.pool import NullPool
from sqlalchemy.schema import CreateTable

from lab.kernel.model import Baseline, Run
from lab.kernel.verdict import Verdict

METADATA = MetaData()

RUN = Table(
    "run",
    METADATA,
    Column("id", String, primary_key=True),
    Column("session", String, nullable=False),
    Column("subject", String, nullable=False),
    Column("release", String, nullable=False),
    Column("started_at", DateTime(timezone=True), nullable=False),
    Column("partial", Integer, nullable=False),
    Column("outcome", String),
)
TRIAL = Table(
    "trial",
    METADATA,
    Column("run", ForeignKey("run.id", ondelete="CASCADE"), primary_key=True),
    Column("case", String, primary_key=True),
    Column("index", Integer, primary_key=True),
    Column("lane", String, nullable=False),
    Column("validity", String, nullable=False),
    Column("started_at", DateTime(timezone=True), nullable=False),
    Column("duration", Float, nullable=False),
)
READING = Table(
    "reading",
    METADATA,
    Column("run", ForeignKey("run.id", ondelete="CASCADE"), primary_key=True),
    Column("case", String, primary_key=True),
    Column("index", Integer, primary_key=True),
    Column("key", String, primary_key=True),
    Column("value", Float, nullable=False),
)
# What was accepted for launch, when, by whom and why.
DEPLOYMENT_HISTORY = Table(
    "deployment_history",
    METADATA,
    Column("baseline", String, primary_key=True),
    Column("promoted_at", DateTime(timezone=True), primary_key=True),
    Column("run", String, nullable=False),
    Column("release", String, nullable=False),
    Column("promoted_by", String, nullable=False),
    Column("why", String, nullable=False),
)

# Older write-ahead logs can corrupt when two connections write and checkpoint at the same moment
# (sqlite.org/wal.html, "the WAL-reset bug").
_SAFE_WAL = (3, 51, 3)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunLine:
    """A run in a list."""

    id: str
    subject: str
    release: str
    outcome: str | None
    partial: bool


class Database:
    """One SQL store; a short transaction for each thing kept."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        with engine.begin() as connection:
            for table in METADATA.sorted_tables:
                # Two sessions may make the same store at the same moment.
                connection.execute(CreateTable(table, if_not_exists=True))

    @classmethod
    def at(cls, path: Path) -> Database:
        """Open or make the SQLite store at *path*."""
        path.parent.mkdir(parents=True, exist_ok=True)
        # Opening a file costs nothing, and a connection that is not kept need not be closed later.
        engine = create_engine(f"sqlite:///{path}", poolclass=NullPool)
        event.listen(engine, "connect", _prepare)
        return cls(engine)

    def keep(self, run: Run, verdict: Verdict | None = None) -> None:
        """Put *run* with its trials in place of what was kept of it before."""
        with self._engine.begin() as connection:
            _keep(connection, run, verdict)

    def keep_promotion(self, baseline: Baseline) -> None:
        """Add a promotion to the deployment history."""
        with self._engine.begin() as connection:
            connection.execute(insert(DEPLOYMENT_HISTORY), _promotion(baseline))

    def rebuild(self, runs: Iterable[tuple[Run, Verdict | None]], baselines: Iterable[Baseline]) -> None:
        """Replace everything by what the records say, in one transaction."""
        with self._engine.begin() as connection:
            for table in reversed(METADATA.sorted_tables):
                connection.execute(delete(table))
            for run, verdict in runs:
                _keep(connection, run, verdict)
            _insert(connection, DEPLOYMENT_HISTORY, [_promotion(baseline) for baseline in baselines])

    def newest(self, most: int) -> list[RunLine]:
        """Return the newest runs, newest first."""
        query = (
            select(RUN.c.id, RUN.c.subject, RUN.c.release, RUN.c.outcome, RUN.c.partial)
            .order_by(RUN.c.started_at.desc(), RUN.c.id)
            .limit(most)
        )
        with self._engine.connect() as connection:
            return [
                RunLine(id=id_, subject=subject, release=release, outcome=outcome, partial=bool(partial))
                for id_, subject, release, outcome, partial in connection.execute(query)
            ]


def _prepare(connection: Any, _record: Any) -> None:
    mode = "WAL" if sqlite3.sqlite_version_info >= _SAFE_WAL else "DELETE"
    for pragma in (f"journal_mode={mode}", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=5000"):
        connection.execute(f"PRAGMA {pragma}")


def _keep(connection: Connection, run: Run, verdict: Verdict | None) -> None:
    connection.execute(delete(RUN).where(RUN.c.id == run.id))
    outcome = verdict.outcome.value if verdict else None
    row = {
        "id": run.id,
        "session": run.session,
        "subject": run.subject.name,
        "release": run.subject.release,
        "started_at": run.started_at,
        "partial": int(run.partial),
        "outcome": outcome,
    }
    connection.execute(insert(RUN), row)
    trials = [
        {
            "run": run.id,
            "case": trial.case.name,
            "index": trial.index,
            "lane": trial.case.lane.value,
            "validity": trial.validity.value,
            "started_at": trial.started_at,
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


def _insert(connection: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        connection.execute(insert(table), rows)


def _promotion(baseline: Baseline) -> dict[str, Any]:
    return {
        "baseline": baseline.name,
        "promoted_at": baseline.promoted_at,
        "run": baseline.run,
        "release": baseline.release,
        "promoted_by": baseline.promoted_by,
        "why": baseline.why,
    }
