"""How far walkers have come."""

import sqlite3
from dataclasses import dataclass

from tourapp.store.logbook import Logbook


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Where a walker is: the last stop reached (0 before the first) and the seconds heard of its story."""

    stop: int
    seconds: float


START = Mark(stop=0, seconds=0.0)


@dataclass(frozen=True, slots=True)
class Progress:
    """The marks of all walkers."""

    logbook: Logbook

    async def save(self, account: str, tour_id: int, mark: Mark, now: float) -> None:
        """Store the mark; when this returns, it survives a power cut."""

        def change(writer: sqlite3.Connection) -> None:
            writer.execute(
                "INSERT INTO progress VALUES (?, ?, ?, ?, 1, ?) ON CONFLICT DO UPDATE"
                " SET stop = excluded.stop, seconds = excluded.seconds, version = version + 1,"
                " recorded_at = excluded.recorded_at",
                (account, tour_id, mark.stop, mark.seconds, now),
            )

        await self.logbook.write(change)

    async def mark(self, account: str, tour_id: int) -> Mark:
        """Return the walker's mark on this tour, START when none was saved."""

        def question(reader: sqlite3.Connection) -> Mark:
            row = reader.execute(
                "SELECT stop, seconds FROM progress WHERE account = ? AND tour_id = ?", (account, tour_id)
            ).fetchone()
            return START if row is None else Mark(stop=row[0], seconds=row[1])

        return await self.logbook.read(question)
