"""What a written host means: a name, or an address in one of its many spellings.  Pure.

Programs disagree on odd spellings: what one takes for a name is an address to the next.  So only the
plain spelling of an address is taken, and whatever hides another address inside is seen through.
"""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from urllib.parse import SplitResult, urlsplit

from lab.kernel.errors import RefusedError, UsageError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# Never connected to, whatever the allow-list says: they answer with the keys of the machine that asks.
NEVER: tuple[Network, ...] = (
    # Link-local (RFC 3927); the metadata of AWS, Google Cloud, Azure and most others is 169.254.169.254.
    ipaddress.ip_network("169.254.0.0/16"),
    # Link-local (RFC 4291, section 2.5.6).
    ipaddress.ip_network("fe80::/10"),
    # AWS: "Use the Instance Metadata Service", IPv6 endpoint.
    ipaddress.ip_network("fd00:ec2::254"),
    # AWS: "Set up the Amazon EKS Pod Identity Agent", IPv6 endpoint.
    ipaddress.ip_network("fd00:ec2::23"),
    # Google Cloud: the metadata server of instances with IPv6 only (as other deny-lists have it).
    ipaddress.ip_network("fd20:ce::254"),
    # Scaleway: cloud-init, "Datasources", "Scaleway", IPv6 endpoint.
    ipaddress.ip_network("fd00:42::42"),
    # Oracle Cloud at Customer: "Retrieve Predefined Instance Metadata".
    ipaddress.ip_network("192.0.0.192"),
    # Alibaba Cloud: "View instance metadata".
    ipaddress.ip_network("100.100.100.200"),
    # Azure: "What is IP address 168.63.129.16?", the host's own agent endpoint.
    ipaddress.ip_network("168.63.129.16"),
)
# "This host on this network" (RFC 1122, 3.2.1.3; RFC 4291, 2.5.2): no destination.
UNSPECIFIED: tuple[Network, ...] = (ipaddress.ip_network("0.0.0.0/8"), ipaddress.ip_network("::/128"))
# Where the last 32 bits are an IPv4 address: compatible (RFC 4291, 2.5.5.1), translated (RFC 2765, 2.1),
# NAT64 (RFC 6052, RFC 8215).
_EMBEDDING = tuple(
    ipaddress.IPv6Network(text) for text in ("::/96", "::ffff:0:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48")
)

# RFC 1123, section 2.1, and the underscore, which real internal names have.
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
_NAME_LENGTH = 253
# A last label that is a number makes the host an IPv4 address (WHATWG URL, "ends in a number").
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_IPV4_PARTS = 4
# The dots of IDNA (RFC 3490, section 3.1) that normalisation leaves as they are.
_IDEOGRAPHIC_DOTS = str.maketrans({"\u3002": ".", "\uff61": "."})


def read_url(url: str) -> SplitResult:
    """Return the parts of an address to measure.

    Raises UsageError for what is none, naming no password, and RefusedError for a host in an odd spelling.
    """
    shown = _shown(url)
    fault = f"{shown!r} is not an address to measure.  Write it like http://127.0.0.1:8000."
    # urlsplit drops some of these, and programs read a backslash differently.
    if any(ord(sign) <= ord(" ") or sign in "\\\x7f" for sign in url):
        raise UsageError(fault)
    if "@" in url.partition("//")[2].partition("/")[0]:
        raise UsageError(
            "the address holds a user name or password, which is never sent.  Leave out all up to the @."
        )
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise UsageError(fault)
    if "?" in url or "#" in url:
        raise UsageError(f"the address {shown!r} goes on with a query or fragment.  Leave that out.")
    read_host(parts.hostname or "")
    if not parts.path.isascii():
        raise UsageError(f"the path of {shown!r} is not in ASCII.  Write it percent-encoded.")
    return parts


def _shown(url: str) -> str:
    """Return the part of *url* that can hold no secret."""
    _, at, rest = url.rpartition("@")
    return re.split(r"[?#]", f"…@{rest}" if at else url, maxsplit=1)[0]


def read_host(text: str) -> Address | str:
    """Return the address that *text* spells plainly, else the name, in lower case.

    Raises RefusedError for an address in another spelling, with the plain one, and UsageError for
    what is no host.  A zone is another spelling: it says which way to go, not where.
    """
    # Normalisation would turn full-width and circled digits into an address, as IDNA does.
    folded = unicodedata.normalize("NFKC", text).translate(_IDEOGRAPHIC_DOTS).lower()
    if len(folded) > _NAME_LENGTH:
        raise UsageError(f"{text[:20] + '…'!r} is no host: it is longer than {_NAME_LENGTH} characters.")
    meant = _address(folded.rstrip("."))
    if meant is None:
        return _name(text, folded)
    if isinstance(meant, ipaddress.IPv4Address) and str(meant) != text:
        raise _other_spelling(text, meant)
    if "%" in text or folded != text.lower():
        raise _other_spelling(text, meant)
    return meant


def _name(text: str, folded: str) -> str:
    if not text.isascii():
        raise UsageError(f"the host {text!r} is not in ASCII.  Write it in its xn-- form.")
    labels = folded.split(".")
    spelled = all(_LABEL.fullmatch(label) for label in labels) and not _NUMBER.fullmatch(labels[-1])
    if not spelled:
        raise UsageError(f"{text!r} is no host.  Write a name such as staging.example.org, or an address.")
    return folded


def _other_spelling(text: str, meant: Address) -> RefusedError:
    if is_never(meant):
        return never(text, meant)
    plain = f"[{meant}]" if isinstance(meant, ipaddress.IPv6Address) else str(meant)
    return RefusedError(f"{text!r} is another spelling of {plain}, so nothing was sent.  Write {plain}.")


def _address(host: str) -> Address | None:
    """Return what *host*, normalised, is to the most lenient of readers."""
    if ":" in host:
        try:
            return ipaddress.IPv6Address(host.partition("%")[0])
        except ValueError:
            return None
    labels = host.split(".")
    if not _NUMBER.fullmatch(labels[-1]) or len(labels) > _IPV4_PARTS:
        return None
    if not all(_NUMBER.fullmatch(label) for label in labels):
        return None
    *high, low = map(_number, labels)
    value = sum(part << 8 * (3 - place) for place, part in enumerate(high)) + low
    fits = all(part < 1 << 8 for part in high) and low < 1 << 8 * (_IPV4_PARTS - len(high))
    return ipaddress.IPv4Address(value) if fits else None


def _number(label: str) -> int:
    """Read a number as inet_aton does: hexadecimal after 0x, octal after 0."""
    if label.startswith("0x"):
        return int(label[2:] or "0", 16)
    octal = label.startswith("0") and not set(label) & set("89")
    return int(label, 8 if octal else 10)


def reached(address: Address) -> Address:
    """Return the address that packets to *address* end up at on this machine: a mapped one is IPv4."""
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def reached_network(network: Network) -> Network:
    """Return the network that packets to *network* end up in: one of mapped addresses is IPv4."""
    first, free = network.network_address, network.max_prefixlen - network.prefixlen
    plain = reached(first)
    if plain == first or free > plain.max_prefixlen:
        return network
    return ipaddress.ip_network((plain, plain.max_prefixlen - free))


def is_loopback(address: Address) -> bool:
    """Whether packets to *address* stay on this machine."""
    return reached(address).is_loopback


def is_never(address: Address) -> bool:
    """Whether *address*, or the one hidden in it, may not be connected to whatever the list says."""
    return any(one in network for one in _layers(address) for network in NEVER)


def is_unspecified(address: Address) -> bool:
    """Whether *address* names no destination."""
    return any(reached(address) in network for network in UNSPECIFIED)


def never(host: str, address: Address) -> RefusedError:
    """Return the refusal of an address that is never measured."""
    where = host if host == str(address) else f"{host} ({address})"
    return RefusedError(
        f"{where} is link-local or a cloud's metadata address, which is never measured, "
        "whatever `allow` says.  Name the subject's own address."
    )


def _layers(address: Address) -> list[Address]:
    """Return *address* and the IPv4 addresses that it may be translated to on its way."""
    if isinstance(address, ipaddress.IPv4Address):
        return [address]
    hidden: list[Address | None] = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
    if any(address in network for network in _EMBEDDING):
        hidden.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return [address, *(one for one in hidden if one is not None)]
