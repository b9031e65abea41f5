"""Looking at one tour."""

from __future__ import annotations

from devices.journey import page_journey
from devices.screen import Screen


@page_journey(opens="/tours/1")
def tour(_screen: Screen) -> None:
    """Open one tour."""
