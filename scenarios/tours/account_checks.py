"""When an answer to somebody with an account is right: theirs, and what they saved before.  Pure.

Each function reads one kind of answer, and raises WrongAnswerError with the reason for a wrong one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from scenarios.engine.answers import Answer, demand
from scenarios.tours import shapes
from scenarios.tours.shapes import Mark, RecordedMark, Review, Session, Synced


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """A mark, and the version of it that the next write must name."""

    mark: Mark
    version: str


def progress(answer: Answer, *, account: str, tour_id: int) -> Progress:
    """Read how far *account* has come."""
    mark = answer.json(shapes.MARK)
    demand(mark.account == account, "the progress of another account")
    demand(mark.tour_id == tour_id, "the progress on another tour")
    version = answer.headers.get("etag", "")
    demand(bool(version), "progress without an ETag")
    return Progress(mark=mark, version=version)


def saved(answer: Answer, *, expected: Mark, before: str) -> Progress:
    """Read what was saved: the *expected* mark, as another version than *before*."""
    # Two users never share an account, and one saves after the other: there is no conflict to have.
    demand(answer.status not in (409, 412), "a conflict, though nobody else writes to this account")
    now = progress(answer, account=expected.account, tour_id=expected.tour_id)
    demand(now.mark == expected, "another mark than the one that was saved")
    demand(now.version != before, "a mark was saved, and its ETag is the old one")
    return now


def synced(answer: Answer, sent: Iterable[RecordedMark]) -> Synced:
    """Read what became of the marks that were *sent*."""
    told = answer.json(shapes.SYNCED)
    tours = {mark.tour_id for mark in sent}
    demand(tours.issuperset(told.applied) and tours.issuperset(told.stale), "a synced tour that was not sent")
    demand(tours.issubset({*told.applied, *told.stale}), "a sent mark of which nothing is said")
    return told


def synced_again(answer: Answer, first: Synced) -> Synced:
    """Read the answer to the same marks with the same key: it is the *first* one, and says so."""
    told = answer.json(shapes.SYNCED)
    demand(answer.headers.get("idempotency-replayed") == "true", "marks that were synced a second time")
    demand(told == first, "another answer to the same key and marks")
    return told


def kept(answer: Answer, *, account: str, newest: RecordedMark) -> Progress:
    """Read the progress on a tour whose *newest* mark was synced."""
    now = progress(answer, account=account, tour_id=newest.tour_id)
    expected = Mark(newest.tour_id, account, newest.stop, newest.seconds)
    demand(now.mark == expected, "another mark than the newest that was synced")
    return now


def reviews(answer: Answer, *, limit: int) -> Sequence[Review]:
    """Read a page of at most *limit* reviews, of which there may be none."""
    listed = answer.json(shapes.REVIEWS).reviews
    demand(len(listed) <= limit, "a list longer than its limit")
    demand(len({review.id for review in listed}) == len(listed), "a review twice in one list")
    demand(
        all(newer.written_at >= older.written_at for newer, older in pairwise(listed)),
        "reviews that are not newest first",
    )
    return listed


def posted(answer: Answer, *, rating: int, text: str) -> Review:
    """Read the review that was just written."""
    told = answer.json(shapes.REVIEW, status=201)
    demand((told.rating, told.text) == (rating, text), "another review than the one that was written")
    demand(bool(answer.headers.get("location")), "a new review without a Location")
    return told


def found_again(answer: Answer, *, review: Review, limit: int) -> None:
    """Read a page of the newest reviews, in which *review* is."""
    demand(review in reviews(answer, limit=limit), "the own review is not among the newest")


def session(answer: Answer, account: str) -> Session:
    """Read a login of *account*."""
    told = answer.json(shapes.SESSION)
    demand(told.account == account, "the session of another account")
    demand(bool(told.token) and bool(told.refresh_token), "a session without tokens")
    return told


def renewed(answer: Answer, before: Session) -> Session:
    """Read the session that follows the one *before*; its tokens are new."""
    told = session(answer, before.account)
    demand(told.refresh_token != before.refresh_token, "a refresh token that is not renewed")
    return told


def ended(answer: Answer) -> None:
    """Read the answer to a logout."""
    answer.demand_status(204)


def refused(answer: Answer) -> None:
    """Read the answer to a token that is good no more."""
    demand(answer.status != 200, "a token that still opens after its session ended")  # noqa: PLR2004  # the status
    answer.demand_status(401)
