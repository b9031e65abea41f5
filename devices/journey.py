"""What a page journey is, and which there are: each is a module of `devices.journeys`."""

from __future__ import annotations

import inspect
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from devices import journeys
from devices.screen import Screen
from lab.kernel.errors import UsageError

Walk = Callable[[Screen], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class PageJourney:
    """A page worth measuring, and what is done after it was read, if anything.

    *path* is appended to the subject's address, and *walk* begins on the page there.  *duration* is
    about how long the walk takes, in seconds.
    """

    name: str
    path: str
    walk: Walk | None = None
    duration: float = 0.0

    @property
    def content(self) -> tuple[str, str]:
        """What the name stands for: the path, and the text of the file that the walk was written in."""
        if self.walk is None:
            return self.path, ""
        return self.path, Path(inspect.getfile(self.walk)).read_text(encoding="utf-8")


def page_journey(*, opens: str, takes: float = 0.0) -> Callable[[Walk], PageJourney]:
    """Make a page journey of a function, which names it.

    The visit *opens* this path and reads it before the function goes on, which *takes* so many seconds.
    """

    def made(walk: Walk) -> PageJourney:
        return PageJourney(name=walk.__name__.replace("_", "-"), path=opens, walk=walk, duration=takes)

    return made


def journey_names() -> list[str]:
    """Return the names of all page journeys, sorted."""
    return sorted(found.name.replace("_", "-") for found in pkgutil.iter_modules(journeys.__path__))


def journey_of(name: str) -> PageJourney:
    """Return the page journey *name*; a path such as ``/prices`` stands for the page there.

    Raises UsageError with the known names.
    """
    if name.startswith("/") and name.isprintable():
        return PageJourney(name=name, path=name)
    if name not in journey_names():
        raise UsageError.unknown("page journey", name, {*journey_names(), "any path, such as /prices"})
    module = import_module(f"{journeys.__name__}.{name.replace('-', '_')}")
    return next(found for found in vars(module).values() if isinstance(found, PageJourney))
