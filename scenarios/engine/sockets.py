"""Holds every socket of the Locust process to its fence, whichever library opened it.

Two layers: gevent's lookups are answered from the fence, and below that the interpreter itself asks
the fence before a socket connects or sends a datagram (an audit event, PEP 578).  Connections that are
kept alive pay nothing.  Plain ``locust`` is outside the lab and has no fence.
"""

from __future__ import annotations

import _socket  # gevent replaces the names in socket; these are the system's own
import socket
import sys
from collections.abc import Callable
from typing import Any

import gevent

from lab.engine.allowlist import Reach
from scenarios.engine.fence import Fence

# Audit events of sockets whose second detail is an address, and of lookups whose first is a name.
# https://docs.python.org/3/library/audit_events.html
_SENDING = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg"})
_ASKING = frozenset({"socket.getaddrinfo", "socket.gethostbyname"})
_INTERNET = (socket.AF_INET, socket.AF_INET6)


class _PinnedResolver:
    """Answers gevent's lookups from the fence; addresses of permitted hosts never change.

    Has the methods of ``gevent.resolver.AbstractResolver``.
    """

    def __init__(self, fence: Fence, before: Any) -> None:
        self._fence = fence
        self._before = before

    def getaddrinfo(
        self, host: str | bytes | None, port: Any, family: int = 0, *kind: int, **named: int
    ) -> list[Any]:
        """Answer for each pinned address; as socket.getaddrinfo."""
        if not host:
            return list(_socket.getaddrinfo(host, port, family, *kind, **named))
        answers: list[Any] = []
        fault: OSError | None = None
        for address in self._fence.addresses(_text(host)):
            try:
                answers += _socket.getaddrinfo(address, port, family, *kind, **named)
            except socket.gaierror as error:  # an address of the other family
                fault = error
        if not answers and fault is not None:
            raise fault
        return answers

    def gethostbyname(self, host: str | bytes) -> str:
        """Answer with the first pinned IPv4 address."""
        return self.gethostbyname_ex(host)[2][0]

    def gethostbyname_ex(self, host: str | bytes) -> tuple[str, list[str], list[str]]:
        """Answer with all pinned IPv4 addresses."""
        found = [entry[4][0] for entry in self.getaddrinfo(host, None, socket.AF_INET, socket.SOCK_STREAM)]
        return _text(host), [], found

    def __getattr__(self, name: str) -> Any:
        # What is left looks addresses up backwards, or ends the resolver.
        return getattr(self._before, name)


def _text(host: str | bytes) -> str:
    return host.decode("ascii", "replace") if isinstance(host, bytes) else host


def raise_fence(reach: Reach) -> None:
    """Fence this process in, for good.  Call it once, when gevent has patched the interpreter."""
    hub = gevent.get_hub()
    before = hub.resolver

    def system(name: str) -> list[str]:
        return [str(entry[4][0]) for entry in before.getaddrinfo(name, None, proto=socket.IPPROTO_TCP)]

    fence = Fence(reach, system)
    sys.addaudithook(_auditor(fence))
    hub.resolver = _PinnedResolver(fence, before)


def _auditor(fence: Fence) -> Callable[[str, tuple[Any, ...]], None]:
    def audit(event: str, details: tuple[Any, ...]) -> None:
        if event in _SENDING:
            opened, destination = details[:2]
            if opened.family in _INTERNET and destination is not None:
                fence.pass_address(_text(destination[0]))
        elif event in _ASKING and details[0]:
            fence.pass_name(_text(details[0]))

    return audit
