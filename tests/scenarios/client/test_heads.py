"""The head of a request: what callers give is one line each, or nothing is sent."""

from __future__ import annotations

from typing import Any

import pytest

from scenarios.client.errors import UnsendableHeaderError
from scenarios.client.heads import fields, written


def head(headers: dict[str, Any], method: str = "GET") -> list[str]:
    return written(method, b"/a?b", b"web:8000", fields(headers)).decode("latin-1").split("\r\n")


def test_a_head_is_a_request_line_the_host_and_the_headers() -> None:
    assert head({"A": "1", "b": "2"}) == ["GET /a?b HTTP/1.1", "Host: web:8000", "A: 1", "b: 2", "", ""]
    assert head({}) == ["GET /a?b HTTP/1.1", "Host: web:8000", "", ""]


def test_a_host_of_the_callers_own_wins() -> None:
    assert head({"host": "other"})[1:] == ["host: other", "", ""]


def test_a_later_layer_replaces_an_earlier_one_whatever_the_case_of_its_name() -> None:
    assert fields({"User-Agent": "a", "X": "1"}, None, {"user-agent": "b"}) == {
        "user-agent": ("user-agent", "b"),
        "x": ("X", "1"),
    }


def test_values_are_text_bytes_numbers_several_or_none() -> None:
    given = {"Text": "é", "Bytes": b"\xe9", "Number": 5, "Several": ["1", 2], "No": None}
    assert head(given)[2:-2] == ["Text: é", "Bytes: é", "Number: 5", "Several: 1", "Several: 2"]


@pytest.mark.parametrize(
    "headers",
    [
        {"X": "a\r\nHost: b"},
        {"X": "a\nb"},
        {"X": "a\rb"},
        {"X": b"a\r\nHost: b"},
        {"X": ["a", "b\r\nHost: c"]},
        {"X\r\nHost: b\r\nY": "a"},
        {"X: a\r\nY": "b"},
        {"": "a"},
        {"X Y": "a"},
        {"X:": "a"},
        {"X": "a\0"},
        {"X": "漢"},
        {"漢": "a"},
        {"X": "a\r\n\r\nGET / HTTP/1.1"},
    ],
)
def test_what_is_no_line_of_a_head_is_refused(headers: dict[str, Any]) -> None:
    with pytest.raises(UnsendableHeaderError, match="that HTTP cannot carry"):
        head(headers)


@pytest.mark.parametrize("method", ["", "GET /", "G\r\nET", "GÉT"])
def test_what_is_no_method_is_refused(method: str) -> None:
    with pytest.raises(UnsendableHeaderError, match="is no method"):
        head({}, method)


def test_what_was_written_once_is_not_taken_for_what_only_equals_it() -> None:
    assert written("GET", b"/", b"web", fields({"X": 1})).endswith(b"X: 1\r\n\r\n")
    assert written("GET", b"/", b"web", fields({"X": True})).endswith(b"X: True\r\n\r\n")


def test_what_is_added_for_one_request_stands_behind_the_rest() -> None:
    head = written("PUT", b"/", b"web", fields({"A": "1"}), fields({"Content-Length": "2"}))
    assert head == b"PUT / HTTP/1.1\r\nHost: web\r\nA: 1\r\nContent-Length: 2\r\n\r\n"
