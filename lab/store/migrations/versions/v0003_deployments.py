"""A deployment history of verdicts, promotions and rollbacks; and whose records tell of what."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the history anew, since its rows are made from the records, and mark where runs come from."""
    op.add_column("run", sa.Column("store", sa.String()))
    op.drop_table("deployment_history")
    op.create_table(
        "deployment_history",
        sa.Column("kind", sa.String(), primary_key=True),
        sa.Column("baseline", sa.String(), primary_key=True),
        sa.Column("at", sa.DateTime(timezone=True), primary_key=True),
        sa.Column("run", sa.String(), primary_key=True),
        sa.Column("release", sa.String(), nullable=False),
        sa.Column("outcome", sa.String()),
        sa.Column("by", sa.String()),
        sa.Column("why", sa.String()),
        sa.Column("store", sa.String()),
    )
