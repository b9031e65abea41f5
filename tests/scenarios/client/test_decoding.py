"""Bodies are decoded whole or not at all."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable

import brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenarios.client.decoding import Decoder, decoded
from scenarios.client.errors import UndecodableBodyError

TEXT = b"Tours of the old town, every day at ten.  " * 200


def bare(content: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(content) + packer.flush()


def in_chunks(decoder: Decoder, body: bytes, size: int) -> bytes:
    unpacked = b"".join(decoder.feed(body[at : at + size]) for at in range(0, len(body), size))
    decoder.end()
    return unpacked


PACKED = [
    ("gzip", gzip.compress(TEXT)),
    ("x-gzip", gzip.compress(TEXT)),
    ("GZip", gzip.compress(TEXT[:100]) + gzip.compress(b"") + gzip.compress(TEXT[100:])),
    ("deflate", zlib.compress(TEXT)),
    ("deflate", bare(TEXT)),
    ("br", brotli.compress(TEXT)),
    ("identity", TEXT),
    ("", TEXT),
    ("gzip, br", brotli.compress(gzip.compress(TEXT))),
    (" Deflate ,identity,,GZIP ", gzip.compress(zlib.compress(TEXT))),
]


@pytest.mark.parametrize(("encoding", "body"), PACKED)
def test_a_body_is_what_was_packed(encoding: str, body: bytes) -> None:
    assert decoded(body, encoding) == TEXT


@pytest.mark.parametrize(("encoding", "body"), PACKED)
@pytest.mark.parametrize("size", [1, 7, 4096])
def test_a_body_in_chunks_is_the_same(encoding: str, body: bytes, size: int) -> None:
    assert in_chunks(Decoder(encoding), body, size) == TEXT


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "gzip, br"])
def test_no_body_stays_none(encoding: str) -> None:
    # Answers to HEAD, and those with status 304, say how the body would have been encoded.
    assert decoded(b"", encoding) == b""


@pytest.mark.parametrize(("encoding", "body"), [entry for entry in PACKED if entry[1] != TEXT])
@pytest.mark.parametrize("kept", [0.001, 0.1, 0.5, 0.99])
def test_a_body_that_is_cut_off_is_no_shorter_body(encoding: str, body: bytes, kept: float) -> None:
    with pytest.raises(UndecodableBodyError):
        decoded(body[: max(1, int(len(body) * kept))], encoding)


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "gzip, br"])
@pytest.mark.parametrize("garbage", [b"<html>no</html>", b"\xff" * 50])
def test_garbage_is_no_body(encoding: str, garbage: bytes) -> None:
    with pytest.raises(UndecodableBodyError, match="the body"):
        decoded(garbage, encoding)


@pytest.mark.parametrize(("encoding", "body"), [entry for entry in PACKED if entry[1] != TEXT])
def test_nothing_may_follow_the_end(encoding: str, body: bytes) -> None:
    with pytest.raises(UndecodableBodyError):
        decoded(body + b"more", encoding)
    with pytest.raises(UndecodableBodyError):
        in_chunks(Decoder(encoding), body + b"more", len(body))


@pytest.mark.parametrize("encoding", ["zstd", "compress", "gzip, zstd", ", ".join(["gzip"] * 6)])
def test_a_coding_that_is_not_understood_is_named(encoding: str) -> None:
    with pytest.raises(UndecodableBodyError, match=encoding):
        decoded(TEXT, encoding)


@pytest.mark.parametrize(
    ("encoding", "pack"),
    [
        ("gzip", gzip.compress),
        ("deflate", zlib.compress),
        ("deflate", bare),
        ("br", brotli.compress),
        ("gzip, gzip", lambda content: gzip.compress(gzip.compress(content))),
        ("gzip", lambda content: gzip.compress(content[:700_000]) + gzip.compress(content[700_000:])),
    ],
)
def test_a_body_that_unpacks_to_too_much_is_stopped(encoding: str, pack: Callable[[bytes], bytes]) -> None:
    bomb = pack(bytes(1_000_000))
    assert len(decoded(bomb, encoding, largest=1_000_000)) == 1_000_000
    with pytest.raises(UndecodableBodyError, match="more than any answer"):
        decoded(bomb, encoding, largest=999_999)
    with pytest.raises(UndecodableBodyError, match="more than any answer"):
        in_chunks(Decoder(encoding, largest=999_999), bomb, 1)


@given(body=st.binary(), encoding=st.sampled_from(["gzip", "deflate", "br", "br, gzip"]))
def test_whatever_comes_is_decoded_or_refused(body: bytes, encoding: str) -> None:
    try:
        assert isinstance(decoded(body, encoding), bytes)
    except UndecodableBodyError as error:
        assert str(error)  # noqa: PT017 - nothing else may be raised, and most are
