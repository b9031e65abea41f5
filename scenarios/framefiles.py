"""Files of frames: followed while they grow, and read again line by line; never held as a whole."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from heapq import merge
from itertools import groupby
from pathlib import Path

from scenarios.engine.frames import Frame
from scenarios.merging import over_workers


class Tail:
    """Reads the complete lines that were appended to a file since the last look."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offset = 0

    def frames(self) -> Iterator[Frame]:
        """Yield what is new."""
        if not self._path.exists():
            return
        with self._path.open("rb") as file:
            file.seek(self._offset)
            for line in file:
                if not line.endswith(b"\n"):
                    return
                self._offset += len(line)
                yield Frame.parse(line)


class Gathering:
    """Gathers each second from *workers* processes: it is complete when all have told of it."""

    def __init__(self, workers: int) -> None:
        self._workers = workers
        self._parts: defaultdict[float, list[Frame]] = defaultdict(list)

    def add(self, frame: Frame) -> tuple[Frame, ...] | None:
        """Add one worker's frame; return all workers' of that second once they are there."""
        parts = self._parts[frame.place]
        parts.append(frame)
        if len(parts) < self._workers:
            return None
        del self._parts[frame.place]
        return tuple(sorted(parts, key=lambda part: part.worker))

    @property
    def incomplete(self) -> int:
        """How many seconds still lack a worker."""
        return len(self._parts)

    @property
    def missing(self) -> int:
        """The first worker that the oldest incomplete second lacks."""
        there = {part.worker for part in self._parts[min(self._parts)]}
        return min(set(range(self._workers)) - there)


def read(paths: Sequence[Path]) -> Iterator[Frame]:
    """Yield the frames of the workers whose files *paths* are, second by second, those of a second as one.

    A half-written last line ends its file.
    """
    with ExitStack() as stack:
        files = [stack.enter_context(path.open("rb")) for path in paths if path.exists()]
        seconds = [(Frame.parse(line) for line in file if line.endswith(b"\n")) for file in files]
        ordered = merge(*seconds, key=lambda frame: frame.place)
        for _, parts in groupby(ordered, key=lambda frame: frame.place):
            yield over_workers(tuple(parts))
