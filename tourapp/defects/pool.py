"""Connections that come back too late: the defect "pool-exhaustion"."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

from tourapp.clock import Pause
from tourapp.store.logbook import Logbook

Answer = TypeVar("Answer")

# Seconds for which a connection is away after its answer: 10 of them answer 40 questions a second.
AWAY = 0.25


class PooledLogbook(Logbook):
    """A logbook of so many connections, each of which is given back late; who finds none waits for its turn.

    The check behind /readyz waits like everybody: an app without connections is not ready.
    """

    def __init__(
        self,
        path: Path,
        committed: Callable[[int, float], None],
        *,
        connections: int,
        pause: Pause,
    ) -> None:
        super().__init__(path, committed)
        self._free = asyncio.Semaphore(connections)
        self._pause = pause
        self._away: set[asyncio.Task[None]] = set()

    async def write(self, change: Callable[[sqlite3.Connection], Answer]) -> Answer:
        """Make a change once there is a connection for it."""
        async with self._connection():
            return await super().write(change)

    async def read(self, question: Callable[[sqlite3.Connection], Answer]) -> Answer:
        """Answer a question once there is a connection for it."""
        async with self._connection():
            return await super().read(question)

    async def close(self) -> None:
        """Finish what was accepted; connections that are still away stay there."""
        for task in self._away:
            task.cancel()
        await super().close()

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[None]:
        await self._free.acquire()
        try:
            yield
        finally:
            task = asyncio.create_task(self._give_back())
            self._away.add(task)
            task.add_done_callback(self._away.discard)

    async def _give_back(self) -> None:
        await self._pause(AWAY)
        self._free.release()
