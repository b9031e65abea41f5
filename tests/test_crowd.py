"""A crowd that finds a server's limits must notice when the server is stuck or gone."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from tests.crowd import Reply, connect

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

# Seconds that a server which never answers is given here.
SHORT_PATIENCE = 0.2
REQUEST = b"GET / HTTP/1.1\r\nHost: here\r\n\r\n"


async def silent(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    await reader.read()


async def gone(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")


async def polite(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b'HTTP/1.1 200 OK\r\nETag: "1"\r\nContent-Length: 5\r\n\r\nhello')


async def asked(handler: Handler, *, times: int = 1, read: bool = False) -> Reply:
    """Ask a server that hangs up after its handler; return the last reply."""
    hung_up = asyncio.Event()

    async def served(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await handler(reader, writer)
        writer.close()
        await writer.wait_closed()
        hung_up.set()

    async with await asyncio.start_server(served, "127.0.0.1", 0) as server:
        connection = await connect(*server.sockets[0].getsockname(), patience=SHORT_PATIENCE)
        try:
            for _ in range(times):
                reply = await connection.ask(REQUEST, read=read)
        finally:
            connection.close()
            await hung_up.wait()
    return reply


@pytest.mark.parametrize(("read", "body"), [(True, b"hello"), (False, b"")])
def test_a_body_is_handed_on_to_those_who_read_it(*, read: bool, body: bytes) -> None:
    assert asyncio.run(asked(polite, read=read)) == Reply(200, '"1"', "", body)


def test_a_server_that_does_not_answer_is_not_waited_for_without_end() -> None:
    with pytest.raises(TimeoutError, match="no answer"):
        asyncio.run(asked(silent))


def test_an_answer_that_is_lost_with_its_connection_is_an_error() -> None:
    with pytest.raises(ConnectionError, match="before the answer"):
        asyncio.run(asked(gone))


def test_a_server_that_answers_once_is_not_waited_for_a_second_time() -> None:
    with pytest.raises(ConnectionError):
        asyncio.run(asked(polite, times=2))
