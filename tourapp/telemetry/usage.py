"""What this process uses of the machine."""

import os
import stat
import time
from dataclasses import dataclass

import psutil

# Names the files that a process has open, on Linux and macOS.
OPEN_FILES = "/dev/fd"


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Resident memory, CPU since the start, open files, and those of them that are sockets."""

    resident_bytes: int
    cpu_seconds: float
    open_files: int
    connections: int


def usage() -> Usage:
    """Look at this process; with 10,000 connections it takes about 10 ms, so not on the event loop."""
    sockets = [_is_socket(int(name)) for name in os.listdir(OPEN_FILES)]  # noqa: PTH208 - numbers, not paths
    return Usage(
        resident_bytes=psutil.Process().memory_info().rss,
        cpu_seconds=time.process_time(),
        open_files=len(sockets),
        connections=sum(sockets),
    )


def _is_socket(descriptor: int) -> bool:
    try:
        return stat.S_ISSOCK(os.fstat(descriptor).st_mode)
    except OSError:
        # Closed since it was listed.
        return False
