"""Two variants of the app, and caches that keep them apart."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.tourapp.conftest import Visitor, error_of
from tourapp.api.variants import Variant, drawn
from tourapp.identity.endings import LOOK_UP_EVERY


@pytest.mark.parametrize(("variant", "order"), [("a", "relevance"), ("b", "popularity")])
def test_a_header_decides(visit: Visitor, variant: str, order: str) -> None:
    answer = visit.get("/api/flags", headers={"x-variant": variant})
    assert answer.json() == {"variant": variant, "flags": {"search_order": order}}
    assert answer.headers["x-variant"] == variant


@pytest.mark.parametrize("variant", ["c", "", "A", "a,b", "null"])
def test_another_variant_is_refused_on_every_call(visit: Visitor, variant: str) -> None:
    for path in ("/api/flags", "/api/tours", "/api/cities"):
        answer = visit.get(path, headers={"x-variant": variant})
        assert answer.status_code == 400
        assert "a, b" in error_of(answer)
    assert visit.get("/healthz", headers={"x-variant": variant}).status_code == 200


def test_without_it_an_account_or_a_client_sees_the_same_each_time(visit: Visitor) -> None:
    walkers = [visit.log_in(number) for number in range(1, 9)]
    seen = [visit.get("/api/flags", headers=walker).json()["variant"] for walker in walkers]
    assert seen == [visit.get("/api/flags", headers=walker).json()["variant"] for walker in walkers]
    assert set(seen) == {"a", "b"}
    clients = [{"x-client-id": f"phone-{number}"} for number in range(8)]
    assert {visit.get("/api/flags", headers=client).json()["variant"] for client in clients} == {"a", "b"}
    assert visit.get("/api/flags").json()["variant"] == "a"


def test_the_account_goes_before_the_client_and_a_token_that_is_none_counts_for_nothing(
    visit: Visitor,
) -> None:
    other = next(f"phone-{number}" for number in range(99) if drawn(f"phone-{number}") is Variant.B)
    email = next(number for number in range(1, 99) if drawn(f"walker-{number:04}@example.org") is Variant.A)
    both = {**visit.log_in(email), "x-client-id": other}
    assert visit.get("/api/flags", headers=both).json()["variant"] == "a"
    forged = {"authorization": "Bearer a.b", "x-client-id": other}
    assert visit.get("/api/flags", headers=forged).json()["variant"] == "b"


def test_each_variant_is_drawn_by_about_half_of_all() -> None:
    share = sum(drawn(f"walker-{number}") is Variant.B for number in range(10_000)) / 10_000
    assert 0.48 < share < 0.52


def test_an_answer_names_its_variant_also_a_refusal(visit: Visitor) -> None:
    for path, status in (
        ("/api/flags", 200),
        ("/api/search?q=river", 200),
        ("/api/nothing", 404),
        ("/api/search", 400),
    ):
        answer = visit.get(path)
        assert (answer.status_code, answer.headers["x-variant"]) == (status, "a")
    assert "x-variant" not in visit.get("/").headers


def test_a_search_differs_and_caches_are_told_what_it_depends_on(visit: Visitor) -> None:
    first, second = (
        visit.get("/api/search?q=music", headers={"x-variant": variant, "accept-encoding": "br"})
        for variant in ("a", "b")
    )
    popularities = [tour["popularity"] for tour in second.json()["tours"]]
    assert popularities == sorted(popularities, reverse=True)
    assert first.json() != second.json()
    assert first.headers["etag"] != second.headers["etag"]
    for answer in (first, second):
        assert answer.headers["cache-control"] == "public, max-age=60"
        assert answer.headers["vary"] == "x-variant, x-client-id, authorization, accept-encoding"
    again = visit.get("/api/search?q=music", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.headers["vary"]) == (304, first.headers["vary"])


def test_what_is_the_same_in_both_does_not_divide_the_caches(visit: Visitor) -> None:
    answer = visit.get("/api/tours", headers={"x-variant": "b"})
    assert answer.headers["vary"] == "accept-encoding"
    # A cache would tell it to a client who sees the other.
    assert "x-variant" not in answer.headers


def test_a_logbook_that_is_locked_keeps_nobody_signed_in_from_the_catalogue(
    visit: Visitor, logbook: Path
) -> None:
    walker = visit.log_in()
    visit.now += LOOK_UP_EVERY
    with closing(sqlite3.connect(logbook, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        assert visit.get("/api/search?q=river", headers=walker).status_code == 200
