"""SQLite as the store needs it: durable, one writer at a time, schema changes whole or absent."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import NullPool

from lab.store.turns import writes

# Older write-ahead logs can corrupt when two connections write and checkpoint at the same moment
# (sqlite.org/wal.html, "the WAL-reset bug").
_SAFE_WAL = (3, 51, 3)
# How long to wait for another writer, in milliseconds.  The longest write is a rebuild: 500 trials of a
# hundred readings take a second on the reference machine.
_BUSY = 30_000


def engine_at(path: Path) -> Engine:
    """Return an engine on the file *path*."""
    # Opening a file costs nothing, and a connection that is not kept need not be closed later.
    engine = create_engine(f"sqlite:///{path}", poolclass=NullPool)
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def journal_mode(version: tuple[int, int, int]) -> str:
    """Return the journal that is safe with this version of SQLite."""
    return "WAL" if version >= _SAFE_WAL else "DELETE"


def _prepare(connection: Any, _record: Any) -> None:
    # The driver begins transactions before INSERT, and not before CREATE TABLE; so we begin them ourselves.
    connection.isolation_level = None
    # Waiting comes first: the next pragma may already meet another writer.
    pragmas = (
        f"busy_timeout={_BUSY}",
        f"journal_mode={journal_mode(sqlite3.sqlite_version_info)}",
        "synchronous=FULL",
        "foreign_keys=ON",
    )
    for pragma in pragmas:
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    # A transaction that reads first and writes later is refused at once where another writes, however
    # long it would have waited; so writers say so when they begin.
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes(connection) else "BEGIN DEFERRED")
