"""How far walkers have come: the only thing the tour app writes, and what it must never lose.

Commits wait for the disk, so reads and writes run outside the event loop, each connection in a thread of its
own.
"""

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from tourapp.store.database import open_logbook_for_reading, open_logbook_for_writing, transaction

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Where a walker is: the last stop reached (0 before the first) and the seconds heard of its story."""

    stop: int
    seconds: float


START = Mark(stop=0, seconds=0.0)


class Progress:
    """The marks of all walkers; any method raises sqlite3.Error when the logbook cannot be used."""

    def __init__(self, path: Path) -> None:
        self._path = path
        # The writer comes first: it repairs what a crash left half written, which a reader may not.
        self._writer = open_logbook_for_writing(path)
        self._reader = open_logbook_for_reading(path)
        (self.signing_key,) = self._writer.execute("SELECT key FROM signing_key").fetchone()
        self._inode = path.stat().st_ino
        self._writing = ThreadPoolExecutor(max_workers=1, thread_name_prefix="progress-writer")
        self._reading = ThreadPoolExecutor(max_workers=1, thread_name_prefix="progress-reader")

    async def save(self, account: str, tour_id: int, mark: Mark) -> None:
        """Store the mark; when this returns, it survives a power cut."""
        await self._in(self._writing, lambda: self._save(account, tour_id, mark))

    async def mark(self, account: str, tour_id: int) -> Mark:
        """Return the walker's mark on this tour, START when none was saved."""
        return await self._in(self._reading, lambda: self._mark(account, tour_id))

    async def check(self) -> None:
        """Return when the logbook answers."""
        await self._in(self._reading, self._refuse_lost_file)
        await self._in(
            self._reading, lambda: self._reader.execute("SELECT count(*) FROM signing_key").fetchone()
        )

    def close(self) -> None:
        """Finish what was accepted, then close both connections."""
        self._writing.shutdown()
        self._reading.shutdown()
        self._writer.close()
        self._reader.close()

    async def _in(self, pool: ThreadPoolExecutor, work: Callable[[], Answer]) -> Answer:
        return await asyncio.get_running_loop().run_in_executor(pool, work)

    def _save(self, account: str, tour_id: int, mark: Mark) -> None:
        self._refuse_lost_file()
        with transaction(self._writer):
            self._writer.execute(
                "INSERT INTO progress VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE"
                " SET stop = excluded.stop, seconds = excluded.seconds",
                (account, tour_id, mark.stop, mark.seconds),
            )

    def _mark(self, account: str, tour_id: int) -> Mark:
        row = self._reader.execute(
            "SELECT stop, seconds FROM progress WHERE account = ? AND tour_id = ?", (account, tour_id)
        ).fetchone()
        return START if row is None else Mark(stop=row[0], seconds=row[1])

    def _refuse_lost_file(self) -> None:
        """Raise when the file was deleted or replaced.

        Its open handle would still take writes, which would be confirmed and lost.
        """
        try:
            inode = self._path.stat().st_ino
        except OSError as error:
            raise sqlite3.OperationalError("the logbook file is gone") from error
        if inode != self._inode:
            raise sqlite3.OperationalError("the logbook file was replaced; restart the tour app")
