"""The pages that a visit may open.  One visit opens one page: that is one trial."""

from __future__ import annotations

from dataclasses import dataclass

from lab.kernel.errors import UsageError


@dataclass(frozen=True, slots=True, kw_only=True)
class PageJourney:
    """A page worth measuring.  *path* is appended to the subject's address."""

    name: str
    title: str
    path: str


JOURNEYS = {
    journey.name: journey
    for journey in (
        PageJourney(name="tours", title="the list of tours", path="/"),
        PageJourney(name="tour", title="one tour", path="/tours/1"),
    )
}


def journey_of(name: str) -> PageJourney:
    """Return the page journey *name*; a path such as ``/prices`` stands for the page there.

    Raises UsageError with the known names.
    """
    if name.startswith("/") and name.isprintable():
        return PageJourney(name=name, title=f"the page {name}", path=name)
    if name not in JOURNEYS:
        raise UsageError.unknown("page journey", name, {*JOURNEYS, "any path, such as /prices"})
    return JOURNEYS[name]
