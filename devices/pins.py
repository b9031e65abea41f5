"""Which hosts a browser may reach, and where: rules for Chromium's own resolver.  Pure.

Chromium asks its resolver about every host that anything in it connects to by TCP or QUIC: pages,
workers, redirects, sockets, its own services, and about addresses as well as names.  So one list of
exact entries and a last rule that finds nothing else hold the whole browser, without a request being
intercepted.  https://source.chromium.org/chromium/chromium/src/+/main:net/base/host_mapping_rules.h
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field

from lab.engine.addresses import is_loopback
from lab.engine.allowlist import Reach, Resolver
from lab.kernel.errors import RefusedError, UnreachableError

# A page may speak of its own machine by any of these.  Exact, as the rules know no networks, and a
# pattern like 127.* would also fit 127.0.0.1.evil.example.
_LOOPBACK: Mapping[str, str] = {"127.0.0.1": "127.0.0.1", "::1": "::1", "localhost": "127.0.0.1"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Pins:
    """The one address of each host that may be reached.

    *dead* are names of the allow-list that lead nowhere: they have no address, or one that is never
    measured.
    """

    addresses: Mapping[str, str] = field(default_factory=lambda: dict(_LOOPBACK))
    dead: tuple[str, ...] = ()

    @property
    def rules(self) -> str:
        """The value of ``--host-resolver-rules``; the first rule that fits counts."""
        pinned = [f"MAP {_pattern(host)} {_target(address)}" for host, address in self.addresses.items()]
        return ",".join((*pinned, "MAP * ~NOTFOUND"))

    def others(self, reach: Reach) -> list[str]:
        """Return the hosts besides the subject of *reach* and, for a subject here, besides this machine."""
        own = {reach.subject.host} if reach.subject else set()
        own |= set(_LOOPBACK) if _is_here(reach) else set()
        return [host for host in self.addresses if host not in own]


def pins_of(reach: Reach, resolver: Resolver, *, secret: bool = False) -> Pins:
    """Return what *reach* means now, for the browsers of a session.

    Networks on the list are left out: an address of one has to be named to be fetched by a page.
    Where requests carry a *secret* to a subject elsewhere, this machine is left out as well: it is no
    place for a page from elsewhere to send that to.
    """
    found: dict[str, str] = {} if secret and not _is_here(reach) else dict(_LOOPBACK)
    dead = []
    if reach.subject is not None:
        found[reach.subject.host] = reach.subject.addresses[0]
    for host in (entry.host for entry in reach.allowed if "/" not in entry.host):
        try:
            found[host] = reach.permit(host, resolver).addresses[0]
        except (RefusedError, UnreachableError):
            dead.append(host)
    return Pins(addresses=found, dead=tuple(dead))


def _is_here(reach: Reach) -> bool:
    """Whether the subject runs on this machine."""
    return reach.subject is None or is_loopback(ipaddress.ip_address(reach.subject.addresses[0]))


def _pattern(host: str) -> str:
    """Write *host* as Chromium does: an address of IPv6 without brackets, a mapped one in hexadecimal."""
    if ":" not in host:
        return host
    address = ipaddress.IPv6Address(host)
    if address.ipv4_mapped is None:
        return str(address)
    low = int(address.ipv4_mapped)
    return f"::ffff:{low >> 16:x}:{low & 0xFFFF:x}"


def _target(address: str) -> str:
    return f"[{_pattern(address)}]" if ":" in address else address
