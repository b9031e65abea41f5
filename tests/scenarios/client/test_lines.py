"""An agent over lines that are not plain TCP to a server: TLS, proxies, Unix sockets and IPv6."""

from __future__ import annotations

import contextlib
import gc
import shutil
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

import gevent.ssl
import pytest

from scenarios.client.agent import Agent, Manners, Request
from scenarios.client.cookies import Jar
from scenarios.client.errors import ConnectionEndedError, MalformedAnswerError, ProxyRefusedError
from scenarios.client.pool import Pool
from scenarios.client.target import Target, parse
from scenarios.client.traffic import Traffic
from tests.scenarios.client.scripted import Scripted, answer, scripted
from tests.scenarios.client.servers import Authority, echo, read_head, serving

AMPLE = 20.0


@contextlib.contextmanager
def an_agent(tls: ssl.SSLContext | None = None, proxy: Target | None = None) -> Iterator[Agent]:
    manners = Manners(
        connection_timeout=AMPLE,
        network_timeout=AMPLE,
        max_redirects=3,
        max_retries=0,
        tls=lambda: tls or gevent.ssl.create_default_context(),
        proxy=proxy,
    )
    with contextlib.closing(Agent(manners, Jar(), Pool(2))) as agent:
        yield agent


def asked(agent: Agent, url: str, traffic: Traffic | None = None) -> bytes:
    got = agent.send(Request(method="GET", target=parse(url)), traffic or Traffic())
    got.drain()
    return got.body


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    if shutil.which("openssl") is None:
        pytest.skip("no openssl here")
    return Authority(tmp_path_factory.mktemp("tls"))


@contextlib.contextmanager
def secured(authority: Authority, server: Scripted) -> Iterator[int]:
    def treat(line: socket.socket) -> None:
        with authority.secured(line) as over:
            server.treat(over)
            with contextlib.suppress(OSError):
                over.unwrap()

    with serving(treat) as port:
        yield port


def trusting(authority: Authority) -> ssl.SSLContext:
    context = gevent.ssl.create_default_context()
    context.load_verify_locations(authority.certificate)
    assert isinstance(context, ssl.SSLContext)
    return context


def test_a_secured_connection_carries_one_request_after_another(authority: Authority) -> None:
    body = b"x" * 300_000
    with (
        secured(authority, Scripted(lambda _seen: answer(body))) as port,
        an_agent(trusting(authority)) as agent,
    ):
        traffics = [Traffic() for _ in range(3)]
        assert all(asked(agent, f"https://127.0.0.1:{port}/", traffic) == body for traffic in traffics)
        assert [traffic.connects for traffic in traffics] == [1, 0, 0]
        assert traffics[0].tls > 0.0 == traffics[1].tls


def test_a_certificate_of_ones_own_is_refused_unless_verification_is_off(authority: Authority) -> None:
    with secured(authority, Scripted(lambda _seen: answer())) as port:
        url = f"https://127.0.0.1:{port}/"
        with an_agent() as agent, pytest.raises(ssl.SSLCertVerificationError, match=f"127.0.0.1:{port}"):
            asked(agent, url)
        careless = gevent.ssl._create_unverified_context()  # noqa: SLF001 - as the session makes it
        with an_agent(careless) as agent:
            assert asked(agent, url) == b"hello"


def test_a_secured_connection_that_ends_under_a_request_is_replaced(authority: Authority) -> None:
    replies = iter([answer(), None, answer(b"again")])
    with (
        secured(authority, Scripted(lambda _seen: next(replies))) as port,
        an_agent(trusting(authority)) as agent,
    ):
        url, traffic = f"https://127.0.0.1:{port}/", Traffic()
        assert asked(agent, url) == b"hello"
        assert asked(agent, url, traffic) == b"again"
        assert (traffic.retries, traffic.connects) == (1, 1)


def test_a_secured_answer_that_is_cut_off_is_an_error(authority: Authority) -> None:
    server = Scripted(lambda _seen: answer()[:-1], hangs_up=True)
    with (
        secured(authority, server) as port,
        an_agent(trusting(authority)) as agent,
        pytest.raises(ConnectionEndedError, match="after 4 bytes"),
    ):
        asked(agent, f"https://127.0.0.1:{port}/")


def test_tls_where_plain_http_is_spoken_is_an_error_and_so_is_the_reverse(authority: Authority) -> None:
    with serving(echo) as port, an_agent() as agent, pytest.raises(ssl.SSLError, match=f"127.0.0.1:{port}"):
        asked(agent, f"https://127.0.0.1:{port}/")
    no_http = pytest.raises((MalformedAnswerError, ConnectionEndedError, ConnectionResetError))
    with secured(authority, Scripted(lambda _seen: answer())) as port, an_agent() as agent, no_http:
        asked(agent, f"http://127.0.0.1:{port}/")


def test_a_proxy_is_asked_for_the_whole_url_and_given_its_password() -> None:
    with scripted(lambda _seen: answer(b"by proxy")) as proxy:
        given = parse(f"http://me:secret@127.0.0.1:{proxy.port}")
        with an_agent(proxy=given) as agent:
            assert asked(agent, "http://web.test:8000/a?b") == b"by proxy"
            assert asked(agent, "http://web.test:8000/c") == b"by proxy"
        assert [seen.line for seen in proxy.seen] == [
            "GET http://web.test:8000/a?b HTTP/1.1",
            "GET http://web.test:8000/c HTTP/1.1",
        ]
        assert proxy.seen[0].header("host") == "web.test:8000"
        assert proxy.seen[0].header("proxy-authorization") == "Basic bWU6c2VjcmV0"
        assert proxy.connections == 1


def test_a_secured_line_leads_through_a_proxy(authority: Authority) -> None:
    heads: list[bytes] = []
    server = Scripted(lambda _seen: answer(b"behind"))

    def tunnel(line: socket.socket) -> None:
        heads.append(read_head(line))
        line.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        with authority.secured(line) as over:
            server.treat(over)

    with serving(tunnel) as port, an_agent(trusting(authority), parse(f"http://127.0.0.1:{port}")) as agent:
        assert asked(agent, "https://localhost:4430/a") == b"behind"
    assert heads[0].startswith(b"CONNECT localhost:4430 HTTP/1.1\r\n")
    assert server.seen[0].line == "GET /a HTTP/1.1"


def test_a_proxy_that_refuses_is_to_blame_itself() -> None:
    with scripted(lambda _seen: answer(b"", "403 No")) as proxy:
        given = parse(f"http://127.0.0.1:{proxy.port}")
        with an_agent(proxy=given) as agent, pytest.raises(ProxyRefusedError):
            asked(agent, "https://localhost:4430/a")


def test_a_unix_socket_is_spoken_to_as_localhost(tmp_path: Path) -> None:
    path = tmp_path / "web.sock"
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(path))
    listener.listen()
    with scripted(lambda _seen: answer(), listener) as server, an_agent() as agent:
        url = f"http+unix://{str(path).replace('/', '%2F')}/a?b"
        assert [asked(agent, url) for _ in range(2)] == [b"hello"] * 2
        assert server.connections == 1
        assert (server.seen[0].line, server.seen[0].header("host")) == ("GET /a?b HTTP/1.1", "localhost")


@pytest.mark.skipif(not socket.has_ipv6 or not Path("/proc/net/if_inet6").exists(), reason="no IPv6 here")
def test_an_ipv6_address_is_the_host() -> None:
    listener = socket.create_server(("::1", 0), family=socket.AF_INET6)
    with scripted(lambda _seen: answer(), listener) as server, an_agent() as agent:
        assert [asked(agent, f"http://[::1]:{server.port}/") for _ in range(2)] == [b"hello"] * 2
        assert server.connections == 1
        assert server.seen[0].header("host") == f"[::1]:{server.port}"


@pytest.fixture(autouse=True)
def collected() -> Iterator[None]:
    """Let what a broken handshake left behind be closed within the test that broke it."""
    yield
    gc.collect()
