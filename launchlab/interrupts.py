"""What asks a command to end: Ctrl-C, SIGTERM, and SIGHUP of a terminal that closes.

A command that measures nothing ends at once, wherever it stands: records are written whole or not
at all, SQL is a transaction, and a child's leash notices.  A session listens, and ends cleanly.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from types import FrameType, TracebackType
from typing import NoReturn, Self

from lab.kernel.errors import ExitCode, InterruptedRunError, LabError

# timeout(1), uv and other programs that start programs pass a signal on to a child that got it with
# the whole group.  What comes so soon after the first is the same request, heard twice.
_ONE_REQUEST = 0.5
# A live display hides the cursor (DECTCEM); a terminal that stays needs it back.
_SHOW_CURSOR = b"\x1b[?25h"


def end_at_once() -> None:
    """Let each request from now on end the process with 128 + N, without a traceback."""
    for number in _requests():
        signal.signal(number, _end)


def too_late() -> None:
    """Let nothing change the answer of a command that has one; the interpreter takes a while to end."""
    for number in _requests():
        signal.signal(number, signal.SIG_IGN)


class Interrupts:
    """While in its context, remembers that the user asked to stop.

    An error from then on has the exit code of the request.  The second request raises
    KeyboardInterrupt where the program stands, which leaves the context as InterruptedRunError; the
    third ends the process.
    """

    def __init__(self) -> None:
        self.received: signal.Signals | None = None
        self._since = 0.0
        self._insisted = False
        self._before: dict[signal.Signals, signal.Handlers] = {}

    def __enter__(self) -> Self:
        for number in _requests():
            self._before[number] = signal.signal(number, self._receive)  # type: ignore[assignment]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        if isinstance(error, KeyboardInterrupt):
            stopped = InterruptedRunError("stopped at once; finished trials are kept.")
            stopped.exit_code = ExitCode(self.exit_code or ExitCode.INTERRUPTED)
            raise stopped from None
        if isinstance(error, LabError) and self.received is not None:
            # A signal to the whole group may end a browser's process before we can.
            error.exit_code = ExitCode(self.exit_code)

    def _receive(self, number: int, frame: FrameType | None) -> None:
        if self.received is None:
            self.received, self._since = signal.Signals(number), time.monotonic()
        elif number == signal.SIGHUP or time.monotonic() - self._since < _ONE_REQUEST:
            # The kernel and the shell both tell of one closed terminal.
            return
        elif self._insisted:
            _end(self.received, frame)
        else:
            self._insisted = True
            raise KeyboardInterrupt

    @property
    def exit_code(self) -> int:
        """Return 128 + N for the signal that was received, 0 for none."""
        return 128 + self.received if self.received is not None else 0


def _requests() -> Iterator[signal.Signals]:
    yield signal.SIGINT
    yield signal.SIGTERM
    # Whoever started us with nohup wants us to outlive the terminal.
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        yield signal.SIGHUP


def _end(number: int, _frame: FrameType | None) -> NoReturn:
    # Not by an exception: in a destructor or in the middle of an import it would be printed and lost.
    with suppress(OSError):
        for stream in (number for number in (1, 2) if os.isatty(number)):
            os.write(stream, _SHOW_CURSOR)
        os.write(2, b"launchlab: stopped; what was finished is on record.\n")
    os._exit(128 + number)
