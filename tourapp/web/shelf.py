"""What pages show of a tour beside the catalogue: its photos, sounds and streets, and what people wrote."""

from dataclasses import dataclass
from datetime import UTC, datetime

from tourapp.media.packing import Packing
from tourapp.store.catalogue import Detail
from tourapp.store.reviews import Reviews


@dataclass(frozen=True, slots=True, kw_only=True)
class StopMedia:
    """The addresses of one stop's audio and photos."""

    audio: str
    photos: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TourMedia:
    """The media of a tour: one StopMedia a stop in walking order, and addresses.

    `hero` is the small photo for the top of its page, `streets` the map (GeoJSON); `download_size` what the
    parts of the bundle weigh together, in bytes.
    """

    stops: tuple[StopMedia, ...]
    hero: str
    streets: str
    download_size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownReview:
    """What somebody wrote, as it was written: any text, hostile markup too.  `rating` is 1 to 5."""

    author: str
    rating: int
    text: str
    written_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewPage:
    """Part of the reviews, newest first; `following` is the cursor to go on with, None on the last page."""

    reviews: tuple[ShownReview, ...]
    following: int | None


@dataclass(frozen=True, slots=True)
class Shelf:
    """Where pages get these from."""

    packing: Packing
    reviews: Reviews

    async def media(self, detail: Detail) -> TourMedia:
        """Return the media of a tour."""
        told = self.packing.told(detail)
        return TourMedia(
            stops=tuple(StopMedia(audio=stop.audio, photos=stop.photos) for stop in told.all_stops),
            hero=self.packing.hero(detail).path,
            streets=self.packing.map_path(detail),
            download_size=await self.packing.size(detail),
        )

    async def reviewed(self, tour_id: int, cursor: int | None, limit: int) -> ReviewPage:
        """Return up to `limit` reviews from behind the cursor, the first page for None."""
        # One more tells whether there is another page.
        found = await self.reviews.newest(tour_id, limit + 1, cursor)
        shown = tuple(
            ShownReview(
                author=each.author,
                rating=each.rating,
                text=each.text,
                written_at=datetime.fromtimestamp(each.written_at, UTC),
            )
            for each in found[:limit]
        )
        return ReviewPage(reviews=shown, following=found[limit - 1].review_id if len(found) > limit else None)
