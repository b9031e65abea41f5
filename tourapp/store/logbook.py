"""What walkers write, and what the app notes of itself: one file, committed in groups.

Every change that waits while a commit is under way shares the next one, so the disk is asked once for all of
them.  The changes themselves are quick and run on the event loop; only the commit, which waits for the disk,
has a thread.
"""

import asyncio
import contextlib
import logging
import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from tourapp.store.database import open_logbook_for_reading, open_logbook_for_writing

Answer = TypeVar("Answer")

log = logging.getLogger(__name__)

# Seconds for which another process's lock is waited for, and between two attempts to get it: a commit takes
# a few milliseconds.
LOCK_PATIENCE = 5.0
LOCK_PAUSE = 0.002

# Changes that one commit takes along; what waits beyond is for the next, so that no commit is endless.
GROUP = 500


@dataclass(frozen=True, slots=True, eq=False)
class _Change(Generic[Answer]):
    """One change that waits to be made; its outcome is set once it is on the disk."""

    make: Callable[[sqlite3.Connection], Answer]
    outcome: asyncio.Future[Answer]


class Logbook:
    """The open logbook; used on one event loop.

    Its methods raise sqlite3.Error when the file cannot be used, and whatever a change or question raises.
    """

    def __init__(self, path: Path, committed: Callable[[int, float], None] = lambda *_: None) -> None:
        """Open the file; `committed` is told of each commit, its changes and its seconds."""
        self._path = path
        self._committed = committed
        # The writer comes first: it repairs what a crash left half written, which a reader may not.
        self._writer = open_logbook_for_writing(path)
        self._reader = open_logbook_for_reading(path)
        (self.signing_key,) = self._writer.execute("SELECT key FROM signing_key").fetchone()
        for connection in (self._writer, self._reader):
            # From here on locks are waited for without holding up the event loop.
            connection.execute("PRAGMA busy_timeout = 0")
        self._inode = path.stat().st_ino
        self._disk = ThreadPoolExecutor(max_workers=1, thread_name_prefix="commit")
        self._waiting: list[_Change[object]] = []
        self._group: asyncio.Task[None] | None = None
        self._unlocked = asyncio.Event()
        self._unlocked.set()

    async def write(self, change: Callable[[sqlite3.Connection], Answer]) -> Answer:
        """Make a change and return its answer; when this returns, it survives a power cut.

        A change that raises is undone, alone.  One whose caller has gone is made all the same.
        """
        outcome: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Change(change, outcome))  # type: ignore[arg-type]  # each has its own answer
        if self._group is None:
            self._group = asyncio.create_task(self._commit_groups())
        return await outcome

    async def read(self, question: Callable[[sqlite3.Connection], Answer]) -> Answer:
        """Answer a question from what is committed."""
        while not self._unlocked.is_set():
            await self._unlocked.wait()
        return await _patiently(lambda: question(self._reader))

    async def check(self) -> None:
        """Return when the logbook answers."""
        self._refuse_lost_file()
        await self.read(lambda reader: reader.execute("SELECT count(*) FROM signing_key").fetchone())

    async def close(self) -> None:
        """Finish what was accepted, then close both connections."""
        if self._group is not None:
            await self._group
        self._disk.shutdown()
        self._writer.close()
        self._reader.close()

    async def _commit_groups(self) -> None:
        try:
            while self._waiting:
                group, self._waiting = self._waiting[:GROUP], self._waiting[GROUP:]
                await self._commit(group)
                # Those who waited to read come before the next group locks the file again.
                await asyncio.sleep(0)
        finally:
            self._group = None

    async def _commit(self, group: list[_Change[object]]) -> None:
        """Make the changes of a group and commit them together; then tell each its outcome."""
        outcomes: list[Callable[[], None]] = []
        seconds: float | None = None
        try:
            self._refuse_lost_file()
            await _patiently(lambda: self._writer.execute("BEGIN IMMEDIATE"))
            outcomes = [self._made(change) for change in group]
            self._unlocked.clear()
            began = time.perf_counter()
            await asyncio.get_running_loop().run_in_executor(self._disk, self._commit_to_disk)
            seconds = time.perf_counter() - began
        except Exception as error:  # noqa: BLE001 - whatever it is, those who wait are told of it
            outcomes = [_failed(change, error) for change in group]
            with contextlib.suppress(sqlite3.Error):
                self._writer.execute("ROLLBACK")
        finally:
            self._unlocked.set()
        for tell, change in zip(outcomes, group, strict=True):
            if not change.outcome.done():
                tell()
        if seconds is not None:
            self._tell_of_commit(len(group), seconds)

    def _tell_of_commit(self, changes: int, seconds: float) -> None:
        """Report a commit; a listener that fails costs nobody a change that is on the disk."""
        try:
            self._committed(changes, seconds)
        except Exception:
            log.exception("a commit could not be reported")

    def _made(self, change: _Change[object]) -> Callable[[], None]:
        """Make one change; what it raises is its caller's, and undoes nobody else's."""
        self._writer.execute("SAVEPOINT change")
        try:
            answer = change.make(self._writer)
        except Exception as error:  # noqa: BLE001 - handed to whoever asked for the change
            self._writer.execute("ROLLBACK TO change")
            return _failed(change, error)
        finally:
            self._writer.execute("RELEASE change")
        return lambda: change.outcome.set_result(answer)

    def _commit_to_disk(self) -> None:
        """Wait for readers of other processes, then for the disk."""
        end = time.monotonic() + LOCK_PATIENCE
        while True:
            try:
                self._writer.execute("COMMIT")
            except sqlite3.OperationalError as error:
                if not _busy(error) or time.monotonic() > end:
                    raise
                time.sleep(LOCK_PAUSE)
            else:
                return

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


def _failed(change: _Change[object], error: Exception) -> Callable[[], None]:
    return lambda: change.outcome.set_exception(error)


async def _patiently(attempt: Callable[[], Answer]) -> Answer:
    """Return what the attempt returns, once no other process's lock is in its way."""
    end = time.monotonic() + LOCK_PATIENCE
    while True:
        try:
            return attempt()
        except sqlite3.OperationalError as error:
            if not _busy(error) or time.monotonic() > end:
                raise
            await asyncio.sleep(LOCK_PAUSE)


def _busy(error: sqlite3.OperationalError) -> bool:
    # The low byte is the kind; the others say more of it.
    return error.sqlite_errorcode & 0xFF in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
