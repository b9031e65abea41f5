"""The JSON API."""

import sqlite3
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.tourapp.conftest import Visitor, error_of
from tourapp.content.seed import CONTENT_VERSION


def test_paging_visits_every_tour_once_by_falling_popularity(visit: Visitor) -> None:
    seen: list[dict[str, Any]] = []
    cursor: str | None = "0"
    while cursor is not None:
        page = visit.get("/api/tours", params={"limit": 100, "cursor": cursor}).json()
        seen += page["tours"]
        cursor = page["next_cursor"]
    assert len({tour["id"] for tour in seen}) == len(seen) == 2_000
    assert seen == sorted(seen, key=lambda tour: -tour["popularity"])


def test_filters_narrow_the_list(visit: Visitor) -> None:
    tours = visit.get("/api/tours", params={"city": "Lisbon", "language": "en", "limit": 100}).json()["tours"]
    assert tours
    assert {(tour["city"], tour["language"]) for tour in tours} == {("Lisbon", "en")}
    assert visit.get("/api/tours", params={"city": "Atlantis"}).json() == {"tours": [], "next_cursor": None}


def test_a_tour_shows_its_stops_in_order(visit: Visitor) -> None:
    tour = visit.get("/api/tours/7").json()
    assert tour["id"] == 7
    assert [stop["position"] for stop in tour["stops"]] == list(range(1, tour["stop_count"] + 1))


def test_a_search_finds_beginnings_of_words_without_their_accents(visit: Visitor) -> None:
    tours = visit.get("/api/search", params={"q": "malag"}).json()["tours"]
    assert {tour["city"] for tour in tours} == {"Málaga"}


@pytest.mark.parametrize(
    "query",
    ['"', "a OR", "NEAR(", "title:", "a* ^b", "'; DROP TABLE tours; --", "a\0b", "é" * 200, "-a", "AND"],
)
def test_a_search_takes_any_text_as_words(visit: Visitor, query: str) -> None:
    assert visit.get("/api/search", params={"q": query}).status_code in {200, 400}
    assert visit.get("/readyz").json()["tours"] == 2_000


@pytest.mark.parametrize(
    ("path", "named"),
    [
        ("/api/tours?limit=0", "limit"),
        ("/api/tours?limit=101", "limit"),
        ("/api/tours?limit=-1", "limit"),
        ("/api/tours?limit=1e3", "limit"),
        ("/api/tours?limit=" + "9" * 5_000, "limit"),
        ("/api/tours?cursor=x", "cursor"),
        ("/api/tours?cursor=" + quote("٣"), "cursor"),
        ("/api/tours?language=tlh", "en, de, fr"),
        ("/api/tours?city=" + "x" * 201, "city"),
        ("/api/search", "q"),
        ("/api/search?q=%20%22%22", "q"),
        ("/api/search?q=" + "x" * 201, "q"),
    ],
)
def test_a_malformed_question_is_refused_by_name(visit: Visitor, path: str, named: str) -> None:
    answer = visit.get(path)
    assert answer.status_code == 400
    assert named in error_of(answer)


@pytest.mark.parametrize(
    "number", ["0", "2001", "x", "-1", "1.0", "9" * 9, "9" * 5_000, quote("٣"), "%00", "%ff"]
)
def test_a_tour_that_is_not_there_is_not_found(visit: Visitor, number: str) -> None:
    for path in (f"/api/tours/{number}", f"/tours/{number}", f"/pictures/{number}.svg"):
        assert visit.get(path).status_code == 404


def test_unknown_addresses_and_methods_are_json_errors(visit: Visitor) -> None:
    assert visit.get("/api/nothing").status_code == 404
    assert error_of(visit.get("/api/nothing"))
    refused = visit.ask("DELETE", "/api/tours")
    assert refused.status_code == 405
    assert set(refused.headers["allow"].split(", ")) == {"GET", "HEAD"}
    assert error_of(refused) == f"this address takes {refused.headers['allow']}"


def test_what_is_not_there_is_said_to_be_so_in_the_same_words(visit: Visitor) -> None:
    assert {error_of(visit.get(f"/api/tours/{number}")) for number in (0, 2001)} == {"there is no such tour"}
    nowhere = {error_of(visit.get(path)) for path in ("/api/nothing", "/api/tours/x", "/api/tours/1/")}
    assert nowhere == {"there is nothing at this address"}


def test_nobody_is_sent_to_the_host_that_a_request_names(visit: Visitor) -> None:
    for path in ("/api/tours/1/", "/tours/1/", "/login/"):
        answer = visit.get(path, headers={"host": "evil.example"})
        assert (answer.status_code, answer.headers.get("location")) == (404, None)


@pytest.mark.parametrize("name", ["x-variant", "x-client-id", "authorization", "idempotency-key"])
def test_a_header_that_says_one_thing_is_sent_once(visit: Visitor, name: str) -> None:
    answer = visit.get("/api/tours", headers=[(name, "a"), (name, "a")])
    assert answer.status_code == 400
    assert error_of(answer) == f"{name}: send this header once"


def test_versions_on_several_lines_are_one_list(visit: Visitor) -> None:
    walker = visit.log_in()
    mark = {"stop": 1, "seconds": 1.0}
    assert visit.ask("PUT", "/api/progress/7", headers=walker, json=mark).headers["etag"] == '"1"'
    lines = [*walker.items(), ("if-match", '"9"'), ("if-match", '"1"')]
    assert visit.ask("PUT", "/api/progress/7", headers=lines, json=mark).status_code == 200


def test_readiness_names_release_and_content(visit: Visitor) -> None:
    answer = visit.get("/readyz")
    assert answer.headers["x-release"] == "1.0"
    assert answer.json() == {
        "ready": True,
        "release": "1.0",
        "defects": [],
        "content_version": CONTENT_VERSION,
        "tours": 2_000,
        "cities": 120,
        "stops": 19_968,
    }


def test_a_lost_logbook_ends_readiness_and_confirms_no_writes(visit: Visitor, logbook: Path) -> None:
    walker = visit.log_in()
    logbook.unlink()
    refused = visit.ask("PUT", "/api/progress/7", headers=walker, json={"stop": 1, "seconds": 1})
    assert (refused.status_code, visit.get("/readyz").status_code) == (503, 503)
    assert (visit.get("/healthz").status_code, visit.get("/api/tours").status_code) == (200, 200)


def test_a_logbook_locked_by_somebody_else_still_lets_tours_be_read(visit: Visitor, logbook: Path) -> None:
    other = sqlite3.connect(logbook, isolation_level=None)
    try:
        other.execute("BEGIN EXCLUSIVE")
        assert visit.get("/api/tours").status_code == 200
    finally:
        other.close()
