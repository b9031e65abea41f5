"""How bodies leave: compressed as asked for, and not twice."""

import gzip

import brotli
import pytest
from starlette.requests import Request

from tests.tourapp.conftest import Visitor
from tourapp.wire.delivery import SMALLEST_COMPRESSED, Delivery, matches, preferred_encoding, tag_of

LONG = b'{"tours": "' + b"walk " * 400 + b'"}'


def asked(**headers: str) -> Request:
    """Return a request with these headers, underscores for hyphens."""
    named = [(name.replace("_", "-").encode(), text.encode()) for name, text in headers.items()]
    return Request({"type": "http", "method": "GET", "path": "/", "headers": named})


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("", None),
        ("gzip", "gzip"),
        ("x-gzip", "gzip"),
        ("br", "br"),
        ("gzip, deflate, br, zstd", "br"),
        ("br;q=0.5, gzip;q=0.8", "gzip"),
        ("br;q=0.8, gzip;q=0.8", "br"),
        ("GZIP;Q=0.5", "gzip"),
        ("gzip;q=0", None),
        ("gzip;q=0, br;q=0.1", "br"),
        ("*", "br"),
        ("*;q=0.3, gzip;q=0.5", "gzip"),
        ("br;q=0, *", "gzip"),
        ("*;q=0", None),
        ("identity", None),
        ("identity;q=0, gzip", "gzip"),
        ("identity;q=0, *;q=0.1", "br"),
        ("identity, gzip;q=0.5", None),
        ("identity;q=0.5, gzip;q=0.5", "gzip"),
        ("gzip;q=much", None),
        ("gzip;level=9", "gzip"),
        (";;,,=", None),
        ("deflate, compress", None),
    ],
)
def test_the_encoding_is_the_one_that_is_liked_best(accepted: str, encoding: str | None) -> None:
    assert preferred_encoding(accepted) == encoding


@pytest.mark.parametrize(
    ("header", "matched"),
    [
        (None, False),
        ("", False),
        ("*", True),
        (" * ", True),
        ('W/"a"', True),
        ('"a"', True),
        ('"b"', False),
        ('W/"b", W/"a"', True),
        ('"b","a"', True),
        ('"b", "*"', False),
        ("a", False),
        ('w/"a"', False),
    ],
)
def test_tags_are_compared_weakly_each_of_a_list(header: str | None, *, matched: bool) -> None:
    assert matches(header, 'W/"a"') is matched


@pytest.mark.parametrize(("accepted", "decode"), [("br", brotli.decompress), ("gzip", gzip.decompress)])
def test_what_is_decoded_is_what_would_have_come_as_it_is(accepted: str, decode: object) -> None:
    assert callable(decode)
    answer = Delivery().deliver(asked(accept_encoding=accepted), LONG, "application/json")
    assert answer.headers["content-encoding"] == accepted
    assert answer.headers["content-length"] == str(len(answer.body))
    assert len(answer.body) < len(LONG)
    assert decode(bytes(answer.body)) == LONG


def test_what_depends_on_the_encoding_says_so_whatever_was_sent() -> None:
    for accepted in ("br", "identity", ""):
        answer = Delivery().deliver(asked(accept_encoding=accepted), LONG, "text/html; charset=utf-8")
        assert answer.headers["vary"] == "accept-encoding"
    told = Delivery().deliver(asked(), LONG, "text/html", headers={"vary": "x-variant"})
    assert told.headers["vary"] == "x-variant, accept-encoding"


@pytest.mark.parametrize(
    ("body", "media_type"),
    [(b"x" * (SMALLEST_COMPRESSED - 1), "application/json"), (LONG, "image/webp"), (LONG, "audio/ogg")],
)
def test_what_would_not_shrink_is_sent_as_it_is(body: bytes, media_type: str) -> None:
    answer = Delivery().deliver(asked(accept_encoding="br, gzip"), body, media_type)
    assert answer.body == body
    assert not {"content-encoding", "vary"} & set(answer.headers)


def test_who_has_it_already_gets_the_headers_only() -> None:
    tag = tag_of(LONG)
    request = asked(accept_encoding="br", if_none_match=f'"other", {tag}')
    headers = {"cache-control": "public, max-age=60"}
    answer = Delivery().deliver(request, LONG, "application/json", headers=headers, revisits=True)
    assert (answer.status_code, answer.body) == (304, b"")
    assert (answer.headers["etag"], answer.headers["vary"]) == (tag, "accept-encoding")
    assert answer.headers["cache-control"] == "public, max-age=60"
    assert "content-encoding" not in answer.headers


def test_tags_on_several_lines_are_one_list(visit: Visitor) -> None:
    for path in ("/api/tours", visit.get("/api/tours/7/bundle").json()["archive"]["path"]):
        tag = visit.get(path, headers={"range": "bytes=0-0"}).headers["etag"]
        lines = [("if-none-match", '"other"'), ("if-none-match", tag)]
        assert visit.get(path, headers=lines).status_code == 304


def test_only_what_may_be_asked_after_has_a_tag() -> None:
    answer = Delivery().deliver(asked(if_none_match="*"), LONG, "application/json")
    assert answer.status_code == 200
    assert "etag" not in answer.headers


def test_every_encoding_has_the_same_tag_and_the_same_content(visit: Visitor) -> None:
    answers = [
        visit.get("/api/tours", headers={"accept-encoding": each}) for each in ("br", "gzip", "identity")
    ]
    assert [answer.headers.get("content-encoding") for answer in answers] == ["br", "gzip", None]
    assert len({answer.headers["etag"] for answer in answers}) == 1
    assert len({answer.content for answer in answers}) == 1
    again = visit.get("/api/tours", headers={"if-none-match": answers[0].headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    other = visit.get("/api/tours?limit=1", headers={"if-none-match": answers[0].headers["etag"]})
    assert other.status_code == 200


def test_private_answers_are_kept_by_nobody(visit: Visitor) -> None:
    answer = visit.get("/api/progress/7", headers={**visit.log_in(), "if-none-match": "*"})
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/api/tours", {"GET", "HEAD"}),
        ("/api/progress/7", {"GET", "HEAD", "PUT"}),
        ("/api/login", {"POST"}),
        ("/healthz", {"GET", "HEAD"}),
    ],
)
def test_another_method_is_told_all_that_are_allowed(visit: Visitor, path: str, allowed: set[str]) -> None:
    for method in ("OPTIONS", "DELETE", "PATCH", "TRACE"):
        answer = visit.ask(method, path)
        assert answer.status_code == 405
        assert set(answer.headers["allow"].split(", ")) >= allowed


def test_head_has_the_headers_of_get(visit: Visitor) -> None:
    for path in ("/api/tours", "/api/search?q=river", "/healthz", "/openapi.json"):
        get, head = visit.get(path), visit.ask("HEAD", path)
        assert head.status_code == 200
        timed = {"server-timing"}
        assert {name: text for name, text in head.headers.items() if name not in timed} == {
            name: text for name, text in get.headers.items() if name not in timed
        }
