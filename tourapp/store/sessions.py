"""The sessions: who has logged in, which refresh token comes next, and which sessions have ended."""

import hmac
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass

from tourapp.clock import Clock
from tourapp.store.logbook import Logbook

# Seconds for which a bearer token is good: a leaked one is good for as long, and each new one costs a commit.
# An ended session is remembered for as long, so that its tokens are refused.
TOKEN_LIFETIME = 900

# Seconds after a refresh in which the token just spent still counts: two tabs of a browser refresh at the
# same instant, and a phone asks again when the answer was lost.
GRACE = 10.0

# Seconds without a refresh after which a session is over: a walker who comes back within a month stays in.
IDLE_LIFETIME = 30 * 86_400

# Old sessions that one login forgets at most, so that none of them takes long.
FORGOTTEN_AT_ONCE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Renewal:
    """What became of a refresh: the account it is for, None when it was refused.

    `reused` tells that the token had been spent before, which ended the session.
    """

    account: str | None
    reused: bool = False


@dataclass(frozen=True, slots=True)
class Sessions:
    """The sessions of all walkers; tokens are given as digests, `clock` gives seconds since the epoch.

    A change is dated when it is made, not when it is asked for: it may wait long for its turn.
    """

    logbook: Logbook
    clock: Clock

    async def start(self, session: str, account: str, digest: bytes) -> None:
        """Note a new session and its first refresh token; forget some that are long over."""

        def change(writer: sqlite3.Connection) -> None:
            now = self.clock()
            _forget(writer, now)
            writer.execute(
                "INSERT INTO sessions VALUES (?, ?, ?, ?, ?, NULL)", (session, account, digest, now, now)
            )

        await self.logbook.write(change)

    async def refresh(self, session: str, presented: bytes, successor: bytes) -> Renewal:
        """Spend the presented token for its successor.

        The token spent last counts for GRACE seconds more.  Any other ends the session (RFC 9700, section
        4.14.2): who knows the session's name has held a token of it, and a spent one comes back when it was
        stolen.
        """

        def change(writer: sqlite3.Connection) -> Renewal:
            now = self.clock()
            row = writer.execute(
                "SELECT account, refresh_digest, refreshed_at FROM sessions"
                " WHERE session_id = ? AND ended_at IS NULL AND refreshed_at > ?",
                (session, now - IDLE_LIFETIME),
            ).fetchone()
            if row is None:
                return Renewal(account=None)
            account, current, refreshed_at = row
            if hmac.compare_digest(current, presented):
                writer.execute(
                    "UPDATE sessions SET refresh_digest = ?, refreshed_at = ? WHERE session_id = ?",
                    (successor, now, session),
                )
                return Renewal(account=account)
            if hmac.compare_digest(current, successor) and now - refreshed_at <= GRACE:
                return Renewal(account=account)
            _end(writer, session, now)
            return Renewal(account=None, reused=True)

        return await self.logbook.write(change)

    async def end(self, session: str) -> None:
        """Note that a session has ended."""
        await self.logbook.write(lambda writer: _end(writer, session, self.clock()))

    async def ended_after(self, moment: float) -> Mapping[str, float]:
        """Return the sessions that ended after this moment, each with when."""
        return await self.logbook.read(
            lambda reader: dict(
                reader.execute("SELECT session_id, ended_at FROM sessions WHERE ended_at > ?", (moment,))
            )
        )


def _end(writer: sqlite3.Connection, session: str, now: float) -> None:
    writer.execute(
        "UPDATE sessions SET ended_at = ? WHERE session_id = ? AND ended_at IS NULL", (now, session)
    )


def _forget(writer: sqlite3.Connection, now: float) -> None:
    """Delete sessions whose last token is over: nobody can present one any more."""
    for column, oldest in (("ended_at", now - TOKEN_LIFETIME), ("refreshed_at", now - IDLE_LIFETIME)):
        writer.execute(
            f"DELETE FROM sessions WHERE session_id IN (SELECT session_id FROM sessions WHERE {column} < ?"  # noqa: S608 - constants
            " LIMIT ?)",
            (oldest, FORGOTTEN_AT_ONCE),
        )
