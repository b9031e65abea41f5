"""A tour app that really listens, as people start it."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

# Seconds after which a server that has not started or stopped is taken for broken.
DEADLINE = 20


@contextmanager
def started(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Start the server in a group of its own; hand out the process and its address."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tourapp", "--port", "0", *arguments],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    with process:
        try:
            assert process.stdout
            line = process.stdout.readline()
            address = re.search(r"http://[0-9.:]+", line)
            assert address, f"no address in {line!r}"
            yield process, address[0]
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
