"""The defects "no-compression" and "no-etag": bytes and headers on the wire."""

from collections.abc import Callable

from tests.tourapp.conftest import Visitor
from tourapp.registry.defect import Defect

COMPRESSED = {"accept-encoding": "br, gzip"}


def test_without_compression_a_list_travels_as_it_is(visit_with: Callable[..., Visitor]) -> None:
    with visit_with(Defect.NO_COMPRESSION) as visit:
        answer = visit.get("/api/tours", headers=COMPRESSED)
        assert "content-encoding" not in answer.headers
        assert int(answer.headers["content-length"]) == len(answer.content) > 5_000


def test_a_sound_list_travels_compressed(visit: Visitor) -> None:
    answer = visit.get("/api/tours", headers=COMPRESSED)
    assert answer.headers["content-encoding"] == "br"
    assert int(answer.headers["content-length"]) < len(answer.content) / 3


def test_without_tags_a_repeat_visit_gets_everything_again(visit_with: Callable[..., Visitor]) -> None:
    with visit_with(Defect.NO_ETAG) as visit:
        for path in ("/api/tours", "/api/tours/7", "/api/search?q=river"):
            first = visit.get(path)
            assert "etag" not in first.headers
            again = visit.get(path, headers={"if-none-match": "*"})
            assert (again.status_code, again.content) == (200, first.content)


def test_a_sound_repeat_visit_gets_nothing_again(visit: Visitor) -> None:
    tag = visit.get("/api/tours").headers["etag"]
    again = visit.get("/api/tours", headers={"if-none-match": tag})
    assert (again.status_code, again.content) == (304, b"")
