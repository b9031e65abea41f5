"""What walkers thought of a tour: read by everybody, written by who is signed in."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated

import msgspec

from tourapp.api.operation import Answer, Call, Operation
from tourapp.api.shapes import DEFAULT_LIMIT, Cursor, Limit, TourPath
from tourapp.api.tours import known_stops
from tourapp.site import Site
from tourapp.store.reviews import NewReview, Review

# Characters of a review.
LONGEST_TEXT = 2_000


class ReviewQuery(msgspec.Struct, frozen=True):
    """Which reviews to list."""

    cursor: Cursor | None = None
    limit: Limit = DEFAULT_LIMIT


class Opinion(msgspec.Struct, frozen=True):
    """What a walker thought: stars, and words that are kept as they were written."""

    rating: Annotated[int, msgspec.Meta(ge=1, le=5)]
    text: Annotated[
        str,
        msgspec.Meta(min_length=1, max_length=LONGEST_TEXT, extra_json_schema={"pattern": r"\S"}),
    ]

    def __post_init__(self) -> None:
        """Refuse what says nothing."""
        if not self.text.strip():
            raise ValueError("text: must hold more than blanks")


class ShownReview(msgspec.Struct, frozen=True):
    """A review; `author` is a first name, `text` anything at all."""

    id: int
    author: str
    rating: int
    text: str
    written_at: Annotated[datetime, msgspec.Meta(tz=True)]


class ReviewList(msgspec.Struct, frozen=True):
    """A page of reviews; `next_cursor` is null on the last one."""

    reviews: tuple[ShownReview, ...]
    next_cursor: str | None


class ReviewCalls:
    """The handlers of reviews."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def operations(self) -> tuple[Operation, ...]:
        """Return the operations on reviews."""
        address = "/api/tours/{tour_id}/reviews"
        return (
            Operation(method="GET", path=address, handler=self.list_reviews, answer=ReviewList, public=True),
            Operation(
                method="POST",
                path=address,
                handler=self.review,
                answer=ShownReview,
                status=HTTPStatus.CREATED,
                signed_in=True,
                tells={HTTPStatus.CREATED: ("Location",)},
            ),
        )

    async def list_reviews(self, _call: Call, path: TourPath, query: ReviewQuery) -> Answer:
        """List the reviews of a tour, newest first."""
        known_stops(self._site, path)
        page = await self._site.reviews.page(path.tour_id, query.cursor, query.limit)
        following = None if page.following is None else str(page.following)
        return Answer(ReviewList(tuple(_shown(each) for each in page.reviews), following))

    async def review(self, call: Call, path: TourPath, body: Opinion) -> Answer:
        """Review a tour."""
        known_stops(self._site, path)
        written = await self._site.reviews.add(
            NewReview(tour_id=path.tour_id, account=call.account, rating=body.rating, text=body.text)
        )
        # The page that begins, and ends, with this review.
        address = f"/api/tours/{path.tour_id}/reviews?cursor={written.review_id + 1}&limit=1"
        return Answer(_shown(written), {"location": address})


def _shown(review: Review) -> ShownReview:
    return ShownReview(review.review_id, review.author, review.rating, review.text, review.written_at)
