"""What pages show of a tour beside the catalogue: its photos, sounds and streets, and what people wrote."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class StopMedia:
    """The addresses of one stop's audio and photos."""

    audio: str
    photos: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TourMedia:
    """The media of a tour: one StopMedia a stop in walking order, the address of the streets (GeoJSON).

    `download_size` is what the parts of the bundle weigh together, in bytes.
    """

    stops: tuple[StopMedia, ...]
    streets: str
    download_size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """What somebody wrote, as it was written: any text, hostile markup too.  `rating` is 1 to 5."""

    author: str
    rating: int
    text: str
    written_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewPage:
    """Part of the reviews, newest first; `following` is the cursor to go on with, None on the last page."""

    reviews: tuple[Review, ...]
    following: str | None


class Shelf(Protocol):
    """Where pages get these from."""

    async def media(self, tour_id: int) -> TourMedia | None:
        """Return the media of a tour, None while there are none."""
        ...

    async def reviews(self, tour_id: int, cursor: str | None, limit: int) -> ReviewPage:
        """Return up to `limit` reviews from behind the cursor; the first page for None or an unknown one."""
        ...


class EmptyShelf:
    """A shelf of tours that are neither recorded nor reviewed yet; pages show their text and drawing."""

    async def media(self, tour_id: int) -> TourMedia | None:  # noqa: ARG002 - the same for every tour
        """Return None."""
        return None

    async def reviews(
        self,
        tour_id: int,  # noqa: ARG002 - the same for every tour
        cursor: str | None,  # noqa: ARG002 - there is one page only
        limit: int,  # noqa: ARG002 - nothing is always within it
    ) -> ReviewPage:
        """Return no reviews."""
        return ReviewPage(reviews=(), following=None)
