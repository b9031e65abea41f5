"""What the app notes of itself and of the browsers that visit it; each table keeps its newest rows only."""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tourapp.clock import Clock
from tourapp.store.database import open_logbook_for_writing
from tourapp.store.logbook import Logbook

# Rows that each table keeps: vitals of some 20,000 visits; nine values of two workers every 5 seconds for a
# day; more errors than anybody reads; more starts than anybody makes.
VITALS_KEPT = 100_000
SAMPLES_KEPT = 400_000
ERRORS_KEPT = 10_000
DEPLOYMENTS_KEPT = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """What a browser measured on a page: web vitals by name, in seconds; CLS is a score."""

    received_at: float
    release: str
    variant: str
    page: str
    vitals: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """An answer of 500 or more: the route, never the address, and the kind of error, never its message."""

    logged_at: float
    worker: int
    release: str
    method: str
    route: str
    status: int
    error: str
    trace_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What one worker used and did, in base units by name."""

    sampled_at: float
    worker: int
    values: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """One start of the app; `ended_at` is None while it runs, and for ever when it was killed."""

    release: str
    defects: str
    workers: int
    started_at: float
    ended_at: float | None = None


@dataclass(frozen=True, slots=True)
class Telemetry:
    """The tables of telemetry."""

    logbook: Logbook

    async def save_visit(self, visit: Visit) -> None:
        """Store what a browser measured."""

        def change(writer: sqlite3.Connection) -> None:
            writer.executemany(
                "INSERT INTO vitals VALUES (?, ?, ?, ?, ?, ?)",
                [
                    (visit.received_at, visit.release, visit.variant, visit.page, name, value)
                    for name, value in visit.vitals
                ],
            )
            _prune(writer, "vitals", VITALS_KEPT)

        await self.logbook.write(change)

    async def record(self, sample: Sample, failures: Sequence[Failure]) -> None:
        """Store what a worker used, and what went wrong in it."""

        def change(writer: sqlite3.Connection) -> None:
            writer.executemany(
                "INSERT INTO system_metrics VALUES (?, ?, ?, ?)",
                [(sample.sampled_at, sample.worker, name, value) for name, value in sample.values.items()],
            )
            writer.executemany(
                "INSERT INTO error_logs VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    (
                        *(each.logged_at, each.worker, each.release, each.method),
                        *(each.route, each.status, each.error, each.trace_id),
                    )
                    for each in failures
                ],
            )
            _prune(writer, "system_metrics", SAMPLES_KEPT)
            _prune(writer, "error_logs", ERRORS_KEPT)

        await self.logbook.write(change)


@contextmanager
def deployed(
    logbook: Path, clock: Clock, *, release: str, defects: Iterable[str], workers: int
) -> Iterator[None]:
    """Note a start in the logbook at this path, and its end unless it ends by an error."""
    with closing(open_logbook_for_writing(logbook)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        number = writer.execute(
            "INSERT INTO deployment_history (release, defects, workers, started_at) VALUES (?, ?, ?, ?)",
            (release, ", ".join(sorted(defects)), workers, clock()),
        ).lastrowid
        _prune(writer, "deployment_history", DEPLOYMENTS_KEPT)
        writer.execute("COMMIT")
    yield
    with closing(open_logbook_for_writing(logbook)) as writer:
        writer.execute(
            "UPDATE deployment_history SET ended_at = ? WHERE deployment_id = ?", (clock(), number)
        )


def deployments(reader: sqlite3.Connection) -> tuple[Deployment, ...]:
    """Return all starts that are remembered, the latest first."""
    rows = reader.execute(
        "SELECT release, defects, workers, started_at, ended_at FROM deployment_history"
        " ORDER BY deployment_id DESC"
    )
    return tuple(
        Deployment(
            release=release, defects=defects, workers=workers, started_at=started_at, ended_at=ended_at
        )
        for release, defects, workers, started_at, ended_at in rows
    )


def failures(reader: sqlite3.Connection, limit: int) -> tuple[Failure, ...]:
    """Return the latest failures, the last one first."""
    rows = reader.execute(
        "SELECT logged_at, worker, release, method, path, status, error, trace_id FROM error_logs"
        " ORDER BY rowid DESC LIMIT ?",
        (limit,),
    )
    return tuple(
        Failure(
            logged_at=logged_at,
            worker=worker,
            release=release,
            method=method,
            route=route,
            status=status,
            error=error,
            trace_id=trace_id,
        )
        for logged_at, worker, release, method, route, status, error, trace_id in rows
    )


def _prune(writer: sqlite3.Connection, table: str, kept: int) -> None:
    """Delete the oldest rows: their numbers rise, and only ever the lowest are deleted."""
    writer.execute(
        f"DELETE FROM {table} WHERE rowid <= (SELECT max(rowid) FROM {table}) - ?",  # noqa: S608 - our own names
        (kept,),
    )
