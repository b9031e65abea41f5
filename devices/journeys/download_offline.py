"""Taking a tour along: it is downloaded, the line is gone, and the tour is there all the same."""

from __future__ import annotations

from devices.journey import page_journey
from devices.screen import Screen, part

# A tour of the promised 10 MB takes 50 s over slow 4G.
_DOWNLOAD = 60.0


@page_journey(opens="/tours/1", takes=15.0)
def download_offline(screen: Screen) -> None:
    """Download a tour, lose the line, and open and hear the tour all the same."""
    title = screen.read(part("tour-title"))
    with screen.marked("download"):
        screen.tap(part("download"))
        screen.see(part("download-done"), within=_DOWNLOAD)
    screen.go_offline()
    with screen.marked("offline"):
        screen.open("/tours/1")
        screen.see(part("tour-title"), text=title)
        screen.open("/tours/1/play")
        screen.play(part("player"))
