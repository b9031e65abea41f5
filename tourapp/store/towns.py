"""The cities with their numbers of tours: dear to count, asked for often, changed never while serving."""

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tourapp.clock import Clock
from tourapp.store.catalogue import Catalogue, TownCount
from tourapp.store.database import open_catalogue
from tourapp.store.kept import Kept, Visit

# Seconds for which a count is good enough.
KEPT_SECONDS = 30.0


class Towns:
    """Counts in a thread and on a connection of its own: it takes long enough to hold others up."""

    def __init__(
        self,
        path: Path,
        *,
        clock: Clock,
        visited: Callable[[Visit], None],
        seconds: float = KEPT_SECONDS,
        keeping: type[Kept[tuple[TownCount, ...]]] = Kept,
    ) -> None:
        self._connection: sqlite3.Connection = open_catalogue(path)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="towns")
        self._kept = keeping(self._counted, seconds=seconds, clock=clock, visited=visited)

    async def counts(self) -> tuple[TownCount, ...]:
        """Return all cities by name."""
        return await self._kept.value()

    def close(self) -> None:
        """Finish a count under way and close the connection."""
        self._thread.shutdown()
        self._connection.close()

    async def _counted(self) -> tuple[TownCount, ...]:
        catalogue = Catalogue(self._connection)
        return await asyncio.get_running_loop().run_in_executor(self._thread, catalogue.town_counts)
