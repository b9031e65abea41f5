"""The releases of the tour app, and which defects each of them shipped with."""

import enum

from tourapp.defects.defect import Defect


class Release(enum.StrEnum):
    """A release that can be started: 1.1 is 1.0 again, 1.2 is the bad one."""

    V1_0 = "1.0"
    V1_1 = "1.1"
    V1_2 = "1.2"

    @property
    def defects(self) -> frozenset[Defect]:
        """The defects that came with this release."""
        match self:
            case Release.V1_0 | Release.V1_1:
                return frozenset()
            case Release.V1_2:
                return frozenset(Defect)
