"""A crowd of keep-alive connections, as light as Python has them, to find the limits of a server.

One connection waits for its answer before it asks again.  Every answer is read to its end and its status
looked at; nothing is timed more finely than a request.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from time import perf_counter
from typing import cast

import httptools

# Seconds to wait for one answer or one connection before the server counts as stuck.
PATIENCE = 30.0


@dataclass(frozen=True, slots=True)
class Ask:
    """One request, ready to be written, under the name it is counted by, and the statuses it may end with."""

    name: str
    content: bytes
    accepted: frozenset[int] = frozenset({200})


@dataclass(frozen=True, slots=True)
class Reply:
    """What was answered, as far as a visit needs it to go on."""

    status: int
    etag: str


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
    """One connection that asks what it is given, one request after the other."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._parser = httptools.HttpResponseParser(self)
        self._answered: asyncio.Future[Reply] | None = None
        self._etag = ""
        self.received = 0
        self.lost = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's own transport is one by its methods, not by its class.
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, error: Exception | None) -> None:
        self.lost = True
        if self._answered is not None and not self._answered.done():
            self._answered.set_exception(error or ConnectionResetError("closed before the answer"))

    def data_received(self, content: bytes) -> None:
        self.received += len(content)
        self._parser.feed_data(content)

    def on_message_begin(self) -> None:
        self._etag = ""

    def on_header(self, name: bytes, value: bytes) -> None:
        if name.lower() == b"etag":
            self._etag = value.decode()

    def on_message_complete(self) -> None:
        if self._answered is not None and not self._answered.done():
            self._answered.set_result(Reply(self._parser.get_status_code(), self._etag))

    async def ask(self, content: bytes) -> Reply:
        """Write a request; return what it was answered."""
        assert self._transport
        self._answered = asyncio.get_running_loop().create_future()
        self._transport.write(content)
        return await self._answered

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()


async def connect(host: str, port: int) -> Connection:
    """Open one connection."""
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(PATIENCE):
        _, connection = await loop.create_connection(Connection, host, port)
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
            reply = await connection.ask(ask.content)
            tally.waited[ask.name] = tally.waited.get(ask.name, 0.0) + perf_counter() - began
            tally.asked[ask.name] += 1
            if reply.status not in ask.accepted:
                tally.wrong[f"{ask.name}: {reply.status}"] += 1
            ask = visit.send(reply)
    except StopIteration:
        return
