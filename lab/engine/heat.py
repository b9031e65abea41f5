"""Whether the processor held itself back because it was hot: what it measures then is its cooling."""

from __future__ import annotations

from lab.engine.system_files import THIS_MACHINE, SystemFiles
from lab.kernel.model import Caveat

# How often each core, and the whole chip, was held back since the start.  Only x86 tells
# (the kernel's ABI/testing/sysfs-devices-system-cpu, thermal_throttle).
_COUNTS = "sys/devices/system/cpu/cpu*/thermal_throttle/*_throttle_count"


def throttled(files: SystemFiles = THIS_MACHINE) -> int | None:
    """Return how often this machine was held back by heat since it was started; None where it does not tell.

    Counted by each core and by the chip, so one event may count more than once: only whether it rises means
    anything.
    """
    counts = [int(text) for text in files.texts(_COUNTS) if text.isdigit()]
    return sum(counts) if counts else None


def doubts(before: int | None, after: int | None) -> tuple[Caveat, ...]:
    """Return what speaks against trials that were made between two looks at ``throttled``."""
    if before is None or after is None or after <= before:
        return ()
    advice = (
        "the processor held itself back because it was hot: cool the machine or lower its clock, and repeat."
    )
    return (Caveat(code="machine-throttled", advice=advice),)
