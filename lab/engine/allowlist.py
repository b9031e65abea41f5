"""Which addresses may be measured.  Everything else is refused before a packet is sent.

Loopback is always allowed.  Each address that a name has now is checked; a name on the list is taken
at its word.  What a subject redirects to, or a name that changes its meaning later, is not seen here.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterable
from urllib.parse import urlsplit

from lab.kernel.errors import RefusedError, UnreachableError, UsageError


def check(url: str, allowed: Iterable[str] = ()) -> None:
    """Return if *url* may be measured.

    *allowed* are host names, addresses or networks (``10.0.0.0/8``).  Raises RefusedError when it
    may not be measured, UnreachableError when its name means nothing, UsageError for no URL at all.
    """
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or parts.hostname is None:
        raise UsageError(f"{url!r} is not an address to measure.  Write it like http://127.0.0.1:8000.")
    permitted = list(allowed)
    if parts.hostname in permitted:
        return
    networks = [network for entry in permitted if (network := _network(entry)) is not None]
    for address in _addresses(parts.hostname):
        if not address.is_loopback and not any(address in network for network in networks):
            raise RefusedError(
                f"{parts.hostname} ({address}) is not on the allow-list, so nothing was sent to it.  "
                f'If you may load it, add "{parts.hostname}" to `allow` in launchlab.toml.'
            )


def _network(entry: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    try:
        return ipaddress.ip_network(entry, strict=False)
    except ValueError:
        return None


def _addresses(host: str) -> list[ipaddress.IPv4Address | ipaddress.IPv6Address]:
    try:
        found = socket.getaddrinfo(host, None, proto=socket.IPPROTO_TCP)
    except OSError as error:
        raise UnreachableError(f"the name {host!r} cannot be resolved: {error}.  Check it.") from None
    return [ipaddress.ip_address(entry[4][0]) for entry in found]
