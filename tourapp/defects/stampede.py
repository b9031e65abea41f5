"""A cache whose value everybody makes anew when it is too old: the defect "cache-stampede"."""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Generic, TypeVar

from tourapp.store.catalogue import Catalogue, TownCount
from tourapp.store.database import open_catalogue

Value = TypeVar("Value")

# Counts under way at a time; a stampede waits in line for them, as it does for the connections of a database.
THREADS = 4


class Stampede(Generic[Value]):
    """Keeps what `make` returned for `seconds` of `clock`; each caller that comes later makes its own."""

    def __init__(
        self, make: Callable[[], Awaitable[Value]], *, seconds: float, clock: Callable[[], float]
    ) -> None:
        self._make = make
        self._seconds = seconds
        self._clock = clock
        self._kept: tuple[Value, float] | None = None

    async def value(self) -> Value:
        """Return the value, made now unless there is a fresh one."""
        if self._kept is not None and self._clock() < self._kept[1]:
            return self._kept[0]
        # Nobody is told that it is being made: this is the fault.
        value = await self._make()
        self._kept = value, self._clock() + self._seconds
        return value


class StampedingTowns:
    """The cities with their numbers of tours, counted by everyone who finds the last count too old."""

    def __init__(self, path: Path, *, seconds: float, clock: Callable[[], float]) -> None:
        self._path = path
        self._threads = ThreadPoolExecutor(max_workers=THREADS, thread_name_prefix="stampede")
        self._counts = Stampede(self._counted, seconds=seconds, clock=clock)

    async def counts(self) -> tuple[TownCount, ...]:
        """Return all cities by name."""
        return await self._counts.value()

    def close(self) -> None:
        """Finish the counts under way."""
        self._threads.shutdown()

    async def _counted(self) -> tuple[TownCount, ...]:
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._count)

    def _count(self) -> tuple[TownCount, ...]:
        with closing(open_catalogue(self._path)) as connection:
            return Catalogue(connection).town_counts()
