"""Choosing a tour: from the list to what one of them is about."""

from __future__ import annotations

from devices.journey import page_journey
from devices.screen import Screen, part


@page_journey(opens="/", takes=2.0)
def list_to_detail(screen: Screen) -> None:
    """Go from the list of tours to one of them."""
    with screen.marked("list-to-detail"):
        screen.tap(part("tour-link"))
        screen.see(part("tour-title"))
