"""Runs in SQL, for questions across runs.  It holds nothing that the records do not.

SQLite by default, or a PostgreSQL that several jobs share, each of which only touches what its own records
tell.  One writer at a time in either.  ``rebuild`` makes the same content again from the records.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from sqlalchemy import ColumnElement, Connection, Engine, Table, delete, inspect, select
from sqlalchemy.exc import DatabaseError, OperationalError, SQLAlchemyError

from lab.kernel.baseline import Baseline
from lab.kernel.model import Lane, Validity
from lab.store.rows import KeptRun, forget_run, keep_promotion, keep_run
from lab.store.schema import (
    DEPLOYMENT_HISTORY,
    HEAD,
    READING,
    REVISION,
    RUN,
    TRIAL,
)
from lab.store.sqlite import engine_at
from lab.store.turns import WRITING

# What writing a run raises where SQL cannot hold it.  The last two: letters and numbers that are beyond
# the driver.
UNWRITABLE = (SQLAlchemyError, ValueError, OverflowError)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunLine:
    """A run in a list."""

    id: str
    subject: str
    release: str
    outcome: str | None
    partial: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A line of the deployment history: a verdict on a release, its promotion, or a rollback to it.

    *baseline* is empty, and *by* and *why* are None, for a verdict.
    """

    kind: str
    at: datetime
    release: str
    run: str
    baseline: str
    outcome: str | None
    by: str | None
    why: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleLine:
    """A reading in the sound trials of one case of a run."""

    run: str
    subject: str
    lane: Lane
    case: str
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """What SQL cannot hold, by name, with the reason."""

    runs: dict[str, str] = field(default_factory=dict)
    promotions: dict[str, str] = field(default_factory=dict)

    def told(self) -> list[str]:
        """Return it in words."""
        by_kind = {"run": self.runs, "the promotion of": self.promotions}
        return [
            f"{kind} {name}: {reason}"
            for kind, reasons in by_kind.items()
            for name, reason in reasons.items()
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The records that a store is made from: *mark* tells their folder from others that share the store.

    Runs and promotions are read only when they are asked for.
    """

    mark: str
    runs: Iterable[KeptRun] = ()
    promotions: Iterable[Baseline] = ()


class Database:
    """One SQL store; a short transaction for each thing kept.

    *refused* is what it could not hold of the records that it was migrated with.
    """

    def __init__(self, engine: Engine, source: Source) -> None:
        """Open the store, and bring its schema to the newest revision where it is not.

        An older launchlab knew nothing of new columns and tables; so all that is on record is kept again in
        the same transaction.  Raises RecordError when a newer launchlab made the store.
        """
        self._mark = source.mark
        self._reading = engine
        self._writing = engine.execution_options(**WRITING)
        self.refused = Refused()
        with self._reading.connect() as connection:
            current = _revisions(connection) == {HEAD}
        if not current:
            self._upgrade(source)

    @classmethod
    def at(cls, path: Path, source: Source) -> Database:
        """Open or make the SQLite store at *path*."""
        path.parent.mkdir(parents=True, exist_ok=True)
        return cls(engine_at(path), source)

    def _upgrade(self, source: Source) -> None:
        # Alembic takes longer to import than most commands take; only this needs it.
        from lab.store.upgrade import upgrade  # noqa: PLC0415  (see above)

        with self._writing.begin() as connection:
            # Read again: another process may have done it while this one waited for its turn.
            revisions = _revisions(connection)
            old = inspect(connection).has_table(RUN.name)
            upgrade(connection, revisions)
            if old and revisions != {HEAD}:
                self._keep_all(connection, source, self.refused)

    def keep(self, kept: KeptRun) -> None:
        """Put a run with its trials in place of what was kept of it before."""
        with self._writing.begin() as connection:
            keep_run(connection, kept, self._mark)

    def keep_promotion(self, baseline: Baseline) -> None:
        """Put a promotion or a rollback into the deployment history."""
        with self._writing.begin() as connection:
            keep_promotion(connection, baseline, self._mark)

    def forget(self, gone: Callable[[str], bool]) -> None:
        """Remove the own runs that are *gone*, which is asked while nobody else can keep one."""
        with self._writing.begin() as connection:
            names = connection.scalars(select(RUN.c.id).where(self._own(RUN))).all()
            for name in filter(gone, names):
                forget_run(connection, name)

    def rebuild(self, source: Source) -> Refused:
        """Replace all that these records ever told by what they say now, in one transaction.

        They are read within it, so give iterators: what others keep meanwhile waits, and is not lost.  What
        other folders' records told stays.  Return what SQL cannot hold, and why.
        """
        refused = Refused()
        with self._writing.begin() as connection:
            for table in (DEPLOYMENT_HISTORY, RUN):
                connection.execute(delete(table).where(self._own(table)))
            self._keep_all(connection, source, refused)
        return refused

    def _keep_all(self, connection: Connection, source: Source, refused: Refused) -> None:
        for kept in source.runs:
            if reason := _refusal(connection, partial(keep_run, kept=kept, mark=self._mark)):
                refused.runs[kept.run.id] = reason
        for baseline in source.promotions:
            keep = partial(keep_promotion, baseline=baseline, mark=self._mark)
            if reason := _refusal(connection, keep):
                refused.promotions[f"{baseline.run} as {baseline.name}"] = reason

    def _own(self, table: Table) -> ColumnElement[bool]:
        # Stores from before there were marks have one folder only.
        return table.c.store.is_(None) | (table.c.store == self._mark)

    def newest(self, most: int) -> list[RunLine]:
        """Return the newest runs, newest first."""
        query = (
            select(RUN.c.id, RUN.c.subject, RUN.c.release, RUN.c.outcome, RUN.c.partial)
            .order_by(RUN.c.started_at.desc(), RUN.c.id)
            .limit(most)
        )
        with self._reading.connect() as connection:
            return [
                RunLine(id=id_, subject=subject, release=release, outcome=outcome, partial=bool(partial))
                for id_, subject, release, outcome, partial in connection.execute(query)
            ]

    def history(self) -> list[Event]:
        """Return what became of releases, oldest first."""
        columns = DEPLOYMENT_HISTORY.c
        query = select(
            columns.kind,
            columns.at,
            columns.release,
            columns.run,
            columns.baseline,
            columns.outcome,
            columns.by,
            columns.why,
        ).order_by(columns.at, columns.kind, columns.baseline, columns.run)
        with self._reading.connect() as connection:
            rows = connection.execute(query).mappings().all()
        # SQLite does not keep the zone.
        return [Event(**{**row, "at": row["at"].replace(tzinfo=UTC)}) for row in rows]

    def samples(self, key: str) -> list[SampleLine]:
        """Return the reading *key* of every run and case that has it, oldest run first."""
        query = (
            select(RUN.c.id, RUN.c.subject, TRIAL.c.lane, TRIAL.c.case, READING.c.value)
            .join(TRIAL, TRIAL.c.run == RUN.c.id)
            .join(
                READING,
                (READING.c.run == TRIAL.c.run)
                & (READING.c.case == TRIAL.c.case)
                & (READING.c.index == TRIAL.c.index),
            )
            .where(READING.c.key == key, TRIAL.c.validity != Validity.INVALID.value)
            .order_by(RUN.c.started_at, RUN.c.id, TRIAL.c.case, TRIAL.c.index)
        )
        with self._reading.connect() as connection:
            rows = connection.execute(query).all()
        found: dict[tuple[str, str, str, str], list[float]] = {}
        for run, subject, lane, case, value in rows:
            found.setdefault((run, subject, lane, case), []).append(value)
        return [
            SampleLine(run=run, subject=subject, lane=Lane(lane), case=case, values=tuple(values))
            for (run, subject, lane, case), values in found.items()
        ]

    def keys(self) -> list[str]:
        """Return the keys of all readings, in the order of the alphabet."""
        with self._reading.connect() as connection:
            return list(connection.scalars(select(READING.c.key).distinct().order_by(READING.c.key)))


def _refusal(connection: Connection, keep: Callable[[Connection], None]) -> str | None:
    """Keep something, or nothing of it and return why SQL cannot hold it.

    Raises OperationalError when nothing can be written, DatabaseError when the file is damaged.
    """
    try:
        with connection.begin_nested():
            keep(connection)
    except UNWRITABLE as error:
        # The driver raises the bare DatabaseError for a file that makes no sense, subclasses for rows.
        if isinstance(error, OperationalError) or type(error) is DatabaseError:
            raise
        return str(getattr(error, "orig", error))
    return None


def _revisions(connection: Connection) -> frozenset[str]:
    if not inspect(connection).has_table(REVISION.name):
        return frozenset()
    return frozenset(connection.scalars(select(REVISION.c.version_num)))
