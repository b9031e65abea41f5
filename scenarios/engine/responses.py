"""What a request returns: our answers under the API of Locust's FastResponse and ResponseContextManager.

Headers, text and metadata are made when somebody looks at them; most journeys look at the status alone.
"""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from types import TracebackType
from typing import Any, Self

from charset_normalizer import detect
from geventhttpclient.header import Headers
from locust.contrib.fasthttp import FastRequest, ResponseContextManager
from locust.exception import LocustError
from requests.structures import CaseInsensitiveDict
from requests.utils import get_encoding_from_headers

from scenarios.client import decoding
from scenarios.client.agent import Request
from scenarios.client.answer import Answer
from scenarios.client.decoding import Decoder
from scenarios.client.errors import UndecodableBodyError
from scenarios.client.traffic import Traffic
from scenarios.engine import tracing

# The first status that says that something went wrong.
_ERROR = 400
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
        "trace_id",
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
        self.trace_id: str | None = None

    def trace(self) -> None:
        """Begin a trace with the request, unless the caller's own headers say which it belongs to."""
        if "traceparent" not in self.request.fields:
            self.trace_id, parent = tracing.begun()
            self.request.fields = {**self.request.fields, "traceparent": ("traceparent", parent)}


Report = Callable[["LeanResponse", BaseException | None], None]


class _Stream:
    """The body of *answer*, decoded as it comes."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self._decoder = Decoder(answer.header(b"content-encoding") or "identity")
        self._rest = memoryview(b"")

    def read(self, most: int | None = None) -> bytes:
        """Return the next bytes, at most *most*; b"" at the end.  Raises an ExchangeError."""
        while not self._rest and not self._answer.ended:
            chunk = self._answer.more()
            self._rest = memoryview(self._decoder.feed(chunk))
            if not chunk:
                self._decoder.end()
        length = len(self._rest) if most is None else most
        piece, self._rest = self._rest[:length], self._rest[length:]
        return bytes(piece)


class LeanResponse(ResponseContextManager):
    """An answer, or the error that came instead; with ``catch_response`` it is used in a with-block."""

    # Of each response, once somebody looks or says so; there is one for each request.
    _catch_response = False
    _cached_content: bytes | None = None  # type: ignore[assignment]  # bytes there, and absent at first
    _headers: Headers | None = None
    _body: _Stream | io.BytesIO | None = None
    _meta: dict[str, Any] | None = None

    def __init__(
        self, exchange: Exchange, answer: Answer | None, error: BaseException | None, report: Report
    ) -> None:
        # Not the parent's: it copies from a response of geventhttpclient, which there is none.
        self.exchange = exchange
        self.answer = answer
        self.error = error
        self._report = report

    # What was answered.

    @property
    def status_code(self) -> int:
        """The status, 0 where nothing was answered."""
        return self.answer.status if self.answer is not None else 0

    @property
    def ok(self) -> bool:
        """Whether something was answered, and no error status.  Locust's takes no answer for a good one."""
        return 0 < self.status_code < _ERROR

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
        """The decoded body, or what is left of a streamed one; None where nothing was answered.

        Raises an ExchangeError unless it is whole.
        """
        if self._cached_content is None and self.answer is not None:
            if self._body is None and not self.answer.ended:
                with self._failing():
                    self.answer.drain()
                    self._cached_content = _decoded(self.answer)
            else:
                self._cached_content = b"".join(self._pieces(None))
        return self._cached_content

    @property
    def text(self) -> str | None:  # type: ignore[override]  # as FastResponse's
        """The content as text, as requests reads it; None where nothing tells its charset.

        Locust's own raises where Content-Type comes twice, or names a charset that there is not.
        """
        content = self.content
        if content is None or self.answer is None:
            return None
        if self.encoding is None:
            types = CaseInsensitiveDict({"content-type": ", ".join(self.answer.all_of(b"content-type"))})
            self.encoding = get_encoding_from_headers(types) or detect(content)["encoding"]
        if self.encoding is None:
            return None
        try:
            return str(content, str(self.encoding), errors="replace")
        except LookupError:
            return str(content, errors="replace")

    def expect_content(self) -> None:
        """Take the length of a streamed body as announced."""
        assert self.answer is not None  # noqa: S101 - nothing is streamed otherwise
        announced = self.answer.header(b"content-length")
        if announced is not None:
            self.exchange.length = int(announced)

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
        """The URL that was asked for at last, after redirects."""
        return self.answer.target.url if self.answer is not None else self.exchange.request.target.url

    @property
    def history(self) -> list[Self]:  # type: ignore[override]  # Locust's are of its own class
        """The answers that redirected, the first one first."""
        earlier = self.answer.history if self.answer is not None else ()
        return [type(self)(self.exchange, answer, None, self._report) for answer in earlier]

    @property
    def request(self) -> FastRequest:  # type: ignore[override]  # an attribute there
        """What was sent, after redirects."""
        sent = self.exchange.request
        target = self.answer.target if self.answer is not None else sent.target
        headers = Headers((name, value) for name, value in sent.fields.values() if isinstance(value, str))
        payload = sent.body.content if sent.body is not None else None
        return FastRequest(target.url, method=sent.method, headers=headers, payload=payload)

    @property
    def trace_id(self) -> str | None:
        """The id of the trace that the request began; None where it began none."""
        return self.exchange.trace_id

    @property
    def elapsed(self) -> timedelta:
        """From the first byte written to the first byte of the answer."""
        return timedelta(seconds=self.exchange.traffic.first_byte)

    def iter_content(
        self,
        chunk_size: int | None = _PIECE,
        decode_content: bool = True,  # noqa: FBT001, FBT002  # Locust's
    ) -> Iterator[str | bytes]:
        """Yield the body in pieces of up to *chunk_size* bytes as it comes; text where it is UTF-8."""
        if self.answer is None:
            raise LocustError("there is no answer whose content could be read")
        for piece in self._pieces(chunk_size):
            yield _text_if_any(piece) if decode_content else piece

    def read(self, n: int | None = None) -> bytes:
        """Return the next bytes of the body, at most *n*; all that are left for None."""
        if n is None:
            return b"".join(self._pieces(None))
        return next(self._pieces(n), b"")

    @property
    def stream(self) -> Self:  # type: ignore[override]  # what is read from there
        """What the body can be read from."""
        return self

    def isclosed(self) -> bool:
        """Return whether nothing more of the body will come."""
        return self.answer is None or self.answer.ended

    def release(self) -> None:
        """Give the rest of a streamed body up."""
        if self.answer is not None:
            self.answer.close()

    def __iter__(self) -> Iterator[bytes]:
        return self._pieces(None)

    def __len__(self) -> int:
        return self.exchange.length

    def _pieces(self, size: int | None) -> Iterator[bytes]:
        """Yield what is left of the body; the next caller goes on where this one stopped."""
        if self._body is None:
            with self._failing():
                if self._cached_content is None and self.answer is not None:
                    self._body = _Stream(self.answer)
                else:
                    self._body = io.BytesIO(self._cached_content or b"")
        while piece := self._next(size):
            yield piece

    def _next(self, size: int | None) -> bytes:
        assert self._body is not None  # noqa: S101 - its only caller made one
        with self._failing():
            return self._body.read(size)

    @contextmanager
    def _failing(self) -> Iterator[None]:
        """Note what is wrong with a body that is read after its head was reported as sound."""
        try:
            yield
        except OSError as error:
            self.release()
            self.error = error
            raise

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

    def reported(self) -> None:
        """Let go of what only a report needs: a response that holds itself waits for a garbage collection."""
        if self._meta is not None:
            self._meta.pop("response", None)

    def __enter__(self) -> Self:
        self._entered = self._catch_response
        return self

    def __exit__(  # type: ignore[override]  # as Locust's does
        self, exc: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> bool | None:
        if not self._catch_response:
            self.release()
            return None
        if self._manual_result is None and (exc is None or value is self.error):
            self._report(self, self._own_error())
            # A stream that broke is a failure, and breaks the task off as it does in Locust.
            return exc is None
        return bool(super().__exit__(exc, value, traceback))  # type: ignore[no-untyped-call]

    def _own_error(self) -> BaseException | None:
        return self.error if self._meta is None else self._meta["exception"] or self.error

    def _report_request(self) -> None:
        self._report(self, self.request_meta["exception"])


def _text_if_any(piece: bytes) -> str | bytes:
    try:
        return piece.decode("utf-8")
    except UnicodeDecodeError:
        return piece


def _decoded(answer: Answer) -> bytes:
    """Return the body of a drained *answer* decoded.  Raises UndecodableBodyError."""
    body = answer.body
    if not body:
        return body
    encoding = answer.header(b"content-encoding")
    return decoding.decoded(body, encoding) if encoding else body
