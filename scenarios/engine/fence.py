"""Decides what the Locust process may connect to: the subject, loopback, and what is on the allow-list.

Names mean what they were checked to mean, and a name that is not on the list is not even asked about;
so no answer of a name server, first or later, leads anywhere else.  ``sockets`` holds the process to it.
"""

from __future__ import annotations

import ipaddress
import socket

from lab.engine import addresses, allowlist
from lab.engine.addresses import Address
from lab.engine.allowlist import Reach, Resolver
from lab.kernel.errors import LabError, RefusedError, UnreachableError

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
        """Return if a socket may be connected to the address *host*; raises NotAllowedError.

        Of names only localhost passes: the system looks up a name that comes this far by itself, so
        that it may mean another address than the pinned one.
        """
        if host.lower() == _LOCALHOST:
            return
        address = _plain_address(host)
        if address is None:
            raise NotAllowedError(self._by_name(host))
        if address not in self._open and not allowlist.allows(address, self._reach.allowed):
            raise NotAllowedError(str(_refusal(host, address)))

    def pass_name(self, host: str) -> None:
        """Return if the system may be asked what *host* means; raises NotAllowedError."""
        if host.lower() not in self._names and _plain_address(host) is None:
            self.addresses(host)

    def _by_name(self, host: str) -> str:
        if host.lower() in self._names or host.lower() in self._pinned:
            return (
                f"nothing was sent to {host} by its name, which may mean any address.  Send to its address."
            )
        return str(allowlist.not_on_list(host))

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
