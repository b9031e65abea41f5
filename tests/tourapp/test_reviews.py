"""What walkers thought of a tour."""

import json
import statistics
from collections import Counter
from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any

import httpx
import pytest

from tests.tourapp.conftest import LABEL, Visitor, error_of
from tourapp.content.people import FIRST_NAMES, first_name
from tourapp.content.reviews import HOSTILE, HOSTILE_EVERY, seeded_reviews
from tourapp.content.seed import TOURS
from tourapp.settings import Settings
from tourapp.store.reviews import RATING_AGE


def reviews(visit: Visitor, tour_id: int, **query: int) -> list[dict[str, Any]]:
    """Return one page of reviews."""
    answer = visit.get(f"/api/tours/{tour_id}/reviews", params=query)
    assert answer.status_code == 200
    shown = answer.json()["reviews"]
    assert isinstance(shown, list)
    return shown


def post(
    visit: Visitor, walker: Mapping[str, str], text: str, rating: int = 5, tour_id: int = 7
) -> httpx.Response:
    return visit.ask(
        "POST", f"/api/tours/{tour_id}/reviews", headers=walker, json={"rating": rating, "text": text}
    )


def test_the_seeded_reviews_are_about_three_a_tour_and_always_the_same() -> None:
    seeded = list(seeded_reviews())
    assert seeded == list(seeded_reviews())
    assert len(seeded) / TOURS == pytest.approx(3, abs=0.2)
    assert set(Counter(each.tour_id for each in seeded)) <= set(range(1, TOURS + 1))
    assert {each.rating for each in seeded} == {1, 2, 3, 4, 5}
    assert all(1 <= len(each.text) <= 2_000 for each in seeded)


def test_every_hostile_text_is_some_tours_newest_review(visit: Visitor) -> None:
    newest = {
        reviews(visit, tour_id, limit=1)[0]["text"]
        for tour_id in range(HOSTILE_EVERY, HOSTILE_EVERY * (len(HOSTILE) + 1), HOSTILE_EVERY)
    }
    assert newest == set(HOSTILE)


def test_a_review_is_shown_first_and_by_a_first_name(visit: Visitor) -> None:
    text = "</script><script>alert('später')</script>"
    # After the seeded ones: no review is dated before those that came first.
    visit.now = 2_000_000_000.0
    before = reviews(visit, 7)
    written = post(visit, visit.log_in(), text, rating=4)
    assert written.status_code == 201
    assert written.json() == {
        "id": written.json()["id"],
        "author": first_name("walker-0001@example.org"),
        "rating": 4,
        "text": text,
        "written_at": "2033-05-18T03:33:20Z",
    }
    assert reviews(visit, 7) == [written.json(), *before]
    assert visit.get(written.headers["location"]).json()["reviews"] == [written.json()]


def test_no_address_of_an_author_is_shown(visit: Visitor) -> None:
    post(visit, visit.log_in(), "Fine")
    assert b"@" not in visit.get("/api/tours/7/reviews").content
    assert all(each["author"] in FIRST_NAMES for each in reviews(visit, 7))


def test_paging_shows_every_review_once_newest_first(visit: Visitor) -> None:
    walker = visit.log_in()
    for number in range(7):
        visit.now += 1
        post(visit, walker, f"Number {number}")
    seen: list[dict[str, Any]] = []
    query: dict[str, Any] = {"limit": 3}
    while True:
        page = visit.get("/api/tours/7/reviews", params=query).json()
        seen += page["reviews"]
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]
    assert seen == reviews(visit, 7, limit=100)
    assert [each["text"] for each in seen[:7]] == [f"Number {number}" for number in reversed(range(7))]
    assert len({each["id"] for each in seen}) == len(seen)


def test_a_tour_shows_the_mean_of_its_stars(visit: Visitor) -> None:
    for tour_id in (7, HOSTILE_EVERY):
        tour = visit.get(f"/api/tours/{tour_id}").json()
        stars = [each["rating"] for each in reviews(visit, tour_id, limit=100)]
        assert tour["review_count"] == len(stars)
        assert tour["rating_mean"] == pytest.approx(statistics.mean(stars), abs=0.005)
    unseen = next(iter(set(range(1, TOURS + 1)) - {each.tour_id for each in seeded_reviews()}))
    tour = visit.get(f"/api/tours/{unseen}").json()
    assert (tour["rating_mean"], tour["review_count"]) == (None, 0)


def test_a_new_review_counts_at_once_here_and_soon_elsewhere(settings: Settings) -> None:
    with ExitStack() as stack:
        one, two = (stack.enter_context(Visitor(settings)) for _ in range(2))
        before = [each.get("/api/tours/7").json()["review_count"] for each in (one, two)]
        post(one, one.log_in(), "Fine")
        assert one.get("/api/tours/7").json()["review_count"] == before[0] + 1
        assert len(reviews(two, 7)) == before[1] + 1
        two.now += RATING_AGE
        assert two.get("/api/tours/7").json()["review_count"] == before[1] + 1


@pytest.mark.parametrize("text", [*HOSTILE, "\0", "\x1b[31mred", "\ud7ff\ufffe\uffff"])
def test_any_text_comes_back_as_it_was_written(visit: Visitor, text: str) -> None:
    post(visit, visit.log_in(), text)
    assert reviews(visit, 7)[0]["text"] == text


def test_a_long_review_may_be_written_in_escapes(visit: Visitor) -> None:
    text = "\N{GRINNING FACE}" * 2_000
    body = json.dumps({"rating": 5, "text": text}, ensure_ascii=True)
    headers = visit.log_in() | LABEL
    answer = visit.ask("POST", "/api/tours/7/reviews", headers=headers, content=body)
    assert (answer.status_code, answer.json()["text"]) == (201, text)


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ("{}", "rating"),
        ('{"rating": 0, "text": "x"}', "rating"),
        ('{"rating": 6, "text": "x"}', "rating"),
        ('{"rating": 4.5, "text": "x"}', "rating"),
        ('{"rating": "5", "text": "x"}', "rating"),
        ('{"rating": 5}', "text"),
        ('{"rating": 5, "text": ""}', "text"),
        ('{"rating": 5, "text": " \\n\\t "}', "text"),
        ('{"rating": 5, "text": ["x"]}', "text"),
        ('{"rating": 5, "text": "' + "x" * 2_001 + '"}', "text"),
        ('{"rating": 5, "text": "\\ud800"}', "JSON"),
    ],
)
def test_a_malformed_review_is_refused_by_name(visit: Visitor, body: str, named: str) -> None:
    answer = visit.ask("POST", "/api/tours/7/reviews", headers=visit.log_in() | LABEL, content=body)
    assert (answer.status_code, named in error_of(answer)) == (400, True)


def test_a_review_needs_a_walker_and_a_tour(visit: Visitor) -> None:
    assert post(visit, {}, "Fine").status_code == 401
    assert post(visit, visit.log_in(), "Fine", tour_id=2_001).status_code == 404
    assert visit.get("/api/tours/2001/reviews").status_code == 404
    for query in ("limit=0", "limit=101", "cursor=x", "cursor=-1"):
        assert visit.get(f"/api/tours/7/reviews?{query}").status_code == 400


def test_the_list_may_be_kept_and_asked_after(visit: Visitor) -> None:
    first = visit.get("/api/tours/7/reviews")
    assert "max-age" in first.headers["cache-control"]
    tag = {"if-none-match": first.headers["etag"]}
    assert visit.get("/api/tours/7/reviews", headers=tag).status_code == 304
    post(visit, visit.log_in(), "Fine")
    assert visit.get("/api/tours/7/reviews", headers=tag).status_code == 200
