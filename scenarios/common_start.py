"""The moment at which the processes of a load begin together: it is told when the last of them is ready.

A process is ready when Python, Locust and the locustfile are loaded, which takes a second or a minute.  It
says so by a file in its folder, and is told the moment by another.  Shared by both sides, so this never
imports Locust.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from lab.kernel.record import write_text
from scenarios.processes import time_to_start

# Seconds from the word to the start: enough for every process to be given a processor before.
_NOTICE = 1.0
# So many times what processes take by rule, and at least so many seconds, are given to them: a busy machine
# is several times slower, and a locustfile that makes its test data first takes half a minute.
_TIMES, _LEAST = 10, 60.0
_READY, _START = "ready", "start"
# Seconds between two looks for the word.
_LOOK = 0.05


class CommonStart:
    """The start of the processes that work in *folders*, which were started just now.

    *clock* is one that all processes of the machine share, and that nobody sets.  Python promises both of
    perf_counter, which is CLOCK_MONOTONIC on Linux (PEP 418; "system-wide" in the documentation of time).
    After *patience* seconds those who are not ready are overdue.
    """

    def __init__(self, folders: Sequence[Path], clock: Callable[[], float] = time.perf_counter) -> None:
        self._folders = folders
        self._clock = clock
        self._told = len(folders) < 2  # noqa: PLR2004  # one alone waits for nobody
        self._began = clock()
        self.patience = max(_LEAST, _TIMES * time_to_start(len(folders)))

    def look(self) -> None:
        """Tell all when to begin, once the last one is ready.  Raises UnwritableError."""
        if self._told or self._unready():
            return
        self._told = True
        moment = self._clock() + _NOTICE
        for folder in self._folders:
            write_text(folder / _START, f"{moment!r}")

    def overdue(self) -> Sequence[int]:
        """Return those who should have said by now that they are ready, and have not; counted from 0."""
        if self._told or self._clock() < self._began + self.patience:
            return ()
        return self._unready()

    def _unready(self) -> Sequence[int]:
        return [index for index, folder in enumerate(self._folders) if not (folder / _READY).exists()]


def awaited(folder: Path, sleep: Callable[[float], None]) -> float:
    """Say that the process that works in *folder* is ready; return when it is to begin, as it is told.

    In seconds of perf_counter.
    """
    write_text(folder / _READY, "")
    told = folder / _START
    while not told.exists():
        sleep(_LOOK)
    return float(told.read_text(encoding="utf-8"))
