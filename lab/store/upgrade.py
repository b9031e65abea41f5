"""Brings a store's schema to the newest revision: the only module that imports Alembic.

It is imported when there is something to do, since Alembic takes longer to import than most commands
take to run.
"""

from __future__ import annotations

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from lab.kernel.errors import RecordError
from lab.store.schema import HEAD


def upgrade(connection: Connection, revisions: frozenset[str], to: str = HEAD) -> None:
    """Migrate a store that has *revisions* (none: new, or older than migrations) within its transaction.

    Raises RecordError when the store was made by a newer launchlab.
    """
    config = configuration()
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if not revisions <= known:
        newer = ", ".join(sorted(revisions - known))
        raise RecordError(
            f"the SQL store {connection.engine.url.database!r} has revision {newer!r}, of a newer launchlab; "
            f"this one knows up to {HEAD!r}.  Update launchlab, or move that file away and type "
            "'launchlab store rebuild'."
        )
    config.attributes["connection"] = connection
    command.upgrade(config, to)


def configuration() -> Config:
    """Return Alembic's configuration; there is no file of it."""
    config = Config()
    config.set_main_option("script_location", "lab.store:migrations")
    config.set_main_option("path_separator", "os")
    return config
