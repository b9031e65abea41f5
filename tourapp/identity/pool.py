"""Threads for work that keeps a core busy, in a bounded number and with a bounded queue.

What does not fit is refused at once: a queue without an end would keep everybody waiting for answers that
nobody waits for any more.
"""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import ParamSpec, TypeVar

Arguments = ParamSpec("Arguments")
Answer = TypeVar("Answer")


class PoolFullError(Exception):
    """All threads are busy and the queue is full; the work was not taken."""


class BoundedPool:
    """Runs at most `threads` pieces of work at once, and lets at most `queue` more wait.

    `waiting` is told, from any thread, how many wait whenever work is taken or done.
    """

    def __init__(
        self, *, threads: int, queue: int, name: str, waiting: Callable[[int], None] = lambda _: None
    ) -> None:
        self._threads = ThreadPoolExecutor(max_workers=threads, thread_name_prefix=name)
        self._at_once = threads
        self._places = threads + queue
        self._waiting = waiting
        self._lock = threading.Lock()
        self._taken = 0

    async def run(
        self, work: Callable[Arguments, Answer], *arguments: Arguments.args, **options: Arguments.kwargs
    ) -> Answer:
        """Return what the work returns; raises what it raises, and PoolFullError."""
        self._take_place()
        running = self._threads.submit(work, *arguments, **options)
        # A caller who goes away gives up a place in the queue, never one of work that has begun.
        running.add_done_callback(self._give_back_place)
        return await asyncio.wrap_future(running)

    def close(self) -> None:
        """Finish what was taken."""
        self._threads.shutdown()

    def _take_place(self) -> None:
        with self._lock:
            if self._taken == self._places:
                raise PoolFullError
            self._taken += 1
            self._waiting(max(0, self._taken - self._at_once))

    def _give_back_place(self, _done: Future[Answer]) -> None:
        with self._lock:
            self._taken -= 1
            self._waiting(max(0, self._taken - self._at_once))
