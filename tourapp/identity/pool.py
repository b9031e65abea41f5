"""Threads for work that keeps a core busy, in a bounded number and with a bounded queue.

What does not fit is refused at once: a queue without an end would keep everybody waiting for answers that
nobody waits for any more.
"""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

Arguments = ParamSpec("Arguments")
Answer = TypeVar("Answer")


class PoolFullError(Exception):
    """All threads are busy and the queue is full; the work was not taken."""


class BoundedPool:
    """Runs at most `threads` pieces of work at once, and lets at most `queue` more wait."""

    def __init__(self, *, threads: int, queue: int, name: str) -> None:
        self._threads = ThreadPoolExecutor(max_workers=threads, thread_name_prefix=name)
        self._places = threading.Semaphore(threads + queue)

    async def run(
        self, work: Callable[Arguments, Answer], *arguments: Arguments.args, **options: Arguments.kwargs
    ) -> Answer:
        """Return what the work returns; raises what it raises, and PoolFullError."""
        if not self._places.acquire(blocking=False):
            raise PoolFullError
        running = self._threads.submit(work, *arguments, **options)
        # A caller who goes away gives up a place in the queue, never one of work that has begun.
        running.add_done_callback(lambda _: self._places.release())
        return await asyncio.wrap_future(running)

    def close(self) -> None:
        """Finish what was taken."""
        self._threads.shutdown()
