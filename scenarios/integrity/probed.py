"""What a probe tells of one answer.  Pure, and quick to import: the probe starts beside a load."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Probed:
    """One answer to the probe: when it was asked, in seconds since the epoch, what it took, and its bytes."""

    moment: float
    seconds: float
    status: int
    size: int
