"""What a request carries, held byte for byte against geventhttpclient and, beyond it, against requests."""

from __future__ import annotations

import io
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from geventhttpclient.header import Headers
from geventhttpclient.useragent import UserAgent

from scenarios.client.bodies import Body, encoded
from scenarios.client.errors import UnsendableBodyError


def sent(body: Body) -> bytes:
    return body.content if isinstance(body.content, bytes) else b"".join(body.content)


def of_requests(**body: Any) -> tuple[bytes, str | None]:
    prepared = requests.Request("POST", "http://shop.example/", **body).prepare()
    content = prepared.body.encode() if isinstance(prepared.body, str) else prepared.body
    content_type = prepared.headers.get("Content-Type")
    assert isinstance(content, bytes)
    assert content_type is None or isinstance(content_type, str)
    return content, content_type


def of_geventhttpclient(**body: Any) -> tuple[bytes, str]:
    # Where it decides on a body; what it sends goes through here.
    asked = UserAgent()._make_request("http://shop.example/", method="POST", headers=Headers(), **body)  # noqa: SLF001
    assert isinstance(asked.payload, bytes)
    return asked.payload, str(asked.headers["content-type"])


def boundary_of(content_type: str | None) -> str:
    assert content_type is not None
    return content_type.partition("boundary=")[2]


@pytest.mark.parametrize("data", [None, "", b"", {}, [], ()])
def test_nothing_is_sent_where_there_is_nothing(data: object) -> None:
    assert encoded(data) == Body(content=b"", length=0, content_type=None)


@pytest.mark.parametrize(
    "data", ["ü", b"\x00\xff", {"a": 1, "b": "x y", "ü": "é&"}, {"a": True, "b": b"\xff"}]
)
def test_text_bytes_and_forms_are_those_of_geventhttpclient(data: Any) -> None:
    body = encoded(data)
    assert (body.content, body.content_type) == of_geventhttpclient(payload=data)
    assert body.length == len(sent(body))
    assert body.replayable


@pytest.mark.parametrize("data", [bytearray(b"ab"), memoryview(b"ab")])
def test_other_bytes_are_bytes(data: object) -> None:
    assert encoded(data) == encoded(b"ab")


@pytest.mark.parametrize(
    "data",
    [
        {"a": [1, 2], "b": ("x", None), "c": None},
        [("a", 1), ("a", "ü"), ("b", ["x", "y"])],
        (("a", 1),),
        [["a", 1]],
    ],
)
def test_values_of_many_and_lists_of_pairs_are_forms_as_in_requests(data: object) -> None:
    content, content_type = of_requests(data=data)
    body = encoded(data)
    assert body.content == content
    assert body.content_type == f"{content_type}; charset=utf-8"


@pytest.mark.parametrize("value", [{"a": [1, None, "ü"]}, [], 0, False, "", {}])
def test_json_is_sent_where_there_is_no_data(value: object) -> None:
    assert encoded({}, value) == encoded(None, value)
    body = encoded(json=value)
    assert (body.content, body.content_type) == of_requests(json=value)
    assert encoded("text", value) == encoded("text")


@pytest.mark.parametrize(
    "files",
    [
        {"a": b"content"},
        {"a": "text", "ü": bytearray(b"more")},
        {"a": ('na"me\r\n.txt', "text")},
        {"a": ("ü.txt", b"\xff", "text/plain")},
        {"a": ("a.txt", b"x", "text/plain", {"Expires": "0", "X-Place": "here"})},
        {"a": (None, "field")},
        {"a": ["a.txt", b"x"]},
        [("a", ("1.txt", b"1")), ("a", ("2.txt", b"2"))],
        {"a": None, "b": b"x"},
        {"a": ("a.txt", io.BytesIO(b"content")), "b": io.StringIO("text")},
    ],
)
@pytest.mark.parametrize("data", [None, {"x": 1, "y": ["1", b"2", None], "z": "ü"}, [(b"x", 1), ("x", 2)]])
def test_files_are_those_of_requests(files: Any, data: object) -> None:
    content, content_type = of_requests(files=rewound(files), data=data)
    body = encoded(data, files=rewound(files))
    boundary = boundary_of(body.content_type)
    assert sent(body) == content.replace(boundary_of(content_type).encode(), boundary.encode())
    assert body.content_type == f"multipart/form-data; boundary={boundary}"
    assert body.length == len(sent(body))


def rewound(files: Any) -> Any:
    for file in files.values() if isinstance(files, dict) else ():
        for part in file if isinstance(file, tuple) else (file,):
            if hasattr(part, "seek"):
                part.seek(0)
    return files


@pytest.mark.parametrize(
    "files", [{"a": b"x"}, {"a": ("a.txt", b"x", "text/plain", {"Expires": "0"}, "bound")}]
)
def test_files_are_those_of_geventhttpclient_with_its_boundary_too(files: Any) -> None:
    content, content_type = of_geventhttpclient(payload={"x": "1"}, files=files)
    body = encoded({"x": "1"}, files=files)
    theirs, ours = boundary_of(content_type), boundary_of(body.content_type)
    assert sent(body) == content.replace(theirs.encode(), ours.encode())
    assert (ours == "bound") is (theirs == "bound")


def test_an_open_file_gives_its_own_name(tmp_path: Path) -> None:
    path = tmp_path / "photo.jpg"
    path.write_bytes(b"\xff\xd8")
    with path.open("rb") as file:
        assert b'name="a"; filename="photo.jpg"' in sent(encoded(files={"a": file}))
    with os.fdopen(os.open(path, os.O_RDONLY), "rb") as file:  # whose name is a number
        assert b'name="a"; filename="a"' in sent(encoded(files={"a": file}))


def test_a_file_is_streamed_from_where_it_stands_as_often_as_needed(tmp_path: Path) -> None:
    path = tmp_path / "audio"
    path.write_bytes(b"skip" + bytes(100_000))
    with path.open("rb") as file:
        file.seek(4)
        body = encoded(file)
        assert body.length == 100_000
        assert body.content_type == "application/octet-stream"
        assert body.replayable
        for _ in range(2):
            assert [len(block) for block in body.content if isinstance(block, bytes)] == [65_536, 34_464]


def test_a_file_that_shrinks_is_an_error_and_one_that_grows_is_sent_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "audio"
    path.write_bytes(b"12345")
    with path.open("rb", buffering=0) as file:
        body = encoded(file)
        path.write_bytes(b"1234567")
        assert sent(body) == b"12345"
        path.write_bytes(b"123")
        with pytest.raises(UnsendableBodyError, match="2 bytes shorter than its 5"):
            sent(body)


def test_a_file_of_text_is_sent_as_utf_8(tmp_path: Path) -> None:
    path = tmp_path / "note"
    path.write_text("ü", encoding="utf-16")
    with path.open(encoding="utf-16") as file:
        assert sent(encoded(file)) == "ü".encode()
    with tempfile.NamedTemporaryFile("w+", encoding="utf-16") as file:
        file.write("ü")
        file.seek(0)
        assert sent(encoded(file)) == "ü".encode()


def test_an_empty_file_is_a_body_of_no_bytes() -> None:
    body = encoded(io.BytesIO())
    assert (body.length, sent(body)) == (0, b"")


def test_a_pipe_is_streamed_once_and_its_length_is_not_known() -> None:
    reading, writing = os.pipe()
    os.write(writing, b"content")
    os.close(writing)
    with os.fdopen(reading, "rb") as file:
        body = encoded(file)
        assert (body.length, body.replayable) == (None, False)
        assert sent(body) == b"content"


def test_blocks_are_checked_as_they_come_and_empty_ones_left_out() -> None:
    def blocks() -> Iterator[Any]:
        yield from (b"a", b"", "ü", bytearray(b"b"), memoryview(b"c"))
        yield 5

    body = encoded(blocks())
    assert (body.length, body.replayable, body.content_type) == (None, False, "application/octet-stream")
    gone: list[bytes | int] = []
    with pytest.raises(UnsendableBodyError, match="5 is no block"):
        gone.extend(body.content)
    assert gone == [b"a", "ü".encode(), b"b", b"c"]


def test_blocks_in_a_list_can_be_sent_again() -> None:
    body = encoded([b"a", b"b"])
    assert body.replayable
    assert [sent(body), sent(body)] == [b"ab", b"ab"]


def a_closed_file() -> io.BytesIO:
    file = io.BytesIO(b"content")
    file.close()
    return file


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"data": 5}, "5 is no body"),
        ({"data": object()}, "is no body"),
        ({"data": [("a", 1), "b"]}, "not pairs"),
        ({"data": a_closed_file()}, "closed"),
        ({"json": {1, 2}}, "no JSON"),
        ({"json": 1, "files": {"a": b"x"}}, "fields only"),
        ({"data": "text", "files": {"a": b"x"}}, "fields only"),
        ({"data": io.BytesIO(b"x"), "files": {"a": b"x"}}, "fields only"),
        ({"data": [("a", 1), "b"], "files": {"a": b"x"}}, "not pairs"),
        ({"files": {"a": ("name",)}}, "described by 1"),
        ({"files": {"a": tuple("abcdef")}}, "described by 6"),
    ],
)
def test_what_cannot_be_sent_is_refused_before_anything_is(body: dict[str, Any], told: str) -> None:
    with pytest.raises(UnsendableBodyError, match=told):
        encoded(**body)
