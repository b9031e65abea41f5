"""A server that answers with damaged answers: never a hang, never a wrong length, always a typed error."""

from __future__ import annotations

import random
import ssl
from collections.abc import Iterator

import gevent
import pytest

from scenarios.client.agent import Agent, Manners, Request
from scenarios.client.cookies import Jar
from scenarios.client.errors import ExchangeError
from scenarios.client.pool import Pool
from scenarios.client.target import parse
from scenarios.client.traffic import Traffic
from tests.scenarios.client.scripted import Seen, answer, scripted

CASES_A_SEED = 50
# A case is over within the silence that is allowed; a hang is more than this, in seconds.
HANG = 30.0
# How long the server may be silent; cases that stall cost as much, and few do.
SILENCE = 0.1

VALID = (
    answer(b"hello"),
    answer(b"", "204 No Content"),
    answer(b"x" * 70_000),
    (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"2;x=y\r\nhe\r\n3\r\nllo\r\n0\r\nX-Digest: 1\r\n\r\n"
    ),
    b"HTTP/1.1 200 OK\r\nServer: x\r\n\r\nhello",
    b"HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello",
    b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: </a>\r\n\r\n" + answer(b"hello"),
    answer(b"", "304 Not Modified", "ETag: x", "Set-Cookie: a=1; Path=/; Expires=never"),
    answer(b"gone", "302 Found", "Location: /ok"),
)
NASTY = (
    b"\r\n",
    b"\0",
    b"Content-Length: 99999999999999999999\r\n",
    b"Content-Length: -1\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"ffffffffffffffff\r\n",
    b"HTTP/1.1 200 OK\r\n\r\n",
    b"Connection: close\r\n",
    b"Location: \xff\x00//\r\n",
)
ENDLESS = (
    b"HTTP/1.1 200 OK\r\n" + b"X-More: 1\r\n" * 40_000,
    b"HTTP/1.1 100 Continue\r\n\r\n" * 500,
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n" + b"X-More: 1\r\n" * 40_000,
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;" + b"x" * 400_000,
)


def damaged(chance: random.Random) -> bytes:
    """Return a valid answer after one or two accidents."""
    if chance.randrange(20) == 0:
        return chance.choice(ENDLESS)
    whole = bytearray(chance.choice(VALID))
    for _ in range(chance.randint(1, 2)):
        at = chance.randrange(len(whole) + 1)
        match chance.randrange(5):
            case 0:
                del whole[at:]
            case 1 if at < len(whole):
                whole[at] ^= 1 << chance.randrange(8)
            case 2:
                whole[at:at] = whole[at : at + chance.randint(1, 40)]
            case 3:
                whole[at:at] = chance.choice(NASTY)
            case _:
                del whole[at : at + chance.randint(1, 10)]
    return bytes(whole)


def dechunked(raw: bytes) -> bytes:
    """Return what chunks hold, as RFC 9112, section 7.1 says; a reader of our own, to compare with."""
    body = b""
    while True:
        size, _, raw = raw.partition(b"\r\n")
        length = int(size.partition(b";")[0], 16)
        if length == 0:
            return body
        body += raw[:length]
        assert raw[length : length + 2] == b"\r\n"
        raw = raw[length + 2 :]


def framed(raw: bytes, headers: list[tuple[bytes, bytes]], status: int) -> bytes:
    """Return the body that *raw* frames under the head with these headers."""
    start = 0
    while True:
        # The head that counts is the first that is no interim one.
        start = raw.index(b"HTTP/", start)
        head, _, rest = raw[start:].partition(b"\r\n\r\n")
        if not 100 <= int(head.split(b" ")[1][:3]) < 200 or status == 101:
            break
        start += len(head) + 4
    known = {name.lower(): value for name, value in headers}
    if status in {101, 204, 304}:
        return b""
    if known.get(b"transfer-encoding", b"").lower().split(b",")[-1].strip() == b"chunked":
        return dechunked(rest)
    if b"content-length" in known:
        return rest[: int(known[b"content-length"])]
    return rest


@pytest.fixture
def pool() -> Iterator[Pool]:
    pool = Pool(1)
    yield pool
    pool.close()


def an_agent(pool: Pool, silence: float, retries: int) -> Agent:
    manners = Manners(
        connection_timeout=HANG,
        network_timeout=silence,
        max_redirects=3,
        max_retries=retries,
        tls=ssl.create_default_context,
    )
    return Agent(manners, Jar(), pool)


@pytest.mark.parametrize("seed", range(6))
def test_a_damaged_answer_is_whole_as_framed_or_an_error_and_the_next_request_works(
    seed: int, pool: Pool
) -> None:
    chance = random.Random(seed)  # noqa: S311 - seeded, so that a failure can be repeated
    raw = b""

    def reply(seen: Seen) -> list[bytes | float] | bytes | None:
        if seen.path != "/damaged":
            return answer(b"as ever")
        cut = chance.randrange(len(raw) + 1)
        return [raw[:cut], raw[cut:]]

    with scripted(reply) as server:
        # A busy machine may be silent for as long; the usual one asks again.
        damaging, usual = an_agent(pool, SILENCE, 0), an_agent(pool, SILENCE, 20)
        whole = 0
        for number in range(CASES_A_SEED):
            raw = damaged(chance)
            # Most are followed by the end of the connection; the others by silence.
            server.hangs_up = chance.randrange(6) > 0
            with gevent.Timeout(HANG):
                try:
                    asked = damaging.send(
                        Request(method="GET", target=parse(server.url("/damaged"))), Traffic()
                    )
                    asked.drain()
                except (ExchangeError, ConnectionResetError, BrokenPipeError):
                    pass  # any other ends the test
                else:
                    whole += 1
                    if asked.target.request_target == b"/damaged":
                        assert asked.body == framed(raw, asked.headers, asked.status), (number, raw)
                    # Longer than a connection is trusted: its last piece may be nobody's answer.
                    gevent.sleep(0.06)
                server.hangs_up = False
                after = usual.send(Request(method="GET", target=parse(server.url("/ok"))), Traffic())
                after.drain()
                assert (after.status, after.body) == (200, b"as ever"), (number, raw)
        # Else nothing would have been compared.
        assert 0 < whole < CASES_A_SEED
