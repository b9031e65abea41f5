"""What a metric makes of the evidence: readings, their grain, and doubts about them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from lab.kernel.model import Caveat


@dataclass(frozen=True, slots=True, kw_only=True)
class Readings:
    """Values by metric name, in base units; *resolutions* where the grain depends on the visit."""

    values: Mapping[str, float] = field(default_factory=dict)
    resolutions: Mapping[str, float] = field(default_factory=dict)
    caveats: tuple[Caveat, ...] = ()

    def joined(self, other: Readings) -> Readings:
        """Return the readings of both."""
        return Readings(
            values={**self.values, **other.values},
            resolutions={**self.resolutions, **other.resolutions},
            caveats=self.caveats + other.caveats,
        )
