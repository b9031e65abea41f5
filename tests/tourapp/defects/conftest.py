"""A time that passes only when a test lets it."""

import asyncio
import heapq
import itertools

import pytest

# Turns of the event loop after which nothing moves any more without time or a thread.
TURNS = 50


class Timeline:
    """A clock in seconds from 0, and a pause that ends when the clock has come so far."""

    def __init__(self) -> None:
        self.now = 0.0
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._order = itertools.count()

    def clock(self) -> float:
        return self.now

    async def pause(self, seconds: float) -> None:
        wake: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self.now + seconds, next(self._order), wake))
        await wake

    async def advance(self, seconds: float) -> None:
        """Let so much time pass, and everything happen that it brings."""
        end = self.now + seconds
        await _settle()
        while self._sleepers and self._sleepers[0][0] <= end:
            self.now, _, wake = heapq.heappop(self._sleepers)
            if not wake.done():
                wake.set_result(None)
            await _settle()
        self.now = end


async def _settle() -> None:
    for _ in range(TURNS):
        await asyncio.sleep(0)


@pytest.fixture
def timeline() -> Timeline:
    return Timeline()
