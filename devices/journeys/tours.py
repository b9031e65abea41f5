"""Looking at the list of tours."""

from __future__ import annotations

from devices.journey import page_journey
from devices.screen import Screen


@page_journey(opens="/")
def tours(_screen: Screen) -> None:
    """Open the list of tours."""
