"""A crowd of keep-alive connections, as light as Python has them, to find the limits of a server.

One connection waits for its answer before it asks again.  Every answer is read to its end and its status
looked at; nothing is timed more finely than a request.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from functools import partial
from time import perf_counter
from typing import cast

import httptools

# Seconds to wait for one answer or one connection before the server counts as stuck.
PATIENCE = 30.0


@dataclass(frozen=True, slots=True)
class Ask:
    """One request, ready to be written, under the name it is counted by, and the statuses it may end with.

    The body of its answer is handed to the visit only if the visit is to *read* it.
    """

    name: str
    content: bytes
    accepted: frozenset[int] = frozenset({200})
    read: bool = False


@dataclass(frozen=True, slots=True)
class Reply:
    """What was answered, as far as a visit needs it to go on; the body is in its content *coding*."""

    status: int
    etag: str
    coding: str
    body: bytes


# What one user asks, one request after the other, knowing each time what the last was answered.
Visit = Generator[Ask, Reply, None]


@dataclass(slots=True)
class Tally:
    """What became of the requests of a crowd; seconds are sums by name."""

    seconds: float = 0.0
    asked: Counter[str] = field(default_factory=Counter)
    waited: dict[str, float] = field(default_factory=dict)
    wrong: Counter[str] = field(default_factory=Counter)
    received: int = 0

    @property
    def rate(self) -> float:
        """Return the requests answered in a second."""
        return self.asked.total() / self.seconds

    @property
    def mean(self) -> float:
        """Return the mean seconds that an answer took."""
        return sum(self.waited.values()) / self.asked.total()


class Connection(asyncio.Protocol):
    """One connection that asks what it is given, one request after the other.

    An answer that takes longer than *patience* seconds, or is lost with the connection, is an error.
    """

    def __init__(self, patience: float) -> None:
        self._patience = patience
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._parser = httptools.HttpResponseParser(self)
        self._answered: asyncio.Future[Reply] | None = None
        self._asked_at = 0.0
        self._watch: asyncio.TimerHandle | None = None
        self._etag = self._coding = ""
        self._read = False
        self._body: list[bytes] = []
        self.received = 0
        self.lost = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's own transport is one by its methods, not by its class.
        self._transport = cast("asyncio.Transport", transport)
        self._look_again_at(self._loop.time() + self._patience)

    def connection_lost(self, error: Exception | None) -> None:
        self.lost = True
        if self._watch is not None:
            self._watch.cancel()
        self._fail(error or ConnectionResetError("closed before the answer"))

    def data_received(self, content: bytes) -> None:
        self.received += len(content)
        self._parser.feed_data(content)

    def on_message_begin(self) -> None:
        self._etag = self._coding = ""
        self._body = []

    def on_header(self, name: bytes, value: bytes) -> None:
        lowered = name.lower()
        if lowered == b"etag":
            self._etag = value.decode()
        elif lowered == b"content-encoding":
            self._coding = value.decode()

    def on_body(self, content: bytes) -> None:
        if self._read:
            self._body.append(content)

    def on_message_complete(self) -> None:
        if self._answered is not None and not self._answered.done():
            status = self._parser.get_status_code()
            self._answered.set_result(Reply(status, self._etag, self._coding, b"".join(self._body)))

    async def ask(self, content: bytes, *, read: bool = False) -> Reply:
        """Write a request; return what it was answered.

        Raises TimeoutError when the answer does not come, ConnectionError when it cannot any more.
        """
        assert self._transport
        if self.lost:
            raise ConnectionResetError("closed before the request")
        self._answered = self._loop.create_future()
        self._asked_at = self._loop.time()
        self._read = read
        self._transport.write(content)
        return await self._answered

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def _look_again_at(self, moment: float) -> None:
        # One timer for all requests: one for each would cost as much as the rest of a request.
        self._watch = self._loop.call_at(moment, self._look)

    def _look(self) -> None:
        now = self._loop.time()
        waiting = self._answered is not None and not self._answered.done()
        end = (self._asked_at if waiting else now) + self._patience
        if end <= now:
            self._fail(TimeoutError(f"no answer in {self._patience:.0f} s"))
            self.close()
        else:
            self._look_again_at(end)

    def _fail(self, error: Exception) -> None:
        if self._answered is not None and not self._answered.done():
            self._answered.set_exception(error)


async def connect(host: str, port: int, *, patience: float = PATIENCE) -> Connection:
    """Open one connection, which waits *patience* seconds for each answer."""
    async with asyncio.timeout(patience):
        _, connection = await asyncio.get_running_loop().create_connection(
            partial(Connection, patience), host, port
        )
    return connection


async def rush(
    host: str, port: int, visit: Callable[[int], Visit], *, connections: int, seconds: float
) -> Tally:
    """Let each connection make its visit, without a pause, until it ends or the time is over."""
    tally = Tally()
    crowd = [await connect(host, port) for _ in range(connections)]
    start = perf_counter()
    await asyncio.gather(
        *(_make(each, visit(number), start + seconds, tally) for number, each in enumerate(crowd))
    )
    tally.seconds = perf_counter() - start
    for each in crowd:
        tally.received += each.received
        each.close()
    return tally


async def _make(connection: Connection, visit: Visit, end: float, tally: Tally) -> None:
    try:
        ask = next(visit)
        while (began := perf_counter()) < end:
            reply = await connection.ask(ask.content, read=ask.read)
            tally.waited[ask.name] = tally.waited.get(ask.name, 0.0) + perf_counter() - began
            tally.asked[ask.name] += 1
            if reply.status not in ask.accepted:
                tally.wrong[f"{ask.name}: {reply.status}"] += 1
            ask = visit.send(reply)
    except StopIteration:
        return
