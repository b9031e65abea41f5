"""Which hosts may be measured, how hard, and at which addresses.  Everything else is refused unasked.

Loopback is always allowed, without a cap.  A name on the list is taken at its word: it may mean any
address but those that are never measured.  Names are resolved once, and pinned: what is connected to
later are the addresses that were checked.  Pure; the resolver is handed in.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lab.engine import addresses
from lab.engine.addresses import Address, Network
from lab.kernel.errors import LabError, RefusedError, UnreachableError

# What an entry of the list allows that names no caps: enough for a smoke test of a small staging
# system, too little to hurt it.  Whoever means more says so.  A user of the shipped journeys asks
# about once a second, so fifty stay well below the rate, and chance does not trip it.
DEFAULT_USERS = 50
DEFAULT_RATE = 100.0

# The caveat of a trial that was stopped because it asked more a second than its permit's rate.
RATE_CAP = "rate-cap"

# Returns the addresses of a name; raises OSError where it has none.
Resolver = Callable[[str], Sequence[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the allow-list: a name, address or network, and the most it may be given.

    *users* at a time and *rate* in requests a second; None is the default for what is not loopback.
    """

    host: str
    users: int | None = None
    rate: float | None = None

    @property
    def network(self) -> Network | None:
        """The addresses that it names; None for a name."""
        return _network(self.host)


@dataclass(frozen=True, slots=True, kw_only=True)
class Permit:
    """Leave to measure *host*, at these *addresses* only.

    *users* and *rate* (requests a second) cap the load, None meaning no cap; *entry* is what on the
    allow-list they come from.
    """

    host: str
    addresses: tuple[str, ...]
    users: int | None = None
    rate: float | None = None
    entry: str | None = None

    def admit(self, profile: str, users: int, rate: float | None = None) -> None:
        """Return if a load of *users*, arriving at *rate* a second if that is set, keeps the caps.

        Raises RefusedError naming the cap, the value seen and the key to change.
        """
        if self.users is not None and users > self.users:
            raise self._over(f"profile {profile!r} has {users} users", f"{self.users}", f"users = {users}")
        if self.rate is not None and rate is not None and rate > self.rate:
            asked = f'rate = "{rate:g} /s"'
            raise self._over(f"profile {profile!r} sends {rate:g} /s", f"{self.rate:g} /s", asked)

    def _over(self, seen: str, cap: str, key: str) -> RefusedError:
        return RefusedError(
            f"{seen}, and {self.host} may be given {cap}, so nothing was sent.  Use a smaller profile, or "
            f'write {{ host = "{self.entry or self.host}", {key} }} in `allow` of launchlab.toml.'
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """What one session may connect to: its *subject*, loopback, and what is *allowed* besides.

    *subject* is None where the subject is started here, on loopback.
    """

    subject: Permit | None = None
    allowed: tuple[Entry, ...] = ()

    @classmethod
    def of(cls, written: Mapping[str, Any]) -> Reach:
        """Return the reach that ``dataclasses.asdict`` made *written* of, maybe by way of JSON."""
        subject = written["subject"]
        return cls(
            subject=subject and Permit(**{**subject, "addresses": tuple(subject["addresses"])}),
            allowed=tuple(Entry(**entry) for entry in written["allowed"]),
        )

    def permit(self, host: str, resolver: Resolver) -> Permit:
        """Return the permit of *host*: the subject's as it was pinned, any other as of now.

        Raises RefusedError, UnreachableError, or UsageError for no host at all.
        """
        if self.subject is not None and self.subject.host == host:
            return self.subject
        return permit(host, self.allowed, resolver)


def plain_host(text: str) -> str:
    """Return an entry's host as it is compared: a mapped address or network as the IPv4 that it is.

    Raises ValueError saying what is accepted.
    """
    try:
        if "/" in text:
            return str(addresses.reached_network(ipaddress.ip_network(text, strict=False)))
        meant = addresses.read_host(text)
        return meant if isinstance(meant, str) else str(addresses.reached(meant))
    except (ValueError, LabError) as error:
        raise ValueError(f"a host name, an address or a network ({str(error).rstrip('.')})") from None


def check(url: str, allowed: Iterable[Entry], resolver: Resolver) -> Permit:
    """Return the permit to measure *url*.

    Raises RefusedError when it may not be measured, UnreachableError when its name means nothing,
    UsageError for what is no address to measure.
    """
    return permit(addresses.read_url(url).hostname or "", allowed, resolver)


def permit(host: str, allowed: Iterable[Entry], resolver: Resolver) -> Permit:
    """Return the permit to connect to *host*, a name or address; see ``check``.

    The most specific entry sets the caps: the name itself, else for each address the smallest
    network around it; of several addresses' caps the lowest counts.
    """
    entries = tuple(allowed)
    meant = addresses.read_host(host)
    named = next((entry for entry in entries if entry.host == meant), None)
    found = _resolved(meant, resolver) if isinstance(meant, str) else (meant,)
    for address in found:
        _refuse_always(str(meant), address)
    matches = [named or _around(address, entries) for address in found]
    for address, entry in zip(found, matches, strict=True):
        if entry is None and not addresses.is_loopback(address):
            raise not_on_list(str(meant), address)
    caps = [_caps(address, entry) for address, entry in zip(found, matches, strict=True)]
    return Permit(
        host=str(meant),
        addresses=tuple(str(address) for address in found),
        users=min((users for users, _ in caps if users is not None), default=None),
        rate=min((rate for _, rate in caps if rate is not None), default=None),
        entry=next((entry.host for entry in matches if entry is not None), None),
    )


def allows(address: Address, allowed: Iterable[Entry]) -> bool:
    """Whether *address* may be connected to by itself, without a name."""
    if addresses.is_never(address) or addresses.is_unspecified(address):
        return False
    return addresses.is_loopback(address) or _around(address, allowed) is not None


def not_on_list(host: str, address: Address | None = None) -> RefusedError:
    """Return the refusal of a host that is not on the list."""
    where = host if address is None or host == str(address) else f"{host} ({address})"
    return RefusedError(
        f"{where} is not on the allow-list, so nothing was sent to it.  "
        f'If you may load it, add "{host}" to `allow` in launchlab.toml.'
    )


def _resolved(name: str, resolver: Resolver) -> tuple[Address, ...]:
    try:
        found = tuple(dict.fromkeys(_parsed(text) for text in resolver(name)))
    except OSError as error:
        raise UnreachableError(f"the name {name!r} cannot be resolved: {error}.  Check it.") from None
    if not found:
        raise UnreachableError(f"the name {name!r} has no address.  Check it.")
    return found


def _parsed(text: str) -> Address:
    # A resolver adds a zone to link-local addresses.
    return ipaddress.ip_address(text.partition("%")[0])


def _refuse_always(host: str, address: Address) -> None:
    if addresses.is_never(address):
        raise addresses.never(host, address)
    if addresses.is_unspecified(address):
        raise RefusedError(
            f"{host} ({address}) is where a server listens, and no address to send to.  "
            "Write 127.0.0.1 for a subject on this machine."
        )


def _around(address: Address, allowed: Iterable[Entry]) -> Entry | None:
    """Return the smallest network on the list around *address*."""
    plain = addresses.reached(address)
    fitting = [
        (network.prefixlen, entry)
        for entry in allowed
        if (network := entry.network) is not None and plain in network
    ]
    return max(fitting, key=lambda pair: pair[0])[1] if fitting else None


def _caps(address: Address, entry: Entry | None) -> tuple[int | None, float | None]:
    users, rate = (entry.users, entry.rate) if entry else (None, None)
    if addresses.is_loopback(address):
        return users, rate
    return users or DEFAULT_USERS, rate or DEFAULT_RATE


def _network(text: str) -> Network | None:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None
