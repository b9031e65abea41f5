"""Keeps the Locust process within its reach: the subject, loopback, and what is on the allow-list.

Two layers.  Names mean what they were checked to mean, and a name that is not on the list is not even
asked about; so no answer of a name server, first or later, leads anywhere else.  Below that, the
interpreter itself asks the fence before any socket connects or sends a datagram (an audit event, PEP
578), whichever library opened it.  Connections that are kept alive pay nothing.  Plain ``locust`` is
outside the lab and has no fence.
"""

from __future__ import annotations

import _socket  # gevent replaces the names in socket; these are the system's own
import ipaddress
import socket
import sys
from collections.abc import Callable
from typing import Any

import gevent

from lab.engine import addresses, allowlist
from lab.engine.addresses import Address
from lab.engine.allowlist import Reach, Resolver
from lab.kernel.errors import LabError, RefusedError, UnreachableError

# Audit events of sockets that give an address, and of lookups that give a name, with its place in them.
# https://docs.python.org/3/library/audit_events.html
_SENDING = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg"})
_ASKING = frozenset({"socket.getaddrinfo", "socket.gethostbyname"})
_INTERNET = (socket.AF_INET, socket.AF_INET6)
# RFC 6761, section 6.3.
_LOCALHOST = "localhost"


class NotAllowedError(OSError):
    """The host may not be connected to; nothing was sent there."""


def refusal_in(error: BaseException) -> BaseException:
    """Return the fence's refusal that *error* was raised from; *error* itself without one."""
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, NotAllowedError):
        cause = cause.__cause__ or cause.__context__
    return cause or error


class Fence:
    """Decides where this process may connect to, and remembers what the names meant."""

    def __init__(self, reach: Reach, resolver: Resolver) -> None:
        self._reach = reach
        self._resolver = resolver
        self._names = {entry.host for entry in reach.allowed if entry.network is None} | {_LOCALHOST}
        self._pinned: dict[str, tuple[str, ...]] = {}
        self._open: set[Address] = set()
        if reach.subject is not None:
            self._pin(reach.subject.host, reach.subject.addresses)

    def addresses(self, host: str) -> tuple[str, ...]:
        """Return the only addresses at which *host* may be reached.

        Raises NotAllowedError, or socket.gaierror when an allowed name has no address.
        """
        try:
            meant = addresses.read_host(host)
            name = str(meant)
            if name in self._pinned:
                return self._pinned[name]
            if isinstance(meant, str) and name not in self._names:
                raise allowlist.not_on_list(name)
            found = self._reach.permit(name, self._resolver).addresses
        except UnreachableError as error:
            raise socket.gaierror(socket.EAI_NONAME, str(error)) from None
        except LabError as error:
            raise NotAllowedError(str(error)) from None
        self._pin(name, found)
        return found

    def pass_address(self, host: str) -> None:
        """Return if a socket may be connected to the address *host*; raises NotAllowedError."""
        address = _plain_address(host)
        if address is None:
            raise NotAllowedError(str(allowlist.not_on_list(host)))
        if address not in self._open and not allowlist.allows(address, self._reach.allowed):
            raise NotAllowedError(str(_refusal(host, address)))

    def pass_name(self, host: str) -> None:
        """Return if the system may be asked what *host* means; raises NotAllowedError."""
        if host.lower() not in self._names and _plain_address(host) is None:
            self.addresses(host)

    def _pin(self, host: str, found: tuple[str, ...]) -> None:
        self._pinned[host] = found
        self._open.update(ipaddress.ip_address(text) for text in found)


def _plain_address(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return None


def _refusal(host: str, address: Address) -> RefusedError:
    return addresses.never(host, address) if addresses.is_never(address) else allowlist.not_on_list(host)


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
