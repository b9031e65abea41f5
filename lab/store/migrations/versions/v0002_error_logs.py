"""What runs saw of their subject's failures."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the table; its rows are made from the records."""
    op.create_table(
        "error_logs",
        sa.Column("run", sa.String(), sa.ForeignKey("run.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("case", sa.String(), primary_key=True),
        sa.Column("index", sa.Integer(), primary_key=True),
        sa.Column("line", sa.Integer(), primary_key=True),
        sa.Column("endpoint", sa.String(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("example", sa.String(), nullable=False),
    )
