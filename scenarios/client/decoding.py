"""Undoes what Content-Encoding says was done to a body: gzip, deflate, br, and several in turn.  Pure.

A damaged or cut-off body is an error and never a shorter body.  So is a small one that unpacks to more
than any answer has, before it takes the generator's memory.
"""

from __future__ import annotations

import zlib
from typing import Protocol

import brotli

from scenarios.client.errors import UndecodableBodyError

# Far beyond any answer that is worth a load test, and what one process of a generator can still hold.
LARGEST_BODY = 1 << 30

# More codings than anyone uses; each costs memory of its own.  The same bound as urllib3's.
_MOST_CODINGS = 5

_GZIP = 16 + zlib.MAX_WBITS
_DAMAGE = (zlib.error, brotli.error)


class _Coding(Protocol):
    """A stream of packed bytes; its methods raise one of _DAMAGE."""

    @property
    def finished(self) -> bool:
        """Whether the stream may end here."""

    def feed(self, packed: bytes, most: int) -> bytes:
        """Return what *packed* unpacks to; more than *most* bytes of it mean that there are too many."""


class _Gzip:
    """One member, or several in a row (RFC 1952, section 2.2)."""

    def __init__(self) -> None:
        self._member = zlib.decompressobj(_GZIP)

    @property
    def finished(self) -> bool:
        return self._member.eof

    def feed(self, packed: bytes, most: int) -> bytes:
        parts = []
        while packed and most >= 0:
            if self._member.eof:
                self._member = zlib.decompressobj(_GZIP)
            part = self._member.decompress(packed, most + 1)
            parts.append(part)
            most -= len(part)
            packed = self._member.unused_data
        return b"".join(parts)


class _Deflate:
    """A zlib stream, as it should be (RFC 9110, section 8.4.1.2), or the bare one that some servers send."""

    def __init__(self) -> None:
        self._head = b""
        self._stream = zlib.decompressobj()

    @property
    def finished(self) -> bool:
        return self._stream.eof

    def feed(self, packed: bytes, most: int) -> bytes:
        if len(self._head) < 2:  # noqa: PLR2004 - the two bytes that tell
            self._head += packed
            if len(self._head) < 2:  # noqa: PLR2004
                return b""
            packed = self._head
            # RFC 1950, section 2.2: the method in the low half of the first byte, and both divisible by 31.
            # A bare stream cannot begin so: it would be a stored block with padding other than zeros.
            if packed[0] & 0x0F != zlib.DEFLATED or int.from_bytes(packed[:2]) % 31:
                self._stream = zlib.decompressobj(-zlib.MAX_WBITS)
        unpacked = self._stream.decompress(packed, most + 1)
        if self._stream.unused_data:
            raise zlib.error("something follows its end")
        return unpacked


class _Brotli:
    def __init__(self) -> None:
        self._stream = brotli.Decompressor()

    @property
    def finished(self) -> bool:
        return bool(self._stream.is_finished())

    def feed(self, packed: bytes, most: int) -> bytes:
        parts = [self._stream.process(packed, output_buffer_limit=most + 1)]
        most -= len(parts[0])
        while most >= 0 and not self._stream.can_accept_more_data():
            parts.append(self._stream.process(b"", output_buffer_limit=most + 1))
            most -= len(parts[-1])
        return b"".join(parts)


_CODINGS: dict[str, type[_Coding]] = {
    "gzip": _Gzip,
    "x-gzip": _Gzip,  # RFC 9110, section 8.4.1.3: the same
    "deflate": _Deflate,
    "br": _Brotli,
}


class Decoder:
    """Decodes a body that comes in chunks.  Both methods raise UndecodableBodyError."""

    def __init__(self, encoding: str, largest: int = LARGEST_BODY) -> None:
        """Take the value of Content-Encoding, in the order in which the codings were applied."""
        names = [name for name in (word.strip().lower() for word in encoding.split(",")) if name]
        names = [name for name in names if name != "identity"]
        unknown = [name for name in names if name not in _CODINGS]
        if unknown or len(names) > _MOST_CODINGS:
            raise UndecodableBodyError(
                f"the body is encoded as {encoding!r}; understood are gzip, deflate and br, up to "
                f"{_MOST_CODINGS} in turn.  Ask for one of these with Accept-Encoding."
            )
        self._encoding = encoding
        self._stages = [_Stage(_CODINGS[name](), largest) for name in reversed(names)]

    def feed(self, chunk: bytes) -> bytes:
        """Return what can be decoded with this chunk."""
        for stage in self._stages:
            try:
                chunk = stage.feed(chunk)
            except _DAMAGE as error:
                raise UndecodableBodyError(f"the body is no {self._encoding}: {error}.") from error
        return chunk

    def end(self) -> None:
        """Note that no chunk follows; a body of no bytes at all is whole."""
        if not all(stage.whole for stage in self._stages):
            raise UndecodableBodyError(
                f"the body ends before its {self._encoding} does.  Look whether the server, or a proxy in "
                "front of it, cuts it off."
            )


class _Stage:
    """One coding, and how much it may still give."""

    def __init__(self, coding: _Coding, left: int) -> None:
        self._coding = coding
        self._left = left
        self._begun = False

    @property
    def whole(self) -> bool:
        return self._coding.finished or not self._begun

    def feed(self, packed: bytes) -> bytes:
        if not packed:
            return packed
        self._begun = True
        unpacked = self._coding.feed(packed, self._left)
        self._left -= len(unpacked)
        if self._left < 0:
            raise UndecodableBodyError(
                "the body unpacks to more than any answer should have.  Ask for less of it."
            )
        return unpacked


def decoded(body: bytes, encoding: str, largest: int = LARGEST_BODY) -> bytes:
    """Return the content of a whole body, at most *largest* bytes; no body stays none, as one of HEAD.

    Raises UndecodableBodyError.
    """
    decoder = Decoder(encoding, largest)
    content = decoder.feed(body)
    decoder.end()
    return content
