"""One connection of the truth server: reads requests, writes answers, and times both by the kernel's word."""

from __future__ import annotations

import selectors
import socket
import time
from http import HTTPStatus
from typing import Protocol

import httptools

from scenarios.stamps import SPACE, stamp_in
from scenarios.truth.ledger import Ledger
from scenarios.truth.pages import Answer

# Requests are small; the body that one may have is read in pieces, and dropped.
_BUFFER = bytearray(65_536)
_VIEW = memoryview(_BUFFER)


class Owner(Protocol):
    """What a connection needs of its server; *worked* nanoseconds its loop had not looked for bytes."""

    ledger: Ledger
    worked: int

    def asked(self, connection: Connection, target: str) -> None:
        """Learn of a request; ``answer`` of its connection is called now or later."""

    def wants(self, connection: Connection, events: int) -> None:
        """Call ``ready`` from now on for *events* of ``selectors``."""

    def leaves(self, connection: Connection) -> None:
        """Forget a connection that is about to be closed."""


class Connection:
    """Hands its *owner* one request at a time.

    *arrived* is when the last bytes came, in nanoseconds of the Unix clock; on a *fresh* one nothing was
    asked yet.
    """

    __slots__ = (
        "_headless",
        "_last",
        "_owner",
        "_parser",
        "_path",
        "_pending",
        "_rest",
        "_status",
        "_target",
        "_unread",
        "arrived",
        "fresh",
        "socket",
    )

    def __init__(self, owner: Owner, accepted: socket.socket) -> None:
        self.socket = accepted
        self.arrived = time.time_ns()
        self.fresh = True
        self._owner = owner
        # Refers back to this connection; closing breaks the circle, so that nobody has to look for it.
        self._parser: httptools.HttpRequestParser | None = httptools.HttpRequestParser(self)
        self._target = b""
        self._headless = self._last = self._pending = False
        self._unread = self._status = 0
        self._path: str | None = None
        self._rest = memoryview(b"")

    @property
    def closed(self) -> bool:
        """Whether nothing can come or go any more."""
        return self._parser is None

    @property
    def idle(self) -> bool:
        """Whether no request waits for its answer."""
        return not self._pending

    def ready(self, events: int) -> None:
        """Go on where the kernel has bytes to read, or room for bytes to write."""
        if events & selectors.EVENT_WRITE:
            self._owner.wants(self, selectors.EVENT_READ)
            self._send(self._rest)
        else:
            self._read()

    def on_message_begin(self) -> None:
        """Forget the last request; httptools calls this."""
        self._target = b""

    def on_url(self, part: bytes) -> None:
        """Take a part of the request's target; httptools calls this."""
        self._target += part

    def on_message_complete(self) -> None:
        """Pass a request on that is complete; httptools calls this."""
        if self._parser is None:
            return
        if self._pending:
            # To answer it in its turn would need a queue, and no load generator sends ahead unasked.
            self.refuse("one request at a time, please")
            return
        self._pending = True
        self._headless = self._parser.get_method() == b"HEAD"
        self._last = not self._parser.should_keep_alive()
        self._owner.asked(self, self._target.decode("latin-1"))
        self.fresh = False

    def answer(self, path: str | None, answer: Answer) -> None:
        """Answer the request that waits, and count it under *path*; None is for what is not to be counted."""
        if self._parser is not None:
            self._path, self._status = path, answer.status
            self._send(memoryview(answer.head if self._headless else answer.whole))

    def refuse(self, reason: str) -> None:
        """Say what is wrong with the request, and close."""
        self._owner.ledger.refused += 1
        self._last = True
        self.answer(None, Answer.of(HTTPStatus.BAD_REQUEST, f"{reason}\n".encode()))

    def close(self) -> None:
        """Close; an answer that is still due is dropped."""
        if self._parser is not None:
            self._parser = None
            self._owner.leaves(self)
            self.socket.close()

    def _read(self) -> None:
        try:
            size, ancillary, _, _ = self.socket.recvmsg_into([_BUFFER], SPACE)
        except BlockingIOError:
            return
        except OSError:
            size, ancillary = 0, []
        if not size or self._parser is None:
            self.close()
            return
        now = time.time_ns()
        stamp = stamp_in(ancillary)
        if stamp is None:
            self.arrived, self._unread = now, self._owner.worked
        else:
            self.arrived, self._unread = stamp, now - stamp
        try:
            self._parser.feed_data(_VIEW[:size])
        except httptools.HttpParserError as error:
            self.refuse(f"this is no HTTP request: {error}")

    def _send(self, content: memoryview) -> None:
        try:
            sent = self.socket.send(content)
        except BlockingIOError:
            sent = 0
        except OSError:
            self.close()
            return
        if sent < len(content):
            self._rest = content[sent:]
            self._owner.wants(self, selectors.EVENT_WRITE)
            return
        self._pending = False
        if self._path is not None:
            # A clock that is set back in between would make a duration negative.
            service = max(0, time.time_ns() - self.arrived) // 1_000
            self._owner.ledger.take(self._path, self._status, service, max(0, self._unread) // 1_000)
        if self._last:
            self.close()
