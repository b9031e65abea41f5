"""Media, maps, bundles and archives over HTTP."""

import gzip
import hashlib
import io
import tarfile
from collections.abc import Callable, Sequence

import pytest

from tests.tourapp.conftest import Visitor, error_of
from tourapp.content.seed import Stop
from tourapp.content.streets import streets_around
from tourapp.media import packing
from tourapp.registry.defect import Defect


def test_a_tour_names_its_sound_and_pictures_and_they_are_there(visit: Visitor) -> None:
    stop = visit.get("/api/tours/7").json()["stops"][0]
    for path, media_type in (
        (stop["audio"], "audio/ogg"),
        *((each, "image/webp") for each in stop["photos"]),
    ):
        answer = visit.get(path)
        assert answer.headers["content-type"].startswith(media_type)
        assert "immutable" in answer.headers["cache-control"]
        assert hashlib.sha256(answer.content).hexdigest().startswith(path.split("/")[2].partition(".")[0])


def test_every_part_of_a_bundle_is_as_its_list_says(visit: Visitor) -> None:
    bundle = visit.get("/api/tours/7/bundle").json()
    assert bundle["size"] == sum(part["size"] for part in bundle["parts"]) < 10_000_000
    for part in bundle["parts"]:
        answer = visit.get(part["path"])
        assert answer.status_code == 200
        assert len(answer.content) == part["size"]
        assert hashlib.sha256(answer.content).hexdigest() == part["sha256"]
        assert answer.headers["content-type"] == part["media_type"]


def test_the_archive_of_a_tour_opens_and_holds_its_parts(visit: Visitor) -> None:
    bundle = visit.get("/api/tours/7/bundle").json()
    answer = visit.get(bundle["archive"]["path"])
    assert len(answer.content) == bundle["archive"]["size"] == int(answer.headers["content-length"])
    with tarfile.open(fileobj=io.BytesIO(answer.content)) as archive:
        digests = []
        for member in archive.getmembers():
            file = archive.extractfile(member)
            assert file
            digests.append(hashlib.sha256(file.read()).hexdigest())
    assert digests == [part["sha256"] for part in bundle["parts"]]


def test_a_download_that_broke_off_goes_on_where_it_was(visit: Visitor) -> None:
    archive = visit.get("/api/tours/7/bundle").json()["archive"]
    whole = visit.get(archive["path"])
    first = visit.get(archive["path"], headers={"range": "bytes=0-999999"})
    headers = {"range": "bytes=1000000-", "if-range": first.headers["etag"]}
    rest = visit.get(archive["path"], headers=headers)
    assert (first.status_code, rest.status_code) == (206, 206)
    assert rest.headers["content-range"] == f"bytes 1000000-{archive['size'] - 1}/{archive['size']}"
    assert first.content + rest.content == whole.content
    assert whole.headers["accept-ranges"] == "bytes"


def test_a_range_of_another_edition_gets_the_whole_file(visit: Visitor) -> None:
    path = visit.get("/api/tours/7").json()["stops"][0]["audio"]
    answer = visit.get(path, headers={"range": "bytes=5-9", "if-range": '"another"'})
    assert answer.status_code == 200
    assert visit.get(path, headers={"range": "bytes=5-9"}).content == answer.content[5:10]


@pytest.mark.parametrize("asked", ["bytes=999999999-", "bytes=-0"])
def test_a_range_outside_of_a_file_is_refused_with_its_size(visit: Visitor, asked: str) -> None:
    path = visit.get("/api/tours/7").json()["stops"][0]["audio"]
    size = len(visit.get(path).content)
    answer = visit.get(path, headers={"range": asked})
    assert answer.status_code == 416
    assert answer.headers["content-range"] == f"bytes */{size}"
    assert str(size) in error_of(answer)


@pytest.mark.parametrize("asked", ["bytes=9-5", "bytes=a-b", "lines=1-2", "bytes=0-1,4-5", "bytes="])
def test_a_range_that_is_none_is_ignored(visit: Visitor, asked: str) -> None:
    path = visit.get("/api/tours/7").json()["stops"][0]["audio"]
    assert visit.get(path, headers={"range": asked}).status_code == 200


def test_a_file_that_a_client_has_is_not_sent_again(visit: Visitor) -> None:
    bundle = visit.get("/api/tours/7/bundle").json()
    for path in (bundle["archive"]["path"], *(part["path"] for part in bundle["parts"][:4])):
        tag = visit.get(path).headers["etag"]
        answer = visit.get(path, headers={"if-none-match": tag})
        assert (answer.status_code, answer.content) == (304, b"")


def test_a_map_shrinks_on_its_way_but_its_bytes_can_be_asked_for(visit: Visitor) -> None:
    path = visit.get("/api/tours/7/bundle").json()["parts"][1]["path"]
    packed = visit.get(path, headers={"accept-encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) < len(packed.content) / 2
    piece = visit.get(path, headers={"accept-encoding": "gzip", "range": "bytes=0-99"})
    assert (piece.status_code, piece.content) == (206, packed.content[:100])
    assert "content-encoding" not in piece.headers


@pytest.mark.parametrize(
    "path",
    [
        f"/media/{'0' * 32}.opus",
        "/media/x.opus",
        f"/media/{'0' * 32}.exe",
        "/media/..%2f..%2fetc%2fpasswd",
        f"/bundles/7-{'0' * 32}.tar",
        f"/bundles/99999-{'0' * 32}.tar",
        "/bundles/7.tar",
        "/api/tours/99999/bundle",
    ],
)
def test_a_file_that_is_not_there_is_not_found(visit: Visitor, path: str) -> None:
    answer = visit.get(path)
    assert answer.status_code == 404
    assert error_of(answer)


def test_texts_are_found_while_many_tours_are_read(visit: Visitor) -> None:
    parts = visit.get("/api/tours/7/bundle").json()["parts"]
    (text,) = (part["path"] for part in parts if part["media_type"] == "application/json")
    tours = [f"/api/tours/{number}" for number in range(1, 500)]
    answers = visit.ask_together(*({"method": "GET", "url": path} for path in [text, *tours, text]))
    assert {answer.status_code for answer in answers} == {200}
    assert answers[0].content == answers[-1].content


def test_a_range_counts_for_a_get_only(visit: Visitor) -> None:
    bundle = visit.get("/api/tours/7/bundle").json()
    for path in (bundle["archive"]["path"], *(part["path"] for part in bundle["parts"][:3])):
        answer = visit.ask("HEAD", path, headers={"range": "bytes=0-9"})
        assert (answer.status_code, answer.headers.get("content-range")) == (200, None)


def test_the_whole_and_a_piece_of_a_text_have_one_name(visit: Visitor) -> None:
    for part in visit.get("/api/tours/7/bundle").json()["parts"][:2]:
        whole, piece = (visit.get(part["path"], headers=asked) for asked in ({}, {"range": "bytes=0-9"}))
        assert whole.headers["etag"] == f"W/{piece.headers['etag']}"
        assert whole.headers["vary"] == piece.headers["vary"] == "accept-encoding"


def test_without_tags_media_are_sent_again(visit_with: Callable[..., Visitor]) -> None:
    with visit_with(Defect.NO_ETAG) as visit:
        bundle = visit.get("/api/tours/7/bundle").json()
        for path in (bundle["archive"]["path"], *(part["path"] for part in bundle["parts"][:3])):
            answer = visit.get(path, headers={"if-none-match": "*"})
            assert (answer.status_code, answer.headers.get("etag")) == (200, None)


def test_a_map_is_drawn_once_for_all_who_wait(visit: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[int] = []

    def counted(tour_id: int, stops: Sequence[Stop]) -> bytes:
        drawn.append(tour_id)
        return gzip.compress(streets_around(tour_id, stops))

    monkeypatch.setattr(packing, "_drawn", counted)
    asked = {"method": "GET", "url": "/api/tours/7/bundle"}
    answers = visit.ask_together(*[asked] * 10)
    assert len({answer.content for answer in answers}) == 1
    assert drawn == [7]
