"""The releases of the tour app, and which defects each of them shipped with."""

import enum

from tourapp.registry.defect import FAULTS, Defect, Defects


class Release(enum.StrEnum):
    """A release that can be started: 1.1 is 1.0 again, 1.2 is the bad one."""

    V1_0 = "1.0"
    V1_1 = "1.1"
    V1_2 = "1.2"

    @property
    def defects(self) -> Defects:
        """The defects that came with this release."""
        match self:
            case Release.V1_0 | Release.V1_1:
                return {}
            case Release.V1_2:
                came = (Defect.SLOW_SEARCH, Defect.BLOCKING_SCRIPT)
                return {defect: FAULTS[defect].strength for defect in came}
