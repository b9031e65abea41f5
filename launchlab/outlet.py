"""Standard output and standard error, whose other end may go away while a command works.

A terminal that closes costs words and nothing else; that the command should end is what SIGHUP says.
A pipe that closes (``| head``) ends the command with 141, as SIGPIPE does with other programs: what
was finished is kept, and children are ended on the way out.
"""

from __future__ import annotations

import errno
import io
import os
import sys
from pathlib import Path
from typing import Any, TextIO

from lab.kernel.errors import ExitCode, UnwritableError


def stand_in() -> None:
    """Put outlets in place of the standard streams of this process."""
    sys.stdout = _over(sys.stdout, needed=True)
    sys.stderr = _over(sys.stderr, needed=False)


class Outlet(io.FileIO):
    """A file descriptor that becomes the null device when it can no longer be written.

    What is *needed* then ends the command with SystemExit or UnwritableError, unless it is a terminal.
    """

    def __init__(self, number: int, *, needed: bool) -> None:
        super().__init__(number, "wb", closefd=False)
        self._needed = needed and not self.isatty()

    def write(self, content: Any, /) -> int:
        """Write *content*, anything that holds bytes; return how many of them were taken."""
        try:
            return super().write(content)
        except OSError as error:
            # Also for what is buffered already, and would be tried again when the interpreter ends.
            _silence(self.fileno())
            if not self._needed:
                return memoryview(content).nbytes
            if error.errno == errno.EPIPE:
                raise SystemExit(ExitCode.UNREAD) from None
            raise UnwritableError.of("standard output", error) from None


def _over(stream: TextIO | None, *, needed: bool) -> TextIO:
    if stream is None:
        # The process was started with this stream closed.
        return Path(os.devnull).open("w", encoding="utf-8")
    return io.TextIOWrapper(
        io.BufferedWriter(Outlet(stream.fileno(), needed=needed)),
        encoding=stream.encoding,
        # A name of the subject may hold what the encoding cannot say.
        errors="backslashreplace",
        line_buffering=bool(stream.line_buffering),
    )


def _silence(number: int) -> None:
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, number)
    os.close(null)
