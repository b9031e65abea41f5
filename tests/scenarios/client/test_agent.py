"""The agent on real sockets: connections that live on, redirects, retries, times and what it all cost."""

from __future__ import annotations

import contextlib
import gc
import ssl
import sys
import time
from collections.abc import Iterator
from typing import Any

import gevent
import pytest

from scenarios.client import heads
from scenarios.client.agent import Agent, Manners, Request
from scenarios.client.answer import Answer
from scenarios.client.bodies import Body, encoded
from scenarios.client.cookies import Jar
from scenarios.client.errors import (
    AnswerTimedOutError,
    ConnectionEndedError,
    LeavesSubjectError,
    TooManyRedirectsError,
    UnfollowableRedirectError,
    UnsendableBodyError,
    UnsendableHeaderError,
)
from scenarios.client.pool import Pool
from scenarios.client.target import parse
from scenarios.client.traffic import Traffic
from tests.scenarios.client.scripted import Scripted, Seen, answer, scripted

# Much longer than anything here takes, and so short that a test can wait for it.
AMPLE = 20.0
SCANT = 0.3


def no_tls() -> ssl.SSLContext:
    raise AssertionError("plain lines ask for no context")


def an_agent(pool: Pool | None = None, **manners: Any) -> Agent:
    usual: dict[str, Any] = {
        "connection_timeout": AMPLE,
        "network_timeout": AMPLE,
        "max_redirects": 5,
        "max_retries": 0,
        "tls": no_tls,
    }
    agent = Agent(Manners(**{**usual, **manners}), Jar(), pool or Pool(10))
    AGENTS.append(agent)
    return agent


AGENTS: list[Agent] = []


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    """Close what the agents of a test left open."""
    yield
    while AGENTS:
        AGENTS.pop().close()


class Asked:
    """What became of a request."""

    def __init__(
        self,
        agent: Agent,
        url: str,
        method: str = "GET",
        *,
        body: Body | None = None,
        headers: dict[str, Any] | None = None,
        **bounds: Any,
    ) -> None:
        self.traffic = Traffic()
        request = Request(method=method, target=parse(url), fields=heads.fields(headers), body=body, **bounds)
        self.answer: Answer = agent.send(request, self.traffic)
        self.at = self.answer.drain()
        self.status, self.body = self.answer.status, self.answer.body


@contextlib.contextmanager
def asking(reply: Any, pool: Pool | None = None, **manners: Any) -> Iterator[tuple[Agent, Scripted]]:
    with scripted(reply) as server:
        yield an_agent(pool, **manners), server


def test_a_connection_carries_one_request_after_another() -> None:
    with asking(lambda _seen: answer()) as (agent, server):
        asked = [Asked(agent, server.url()) for _ in range(5)]
        assert [each.traffic.connects for each in asked] == [1, 0, 0, 0, 0]
        assert server.connections == 1
        assert asked[0].traffic.connect > 0.0 == asked[1].traffic.connect


def test_traffic_is_what_the_server_saw() -> None:
    with asking(lambda _seen: answer(b"x" * 300_000)) as (agent, server):
        traffics = [
            Asked(agent, server.url(), "POST", body=encoded(b"y" * 200_000)).traffic for _ in range(3)
        ]
        assert sum(traffic.sent for traffic in traffics) == server.received
        assert sum(traffic.received for traffic in traffics) == server.sent
        assert all(traffic.status == 200 for traffic in traffics)


def test_an_answer_ends_with_its_last_byte_even_if_its_head_comes_late() -> None:
    head, body = answer(b"hello").split(b"\r\n\r\n")

    def slowly(seen: Seen) -> list[bytes | float]:
        if seen.path == "/head":
            return [head[:20], SCANT, head[20:] + b"\r\n\r\n" + body]
        return [head + b"\r\n\r\n", SCANT, body]

    with asking(slowly) as (agent, server):
        for path in ("/head", "/body"):
            began = time.perf_counter()
            asked = [Asked(agent, server.url(path)) for _ in range(5)]
            assert asked[0].at - began >= SCANT
            # Whoever is kept from a busy core hears of the first byte late, but not each time.
            assert any(each.traffic.body >= SCANT > each.traffic.first_byte for each in asked)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux stamps what TCP receives")
def test_an_answer_came_when_the_kernel_had_it_not_when_a_busy_hub_read_it() -> None:
    with asking(lambda _seen: answer()) as (agent, server):

        def ask() -> tuple[float, float, float]:
            began = time.perf_counter()
            asked = Asked(agent, server.url())
            return asked.at - began, asked.traffic.first_byte, time.perf_counter() - began

        def ask_beside_work() -> tuple[float, float, float]:
            asking_one = gevent.spawn(ask)
            # Begins when the other waits for its answer, and holds the hub up: this is no gevent.sleep.
            gevent.spawn(time.sleep, SCANT)
            return asking_one.get()  # type: ignore[no-any-return]

        Asked(agent, server.url())
        times = [ask_beside_work() for _ in range(5)]
        assert all(read >= SCANT for _, _, read in times)
        # Whoever is kept from a busy core answers late, but not each time.
        assert any(came < SCANT / 2 and first_byte < SCANT / 2 for came, first_byte, _ in times)


def test_silence_is_counted_anew_each_time() -> None:
    # libev's timers go on where they were stopped, unless they repeat.
    pause = 0.4
    steps: list[bytes | float] = [pause, answer()[:10], pause, answer()[10:]]
    with asking(lambda _seen: steps, network_timeout=1.2) as (agent, server):
        assert [Asked(agent, server.url()).status for _ in range(3)] == [200] * 3
        assert server.connections == 1


@pytest.mark.parametrize("begins", [b"", answer()[:20], answer()[:-1]])
def test_silence_that_is_too_long_is_an_error_and_the_next_request_goes_on(begins: bytes) -> None:
    def silent(seen: Seen) -> list[bytes | float] | bytes:
        return answer() if seen.path == "/" else [begins, 2 * SCANT]

    with asking(silent, network_timeout=SCANT) as (agent, server):
        with pytest.raises(AnswerTimedOutError, match=r"127\.0\.0\.1:\d+ was silent for 0\.3 s"):
            Asked(agent, server.url("/silent"))
        assert Asked(agent, server.url()).body == b"hello"
        assert server.connections == 2


@pytest.mark.parametrize("idle", [0.0, 0.1])
def test_a_connection_that_the_server_ended_while_it_was_idle_is_replaced_for_what_can_be_repeated(
    idle: float,
) -> None:
    with scripted(lambda _seen: answer(), hangs_up=True) as server:
        agent = an_agent()
        Asked(agent, server.url())
        # Longer than a connection is trusted; at once, it may or may not have been ended already.
        gevent.sleep(idle)
        asked = Asked(agent, server.url())
        assert (asked.status, asked.traffic.connects) == (200, 1)
        assert asked.traffic.retries <= (0 if idle else 1)


def test_what_cannot_be_repeated_is_an_error_when_the_server_ends_an_idle_connection_under_it() -> None:
    replies = iter([answer(), None, answer()])
    with asking(lambda _seen: next(replies)) as (agent, server):
        Asked(agent, server.url())
        with pytest.raises((ConnectionEndedError, ConnectionResetError)):
            Asked(agent, server.url(), "POST", body=encoded("a"))
        assert [seen.line.split(" ")[0] for seen in server.seen] == ["GET", "POST"]
        assert Asked(agent, server.url()).status == 200


def test_a_repeated_request_is_counted() -> None:
    replies = iter([answer(), None, answer()])
    with asking(lambda _seen: next(replies)) as (agent, server):
        Asked(agent, server.url())
        asked = Asked(agent, server.url())
        assert (asked.status, asked.traffic.retries, asked.traffic.connects) == (200, 1, 1)
        assert len(server.seen) == 3


def test_a_first_connection_that_ends_is_an_error_without_retries_and_none_with_them() -> None:
    replies = iter([None, None, None, answer()])
    with asking(lambda _seen: next(replies)) as (agent, server):
        with pytest.raises(ConnectionEndedError, match="without an answer"):
            Asked(agent, server.url())
        patient = an_agent(max_retries=2)
        asked = Asked(patient, server.url())
        assert (asked.status, asked.traffic.retries, asked.traffic.connects) == (200, 2, 3)


def test_only_what_is_idempotent_is_tried_again() -> None:
    with asking(lambda _seen: None, max_retries=3) as (agent, server):
        with pytest.raises(ConnectionEndedError):
            Asked(agent, server.url(), "POST", body=encoded("a"))
        assert len(server.seen) == 1


def test_what_cannot_be_sent_is_not_tried_again() -> None:
    with asking(lambda _seen: answer(), max_retries=3) as (agent, server):
        with pytest.raises(UnsendableHeaderError):
            Asked(agent, server.url(), headers={"X-Split": "a\r\nHost: b"})
        assert server.connections <= 1
        assert not server.seen


def test_a_refused_connection_stays_one_and_is_tried_again_if_asked_to() -> None:
    with scripted(lambda _seen: answer()) as server:
        port = server.port
    traffic = Traffic()
    with pytest.raises(ConnectionRefusedError, match=rf"127\.0\.0\.1:{port}"):
        an_agent(max_retries=2).send(
            Request(method="GET", target=parse(f"http://127.0.0.1:{port}/")), traffic
        )
    assert (traffic.retries, traffic.connects, traffic.status) == (2, 0, 0)


def to(location: str, status: str = "302 Found", *headers: str) -> bytes:
    return answer(b"", status, f"Location: {location}", *headers)


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT"])
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_keep_the_method_and_the_body_or_become_a_get(status: int, method: str) -> None:
    def redirect(seen: Seen) -> bytes:
        if seen.path == "/from":
            return to("/to", f"{status} X")
        return answer()[:-5] if seen.line.startswith("HEAD") else answer()

    with asking(redirect) as (agent, server):
        body = encoded("text") if method in {"POST", "PUT"} else None
        asked = Asked(
            agent, server.url("/from"), method, body=body, headers={"Content-Type": "text/x"} if body else {}
        )
        last = server.seen[-1]
        kept = status in {307, 308}
        assert asked.status == 200
        assert last.line.split(" ")[0] == (method if kept or method == "HEAD" else "GET")
        assert last.body == (b"text" if kept and body else b"")
        assert last.header("content-type") == ("text/x" if kept and body else None)
        assert (asked.traffic.redirects, asked.traffic.connects) == (1, 1)
        assert asked.answer.target.url == server.url("/to")
        assert [each.status for each in asked.answer.history] == [status]


def test_redirects_have_an_end() -> None:
    with asking(lambda _seen: to("/again"), max_redirects=3) as (agent, server):
        with pytest.raises(TooManyRedirectsError, match=r"more than 3 times, at last to '/again'"):
            Asked(agent, server.url())
        assert len(server.seen) == 4


def test_without_redirects_the_redirect_itself_is_the_answer() -> None:
    with asking(lambda _seen: to("/again"), max_redirects=0) as (agent, server):
        assert Asked(agent, server.url()).status == 302


def test_a_request_may_have_its_own_ends() -> None:
    with asking(lambda _seen: to("/again"), max_redirects=3) as (agent, server):
        with pytest.raises(TooManyRedirectsError, match="more than 1 times"):
            Asked(agent, server.url(), max_redirects=1)
        assert len(server.seen) == 2
    with asking(lambda _seen: None) as (agent, server):
        with pytest.raises(ConnectionEndedError):
            Asked(agent, server.url(), max_retries=1)
        assert len(server.seen) == 2


@pytest.mark.parametrize("location", ["ftp://127.0.0.1/", "http://", "javascript:alert(1)", "http://a b/"])
def test_a_redirect_to_nowhere_is_an_error(location: str) -> None:
    with asking(lambda _seen: to(location)) as (agent, server), pytest.raises(UnfollowableRedirectError):
        Asked(agent, server.url())


def test_an_empty_location_leads_nowhere() -> None:
    with asking(lambda _seen: to("")) as (agent, server):
        assert Asked(agent, server.url()).status == 302


def test_another_origin_gets_neither_credentials_nor_what_is_private() -> None:
    private = {"Authorization": "Basic x", "Cookie": "a=1", "X-Key": "secret", "X-Open": "yes"}
    with scripted(lambda _seen: answer()) as other:
        with asking(lambda _seen: to(other.url("/")), private=frozenset({"x-key"})) as (agent, server):
            Asked(agent, server.url(), headers=private)
        sent = other.seen[0]
        assert [sent.header(name) for name in private] == [None, None, None, "yes"]
        assert sent.header("host") == f"127.0.0.1:{other.port}"


def test_the_same_origin_keeps_credentials() -> None:
    replies = iter([to("/to"), answer()])
    with asking(lambda _seen: next(replies)) as (agent, server):
        Asked(agent, server.url(), headers={"Authorization": "Basic x"})
        assert server.seen[1].header("authorization") == "Basic x"


def test_who_stays_sends_nothing_to_another_origin() -> None:
    with (
        scripted(lambda _seen: answer()) as other,
        asking(lambda _seen: to(other.url("/")), stays=True) as (agent, server),
    ):
        with pytest.raises(LeavesSubjectError):
            Asked(agent, server.url())
        assert not other.seen


def test_cookies_of_a_redirect_are_sent_to_where_it_leads() -> None:
    replies = iter([to("/to", "302 Found", "Set-Cookie: a=1; Path=/"), answer()])
    with asking(lambda _seen: next(replies)) as (agent, server):
        Asked(agent, server.url())
        assert [seen.header("cookie") for seen in server.seen] == [None, "a=1"]


def test_a_stream_goes_in_chunks_and_cannot_be_sent_twice() -> None:
    with asking(lambda seen: to("/to", "307 X") if seen.path == "/from" else answer()) as (agent, server):
        Asked(agent, server.url(), "POST", body=encoded(iter([b"ab", b"c"])))
        assert server.seen[0].header("transfer-encoding") == "chunked"
        assert server.seen[0].header("content-length") is None
        assert server.seen[0].body == b"2\r\nab\r\n1\r\nc\r\n0\r\n\r\n"
        with pytest.raises(UnsendableBodyError, match="cannot be read again"):
            Asked(agent, server.url("/from"), "POST", body=encoded(iter([b"ab"])))
        assert Asked(agent, server.url()).status == 200


def test_bytes_go_in_chunks_where_the_request_says_so_and_a_stream_as_it_is_where_its_length_is_known() -> (
    None
):
    with asking(lambda _seen: answer()) as (agent, server):
        Asked(agent, server.url(), "POST", body=encoded(b"abc"), headers={"Transfer-Encoding": "chunked"})
        assert server.seen[0].body == b"3\r\nabc\r\n0\r\n\r\n"
        Asked(agent, server.url(), "POST", body=encoded(iter([b"ab", b"c"])), headers={"Content-Length": 3})
        assert server.seen[1].body == b"abc"
        assert server.seen[1].header("transfer-encoding") is None


@pytest.mark.parametrize(("method", "length"), [("GET", None), ("POST", "0"), ("PUT", "0"), ("DELETE", None)])
def test_no_body_has_the_length_that_the_method_asks_for(method: str, length: str | None) -> None:
    with asking(lambda _seen: answer()) as (agent, server):
        Asked(agent, server.url(), method)
        assert server.seen[0].header("content-length") == length


def test_a_server_that_answers_before_it_has_read_everything_is_heard() -> None:
    def refuse(_seen: Seen) -> bytes:
        return answer(b"too much", "413 Too Large", "Connection: close")

    with asking(refuse) as (agent, server):
        # Announced, and never sent in full: the server answers the head.
        asked = Asked(agent, server.url(), "POST", headers={"X": "1"})
        assert (asked.status, asked.body) == (413, b"too much")


def test_an_answer_to_head_with_a_body_spoils_no_other_request() -> None:
    def talkative(seen: Seen) -> bytes | list[bytes | float]:
        whole = answer(b"12345")
        return [whole[:-5], 0.05, b"12345"] if seen.line.startswith("HEAD") else answer()

    with asking(talkative) as (agent, server):
        assert Asked(agent, server.url(), "HEAD").body == b""
        gevent.sleep(0.2)
        assert Asked(agent, server.url()).body == b"hello"
        assert server.connections == 2


def test_a_surplus_that_comes_while_the_connection_is_idle_is_nobodys_answer() -> None:
    with asking(lambda _seen: [answer(), 0.01, answer(b"wrong")]) as (agent, server):
        for _ in range(3):
            assert Asked(agent, server.url()).body == b"hello"
            gevent.sleep(0.2)
        assert server.connections == 3


def test_no_more_connections_are_open_than_may_be() -> None:
    with asking(lambda _seen: [0.02, answer()], pool=Pool(3)) as (agent, server):
        asking_at_once = [gevent.spawn(Asked, agent, server.url()) for _ in range(12)]
        gevent.joinall(asking_at_once, timeout=AMPLE, raise_error=True)
        assert [greenlet.value.status for greenlet in asking_at_once] == [200] * 12
        assert server.connections == 3
        assert sum(greenlet.value.traffic.connects for greenlet in asking_at_once) == 3


def test_users_who_share_a_pool_share_its_connections_and_not_their_cookies() -> None:
    pool = Pool(1)
    with scripted(lambda _seen: answer(b"", "200 OK", "Set-Cookie: a=1; Path=/")) as server:
        first, second = an_agent(pool), an_agent(pool)
        Asked(first, server.url())
        Asked(second, server.url())
        assert server.connections == 1
        assert server.seen[1].header("cookie") is None


def test_an_answer_that_nobody_reads_gives_its_place_back() -> None:
    with asking(lambda _seen: answer(b"x" * 2_000_000), pool=Pool(1)) as (agent, server):
        for _ in range(3):
            unread = agent.send(Request(method="GET", target=parse(server.url())), Traffic())
            assert unread.status == 200
            del unread
            gc.collect()
        with gevent.Timeout(AMPLE):
            assert len(Asked(agent, server.url()).body) == 2_000_000
        assert server.connections == 4


@pytest.mark.parametrize("steps", [[1.0, answer()], [answer()[:-1], 1.0, b"o"]])
def test_a_greenlet_that_is_killed_within_an_exchange_leaves_the_pool_usable(
    steps: list[bytes | float],
) -> None:
    def slowly(seen: Seen) -> bytes | list[bytes | float]:
        return steps if seen.path == "/slow" else answer()

    with asking(slowly, pool=Pool(1)) as (agent, server):
        asking_slowly = gevent.spawn(Asked, agent, server.url("/slow"))
        waiting = gevent.spawn(Asked, agent, server.url())
        gevent.sleep(0.2)
        asking_slowly.kill()
        assert waiting.get(timeout=AMPLE).body == b"hello"
        assert Asked(agent, server.url()).body == b"hello"
        assert server.connections == 2


def test_who_waits_for_a_place_may_be_killed_too() -> None:
    with asking(lambda _seen: [0.3, answer()], pool=Pool(1)) as (agent, server):
        first, second = gevent.spawn(Asked, agent, server.url()), gevent.spawn(Asked, agent, server.url())
        gevent.sleep(0.1)
        second.kill()
        assert first.get(timeout=AMPLE).status == 200
        assert Asked(agent, server.url()).traffic.connects == 0
