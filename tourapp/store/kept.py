"""A value that is dear to make, kept for a while and made once for all who wait for it."""

import asyncio
import enum
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from tourapp.clock import Clock

Value = TypeVar("Value")


class Visit(enum.StrEnum):
    """How a caller came by the value: it lay there, another's making was waited for, or it was made."""

    HIT = "hit"
    SHARED = "shared"
    MISS = "miss"


class Kept(Generic[Value]):
    """Keeps what `make` returned for `seconds` of `clock`; `visited` is told of every call."""

    def __init__(
        self,
        make: Callable[[], Awaitable[Value]],
        *,
        seconds: float,
        clock: Clock,
        visited: Callable[[Visit], None] = lambda _visit: None,
    ) -> None:
        self._make = make
        self._seconds = seconds
        self._clock = clock
        self._visited = visited
        self._value: Value | None = None
        self._made_at: float | None = None
        self._making: asyncio.Task[Value] | None = None

    async def value(self) -> Value:
        """Return the value, made now unless there is a fresh one.

        What `make` raises is raised to all who wait for it, and kept from nobody: the next call tries again.
        """
        if self._value is not None and self._fresh():
            self._visited(Visit.HIT)
            return self._value
        self._visited(Visit.MISS if self._making is None else Visit.SHARED)
        if self._making is None:
            self._making = asyncio.create_task(self._made())
            self._making.add_done_callback(self._finished)
        # A caller that goes away takes nothing from the others.
        return await asyncio.shield(self._making)

    def _fresh(self) -> bool:
        # A clock that was set back makes nothing last longer.
        return self._made_at is not None and 0 <= self._clock() - self._made_at < self._seconds

    async def _made(self) -> Value:
        value = await self._make()
        self._value, self._made_at = value, self._clock()
        return value

    def _finished(self, making: asyncio.Task[Value]) -> None:
        self._making = None
        # Looked at, so that a failure nobody waits for any more is not reported as forgotten.
        if not making.cancelled():
            making.exception()
