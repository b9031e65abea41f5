"""Secrets: where they may be written, how they are found, and that they never show."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab.engine.secrets import Mask, headers_of
from lab.kernel.errors import UsageError

TOKEN = "Bearer s3cr3t-t0k3n-0123456789"  # noqa: S105  (made up)


def test_a_header_is_taken_from_the_environment_or_a_file(tmp_path: Path) -> None:
    (tmp_path / "key.txt").write_text("abcdef123456\n")
    written = {"Authorization": "env:TOKEN", "X-Api-Key": "file:key.txt", "Accept-Language": "de"}
    headers = headers_of(written, tmp_path, {"TOKEN": TOKEN})
    assert headers.revealed() == {
        "Accept-Language": "de",
        "Authorization": TOKEN,
        "X-Api-Key": "abcdef123456",
    }


def test_a_secret_shows_as_its_reference(tmp_path: Path) -> None:
    headers = headers_of({"Authorization": "env:TOKEN"}, tmp_path, {"TOKEN": TOKEN})
    assert "s3cr3t" not in repr(headers)
    assert str(headers.secret["Authorization"]) == "env:TOKEN"


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ({"Authorization": TOKEN}, "env:NAME"),
        ({"x-api-key": "abc"}, "env:NAME"),
        ({"Authorization": "env:MISSING"}, "MISSING"),
        ({"Authorization": "file:missing.txt"}, "missing.txt"),
        ({"Authorization": "env:SHORT"}, "at least 6 characters"),
        ({"Authorization": "env:LINES"}, "one line"),
    ],
)
def test_a_secret_that_cannot_be_used_is_refused_without_showing_it(
    tmp_path: Path, written: dict[str, str], told: str
) -> None:
    with pytest.raises(UsageError, match=told) as caught:
        headers_of(written, tmp_path, {"SHORT": "abc", "LINES": "abcdef\nX-Injected: 1"})
    assert "s3cr3t" not in str(caught.value)


def test_a_secret_is_hidden_in_text_with_its_scheme_and_without() -> None:
    mask = Mask([TOKEN])
    assert mask(f"sent {TOKEN}, echoed s3cr3t-t0k3n-0123456789!") == "sent ***, echoed ***!"
    assert Mask([])("nothing to hide") == "nothing to hide"


def test_evidence_is_scrubbed_in_place_and_pictures_stay(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    log, picture = tmp_path / "deep" / "locust.log", tmp_path / "page.jpg"
    log.write_text(f"GET / with {TOKEN}\n")
    picture.write_bytes(b"\xff\xd8\xff\xe0")
    Mask([TOKEN]).scrub(tmp_path)
    assert log.read_text() == "GET / with ***\n"
    assert picture.read_bytes() == b"\xff\xd8\xff\xe0"
