"""Reads answers from the bytes of a connection, one after another.  Pure.

httptools (llhttp) parses; where an answer ends is decided here too, because a parser alone cannot know it:
of an answer to HEAD, of interim answers (1xx), of a switch of protocols, and of a body that the end of the
connection ends.
"""

from __future__ import annotations

import httptools

from scenarios.client.errors import ConnectionEndedError, MalformedAnswerError

# Bytes of a head, as Chromium takes them (net/http/http_stream_parser.h, kMaxHeaderBufSize).  So many may
# also come within a body without a byte of it: as chunks' extensions, or as trailers.
MOST_HEAD = 256 * 1024
# Interim answers before the real one; more is a server that never answers.
_MOST_INTERIM = 100
_INTERIM = 100
_SWITCHING = 101
_FINAL = 200
_HTTP_1_1 = "1.1"


class _SurplusError(Exception):
    """What came has no place in an answer."""


class Reading:
    """One answer as it comes in; httptools calls its ``on_`` methods.

    ``begin`` makes it ready for the next one on the same connection.  *headers* are names and values as they
    came, *chunks* the body's bytes so far, still encoded; whoever takes them away leaves an empty list.
    *headed* tells that the head is there, *complete* that all is; *bodiless* is an answer to HEAD.
    """

    __slots__ = (
        "_connection_ends_it",
        "_fed",
        "_interims",
        "_parser",
        "_surplus",
        "_wrapping",
        "alive",
        "bodiless",
        "chunks",
        "complete",
        "headed",
        "headers",
        "status",
    )

    def __init__(self) -> None:
        self._parser: httptools.HttpResponseParser | None = None
        self.begin(bodiless=False)

    def begin(self, *, bodiless: bool) -> None:
        """Expect another answer; *bodiless* is one to HEAD, whose head speaks of a body that never comes."""
        if self._parser is None:
            self._parser = httptools.HttpResponseParser(self)
        self.bodiless = bodiless
        self._connection_ends_it = False
        self._surplus = False
        self._fed = 0
        self._interims = 0
        self._wrapping = 0
        self.alive = False
        self.chunks: list[bytes] = []
        self.complete = False
        self.headed = False
        self.headers: list[tuple[bytes, bytes]] = []
        self.status = 0

    @property
    def reusable(self) -> bool:
        """Whether the connection may carry another request."""
        return self.complete and self.alive and not self._surplus

    @property
    def begun(self) -> bool:
        """Whether any byte of it has come."""
        return self._fed > 0

    def feed(self, received: memoryview) -> None:
        """Take what was received.  Raises MalformedAnswerError."""
        parser = self._parser
        if parser is None:
            self._surplus = True
            return
        self._fed += len(received)
        pieces = len(self.chunks)
        try:
            parser.feed_data(received)
        except httptools.HttpParserUpgrade:
            self.alive = False
        except httptools.HttpParserError as error:
            # What follows a whole answer is the connection's fault, not the answer's.
            if not self.complete:
                raise MalformedAnswerError(f"the answer is not HTTP/1.1: {_told(error)}.") from error
            self._surplus = True
        if not self.complete:
            self._bound(len(received), brought=len(self.chunks) > pieces)
        elif self.bodiless or self._surplus:
            # It is in the midst of a body that does not come, or of something that nobody asked for.
            self._parser = None

    def _bound(self, length: int, *, brought: bool) -> None:
        """Refuse what never becomes an answer, nor more of one."""
        if not self.headed and self._fed > MOST_HEAD:
            raise MalformedAnswerError(
                f"the head of the answer is over {MOST_HEAD} bytes long, and {MOST_HEAD} are read."
            )
        self._wrapping = 0 if brought else self._wrapping + length
        if self._wrapping > MOST_HEAD:
            raise MalformedAnswerError(
                f"over {MOST_HEAD} bytes of the answer came without a byte of its body, as extensions of its "
                "chunks or as trailers."
            )

    def end(self) -> None:
        """Take the end of the connection.  Raises ConnectionEndedError unless that ends the body."""
        self.alive = False
        if self.complete:
            return
        if self.headed and self._connection_ends_it:
            self.complete = True
            return
        if self.headed:
            had = sum(map(len, self.chunks))
            raise ConnectionEndedError(
                f"the server ended the connection within the body of a {self.status}, after {had} bytes."
            )
        raise ConnectionEndedError(
            "the server ended the connection within the head of its answer."
            if self._fed
            else "the server ended the connection without an answer."
        )

    def on_message_begin(self) -> None:
        """Refuse a message that nobody asked for."""
        if self.complete:
            raise _SurplusError

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header, and no trailer (RFC 9110, section 6.5.1)."""
        if not self.headed:
            self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        """Take the end of a head, and pass over that of an interim answer."""
        parser = self._parser
        assert parser is not None  # noqa: S101 - it is calling
        self.status = status = parser.get_status_code()
        if status < _FINAL and status != _SWITCHING:
            if status < _INTERIM:
                raise _SurplusError(f"there is no status {status}")
            return
        self.headed = True
        self.alive = parser.should_keep_alive()
        if self.bodiless:
            self.alive = parser.get_http_version() == _HTTP_1_1 and not self._says_close()
            self.complete = True
        elif not self.alive:
            self._connection_ends_it = not self._has_length()

    def on_body(self, body: bytes) -> None:
        """Take a piece of the body."""
        if self.complete or not self.headed:
            raise _SurplusError("an interim answer has a body")
        self.chunks.append(body)

    def on_message_complete(self) -> None:
        """Take the end of the answer, or of an interim one."""
        if self.headed:
            self.complete = True
            return
        self._interims += 1
        if self._interims > _MOST_INTERIM:
            raise _SurplusError(f"over {_MOST_INTERIM} interim answers")
        self.headers = []

    def _says_close(self) -> bool:
        return any(
            name.lower() == b"connection" and b"close" in value.lower() for name, value in self.headers
        )

    def _has_length(self) -> bool:
        """Return whether the head says where the body ends (RFC 9112, section 6.3)."""
        codings = b""
        for name, value in self.headers:
            lower = name.lower()
            if lower == b"content-length":
                return True
            if lower == b"transfer-encoding":
                codings = value.lower()
        return codings.rpartition(b",")[2].strip() == b"chunked"


def _told(error: httptools.HttpParserError) -> str:
    refused = error.__context__
    return str(refused if isinstance(refused, _SurplusError) else error).rstrip(".") or type(error).__name__
