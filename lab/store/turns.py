"""Who writes says so when its transaction begins, so that writers take turns, whatever the database."""

from __future__ import annotations

from sqlalchemy import Connection

_OPTION = "writes"
# For Engine.execution_options.
WRITING = {_OPTION: True}


def writes(connection: Connection) -> bool:
    """Whether the transaction that begins is a writer's."""
    return bool(connection.get_execution_options().get(_OPTION))
