"""How far walkers have come."""

import math
import sqlite3
from collections.abc import Collection
from dataclasses import dataclass

from tourapp.store.logbook import Logbook


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Where a walker is: the last stop reached (0 before the first) and the seconds heard of its story.

    `recorded_at` is when it was there, in seconds since the epoch.
    """

    stop: int
    seconds: float
    recorded_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A mark as it is stored; `version` counts its changes."""

    mark: Mark
    version: int


# What is stored of a tour that was never begun: older than any mark.
NOTHING = Stored(mark=Mark(stop=0, seconds=0.0, recorded_at=-math.inf), version=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Saving:
    """What became of a mark: whether it was saved, and what is stored now."""

    saved: bool
    stored: Stored


@dataclass(frozen=True, slots=True)
class Progress:
    """The marks of all walkers."""

    logbook: Logbook

    async def save(self, account: str, tour_id: int, mark: Mark, over: Collection[int] | None) -> Saving:
        """Store the mark over one of these versions, None for whichever there is.

        When this returns, a saved mark survives a power cut.
        """

        def change(writer: sqlite3.Connection) -> Saving:
            stored = stored_mark(writer, account, tour_id)
            if over is not None and stored.version not in over:
                return Saving(saved=False, stored=stored)
            return Saving(saved=True, stored=put_mark(writer, account, tour_id, mark))

        return await self.logbook.write(change)

    async def stored(self, account: str, tour_id: int) -> Stored:
        """Return the walker's mark on this tour, NOTHING when none was saved."""
        return await self.logbook.read(lambda reader: stored_mark(reader, account, tour_id))


def stored_mark(connection: sqlite3.Connection, account: str, tour_id: int) -> Stored:
    """Read a mark, NOTHING when none was saved."""
    row = connection.execute(
        "SELECT stop, seconds, recorded_at, version FROM progress WHERE account = ? AND tour_id = ?",
        (account, tour_id),
    ).fetchone()
    if row is None:
        return NOTHING
    stop, seconds, recorded_at, version = row
    return Stored(mark=Mark(stop=stop, seconds=seconds, recorded_at=recorded_at), version=version)


def put_mark(writer: sqlite3.Connection, account: str, tour_id: int, mark: Mark) -> Stored:
    """Write a mark over whatever is there; return it with its version."""
    (version,) = writer.execute(
        "INSERT INTO progress VALUES (?, ?, ?, ?, 1, ?) ON CONFLICT DO UPDATE"
        " SET stop = excluded.stop, seconds = excluded.seconds, version = version + 1,"
        " recorded_at = excluded.recorded_at RETURNING version",
        (account, tour_id, mark.stop, mark.seconds, mark.recorded_at),
    ).fetchone()
    return Stored(mark=mark, version=version)
