"""Ends a browser that outlives its deadline or the user's patience.

Most calls into a page have no time limit of their own, and a page that never returns to its event
loop answers none of them.  Killing the browser makes the pending call fail at once; where it does
not (Playwright 1.65 waits for ever when its browser dies at certain moments), killing Playwright's
own process does.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Self

from devices.artifacts import Ending

# How late a stop may be noticed, in seconds.
_PATIENCE = 0.1
# A call fails within 0.2 s of its browser's end, and a start that is under way is over in 1 s; with
# both processors busy in twice that.
_GRACE = 3.0


class Guard:
    """Watches one visit.

    *deadline* is in seconds from the guard's creation; *connector* is Playwright's own process.
    *stopping* is asked from a thread of the guard.  *severed* tells that the connector was ended.
    """

    def __init__(self, deadline: float, stopping: Callable[[], bool], connector: int) -> None:
        self._connector = connector
        self.severed = False
        self._end = time.monotonic() + deadline
        self._stopping = stopping
        self._done = threading.Event()
        self._process: int | None = None
        self._thread = threading.Thread(target=self._watch, name="browser-guard", daemon=True)
        self.reason: Ending | None = None

    @property
    def remaining(self) -> float:
        """Seconds until the deadline; never negative."""
        return max(self._end - time.monotonic(), 0.0)

    def sever(self) -> None:
        """End Playwright's own process, and the browser with it, at once.

        For an interrupt that came in the middle of a call: what follows it may wait for ever.
        """
        self.severed = True
        _kill(self._connector)

    def protects(self, process: int) -> None:
        """Name the browser's main process, from now on the one to end."""
        self._process = process

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        while self.reason is None:
            if self._done.wait(_PATIENCE):
                return
            self.reason = self._verdict()
        self._end_visit(time.monotonic() + _GRACE)

    def _end_visit(self, latest: float) -> None:
        killed = False
        while not self._done.wait(_PATIENCE):
            if self._process is not None and not killed:
                _kill(self._process)
                killed = True
            if time.monotonic() > latest:
                self.sever()
                return

    def _verdict(self) -> Ending | None:
        if self._stopping():
            return Ending.STOPPED
        return Ending.TIMED_OUT if self.remaining == 0.0 else None


def _kill(process: int) -> None:
    # Playwright starts a browser as the leader of a process group; its helpers go with it.
    with suppress(ProcessLookupError, PermissionError):
        group = os.getpgid(process)
        if group == os.getpgrp():
            os.kill(process, signal.SIGKILL)
        else:
            os.killpg(group, signal.SIGKILL)
