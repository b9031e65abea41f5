"""What Alembic executes to migrate: on the connection that ``lab.store.upgrade`` hands over.

With ``sql=True`` it writes the statements for another dialect instead.
"""

from __future__ import annotations

from alembic import context

from lab.store.schema import METADATA

_GIVEN = context.config.attributes

context.configure(
    connection=_GIVEN.get("connection"), dialect_name=_GIVEN.get("dialect"), target_metadata=METADATA
)
context.run_migrations()
