"""How far a walker has come on a tour."""

from typing import Annotated

import msgspec

from tourapp.api.operation import Answer, Call, Operation
from tourapp.api.problem import refusal
from tourapp.api.shapes import TourPath
from tourapp.api.tours import known_tour
from tourapp.site import Site
from tourapp.store.progress import Mark

# Seconds; a week is more than anybody listens to one stop.
HIGHEST_SECONDS = 604_800


class NewMark(msgspec.Struct, frozen=True):
    """Where a walker is."""

    stop: Annotated[int, msgspec.Meta(ge=0, le=1_000)]
    seconds: Annotated[float, msgspec.Meta(ge=0, le=HIGHEST_SECONDS)]


class SavedMark(msgspec.Struct, frozen=True):
    """Where which walker is on which tour."""

    tour_id: int
    account: str
    stop: int
    seconds: float


class ProgressCalls:
    """The handlers of progress."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def operations(self) -> tuple[Operation, ...]:
        """Return the operations on progress."""
        address = "/api/progress/{tour_id}"
        return (
            Operation(method="GET", path=address, handler=self.progress, answer=SavedMark, signed_in=True),
            Operation(method="PUT", path=address, handler=self.save, answer=SavedMark, signed_in=True),
        )

    async def progress(self, call: Call, path: TourPath) -> Answer:
        """Show how far the walker has come on a tour."""
        known_tour(self._site, path)
        mark = await self._site.progress.mark(call.account, path.tour_id)
        return Answer(SavedMark(path.tour_id, call.account, mark.stop, mark.seconds))

    async def save(self, call: Call, path: TourPath, body: NewMark) -> Answer:
        """Save how far the walker has come on a tour."""
        stops = known_tour(self._site, path).card.stops
        if body.stop > stops:
            raise refusal(400, f"stop: this tour has {stops} stops")
        await self._site.progress.save(
            call.account, path.tour_id, Mark(stop=body.stop, seconds=body.seconds), self._site.clock()
        )
        return Answer(SavedMark(path.tour_id, call.account, body.stop, body.seconds))
