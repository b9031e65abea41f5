"""What walkers thought of a tour."""

import sqlite3
from dataclasses import dataclass, field
from datetime import UTC, datetime

from tourapp.clock import Clock
from tourapp.content.people import first_name
from tourapp.store.logbook import Logbook

# Seconds for which a tour's rating is kept: a caller may keep the tour for a minute anyway, and a tour that
# is read need not wait each time until the logbook's next commit is on the disk.
RATING_AGE = 10.0

# Above every number that a review can have.
NEWEST = 2**63 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class NewReview:
    """A review to be written: stars from 1 to 5, and whose it is."""

    tour_id: int
    account: str
    rating: int
    text: str


@dataclass(frozen=True, slots=True)
class Review:
    """A review as others read it: any text, hostile markup too.  `rating` is 1 to 5."""

    review_id: int
    author: str
    rating: int
    text: str
    written_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewPage:
    """Part of the reviews, newest first; `following` is the cursor to go on with, None on the last page."""

    reviews: tuple[Review, ...]
    following: int | None


@dataclass(frozen=True, slots=True)
class Rating:
    """The mean of a tour's stars, None before the first review, and the number of its reviews."""

    mean: float | None
    count: int


@dataclass(frozen=True, slots=True)
class Reviews:
    """The reviews of all tours; `clock` gives seconds since the epoch."""

    logbook: Logbook
    clock: Clock
    # By tour, each with when it was read: at most one for each tour that there is.
    _ratings: dict[int, tuple[Rating, float]] = field(default_factory=dict)

    async def page(self, tour_id: int, cursor: int | None, limit: int) -> ReviewPage:
        """Return up to `limit` reviews of a tour from behind the cursor, the newest for None."""

        def question(reader: sqlite3.Connection) -> ReviewPage:
            rows = reader.execute(
                "SELECT review_id, account, rating, text, written_at FROM reviews"
                " WHERE tour_id = ? AND review_id < ? ORDER BY review_id DESC LIMIT ?",
                # One review more tells whether there is a next page.
                (tour_id, NEWEST if cursor is None else cursor, limit + 1),
            ).fetchall()
            reviews = tuple(_review(*row) for row in rows[:limit])
            return ReviewPage(reviews=reviews, following=reviews[-1].review_id if len(rows) > limit else None)

        return await self.logbook.read(question)

    async def add(self, new: NewReview) -> Review:
        """Store a review and return it; when this returns, it survives a power cut."""

        def change(writer: sqlite3.Connection) -> tuple[int, float]:
            last = writer.execute(
                "SELECT written_at FROM reviews WHERE tour_id = ? ORDER BY review_id DESC LIMIT 1",
                (new.tour_id,),
            ).fetchone()
            # Another process may have looked at the clock later and still have come first.
            now = max(self.clock(), *(last or (0.0,)))
            (number,) = writer.execute(
                "INSERT INTO reviews (tour_id, account, rating, text, written_at) VALUES (?, ?, ?, ?, ?)"
                " RETURNING review_id",
                (new.tour_id, new.account, new.rating, new.text, now),
            ).fetchone()
            return int(number), now

        number, now = await self.logbook.write(change)
        self._ratings.pop(new.tour_id, None)
        return _review(number, new.account, new.rating, new.text, now)

    async def rating(self, tour_id: int) -> Rating:
        """Return the rating of a tour, as it was at most RATING_AGE seconds ago."""
        kept, read_at = self._ratings.get(tour_id, (None, 0.0))
        now = self.clock()
        if kept is not None and 0 <= now - read_at < RATING_AGE:
            return kept
        rating = await self.logbook.read(lambda reader: _rating(reader, tour_id))
        self._ratings[tour_id] = (rating, now)
        return rating


def _review(number: int, account: str, rating: int, text: str, written_at: float) -> Review:
    return Review(number, first_name(account), rating, text, datetime.fromtimestamp(written_at, UTC))


def _rating(reader: sqlite3.Connection, tour_id: int) -> Rating:
    mean, count = reader.execute(
        "SELECT round(avg(rating), 2), count(*) FROM reviews WHERE tour_id = ?", (tour_id,)
    ).fetchone()
    return Rating(mean, count)
