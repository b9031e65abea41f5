"""Asks other programs for an answer, within a time, and leaves none of them behind.

They are held on a leash, so that an installer ends also when this process is killed.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress

from lab.engine import leash


def answer_of(command: Sequence[str], environment: Mapping[str, str], timeout: float) -> str | None:
    """Return what *command* wrote to standard output, or None if it failed or took too long."""
    held, ours = os.pipe()
    with os.fdopen(held, "rb") as leashed, os.fdopen(ours, "wb"):
        process = subprocess.Popen(
            [sys.executable, "-I", "-S", leash.__file__, *command],
            env=dict(environment),
            stdin=leashed,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            # Installers and browsers start processes of their own; the group goes as a whole.
            start_new_session=True,
        )
        with process:
            try:
                said, _ = process.communicate(timeout=timeout)
            except BaseException as error:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                if isinstance(error, subprocess.TimeoutExpired):
                    return None
                raise
    return said if process.returncode == 0 else None
