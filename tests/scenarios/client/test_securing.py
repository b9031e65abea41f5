"""TLS and proxies on real sockets: lines that are ready, and errors that say where."""

from __future__ import annotations

import shutil
import socket
import ssl
import struct

import gevent
import gevent.ssl
import pytest

from scenarios.client.dialling import dial
from scenarios.client.errors import (
    BadAddressError,
    ConnectionEndedError,
    ConnectTimedOutError,
    MalformedAnswerError,
    ProxyRefusedError,
)
from scenarios.client.target import Target, parse
from tests.scenarios.client.lines import AMPLE, SCANT, dialled, exchanged, no_tls
from tests.scenarios.client.servers import (
    Authority,
    Treatment,
    echo,
    hang_up,
    keep_waiting,
    read_head,
    serving,
)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    if shutil.which("openssl") is None:
        pytest.skip("no openssl here")
    return Authority(tmp_path_factory.mktemp("tls"))


@pytest.fixture(params=[ssl, gevent.ssl], ids=["ssl", "gevent.ssl"])
def trusting(request: pytest.FixtureRequest, authority: Authority) -> ssl.SSLContext:
    context = request.param.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    assert isinstance(context, ssl.SSLContext)
    context.load_verify_locations(authority.certificate)
    return context


def test_a_secured_line_does_not_block_either(authority: Authority, trusting: ssl.SSLContext) -> None:
    with serving(authority.echo) as port:
        with dialled(f"https://localhost:{port}/", lambda: trusting) as line:
            assert line.socket.gettimeout() == 0.0
            with pytest.raises(ssl.SSLWantReadError):
                line.socket.recv(1)
            assert exchanged(line, bytes(100_000)) == bytes(100_000)
            assert line.tls > 0.0
            assert line.connect > 0.0
        with dialled(f"https://127.0.0.1:{port}/", lambda: trusting):
            pass
    assert authority.names[-2:] == ["localhost", None]
    assert authority.protocols[-2:] == ["http/1.1", "http/1.1"]


def test_a_certificate_that_does_not_hold_is_refused_with_host_and_port(authority: Authority) -> None:
    context = ssl.create_default_context()
    with serving(authority.echo, socket.create_server(("127.0.0.2", 0))) as port:
        target = parse(f"https://127.0.0.2:{port}/")
        with pytest.raises(ssl.SSLCertVerificationError, match=rf"self.signed.*\(127\.0\.0\.2:{port}\)"):
            dial(target, timeout=AMPLE, tls=lambda: context)
        context.load_verify_locations(authority.certificate)
        with pytest.raises(ssl.SSLCertVerificationError, match=rf"mismatch.*\(127\.0\.0\.2:{port}\)"):
            dial(target, timeout=AMPLE, tls=lambda: context)


def speak_plainly(line: socket.socket) -> None:
    line.recv(1)
    line.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    echo(line)


@pytest.mark.parametrize(
    ("treat", "error"),
    [(hang_up, (ConnectionEndedError, ConnectionResetError)), (speak_plainly, ssl.SSLError)],
)
def test_a_handshake_that_goes_wrong_says_where(
    trusting: ssl.SSLContext, treat: Treatment, error: type[Exception]
) -> None:
    with serving(treat) as port, pytest.raises(error, match=f"127.0.0.1:{port}"):
        dial(parse(f"https://127.0.0.1:{port}/"), timeout=AMPLE, tls=lambda: trusting)


def test_a_handshake_that_takes_too_long_is_late(trusting: ssl.SSLContext) -> None:
    with (
        serving(keep_waiting) as port,
        pytest.raises(ConnectTimedOutError, match="made no TLS handshake in time"),
    ):
        dial(parse(f"https://127.0.0.1:{port}/"), timeout=SCANT, tls=lambda: trusting)


def test_a_user_who_is_stopped_leaves_no_line_behind(trusting: ssl.SSLContext) -> None:
    told: list[str] = []

    def watch(line: socket.socket) -> None:
        told.append("arrived")
        keep_waiting(line)
        told.append("left")

    with serving(watch) as port:
        target = parse(f"https://127.0.0.1:{port}/")
        dialling = gevent.spawn(dial, target, timeout=AMPLE, tls=lambda: trusting)
        while not told:
            gevent.sleep(0.01)
        dialling.kill()
    assert told == ["arrived", "left"]


class Proxy:
    """Answers CONNECT with *answer*, and is the server behind it as well."""

    def __init__(self, answer: bytes, behind: Treatment = hang_up) -> None:
        self.asked: list[bytes] = []
        self._answer = answer
        self._behind = behind

    def __call__(self, line: socket.socket) -> None:
        self.asked.append(read_head(line))
        line.sendall(self._answer)
        self._behind(line)


def test_a_plain_target_is_asked_of_the_proxy_by_its_whole_url() -> None:
    with (
        serving(echo) as port,
        dialled("http://shop.example/", proxy=parse(f"http://127.0.0.1:{port}")) as line,
    ):
        assert line.absolute
        assert exchanged(line, b"hello") == b"hello"


def test_a_secured_target_is_reached_through_a_tunnel(authority: Authority, trusting: ssl.SSLContext) -> None:
    proxy = Proxy(b"HTTP/1.1 200 Connection established\r\nVia: here\r\n\r\n", authority.echo)
    with serving(proxy) as port:
        way = parse(f"http://ann:p%40ss@127.0.0.1:{port}")
        with dialled("https://localhost:8443/", lambda: trusting, proxy=way) as line:
            assert not line.absolute
            assert exchanged(line, b"hello") == b"hello"
    request = b"CONNECT localhost:8443 HTTP/1.1\r\nHost: localhost:8443\r\n"
    assert proxy.asked == [request + b"Proxy-Authorization: Basic YW5uOnBAc3M=\r\n\r\n"]


@pytest.mark.parametrize(
    ("answer", "error", "told"),
    [
        (
            b"HTTP/1.1 503 No\r\n\r\n",
            ProxyRefusedError,
            "refused to connect to shop.example:443 with status 503",
        ),
        (b"HTTP/1.1 407 Who\r\nA: b\r\n\r\n", ProxyRefusedError, "status 407.*NAME:PASSWORD"),
        (b"", ConnectionEndedError, "ended the connection"),
        (b"HTTP/1.1 200 OK\r\n", ConnectionEndedError, "ended the connection"),
        (b"SSH-2.0-no\r\n\r\n", MalformedAnswerError, "SSH-2.0-no"),
        (b"HTTP/1.1 200 OK\r\n\r\nmore", MalformedAnswerError, "not with HTTP"),
        (b"x" * 70_000, MalformedAnswerError, "xxx"),
    ],
)
def test_a_proxy_that_does_not_connect_us_is_named(answer: bytes, error: type[Exception], told: str) -> None:
    with serving(Proxy(answer)) as port, pytest.raises(error, match=told) as raised:
        dial(
            parse("https://shop.example/"), timeout=AMPLE, tls=no_tls, proxy=parse(f"http://127.0.0.1:{port}")
        )
    assert f"127.0.0.1:{port}" in str(raised.value)


def reset(line: socket.socket) -> None:
    read_head(line)
    line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # no farewell


def test_a_proxy_that_resets_the_connection_is_named() -> None:
    with serving(reset) as port, pytest.raises(ConnectionResetError, match=rf"\(127\.0\.0\.1:{port}\)"):
        dial(parse("https://a.example/"), timeout=AMPLE, tls=no_tls, proxy=parse(f"http://127.0.0.1:{port}"))


def test_the_status_of_a_refusal_can_be_asked() -> None:
    with serving(Proxy(b"HTTP/1.1 503 No\r\n\r\n")) as port, pytest.raises(ProxyRefusedError) as raised:
        dial(parse("https://a.example/"), timeout=AMPLE, tls=no_tls, proxy=parse(f"http://127.0.0.1:{port}"))
    assert raised.value.status == 503


def test_a_proxy_that_does_not_answer_is_late() -> None:
    with serving(keep_waiting) as port, pytest.raises(ConnectTimedOutError, match="did not answer CONNECT"):
        dial(parse("https://a.example/"), timeout=SCANT, tls=no_tls, proxy=parse(f"http://127.0.0.1:{port}"))


@pytest.mark.parametrize("proxy", [parse("https://127.0.0.1:1"), parse("http+unix://%2Frun%2Fproxy.sock")])
def test_a_proxy_is_spoken_to_in_plain_http_only(proxy: Target) -> None:
    with pytest.raises(BadAddressError, match="the proxy"):
        dial(parse("http://shop.example/"), timeout=AMPLE, tls=no_tls, proxy=proxy)
