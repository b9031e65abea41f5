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

# Seconds from the word to the start: enough for every process to be given a processor before.
_NOTICE = 1.0
_READY, _START = "ready", "start"
# Seconds between two looks for the word.
_LOOK = 0.05


class CommonStart:
    """The start of the processes that work in *folders*; *clock* is in seconds since the epoch."""

    def __init__(self, folders: Sequence[Path], clock: Callable[[], float] = time.time) -> None:
        self._folders = folders
        self._clock = clock
        self._told = len(folders) < 2  # noqa: PLR2004  # one alone waits for nobody

    def look(self) -> None:
        """Tell all when to begin, once the last one is ready.  Raises UnwritableError."""
        if self._told or not all((folder / _READY).exists() for folder in self._folders):
            return
        self._told = True
        moment = self._clock() + _NOTICE
        for folder in self._folders:
            write_text(folder / _START, f"{moment!r}")


def awaited(folder: Path, sleep: Callable[[float], None]) -> float:
    """Say that the process that works in *folder* is ready; return when it is to begin, as it is told.

    In seconds since the epoch.
    """
    write_text(folder / _READY, "")
    told = folder / _START
    while not told.exists():
        sleep(_LOOK)
    return float(told.read_text(encoding="utf-8"))
