"""Opens the store that a command works on: a folder of records, and its SQL there or in a shared database."""

from __future__ import annotations

import os
from pathlib import Path

from lab.store.store import Store
from launchlab.settings import variable

# The address may hold a password, so it is no flag: arguments are seen by every user of the machine.
DATABASE = variable("database")


def open_at(folder: Path) -> Store:
    """Open the store below *folder*.  Raises what ``Store.at`` raises."""
    return Store.at(Path(folder), os.environ.get(DATABASE) or None)
