"""What a page journey may do on a phone: open, tap, look, scroll, listen, lose the line.

A journey is written against this and knows no browser; `devices.browser.touchscreen` does it for real.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Protocol

from lab.kernel.errors import LabError

# A person who has seen nothing happen for this long has given up (Nielsen, "Response times: the 3
# important limits": 10 s); the steps that people do wait for say how long.
PATIENCE = 10.0
# CSS pixels a second: what the DevTools protocol takes for a scroll gesture (Input.synthesizeScrollGesture).
FINGER_SPEED = 800.0


class JourneyBrokenError(LabError):
    """A step of a page journey could not be walked: what was expected, and what was there instead.

    It ends the walk, and the visit is invalid; nobody above the visit ever sees it.
    """


class Screen(Protocol):
    """The phone in the hand of a journey.

    A *selector* is what `part` or `role` return, or CSS; where it fits several elements, the first
    counts.  Times are in seconds, distances in CSS pixels.  Every step raises JourneyBrokenError when
    it cannot be done, and when it leads off the subject.
    """

    def open(self, path: str) -> None:
        """Go to *path* of the subject and wait until it has loaded; an error page breaks the journey."""

    def tap(self, selector: str) -> None:
        """Put a finger on what is visible, at rest and not covered."""

    def see(self, selector: str, text: str | None = None, within: float = PATIENCE) -> None:
        """Wait until *selector* is visible and, where one is given, holds *text*."""

    def read(self, selector: str) -> str:
        """Return the text of *selector* once it is visible."""

    def play(self, selector: str, within: float = PATIENCE) -> None:
        """Start the sound or film of *selector*, and wait until it runs."""

    def scroll(self, distance: float, speed: float = FINGER_SPEED) -> None:
        """Swipe down the page by *distance*, up if it is negative; a page that stays breaks the journey."""

    def scroll_to_end(self, speed: float = FINGER_SPEED) -> None:
        """Swipe until the page ends, also past what it loads on the way."""

    def go_offline(self) -> None:
        """Cut the line, for the page and its service worker; the browser's own cache is emptied.

        What a page keeps for such times is in storage of its own; the cache is the browser's to drop.
        """

    def go_online(self) -> None:
        """Mend the line."""

    def marked(self, name: str) -> AbstractContextManager[None]:
        """Mark what is done inside as the interaction *name*, in the page's own timeline."""


def part(name: str) -> str:
    """Select what the page itself calls *name*, in its attribute ``data-journey``."""
    return f'[data-journey="{name}"]'


def role(kind: str, name: str) -> str:
    """Select what a screen reader announces as *kind* with *name*: ``role("button", "Sign in")``."""
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'role={kind}[name="{escaped}"]'
