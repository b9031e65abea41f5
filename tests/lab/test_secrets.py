"""Secrets: where they may be written, how they are found, and that they never show."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest

from lab.engine.mask import Mask
from lab.engine.secrets import headers_of
from lab.kernel.errors import UnwritableError, UsageError

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
        ({"Authorization": "env:WIDE"}, "Latin-1"),
        ({"Authorization:": "env:TOKEN"}, "no name of a header"),
        ({"X Trace": "1"}, "no name of a header"),
        ({"": "1"}, "no name of a header"),
        ({"Über": "1"}, "no name of a header"),
        ({"X-Trace": "1\nX-Injected: 1"}, "Latin-1"),
        ({"X-Trace": "\u2026"}, "Latin-1"),
    ],
)
def test_what_cannot_be_sent_is_refused_without_showing_a_secret(
    tmp_path: Path, written: dict[str, str], told: str
) -> None:
    values = {"SHORT": "abc", "LINES": "s3cr3t\nX-Injected: 1", "WIDE": "s3cr3t\u20ac", "TOKEN": TOKEN}
    with pytest.raises(UsageError, match=told) as caught:
        headers_of(written, tmp_path, values)
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


def test_a_damaged_byte_or_a_large_size_keeps_no_secret(tmp_path: Path) -> None:
    log = tmp_path / "subject.log"
    line = b"GET /\xff with " + TOKEN.encode() + b" \xe9\n"
    log.write_bytes(line * 5)
    # Chunks far smaller than the secret: it is found across every border.
    for chunk in range(1, 60):
        log.write_bytes(line * 5)
        Mask([TOKEN], chunk).scrub(tmp_path)
        assert log.read_bytes() == b"GET /\xff with *** \xe9\n" * 5


def test_a_scrubbed_file_is_a_new_one_with_the_mode_of_the_old(tmp_path: Path) -> None:
    log, clean = tmp_path / "subject.log", tmp_path / "clean.log"
    for path, text in ((log, f"with {TOKEN}\n"), (clean, "without\n")):
        path.write_text(text)
        path.chmod(0o640)
    untouched = clean.stat()
    with log.open("ab") as late:
        Mask([TOKEN]).scrub(tmp_path)
        late.write(b"more")
    assert log.read_text() == "with ***\n"
    assert log.stat().st_mode & 0o777 == 0o640
    assert clean.stat() == untouched
    assert sorted(path.name for path in tmp_path.iterdir()) == ["clean.log", "subject.log"]


def test_a_file_that_cannot_be_scrubbed_is_named_and_the_others_are_scrubbed(tmp_path: Path) -> None:
    # A name that leaves no room for the temporary file's stops everybody, root too.
    stuck, log = tmp_path / ("x" * 250), tmp_path / "subject.log"
    for path in (stuck, log):
        path.write_text(TOKEN)
    with pytest.raises(UnwritableError, match=r"xxx may hold a secret, .* Remove it\."):
        Mask([TOKEN]).scrub(tmp_path)
    assert log.read_text() == "***"


@pytest.mark.parametrize("secret", ['tok"en\\x-9', "pässwörd", "base64/with+signs==", "two words"])
def test_a_secret_is_found_however_json_and_urls_write_it(secret: str, tmp_path: Path) -> None:
    mask = Mask([secret])
    written = [
        secret,
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        json.dumps(secret)[1:-1].replace("/", "\\/"),
        quote(secret),
        quote_plus(secret),
    ]
    assert [mask(f"a={text}&b") for text in written] == ["a=***&b"] * len(written)
    (tmp_path / "old.log").write_bytes(secret.encode("latin-1"))
    mask.scrub(tmp_path)
    assert (tmp_path / "old.log").read_bytes() == b"***"


@pytest.mark.parametrize("after", ["", "\n", '"}', "…", r"\u2026 more"])
def test_the_head_of_a_secret_that_was_cut_off_is_hidden(after: str) -> None:
    mask = Mask([TOKEN])
    assert mask(f"it said s3cr3t-t0{after}") == f"it said ***{after}"
    assert mask(f"it said {TOKEN[:-1]}{after}") == f"it said ***{after}"
    assert mask(f"it said s3cr3t{after}") == f"it said s3cr3t{after}"
    assert mask("s3cr3t-t0 is no secret here") == "s3cr3t-t0 is no secret here"
