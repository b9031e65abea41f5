"""The tables of the SQL store, as the newest revision has them.

A change here goes with a migration in ``lab/store/migrations/versions``; a test holds the two together.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Integer,
    MetaData,
    String,
    Table,
    TypeDecorator,
)

# The newest revision.  Known without Alembic, so that a store that is up to date opens without importing it.
HEAD = "0003"

METADATA = MetaData()


class Words(TypeDecorator[str]):
    """Text of the subject's or a person's; PostgreSQL takes no NUL, so the sign for it stands there."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002  (SQLAlchemy's signature)
        """Return *value* as every database takes it."""
        return value and value.replace("\0", "\N{SYMBOL FOR NULL}")


# Where a store says which revision it has; Alembic's own name for it.
REVISION = Table("alembic_version", MetaData(), Column("version_num", String(32), primary_key=True))

RUN = Table(
    "run",
    METADATA,
    Column("id", String, primary_key=True),
    Column("session", Words, nullable=False),
    Column("subject", Words, nullable=False),
    Column("release", Words, nullable=False),
    Column("started_at", DateTime(timezone=True), nullable=False),
    Column("partial", Integer, nullable=False),
    Column("outcome", String),
    # Whose records tell of it: the mark of a store's folder.  Several jobs may share one PostgreSQL.
    Column("store", String),
)
TRIAL = Table(
    "trial",
    METADATA,
    Column("run", ForeignKey("run.id", ondelete="CASCADE"), primary_key=True),
    Column("case", Words, primary_key=True),
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
    Column("case", Words, primary_key=True),
    Column("index", Integer, primary_key=True),
    Column("key", Words, primary_key=True),
    Column("value", Float, nullable=False),
)
# What became of releases, when, by whom and why: judged, accepted for launch, taken back.
DEPLOYMENT_HISTORY = Table(
    "deployment_history",
    METADATA,
    Column("kind", String, primary_key=True),
    # Empty for a verdict, which is about a run and no baseline.
    Column("baseline", Words, primary_key=True),
    Column("at", DateTime(timezone=True), primary_key=True),
    Column("run", String, primary_key=True),
    Column("release", Words, nullable=False),
    Column("outcome", String),
    Column("by", Words),
    Column("why", Words),
    Column("store", String),
)
# What a run saw of its subject's failures.  The line in the trial's list is the key: the words of a
# failure are the subject's, and may be longer than an index takes.
ERROR_LOGS = Table(
    "error_logs",
    METADATA,
    Column("run", ForeignKey("run.id", ondelete="CASCADE"), primary_key=True),
    Column("case", Words, primary_key=True),
    Column("index", Integer, primary_key=True),
    Column("line", Integer, primary_key=True),
    Column("endpoint", Words, nullable=False),
    Column("what", Words, nullable=False),
    Column("count", BigInteger, nullable=False),
    Column("example", Words, nullable=False),
)
