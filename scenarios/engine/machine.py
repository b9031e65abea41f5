"""What the machine tells of itself: how much of it others take.  Nothing where the kernel does not tell.

Every figure is one since the machine or the group began; whoever asks takes differences.
"""

from __future__ import annotations

import os
import resource
from dataclasses import dataclass
from pathlib import Path

# proc(5): the first line is the sum over all processors, in ticks; its eighth figure is the time stolen.
_STATISTICS = Path("/proc/stat")
_STOLEN = 8
_TICKS = os.sysconf("SC_CLK_TCK")
_PROCESSORS = os.cpu_count() or 1
# Pressure stall information (the kernel's accounting/psi.rst): microseconds in which somebody waited.
_PRESSURE = Path("/proc/pressure/cpu")
# The group of this process, by version 2 and by version 1 of control groups, as a container sees its own.
_GROUPS = (Path("/sys/fs/cgroup/cpu.stat"), Path("/sys/fs/cgroup/cpu/cpu.stat"))
_DESCRIPTORS = Path("/proc/self/fd")
# proc(5): its second figure is the resident set, in pages.
_MEMORY = Path("/proc/self/statm")
_PAGE = os.sysconf("SC_PAGE_SIZE")
# More than the first line has.
_FIRST_LINE = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """Until now: *stolen* seconds of each processor, seconds of *pressure*, and how often *throttled*."""

    stolen: float
    pressure: float
    throttled: int


def taken() -> Taken:
    """Ask the kernel."""
    return Taken(
        stolen=stolen_in(_read(_STATISTICS)) / _PROCESSORS,
        pressure=pressure_in(_read(_PRESSURE)),
        throttled=max(throttled_in(_read(group)) for group in _GROUPS),
    )


def resident() -> int:
    """Return how many bytes of memory this process holds; 0 where the kernel does not tell."""
    words = _read(_MEMORY).split()
    return int(words[1]) * _PAGE if len(words) > 1 else 0


def stolen_in(statistics: str) -> float:
    """Return the seconds that the host took from all processors together, by the text of /proc/stat."""
    words = statistics.partition("\n")[0].split()
    return int(words[_STOLEN]) / _TICKS if len(words) > _STOLEN else 0.0


def pressure_in(told: str) -> float:
    """Return the seconds in which somebody waited for a processor, by the text of /proc/pressure/cpu."""
    some = told.partition("\n")[0]
    return int(some.rpartition("total=")[2]) / 1e6 if "total=" in some else 0.0


def throttled_in(statistics: str) -> int:
    """Return how often the group was out of its share of the processors, by the text of its cpu.stat."""
    for line in statistics.splitlines():
        name, _, value = line.partition(" ")
        if name == "nr_throttled":
            return int(value)
    return 0


def files() -> tuple[int, int]:
    """Return how many descriptors of this process are open, 0 where unknown, and how many may be."""
    try:
        # Their number since Linux 6.2, 0 before; to count them takes milliseconds at ten thousand.
        number = _DESCRIPTORS.stat().st_size
    except OSError:
        number = 0
    return number, resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def _read(path: Path) -> str:
    try:
        with path.open(encoding="ascii") as file:
            return file.read(_FIRST_LINE)
    except (OSError, UnicodeDecodeError):
        return ""
