"""Examines this machine: whether it can make a sound measurement, and what would mend it."""

from __future__ import annotations

import os
import resource
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lab.engine import environment

# A thousand users hold a thousand sockets, and the process needs some for itself.
_FILES_NEEDED = 2048
# A run with artifacts takes some ten megabytes; a full disk loses the trial in flight.
_BYTES_NEEDED = 500_000_000
# The load generator and the subject each need a core, or each slows the other.
_CORES_NEEDED = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing looked at; *remedy* says what to do where it is not well."""

    name: str
    well: bool
    seen: str
    remedy: str = ""


def examine(folder: Path) -> Iterator[Check]:
    """Look at this machine and at *folder*, where the records will lie."""
    cores = environment.usable_cores()
    yield Check(
        name="cores",
        well=cores >= _CORES_NEEDED,
        seen=f"{cores:.4g}",
        remedy="generator and subject share one core: measure on a larger machine.",
    )
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    yield Check(
        name="open files",
        well=files >= _FILES_NEEDED,
        seen=str(files),
        remedy=f"raise the limit before starting: ulimit -n {_FILES_NEEDED}",
    )
    yield _disk(folder)
    pressure = environment.pressure_on("cpu")
    yield Check(
        name="cpu pressure",
        well=not environment.doubts(),
        seen="unknown" if pressure is None else f"{pressure:.0%} of the last 10 s",
        remedy="other work is running: end it, or wait.",
    )


def _disk(folder: Path) -> Check:
    there = next(place for place in (folder, *folder.absolute().parents) if place.exists())
    free = shutil.disk_usage(there).free
    return Check(
        name="free disk",
        well=free >= _BYTES_NEEDED and os.access(there, os.W_OK),
        seen=f"{free / 1e9:.1f} GB at {there}",
        remedy="free some space, or name a writable folder with --store.",
    )
