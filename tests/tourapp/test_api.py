"""The JSON API."""

import sqlite3
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.tourapp.conftest import Visitor, error_of
from tourapp.content.seed import CONTENT_VERSION
from tourapp.identity.tokens import LIFETIME
from tourapp.settings import Settings


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
    assert error_of(refused)


def test_a_wrong_password_and_an_unknown_address_are_refused_alike(visit: Visitor) -> None:
    visit.log_in(1)
    for email in (
        "walker-0001@example.org",
        "walker-0000@example.org",
        "walker-01@example.org",
        "eve@example.org",
    ):
        answer = visit.ask("POST", "/api/login", json={"email": email, "password": "tour-0002"})
        assert answer.status_code == 401
        assert error_of(answer) == "e-mail address or password is wrong"


def test_a_walker_can_log_in_again_and_again(visit: Visitor) -> None:
    assert visit.log_in(10_000).keys() == visit.log_in(10_000).keys() == {"authorization"}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff",
        b"[" * 10_000,
        b"{}",
        b'{"email": 1, "password": "x"}',
        b'{"email": "walker-0001@example.org", "password": ""}',
        b'{"email": "walker-0001@example.org", "password": "\\ud800"}',
    ],
)
def test_a_malformed_login_is_refused(visit: Visitor, body: bytes) -> None:
    answer = visit.ask("POST", "/api/login", content=body)
    assert answer.status_code == 400
    assert error_of(answer)


def test_a_huge_body_is_refused(visit: Visitor) -> None:
    assert visit.ask("POST", "/api/login", content=b" " * 20_000).status_code == 413


def test_saved_progress_is_read_back_and_belongs_to_one_walker(visit: Visitor) -> None:
    ann, bob = visit.log_in(1), visit.log_in(2)
    for mark in ({"stop": 1, "seconds": 4}, {"stop": 3, "seconds": 12.5}):
        assert visit.ask("PUT", "/api/progress/7", headers=ann, json=mark).status_code == 200
    assert visit.get("/api/progress/7", headers=ann).json() == {
        "tour_id": 7,
        "account": "walker-0001@example.org",
        "stop": 3,
        "seconds": 12.5,
    }
    assert visit.get("/api/progress/7", headers=bob).json()["stop"] == 0


def test_progress_and_tokens_survive_a_restart(settings: Settings) -> None:
    with Visitor(settings) as first:
        walker = first.log_in()
        first.ask("PUT", "/api/progress/7", headers=walker, json={"stop": 2, "seconds": 1})
    with Visitor(settings) as second:
        assert second.get("/api/progress/7", headers=walker).json()["stop"] == 2


@pytest.mark.parametrize(
    "body",
    [
        "{}",
        '{"stop": true, "seconds": 1}',
        '{"stop": 1.5, "seconds": 1}',
        '{"stop": -1, "seconds": 1}',
        '{"stop": 100, "seconds": 1}',
        '{"stop": 1, "seconds": "1"}',
        '{"stop": 1, "seconds": NaN}',
        '{"stop": 1, "seconds": 1e999}',
        '{"stop": 1, "seconds": -0.1}',
        '{"stop": 1, "seconds": ' + "9" * 400 + "}",
    ],
)
def test_implausible_progress_is_refused(visit: Visitor, body: str) -> None:
    answer = visit.ask("PUT", "/api/progress/7", headers=visit.log_in(), content=body)
    assert answer.status_code == 400
    told = error_of(answer)
    assert any(name in told for name in ("stop", "seconds", "must be JSON"))


def test_progress_on_an_unknown_tour_is_not_found(visit: Visitor) -> None:
    assert visit.get("/api/progress/2001", headers=visit.log_in()).status_code == 404


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer .", "Bearer a.b", "Bearer é.ü", "Basic YTpi", "Bearer ....."]
)
def test_progress_needs_a_genuine_token(visit: Visitor, header: str) -> None:
    answer = visit.get("/api/progress/7", headers={"authorization": header.encode("latin-1")})
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert "/api/login" in error_of(answer)


def test_a_token_ends(visit: Visitor) -> None:
    walker = visit.log_in()
    visit.now += LIFETIME - 1
    assert visit.get("/api/progress/7", headers=walker).status_code == 200
    visit.now += 1
    assert visit.get("/api/progress/7", headers=walker).status_code == 401


def test_a_token_with_another_signature_is_refused(visit: Visitor) -> None:
    own, other = (visit.log_in(number)["authorization"] for number in (1, 2))
    forged = f"{own.partition('.')[0]}.{other.partition('.')[2]}"
    assert visit.get("/api/progress/7", headers={"authorization": forged}).status_code == 401


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
