"""Asks an HTTP proxy for a tunnel (CONNECT, RFC 9110, section 9.3.6)."""

from __future__ import annotations

import _socket
import re

from scenarios.client.credentials import basic
from scenarios.client.errors import (
    ConnectionEndedError,
    ConnectTimedOutError,
    ExchangeError,
    MalformedAnswerError,
    ProxyRefusedError,
    located,
)
from scenarios.client.target import Target, shown
from scenarios.client.waiting import For, ready

_STATUS = re.compile(rb"HTTP/1\.[01] ([1-5][0-9]{2})[ \r]")
# Proxies answer CONNECT with a few lines; what is longer than the heads that servers take is no answer.
_LONGEST_HEAD = 65_536


def tunnel(line: _socket.socket, target: Target, proxy: Target, until: float) -> None:
    """Have *line*, connected to *proxy*, lead to *target*.

    Raises ProxyRefusedError, ConnectTimedOutError, ConnectionEndedError, MalformedAnswerError, or the
    system's own error with the proxy's host and port.
    """
    try:
        _send(line, _request(target, proxy), proxy, until)
        head = _head(line, proxy, until)
    except ExchangeError:
        raise
    except OSError as error:
        raise located(error, shown(proxy)) from error
    status = _STATUS.match(head)
    if status is None or not head.endswith(b"\r\n\r\n"):
        raise MalformedAnswerError(
            f"the proxy {shown(proxy)} answered CONNECT with {head[:80]!r}, not with HTTP."
        )
    code = int(status[1])
    if not 200 <= code < 300:  # noqa: PLR2004 - RFC 9110, section 15.3: success
        hint = "  Give it a name and a password, as http://NAME:PASSWORD@HOST." if code == 407 else ""  # noqa: PLR2004 - RFC 9110, section 15.5.8
        raise ProxyRefusedError(
            f"the proxy {shown(proxy)} refused to connect to {shown(target)} with status {code}.{hint}",
            status=code,
        )


def _request(target: Target, proxy: Target) -> bytes:
    place = shown(target)
    lines = [f"CONNECT {place} HTTP/1.1", f"Host: {place}"]
    if proxy.userinfo:
        lines.append(f"Proxy-Authorization: {basic(*proxy.userinfo)}")
    return "\r\n".join([*lines, "", ""]).encode("ascii")


def _send(line: _socket.socket, request: bytes, proxy: Target, until: float) -> None:
    while request:
        if not ready(line.fileno(), For.WRITING, until):
            raise _late(proxy)
        request = request[line.send(request) :]


def _head(line: _socket.socket, proxy: Target, until: float) -> bytes:
    head = b""
    # A server behind the tunnel speaks after us, so nothing follows the head yet.
    while b"\r\n\r\n" not in head and len(head) < _LONGEST_HEAD:
        if not ready(line.fileno(), For.READING, until):
            raise _late(proxy)
        received = line.recv(4096)
        if not received:
            raise ConnectionEndedError(
                f"the proxy {shown(proxy)} ended the connection instead of answering CONNECT."
            )
        head += received
    return head


def _late(proxy: Target) -> ConnectTimedOutError:
    return ConnectTimedOutError(
        f"the proxy {shown(proxy)} did not answer CONNECT in time.  Ask it directly, with curl."
    )
