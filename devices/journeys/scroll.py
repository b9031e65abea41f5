"""Scrolling through the list of tours with a finger."""

from __future__ import annotations

from devices.journey import page_journey
from devices.screen import Screen, part


@page_journey(opens="/", takes=16.0)
def scroll(screen: Screen) -> None:
    """Scroll the list of tours to its end."""
    screen.see(part("tour-link"))
    with screen.marked("scroll"):
        screen.scroll_to_end()
