"""Watching the way of a tour being drawn on its map: what has to run smoothly."""

from __future__ import annotations

from devices.journey import page_journey
from devices.screen import Screen, part

# Every way takes six seconds on the map, however long it is; a slow phone may take several times that.
_LONGEST = 45.0


@page_journey(opens="/tours/1/map", takes=12.0)
def map_animation(screen: Screen) -> None:
    """Start the animation of the walking route, and watch it to its end."""
    with screen.marked("map-animation"):
        screen.tap(part("map-start"))
        screen.see(part("map-done") + '[data-state="done"]', within=_LONGEST)
