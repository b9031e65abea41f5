"""Answers of the tour app, right and wrong: each kind of wrong one is a failure with its reason."""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest

from scenarios.engine.answers import Answer, WrongAnswerError, kind_of
from scenarios.tours import account_checks, checks
from scenarios.tours.shapes import Mark, Part, RecordedMark, Review, Session, Stop, Synced, Tour

JSON = {"content-type": "application/json"}

LISBON = {
    "id": 7,
    "title": "Lisbon: rooftops at dusk",
    "theme": "views",
    "city": "Lisbon",
    "country": "Portugal",
    "language": "en",
    "duration_seconds": 5400,
    "price_cents": 0,
    "currency": "EUR",
    "latitude": 38.72431,
    "longitude": -9.14123,
    "stop_count": 2,
    "popularity": 0.1223,
    "image": "/pictures/7.svg",
}
HARBOUR = {**LISBON, "id": 9, "title": "Lisbon: harbour, ropes and salt", "latitude": 38.72931}
PAGE = {"tours": [LISBON, HARBOUR], "next_cursor": "20"}
FOUND = {"query": "rooftops", "tours": [LISBON]}
CITIES = {
    "cities": [
        {"name": "Lisbon", "country": "Portugal", "latitude": 38.72, "longitude": -9.14, "tour_count": 31}
    ]
}
PLACE = (38.72431, -9.14123)
NEAR = {"tours": [{**LISBON, "distance_meters": 0.0}, {**HARBOUR, "distance_meters": 556.0}]}
STOPS = [
    {"position": n, "name": "Old Gate", "seconds": 90, "audio": "/media/a.opus", "photos": ["/media/b.webp"]}
    for n in (1, 2)
]
TOUR = {**LISBON, "description": "Bring good shoes.", "stops": STOPS}
BUNDLE = {
    "tour_id": 7,
    "digest": "d1",
    "size": 5,
    "parts": [{"path": "/media/a.opus", "size": 5, "sha256": "", "media_type": "audio/ogg; codecs=opus"}],
    "archive": {"path": "/bundles/7-d1.tar", "size": 10_240},
}

Reads = Callable[[Answer], object]


def an_answer(content: Any, status: int = 200, headers: Mapping[str, str] = JSON) -> Answer:
    return Answer(status, headers, json.dumps(content).encode())


def changed(content: Any, path: str, value: Any) -> Any:
    """Return *content* with the member at *path* (``tours.0.id``) replaced."""
    content = copy.deepcopy(content)
    *way, last = [int(step) if step.isdigit() else step for step in path.split(".")]
    place = content
    for step in way:
        place = place[step]
    place[last] = value
    return content


def reason(read: Reads, answer: Answer) -> str:
    """Return why *answer* is wrong."""
    with pytest.raises(WrongAnswerError) as raised:
        read(answer)
    return str(raised.value)


page = partial(checks.page, limit=20, city="Lisbon")
found = partial(checks.found, words="rooftops", limit=20)
near = partial(checks.near, place=PLACE, radius=5_000, limit=20)
tour = partial(checks.tour, tour_id=7)
playable = partial(checks.playable, tour_id=7)
bundle = partial(checks.bundle, tour_id=7)

each_kind = pytest.mark.parametrize(
    ("read", "content"),
    [
        (page, PAGE),
        (found, FOUND),
        (checks.cities, CITIES),
        (near, NEAR),
        (tour, TOUR),
        (playable, TOUR),
        (bundle, BUNDLE),
    ],
    ids=["page", "found", "cities", "near", "tour", "playable", "bundle"],
)


@each_kind
def test_a_right_answer_is_read(read: Reads, content: Any) -> None:
    read(an_answer(content))


@each_kind
def test_no_answer_is_right_with_another_status_or_type_or_cut_off(read: Reads, content: Any) -> None:
    assert reason(read, an_answer(content, 503)) == "status 503 instead of 200"
    assert reason(read, an_answer(content, 204)) == "status 204 instead of 200"
    html = an_answer(content, headers={"content-type": "text/html"})
    assert reason(read, html) == "content is not application/json"
    assert reason(read, Answer(200, JSON, json.dumps(content).encode()[:-3])) == "content is not JSON"
    assert reason(read, an_answer({})).startswith("Object missing required field")
    assert reason(read, an_answer([])) == "Expected `object`, got `array`"


def test_text_that_is_no_utf_8_is_a_wrong_answer() -> None:
    latin = json.dumps({**PAGE, "next_cursor": "é"}, ensure_ascii=False).encode("latin-1")
    assert reason(page, Answer(200, JSON, latin)) == "content is not JSON"


@pytest.mark.parametrize(
    ("read", "content", "path", "value", "told"),
    [
        (page, PAGE, "tours", [], "an empty list, though there are tours"),
        (page, PAGE, "tours", [{**LISBON, "id": n} for n in range(21)], "a list longer than its limit"),
        (page, PAGE, "tours.1.id", 7, "a tour twice in one list"),
        (page, PAGE, "tours.1.city", "Porto", "a tour of another city"),
        (page, PAGE, "tours.0.popularity", 0, "a tour that nobody visits"),
        (page, PAGE, "tours.0.id", "7", "Expected `int`, got `str` - at `$.tours[].id`"),
        (found, FOUND, "query", "river", "the answer to another search"),
        (checks.cities, CITIES, "cities", [], "no cities, though there are tours"),
        (checks.cities, CITIES, "cities.0.tour_count", 0, "a city without tours"),
        (checks.cities, CITIES, "cities", CITIES["cities"] * 2, "a city twice"),
        (near, NEAR, "tours", [], "no tour nearby, though the place is amid some"),
        (near, NEAR, "tours.0.distance_meters", 557.0, "tours nearby that are not nearest first"),
        (near, NEAR, "tours.1.distance_meters", 5_001.0, "a tour nearby that is too far"),
        (near, NEAR, "tours.1.distance_meters", 600.0, "a distance that is not the tour's"),
        (tour, TOUR, "id", 9, "another tour than asked for"),
        (tour, TOUR, "stops", [], "a tour without stops"),
        (tour, TOUR, "stops", STOPS[:1], "more or fewer stops than it says"),
        (tour, TOUR, "stops", STOPS[::-1], "stops that are not in order"),
        (playable, TOUR, "stops.0.audio", "", "a stop without a story to hear"),
        (playable, TOUR, "stops.0.photos", [], "a stop without a photo"),
        (playable, TOUR, "stops.0.photos", ["//elsewhere/b.webp"], "a stop without a photo"),
        (bundle, BUNDLE, "tour_id", 9, "the bundle of another tour"),
        (bundle, BUNDLE, "parts", [], "a bundle without parts"),
        (bundle, BUNDLE, "parts.0.size", 0, "an empty part"),
        (bundle, BUNDLE, "size", 6, "parts that do not add up to the bundle"),
        (bundle, BUNDLE, "archive.path", "http://elsewhere/7.tar", "a part that is elsewhere"),
    ],
)
def test_a_wrong_body_has_its_reason(read: Reads, content: Any, path: str, value: Any, told: str) -> None:
    assert reason(read, an_answer(changed(content, path, value))) == told


def test_a_distance_may_be_that_of_an_ellipsoid() -> None:
    # Lisbon to Porto: 274 km; the ellipsoid says 0.3 % more or less than the sphere.
    assert checks.distance((38.72, -9.14), (41.15, -8.61)) == pytest.approx(273_990, rel=0.003)


def test_a_tour_is_not_modified_or_told_anew() -> None:
    known = Tour(7, "t", "Lisbon", 38.7, -9.1, 2, 0.1, [Stop(1), Stop(2)])
    checks.unchanged(Answer(304, {}, b""), known)
    checks.unchanged(an_answer(TOUR), known)
    assert reason(partial(checks.unchanged, known=known), Answer(304, {}, b"x")) == "a body with status 304"
    other = an_answer({**TOUR, "id": 9})
    assert reason(partial(checks.unchanged, known=known), other) == "another tour than asked for"
    told = an_answer(TOUR, headers={**JSON, "etag": 'W/"5"'})
    assert checks.tagged(told, 7).tag == 'W/"5"'


def test_a_part_has_its_type_its_size_and_its_digest() -> None:
    body = b"OggS."
    part = Part("/media/a.opus", 5, hashlib.sha256(body).hexdigest(), "audio/ogg; codecs=opus")
    read = partial(checks.genuine, expected=part)
    headers = {"content-type": "audio/ogg"}
    checks.genuine(Answer(200, headers, body), part)
    assert reason(read, Answer(200, headers, body[:4])) == "a part of another size than announced"
    assert reason(read, Answer(200, headers, b"OggS!")) == "a part with another digest"
    assert reason(read, Answer(200, {"content-type": "text/html"}, body)) == "content is not audio/ogg"
    assert reason(read, Answer(206, headers, body)) == "status 206 instead of 200"


def a_piece(first: int, last: int, size: int, length: int, status: int = 206) -> Answer:
    headers = {"content-range": f"bytes {first}-{last}/{size}", "content-type": "audio/ogg", "etag": '"e"'}
    return Answer(status, headers, b"OggS" + bytes(length - 4))


def test_a_piece_is_the_one_that_was_asked_for_and_the_last_may_be_shorter() -> None:
    read = partial(checks.piece, first=100, last=199, size=250)
    assert read(a_piece(100, 199, 250, 100)) == '"e"'
    assert checks.piece(a_piece(200, 249, 250, 50), first=200, last=299, size=250) == '"e"'
    assert reason(read, a_piece(100, 199, 250, 100, status=200)) == "status 200 instead of 206"
    assert reason(read, a_piece(0, 99, 250, 100)) == "a piece of other bytes than asked for"
    assert reason(read, a_piece(100, 149, 250, 50)) == "a piece of other bytes than asked for"
    assert reason(read, a_piece(100, 199, 250, 99)) == "a piece shorter or longer than it says"
    assert reason(read, a_piece(100, 199, 300, 100)) == "an archive of another size than announced"
    assert reason(read, Answer(206, {}, bytes(100))) == "a piece without a Content-Range"


def test_a_story_begins_as_one_and_a_photo_is_one() -> None:
    read = partial(checks.beginning, last=65_535)
    read(a_piece(0, 65_535, 100_000, 65_536))
    read(a_piece(0, 9_999, 10_000, 10_000))
    headers = {"content-range": "bytes 0-3/4", "content-type": "audio/ogg"}
    assert reason(read, Answer(206, headers, b"<htm")) == "content that is no audio/ogg"
    checks.picture(Answer(200, {"content-type": "image/webp"}, b"RIFF____WEBP"))
    empty = Answer(200, {"content-type": "image/webp"}, b"")
    assert reason(checks.picture, empty) == "content that is no image/webp"


ME = "walker-0007@example.org"
MARK = {"tour_id": 7, "account": ME, "stop": 3, "seconds": 41.0}
TAGGED = {**JSON, "etag": '"4"'}
progress = partial(account_checks.progress, account=ME, tour_id=7)
saved = partial(account_checks.saved, expected=Mark(7, ME, 3, 41.0), before='"3"')


def written(age: float) -> datetime:
    return datetime.fromtimestamp(1e9 - age, UTC)


kept = partial(account_checks.kept, account=ME, newest=RecordedMark(7, 3, 41.0, written(0)))


def test_progress_is_that_of_the_own_account_with_its_version() -> None:
    assert progress(an_answer(MARK, headers=TAGGED)).version == '"4"'
    other = an_answer({**MARK, "account": "walker-0008@example.org"}, headers=TAGGED)
    for read in (progress, saved, kept):
        assert reason(read, other) == "the progress of another account"
        assert reason(read, an_answer(MARK)) == "progress without an ETag"
        wrong = an_answer({**MARK, "tour_id": 9}, headers=TAGGED)
        assert reason(read, wrong) == "the progress on another tour"


def test_a_saved_mark_is_the_one_that_was_sent_in_a_new_version() -> None:
    assert saved(an_answer(MARK, headers=TAGGED)).version == '"4"'
    for status in (409, 412):
        conflict = an_answer({}, status, {"content-type": "application/problem+json"})
        assert reason(saved, conflict) == "a conflict, though nobody else writes to this account"
    other = an_answer({**MARK, "stop": 2}, headers=TAGGED)
    assert reason(saved, other) == "another mark than the one that was saved"
    same = an_answer(MARK, headers={**JSON, "etag": '"3"'})
    assert reason(saved, same) == "a mark was saved, and its ETag is the old one"
    assert reason(kept, other) == "another mark than the newest that was synced"


def test_of_each_synced_mark_it_is_said_what_became_of_it() -> None:
    sent = [RecordedMark(7, 1, 0.0, written(0)), RecordedMark(9, 2, 0.0, written(0))]
    read = partial(account_checks.synced, sent=sent)
    read(an_answer({"applied": [7], "stale": [9]}))
    read(an_answer({"applied": [7, 9], "stale": [7]}))
    assert reason(read, an_answer({"applied": [7], "stale": []})) == "a sent mark of which nothing is said"
    foreign = an_answer({"applied": [7, 9, 11], "stale": []})
    assert reason(read, foreign) == "a synced tour that was not sent"


def test_marks_that_are_sent_again_get_the_same_answer_which_says_so() -> None:
    read = partial(account_checks.synced_again, first=Synced([7], []))
    replayed = {**JSON, "idempotency-replayed": "true"}
    read(an_answer({"applied": [7], "stale": []}, headers=replayed))
    again = an_answer({"applied": [7], "stale": []})
    assert reason(read, again) == "marks that were synced a second time"
    other = an_answer({"applied": [], "stale": [7]}, headers=replayed)
    assert reason(read, other) == "another answer to the same key and marks"


def reviews(*ages: int) -> dict[str, Any]:
    listed = [
        {"id": n, "rating": 5, "text": "</script>", "written_at": written(age).isoformat()}
        for n, age in enumerate(ages)
    ]
    return {"reviews": listed, "next_cursor": None}


def test_reviews_are_newest_first_and_the_own_one_is_among_them() -> None:
    read = partial(account_checks.reviews, limit=3)
    assert len(account_checks.reviews(an_answer(reviews(0, 5, 5)), limit=3)) == 3
    assert reason(read, an_answer(reviews(5, 0))) == "reviews that are not newest first"
    assert reason(read, an_answer(reviews(0, 1, 2, 3))) == "a list longer than its limit"
    twice = an_answer({"reviews": reviews(0)["reviews"] * 2, "next_cursor": None})
    assert reason(read, twice) == "a review twice in one list"
    own = Review(1, 5, "</script>", written(5))
    account_checks.found_again(an_answer(reviews(0, 5)), review=own, limit=3)
    again = partial(account_checks.found_again, review=own, limit=3)
    assert reason(again, an_answer(reviews(0))) == "the own review is not among the newest"


def test_a_review_tells_when_it_was_written_with_the_offset() -> None:
    naive = changed(reviews(0, 5), "reviews.1.written_at", written(5).replace(tzinfo=None).isoformat())
    told = reason(partial(account_checks.reviews, limit=3), an_answer(naive))
    assert told == "Expected `datetime` with a timezone component - at `$.reviews[].written_at`"


def test_a_posted_review_is_the_one_that_was_written() -> None:
    read = partial(account_checks.posted, rating=4, text="We walked it twice.")
    told = {
        "id": 3,
        "author": "x",
        "rating": 4,
        "text": "We walked it twice.",
        "written_at": written(0).isoformat(),
    }
    headers = {**JSON, "location": "/api/tours/7/reviews/3"}
    assert account_checks.posted(an_answer(told, 201, headers), rating=4, text=told["text"]).id == 3  # type: ignore[arg-type]
    assert reason(read, an_answer(told, 200, headers)) == "status 200 instead of 201"
    assert reason(read, an_answer(told, 201)) == "a new review without a Location"
    other = an_answer({**told, "text": "We walked"}, 201, headers)
    assert reason(read, other) == "another review than the one that was written"


def test_a_session_is_the_own_one_is_renewed_and_ends() -> None:
    told = {"token": "t1", "account": ME, "expires_in": 900, "refresh_token": "r1"}
    first = account_checks.session(an_answer(told), ME)
    assert first == Session("t1", ME, "r1")
    other = an_answer({**told, "account": "walker-0008@example.org"})
    assert reason(partial(account_checks.session, account=ME), other) == "the session of another account"
    assert reason(partial(account_checks.session, account=ME), an_answer({**told, "token": ""})) == (
        "a session without tokens"
    )
    renewed = partial(account_checks.renewed, before=first)
    assert renewed(an_answer({**told, "refresh_token": "r2"})) == Session("t1", ME, "r2")
    assert reason(renewed, an_answer(told)) == "a refresh token that is not renewed"
    account_checks.ended(Answer(204, {}, b""))
    account_checks.refused(Answer(401, {}, b""))
    still = an_answer(MARK, headers=TAGGED)
    assert reason(account_checks.refused, still) == "a token that still opens after its session ended"
    assert reason(account_checks.refused, Answer(500, {}, b"")) == "status 500 instead of 401"


def test_a_reason_fits_a_line_and_is_what_a_failure_is_counted_by() -> None:
    assert len(str(WrongAnswerError("x" * 200))) == 80
    assert kind_of(WrongAnswerError("a tour of another city")) == "a tour of another city"
    assert kind_of(ConnectionResetError("by peer")) == "ConnectionResetError"
