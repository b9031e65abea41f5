"""Dialling on real sockets: lines that are ready, and errors that say who is to blame."""

from __future__ import annotations

import _socket
import contextlib
import errno
import os
import resource
import shutil
import socket
import ssl
import struct
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import gevent
import gevent.ssl
import pytest

from scenarios.client.dialling import Line, dial
from scenarios.client.errors import (
    BadAddressError,
    ConnectionEndedError,
    ConnectTimedOutError,
    MalformedAnswerError,
    OutOfFilesError,
    OutOfPortsError,
    ProxyRefusedError,
    exhausted,
)
from scenarios.client.lookups import Lookups
from scenarios.client.target import Target, parse
from scenarios.client.waiting import For, ready
from tests.scenarios.client.servers import Authority, Treatment, echo, full, hang_up, read_head, serving

# Much longer than anything here takes, so that a busy machine fails no test.
AMPLE = 20.0
# For what is meant to take too long.
SCANT = 0.2


def no_tls() -> ssl.SSLContext:
    raise AssertionError("plain lines ask for no context")


@contextlib.contextmanager
def dialled(url: str, tls: Callable[[], ssl.SSLContext] = no_tls, **more: Any) -> Iterator[Line]:
    line = dial(parse(url), timeout=AMPLE, tls=tls, **more)
    with contextlib.closing(line.socket):
        yield line


def exchanged(line: Line, content: bytes) -> bytes:
    """Send *content*, and return as many bytes as it has, by waiting and trying, as the client does."""
    line.socket.send(content)
    received = b""
    while len(received) < len(content):
        try:
            received += line.socket.recv(65_536)
        except (BlockingIOError, ssl.SSLWantReadError):
            assert ready(line.socket.fileno(), For.READING, time.perf_counter() + AMPLE)
    return received


class Names:
    """A resolver that knows a few names; in the place of gevent's."""

    def __init__(self, **meanings: list[str]) -> None:
        self._meanings = meanings

    def getaddrinfo(self, host: str, port: int, *_kind: int) -> list[Any]:
        return [(socket.AF_INET, 1, 6, "", (address, port)) for address in self._meanings[host]]


@pytest.fixture
def known() -> Iterator[None]:
    """Give the name *both* two addresses of this machine; at the first of them, nobody listens."""
    hub = gevent.get_hub()
    before, hub.resolver = hub.resolver, Names(both=["127.0.0.2", "127.0.0.1"])
    yield
    hub.resolver = before


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def test_a_plain_line_is_a_socket_of_the_system_that_does_not_block() -> None:
    with serving(echo) as port, dialled(f"http://127.0.0.1:{port}/") as line:
        assert type(line.socket) is _socket.socket
        assert line.socket.gettimeout() == 0.0
        assert line.socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        assert exchanged(line, b"hello") == b"hello"
        assert not line.absolute
        assert line.connect > line.tls == 0.0


@pytest.mark.skipif(not socket.has_ipv6 or not Path("/proc/net/if_inet6").exists(), reason="no IPv6 here")
def test_an_ipv6_address_is_dialled_as_it_is() -> None:
    listener = socket.create_server(("::1", 0), family=socket.AF_INET6)
    with serving(echo, listener) as port, dialled(f"http://[::1]:{port}/") as line:
        assert exchanged(line, b"hello") == b"hello"


def test_localhost_is_looked_up_by_the_system() -> None:
    with serving(echo) as port, dialled(f"http://localhost:{port}/") as line:
        assert exchanged(line, b"hello") == b"hello"


@pytest.mark.usefixtures("known")
def test_the_addresses_of_a_name_are_tried_in_turn() -> None:
    with serving(echo) as port:
        for _ in range(3):
            with dialled(f"http://both:{port}/", lookups=Lookups()) as line:
                assert exchanged(line, b"hello") == b"hello"


@pytest.mark.usefixtures("known")
def test_what_no_address_takes_names_host_port_and_address() -> None:
    port = closed_port()
    with pytest.raises(ConnectionRefusedError, match=rf"\(both:{port} at 127\.0\.0\.2\)"):
        dial(parse(f"http://both:{port}/"), timeout=AMPLE, tls=no_tls, lookups=Lookups())


@pytest.mark.usefixtures("known")
def test_an_address_that_does_not_answer_leaves_time_for_the_next() -> None:
    with full(socket.AF_INET, ("127.0.0.2", 0)) as silent:
        port = silent.getsockname()[1]
        with serving(echo, socket.create_server(("127.0.0.1", port))):
            line = dial(parse(f"http://both:{port}/"), timeout=2.0, tls=no_tls, lookups=Lookups())
            with contextlib.closing(line.socket):
                assert exchanged(line, b"hello") == b"hello"


def test_a_refused_connection_stays_one_and_says_by_whom() -> None:
    port = closed_port()
    with pytest.raises(ConnectionRefusedError, match=rf"refused \(127\.0\.0\.1:{port}\)"):
        dial(parse(f"http://127.0.0.1:{port}/"), timeout=AMPLE, tls=no_tls)


def test_a_server_that_takes_no_connection_is_late_and_others_go_on_meanwhile() -> None:
    ticks = 0

    def tick() -> None:
        nonlocal ticks
        while True:
            gevent.sleep(SCANT / 20)
            ticks += 1

    ticking = gevent.spawn(tick)
    with full(socket.AF_INET, ("127.0.0.1", 0)) as silent:
        where = f"127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(ConnectTimedOutError, match=f"{where} did not take the connection"):
            dial(parse(f"http://{where}/"), timeout=SCANT, tls=no_tls)
    ticking.kill()
    assert ticks > 1


def test_no_time_at_all_is_too_little() -> None:
    with serving(echo) as port, pytest.raises(ConnectTimedOutError):
        dial(parse(f"http://127.0.0.1:{port}/"), timeout=0.0, tls=no_tls, lookups=Lookups())


def test_a_unix_socket_is_dialled_by_its_path(tmp_path: Path) -> None:
    path = tmp_path / "web.sock"
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(path))
    listener.listen()
    url = f"http+unix://{str(path).replace('/', '%2F')}/tours"
    with serving(echo, listener), dialled(url, proxy=parse("http://127.0.0.1:1")) as line:
        assert not line.absolute
        assert exchanged(line, b"hello") == b"hello"


def test_a_unix_socket_that_is_not_there_or_full_says_which(tmp_path: Path) -> None:
    path = tmp_path / "web.sock"
    target = parse(f"http+unix://{str(path).replace('/', '%2F')}/")
    with pytest.raises(FileNotFoundError, match=str(path)):
        dial(target, timeout=AMPLE, tls=no_tls)
    with full(socket.AF_UNIX, str(path)), pytest.raises(ConnectTimedOutError, match=f"{path} had no room"):
        dial(target, timeout=SCANT, tls=no_tls)
    with pytest.raises(BadAddressError, match="path too long"):
        dial(parse(f"http+unix://%2F{'a' * 200}/"), timeout=AMPLE, tls=no_tls)


@pytest.fixture
def many_files() -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if 0 <= hard < 2_048:
        pytest.skip("too few file descriptors here")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 2_048), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.usefixtures("many_files")
def test_a_file_descriptor_may_have_any_number() -> None:
    # select(), which geventhttpclient asks whether a connection is alive, ends at 1,023.
    with serving(echo) as port, contextlib.ExitStack() as opened:
        taken = -1
        while taken < 1_100:
            taken = os.dup(0)
            opened.callback(os.close, taken)
        with dialled(f"http://127.0.0.1:{port}/") as line:
            assert line.socket.fileno() > 1_100
            assert exchanged(line, b"hello") == b"hello"


def test_a_generator_without_file_descriptors_is_to_blame_itself() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with serving(echo) as port:
        target = parse(f"http://127.0.0.1:{port}/")
        lowest = os.dup(0)
        os.close(lowest)
        resource.setrlimit(resource.RLIMIT_NOFILE, (lowest, hard))
        try:
            with pytest.raises(
                OutOfFilesError, match=rf"127\.0\.0\.1:{port}.*The load generator has no file"
            ):
                dial(target, timeout=AMPLE, tls=no_tls)
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_a_generator_without_ports_is_to_blame_itself() -> None:
    lacking = exhausted(OSError(errno.EADDRNOTAVAIL, "Cannot assign requested address"), "connecting to a:80")
    assert isinstance(lacking, OutOfPortsError)
    assert str(lacking).startswith("connecting to a:80: Cannot assign requested address.  The load generator")
    assert exhausted(OSError(errno.ECONNREFUSED, "refused"), "connecting") is None


SEEN: list[tuple[Any, ...]] = []


def hear(event: str, details: tuple[Any, ...]) -> None:
    if event == "socket.connect":
        SEEN.append(details)


def test_a_fence_sees_every_connection_before_it_is_made() -> None:
    sys.addaudithook(hear)
    with serving(hang_up) as port, dialled(f"http://127.0.0.1:{port}/") as line:
        assert [(opened.family, place) for opened, place in SEEN if opened is line.socket] == [
            (socket.AF_INET, ("127.0.0.1", port))
        ]


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


def keep_waiting(line: socket.socket) -> None:
    while line.recv(65_536):
        pass


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
