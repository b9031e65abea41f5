"""Runs with their trials and readings, and what was promoted."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the first tables."""
    _create(
        "run",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("session", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("release", sa.String(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("partial", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String()),
    )
    _create(
        "trial",
        _run_column(),
        sa.Column("case", sa.String(), primary_key=True),
        sa.Column("index", sa.Integer(), primary_key=True),
        sa.Column("lane", sa.String(), nullable=False),
        sa.Column("validity", sa.String(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("duration", sa.Float(), nullable=False),
    )
    _create(
        "reading",
        _run_column(),
        sa.Column("case", sa.String(), primary_key=True),
        sa.Column("index", sa.Integer(), primary_key=True),
        sa.Column("key", sa.String(), primary_key=True),
        sa.Column("value", sa.Float(), nullable=False),
    )
    _create(
        "deployment_history",
        sa.Column("baseline", sa.String(), primary_key=True),
        sa.Column("promoted_at", sa.DateTime(timezone=True), primary_key=True),
        sa.Column("run", sa.String(), nullable=False),
        sa.Column("release", sa.String(), nullable=False),
        sa.Column("promoted_by", sa.String(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
    )


def _create(name: str, *columns: sa.Column[Any]) -> None:
    # Stores made before there were revisions have these tables, all or some; they are adopted.
    op.create_table(name, *columns, if_not_exists=True)


def _run_column() -> sa.Column[Any]:
    return sa.Column("run", sa.String(), sa.ForeignKey("run.id", ondelete="CASCADE"), primary_key=True)
