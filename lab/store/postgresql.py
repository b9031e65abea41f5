"""PostgreSQL as the store needs it: one writer at a time, however many jobs share it."""

from __future__ import annotations

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import NullPool

from lab.kernel.errors import UsageError
from lab.store.turns import writes

# Any number that nobody else in that database locks; this one spells "launchlb" in ASCII.
_LOCK = 0x6C61756E63686C62
# How long to wait for another writer, in milliseconds, as with SQLite.
_BUSY = 30_000
# A server that does not answer within this many seconds is not there.
_CONNECT_TIMEOUT = 10
_DRIVERS = ("postgresql", "postgres", "postgresql+psycopg")
EXAMPLE = "postgresql://user@host/launchlab"


def engine_on(address: str) -> Engine:
    """Return an engine on a PostgreSQL; nothing is connected yet.

    Raises UsageError for what is no address of one, and where the driver is not installed.
    """
    url = _url(address)
    try:
        engine = create_engine(
            url,
            # A connection that is not kept need not be closed later, and survives no restart of the server.
            poolclass=NullPool,
            connect_args={
                "connect_timeout": _CONNECT_TIMEOUT,
                "application_name": "launchlab",
                "options": f"-c lock_timeout={_BUSY} -c timezone=UTC",
            },
        )
    except ModuleNotFoundError:
        raise UsageError(
            "the driver for PostgreSQL is not installed.  Type: pip install 'launchlab[postgresql]'."
        ) from None
    event.listen(engine, "begin", _begin)
    return engine


def shown(address: str) -> str:
    """Return *address* without its password."""
    return _url(address).set(drivername="postgresql").render_as_string(hide_password=True)


def _url(address: str) -> URL:
    try:
        url = make_url(address)
    except ArgumentError:
        # The address may hold a password, so it is not quoted.
        raise UsageError(f"what names the database is no address; write it as {EXAMPLE}.") from None
    if url.drivername not in _DRIVERS:
        raise UsageError(f"{url.drivername!r} is no database for runs; write {EXAMPLE}.")
    return url.set(drivername="postgresql+psycopg")


def _begin(connection: Connection) -> None:
    if writes(connection):
        # Held to the end of the transaction, also by one that migrates: whoever comes next sees its work.
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
