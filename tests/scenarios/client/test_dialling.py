"""Dialling on real sockets: lines that are ready, and errors that say who is to blame."""

from __future__ import annotations

import _socket
import contextlib
import errno
import os
import resource
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gevent
import gevent.ssl
import pytest

from scenarios.client.dialling import dial
from scenarios.client.errors import (
    BadAddressError,
    ConnectTimedOutError,
    OutOfFilesError,
    OutOfPortsError,
    exhausted,
)
from scenarios.client.lookups import Lookups
from scenarios.client.target import parse
from tests.scenarios.client.lines import AMPLE, SCANT, dialled, exchanged, no_tls
from tests.scenarios.client.servers import echo, full, hang_up, serving


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
