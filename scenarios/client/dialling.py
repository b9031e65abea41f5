"""Dials a target: looks its name up, connects, passes a proxy, secures the line; never holds up the hub.

The sockets are the system's own and non-blocking.  gevent's would switch greenlets more often than a libev
watcher does, and cost about four microseconds a request more.
"""

from __future__ import annotations

import _socket  # gevent replaces the names in socket; these are the system's own
import errno
import os
import socket
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import gevent

from scenarios.client.errors import BadAddressError, ConnectTimedOutError, OutOfPortsError, exhausted, located
from scenarios.client.handshakes import secure
from scenarios.client.lookups import Address, Lookups
from scenarios.client.target import UNIX, Target, shown
from scenarios.client.tunnels import tunnel
from scenarios.client.waiting import For, ready

# All users of a process ask as one.
_LOOKUPS = Lookups()

# How long to wait, in seconds, until a Unix socket whose queue is full is asked again: unlike TCP, the system
# neither waits for room nor tells when there is some.
_UNTIL_THERE_IS_ROOM = 0.005


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A connected, non-blocking socket, and what it took to have it.

    *absolute*: the other end is a proxy, so a request line names the whole URL.  *connect* is how many
    seconds lookup, connection and the proxy's consent took, *tls* how many the handshake.  A secured *socket*
    raises ssl.SSLWantReadError and ssl.SSLWantWriteError where the plain one raises BlockingIOError.
    """

    socket: _socket.socket
    absolute: bool
    connect: float
    tls: float


def dial(
    target: Target,
    *,
    timeout: float,
    tls: Callable[[], ssl.SSLContext],
    proxy: Target | None = None,
    lookups: Lookups = _LOOKUPS,
) -> Line:
    """Return a line to *target* that was ready within *timeout* seconds.

    *tls* is asked for a context whenever a line is to be secured; it should always return the same one.  Unix
    sockets are dialled without the proxy.

    Raises an ExchangeError, or the system's own error with host and port in its message.
    """
    began = time.perf_counter()
    until = began + timeout
    if target.scheme == UNIX:
        line = _dial_unix(target, until)
    else:
        line = _dial_tcp(_next_hop(target, proxy), until, lookups)
    try:
        if proxy is not None and target.scheme == "https":
            tunnel(line, target, proxy, until)
        connected = time.perf_counter()
        if target.scheme == "https":
            line = secure(line, target, tls(), until)
    except BaseException:
        line.close()
        raise
    return Line(
        socket=line,
        absolute=proxy is not None and target.scheme == "http",
        connect=connected - began,
        tls=time.perf_counter() - connected if target.scheme == "https" else 0.0,
    )


def _next_hop(target: Target, proxy: Target | None) -> Target:
    if proxy is None:
        return target
    if proxy.scheme != "http":
        raise BadAddressError(
            f"the proxy {proxy.url!r} is spoken to over {proxy.scheme}.  Use one of http://HOST:PORT."
        )
    return proxy


def _dial_tcp(hop: Target, until: float, lookups: Lookups) -> _socket.socket:
    addresses = lookups.addresses(hop.host, hop.port, until)
    failure: OSError | None = None
    for tried, address in enumerate(addresses):
        # What time is left is shared by the addresses that are left.
        now = time.perf_counter()
        try:
            return _connected(hop, address, now + (until - now) / (len(addresses) - tried))
        except OSError as error:
            # What an address answers tells more than that another could not be asked: a name often has one
            # of IPv6, which a machine without IPv6 cannot connect to.
            if failure is None or isinstance(failure, OutOfPortsError):
                failure = error
    assert failure is not None  # noqa: S101 - a name that is resolved has an address
    raise failure


def _connected(hop: Target, address: Address, until: float) -> _socket.socket:
    family, place = address
    where = shown(hop) if place[0] == hop.host else f"{shown(hop)} at {place[0]}"
    line = _opened(family, where)
    try:
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        _connect(line, place, where, until)
    except BaseException:
        line.close()
        raise
    return line


def _connect(line: _socket.socket, place: tuple[Any, ...], where: str, until: float) -> None:
    code = line.connect_ex(place)
    if code == errno.EINPROGRESS:
        if not ready(line.fileno(), For.WRITING, until):
            raise ConnectTimedOutError(
                f"{where} did not take the connection in time.  Look whether its queue is full "
                "(ListenOverflows in `nstat -az`), or a firewall drops what is sent there."
            )
        code = line.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    if code:
        raise _worded(code, where)


def _dial_unix(target: Target, until: float) -> _socket.socket:
    line = _opened(socket.AF_UNIX, target.host)
    try:
        _connect_unix(line, target.host, until)
    except BaseException:
        line.close()
        raise
    return line


def _connect_unix(line: _socket.socket, path: str, until: float) -> None:
    while code := _asked(line, path):
        if code != errno.EAGAIN:
            raise _worded(code, path)
        if time.perf_counter() >= until:
            raise ConnectTimedOutError(
                f"{path} had no room for another connection in time.  Look how long its queue may be."
            )
        gevent.sleep(_UNTIL_THERE_IS_ROOM)


def _asked(line: _socket.socket, path: str) -> int:
    try:
        return line.connect_ex(path)
    except OSError as error:  # too long; what the system says comes as a number
        raise BadAddressError(f"{path!r} is no path of a Unix socket: {error}.") from error


def _opened(family: int, where: str) -> _socket.socket:
    try:
        line = _socket.socket(family, socket.SOCK_STREAM)
    except OSError as error:
        lacking = exhausted(error, f"connecting to {where}")
        if lacking is None:
            raise
        raise lacking from error
    line.settimeout(0.0)
    return line


def _worded(code: int, where: str) -> OSError:
    told = OSError(code, os.strerror(code))
    return exhausted(told, f"connecting to {where}") or located(told, where)
