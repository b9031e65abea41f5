"""Child processes of the lab: started on a leash, watched, and never left behind."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from lab.engine import leash
from lab.kernel.errors import DriverError
from lab.kernel.record import writing

# The last lines of a log: enough to see a traceback's end, short enough for a terminal.
TAIL_LINES = 12


class Child:
    """One child process; leaving its context ends it and everything it started.

    *log* receives its output.  Raises DriverError when the program cannot be started, UnwritableError
    when there can be no log.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        log: Path,
        environment: Mapping[str, str] | None = None,
        folder: Path | None = None,
    ) -> None:
        self.log = log
        with writing(log):
            log.parent.mkdir(parents=True, exist_ok=True)
            output = log.open("ab")
        holder = [sys.executable, "-I", "-S", leash.__file__, *command]
        with output:
            try:
                self._holder = subprocess.Popen(
                    holder,
                    stdin=subprocess.PIPE,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    env={**os.environ, **(environment or {})},
                    cwd=folder,
                    start_new_session=True,
                )
            except OSError as error:
                raise DriverError(f"cannot start {command[0]!r}: {error}.") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        """The process group: signals to it reach the program and all its children."""
        return self._holder.pid

    @property
    def running(self) -> bool:
        """Whether the program has not ended yet."""
        return self._holder.poll() is None

    @property
    def status(self) -> int | None:
        """The program's exit status (128 + N after signal N), None while it runs."""
        return self._holder.poll()

    def wait(self, timeout: float) -> bool:
        """Wait for the program to end by itself; False when *timeout* seconds were not enough."""
        try:
            self._holder.wait(timeout)
        except subprocess.TimeoutExpired:
            return False
        return True

    def let_go(self) -> None:
        """Ask the program and everything it started to end, without waiting until they have."""
        if self._holder.stdin is not None:
            self._holder.stdin.close()

    def stop(self) -> None:
        """End the program and everything it started: politely, then for certain."""
        self.let_go()
        try:
            self.wait(leash.GRACE + 1)
        finally:
            # Also when an impatient user interrupts the waiting.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._holder.pid, signal.SIGKILL)
            self._holder.wait()

    def tail(self) -> str:
        """Return the last lines of the program's output."""
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        return "\n".join(lines[-TAIL_LINES:])
