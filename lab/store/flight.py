"""What may belong to a measurement in flight: whatever is young and not finished."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

# The longest soak tests last a night.
IN_FLIGHT = timedelta(days=1)


def quiet_since(folder: Path) -> datetime:
    """Return when *folder*, or anything in it, was last written; the epoch when it is gone."""
    return datetime.fromtimestamp(max((status.st_mtime for status in statuses(folder)), default=0.0), UTC)


def statuses(path: Path) -> Iterator[os.stat_result]:
    """Yield the status of *path* and all below it, links as links; what goes meanwhile is passed over."""
    below = (Path(folder, name) for folder, *names in os.walk(path) for name in (*names[0], *names[1]))
    for each in (path, *below):
        with suppress(FileNotFoundError):
            yield each.lstat()
