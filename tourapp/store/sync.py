"""What phones recorded while offline: batches of marks, each applied once however often it is sent."""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from tourapp.store.logbook import Logbook
from tourapp.store.progress import Mark, put_mark, stored_mark

# Seconds for which a batch is known again: a phone that got no answer asks again within a day.
KEY_LIFETIME = 86_400

# Old keys that one sync forgets at most: more than it adds, and never so many that it takes long.
FORGOTTEN_AT_ONCE = 100


class ReusedKeyError(Exception):
    """A key came with another request than the one it was first used for."""


class Rejection(msgspec.Struct, frozen=True):
    """A mark that cannot be: of which tour, and why."""

    tour_id: int
    reason: str


class SyncAnswer(msgspec.Struct, frozen=True):
    """What became of a batch: tours whose mark is now the one sent, tours that had a newer one already."""

    applied: tuple[int, ...]
    stale: tuple[int, ...]
    rejected: tuple[Rejection, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What one walker sent under one key; `digest` is that of the request, `marks` are by tour."""

    account: str
    key: str
    digest: bytes
    marks: Mapping[int, Mark]
    rejected: tuple[Rejection, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Synced:
    """The answer to a batch, and whether it was given before."""

    answer: SyncAnswer
    replayed: bool


@dataclass(frozen=True, slots=True)
class Sync:
    """The batches of all walkers."""

    logbook: Logbook

    async def apply(self, batch: Batch, now: float) -> Synced:
        """Store the marks that are newer than what is there, unless this batch was applied already.

        When this returns, they survive a power cut.  Raises ReusedKeyError.
        """

        def change(writer: sqlite3.Connection) -> Synced:
            earlier = _earlier_answer(writer, batch, now)
            if earlier is not None:
                return Synced(answer=earlier, replayed=True)
            answer = _applied(writer, batch)
            _remember(writer, batch, answer, now)
            return Synced(answer=answer, replayed=False)

        return await self.logbook.write(change)


def _earlier_answer(writer: sqlite3.Connection, batch: Batch, now: float) -> SyncAnswer | None:
    row = writer.execute(
        "SELECT request_digest, answer FROM sync_answers"
        " WHERE account = ? AND idempotency_key = ? AND answered_at > ?",
        (batch.account, batch.key, now - KEY_LIFETIME),
    ).fetchone()
    if row is None:
        return None
    digest, answer = row
    if digest != batch.digest:
        raise ReusedKeyError
    return msgspec.json.decode(answer, type=SyncAnswer)


def _applied(writer: sqlite3.Connection, batch: Batch) -> SyncAnswer:
    applied, stale = [], []
    for tour_id, mark in batch.marks.items():
        stored = stored_mark(writer, batch.account, tour_id)
        if mark.recorded_at > stored.mark.recorded_at:
            put_mark(writer, batch.account, tour_id, mark)
            applied.append(tour_id)
        else:
            stale.append(tour_id)
    return SyncAnswer(applied=tuple(applied), stale=tuple(stale), rejected=batch.rejected)


def _remember(writer: sqlite3.Connection, batch: Batch, answer: SyncAnswer, now: float) -> None:
    writer.execute(
        "DELETE FROM sync_answers WHERE (account, idempotency_key) IN"
        " (SELECT account, idempotency_key FROM sync_answers WHERE answered_at <= ? LIMIT ?)",
        (now - KEY_LIFETIME, FORGOTTEN_AT_ONCE),
    )
    writer.execute(
        "INSERT OR REPLACE INTO sync_answers VALUES (?, ?, ?, ?, ?)",
        (batch.account, batch.key, batch.digest, msgspec.json.encode(answer), now),
    )
