"""What a request returns: our answers under the API of Locust's FastResponse and ResponseContextManager.

Headers, text and metadata are made when somebody looks at them; most journeys look at the status alone.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from types import TracebackType
from typing import Any, Self

from geventhttpclient.header import Headers
from locust.contrib.fasthttp import FastRequest, ResponseContextManager
from locust.exception import LocustError

from scenarios.client import decoding
from scenarios.client.agent import Request
from scenarios.client.answer import Answer
from scenarios.client.decoding import Decoder
from scenarios.client.errors import UndecodableBodyError
from scenarios.client.traffic import Traffic

# Locust's own size of a piece, in bytes (FastResponse.iter_content).
_PIECE = 1024


class Exchange:
    """One request of a user and what became of it, for whoever reports it.

    *began* and *ended* are on the clock of perf_counter, *late* and *lag* as the recorder takes them,
    *context* is what the user told of it.  *length* is that of the decoded body.
    """

    __slots__ = (
        "began",
        "context",
        "ended",
        "lag",
        "late",
        "length",
        "name",
        "request",
        "traffic",
        "url",
    )

    def __init__(self, request: Request, name: str, url: str) -> None:
        self.request = request
        self.name = name
        self.url = url
        self.traffic = Traffic()
        self.began = self.ended = 0.0
        self.late = 0.0
        self.lag: float | None = None
        self.length = 0
        self.context: dict[str, Any] | None = None


Report = Callable[["LeanResponse", BaseException | None], None]


class LeanResponse(ResponseContextManager):
    """An answer, or the error that came instead; with ``catch_response`` it is used in a with-block."""

    def __init__(
        self, exchange: Exchange, answer: Answer | None, error: BaseException | None, report: Report
    ) -> None:
        # Not the parent's: it copies from a response of geventhttpclient, which there is none.
        self.exchange = exchange
        self.answer = answer
        self.error = error
        self._report = report
        self._catch_response = False
        self._cached_content: bytes | None = None  # type: ignore[assignment]  # bytes there, and absent at first
        self._headers: Headers | None = None
        self._meta: dict[str, Any] | None = None

    # What was answered.

    @property
    def status_code(self) -> int:
        """The status, 0 where nothing was answered."""
        return self.answer.status if self.answer is not None else 0

    @property
    def headers(self) -> Headers | None:  # type: ignore[override]  # an attribute there
        """The headers, whatever the case of their names; None where nothing was answered."""
        if self._headers is None and self.answer is not None:
            self._headers = Headers(
                (name.decode("latin-1"), value.decode("latin-1")) for name, value in self.answer.headers
            )
        return self._headers

    @property
    def content(self) -> bytes | None:  # type: ignore[override]
        """The decoded body; None where nothing was answered.  Raises an ExchangeError unless it is whole."""
        if self._cached_content is None and self.answer is not None:
            self.answer.drain()
            self._cached_content = _decoded(self.answer)
        return self._cached_content

    def keep_content(self) -> None:
        """Decode the body of a drained answer; one that cannot be decoded is an error of the answer."""
        answer = self.answer
        assert answer is not None  # noqa: S101 - nothing was drained otherwise
        try:
            self._cached_content = content = _decoded(answer)
        except UndecodableBodyError as error:
            self._cached_content = b""
            self.error = self.error or error
        else:
            self.exchange.length = len(content)

    @property
    def url(self) -> str:
        """The URL that was asked for, before any redirect."""
        return self.exchange.request.target.url

    @property
    def request(self) -> FastRequest:  # type: ignore[override]  # an attribute there
        """What was sent, after redirects."""
        sent = self.exchange.request
        target = self.answer.target if self.answer is not None else sent.target
        headers = Headers((name, value) for name, value in sent.fields.values() if isinstance(value, str))
        payload = sent.body.content if sent.body is not None else None
        return FastRequest(target.url, method=sent.method, headers=headers, payload=payload)

    @property
    def elapsed(self) -> timedelta:
        """From the first byte written to the first byte of the answer."""
        return timedelta(seconds=self.exchange.traffic.first_byte)

    def iter_content(self, chunk_size: int = _PIECE, decode_content: bool = True) -> Iterator[str | bytes]:  # noqa: FBT001, FBT002  # Locust's
        """Yield the body in pieces of up to *chunk_size* bytes as it comes; text where it is UTF-8."""
        if self.answer is None:
            raise LocustError("there is no answer whose content could be read")
        for piece in self._pieces(chunk_size):
            if decode_content:
                try:
                    yield piece.decode("utf-8")
                    continue
                except UnicodeDecodeError:
                    pass
            yield piece

    def read(self, n: int | None = None) -> bytes:
        """Return up to *n* bytes of a streamed body, all of it for None."""
        if n is None:
            return self.content or b""
        return next(self._pieces(n), b"")

    def release(self) -> None:
        """Give the rest of a streamed body up."""
        if self.answer is not None:
            self.answer.close()

    def __iter__(self) -> Iterator[bytes]:
        return self._pieces(_PIECE)

    def _pieces(self, size: int) -> Iterator[bytes]:
        if self._cached_content is not None:
            whole, self._cached_content = self._cached_content, b""
            for start in range(0, len(whole), size):
                yield whole[start : start + size]
            return
        answer = self.answer
        assert answer is not None  # noqa: S101
        decoder = Decoder(answer.header(b"content-encoding") or "identity")
        while chunk := answer.more():
            piece = decoder.feed(chunk)
            for start in range(0, len(piece), size):
                yield piece[start : start + size]
        decoder.end()

    # What is reported.

    @property
    def request_meta(self) -> dict[str, Any]:
        """What the event of finished requests tells; a with-block may change it."""
        if self._meta is None:
            exchange = self.exchange
            self._meta = {
                "request_type": exchange.request.method,
                "name": exchange.name,
                "context": exchange.context or {},
                "response": self,
                "exception": self.error,
                "start_time": time.time() - (time.perf_counter() - exchange.began),
                "url": exchange.url,
                "response_length": exchange.length,
                "response_time": (exchange.ended - exchange.began) * 1000,
            }
        return self._meta

    @property
    def meta_as_changed(self) -> dict[str, Any] | None:
        """The metadata if anybody has looked at it."""
        return self._meta

    def __enter__(self) -> Self:
        if not self._catch_response:
            raise LocustError("to use a request in a with-block, pass catch_response=True")
        self._entered = True
        return self

    def __exit__(  # type: ignore[override]  # as Locust's does
        self, exc: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> bool | None:
        manual = self._manual_result
        if manual is None and exc is None:
            self._report(self, self._own_error())
            return True
        return bool(super().__exit__(exc, value, traceback))  # type: ignore[no-untyped-call]

    def _own_error(self) -> BaseException | None:
        return self.error if self._meta is None else self._meta["exception"] or self.error

    def _report_request(self) -> None:
        self._report(self, self.request_meta["exception"])


def _decoded(answer: Answer) -> bytes:
    """Return the body of a drained *answer* decoded.  Raises UndecodableBodyError."""
    body = answer.body
    if not body:
        return body
    encoding = answer.header(b"content-encoding")
    return decoding.decoded(body, encoding) if encoding else body
