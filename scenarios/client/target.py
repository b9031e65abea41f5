"""A URL, parsed once: where to connect, and the words of the request that name it.

Percent-encoding is that of requests and of geventhttpclient, so that a locustfile asks for the same bytes
under each.  A URL that could smuggle a header or a second request is refused.  Pure.
"""

from __future__ import annotations

import functools
import ipaddress
import re
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias
from urllib.parse import quote, unquote, urljoin

import idna

from scenarios.client.errors import BadAddressError, UnfollowableRedirectError
from scenarios.client.forms import Pairs, urlencoded

Params: TypeAlias = Pairs | str | bytes

UNIX = "http+unix"
_PORTS = {"http": 80, "https": 443, UNIX: 0}

# A walk over a catalogue of ten thousand pages keeps hitting; at about half a kilobyte each, 8 MB at most.
_REMEMBERED = 16_384
_REMEMBERED_ORIGINS = 1_024

_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]*)://([^/?#]*)([^#]*)")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
# What may stand in a request target as it is (RFC 3986): unreserved and reserved characters.  "%" is not
# among them, so that escapes take the longer way.
_PLAIN = re.compile(r"[A-Za-z0-9\-._~!$&'()*+,/:;=?@\[\]]*")
_RESERVED = "!#$&'()*+,/:;=?@[]~"
_ESCAPE = re.compile(r"%([^\W_]{2})")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
# Registered names, with the underscore that container networks use.
_NAME = re.compile(r"[a-z0-9_\-.]+")
_LONGEST_LABEL = 63  # RFC 1035, section 2.3.4
_DIGITS = re.compile(r"[0-9]{1,5}")  # int would take digits of other scripts, too
_LAST_PORT = 65_535


class Origin(NamedTuple):
    """Where connections go; those of one origin can stand for each other.  A Unix socket has port 0."""

    scheme: str
    host: str
    port: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What a URL says.

    *request_target* is the path with its query, as the request line has it.  *userinfo* is the name and
    password in the URL, percent-decoded.  *url* is the URL as given, with the parameters.
    """

    url: str
    origin: Origin
    request_target: bytes
    host_header: bytes
    userinfo: tuple[str, str] | None

    @property
    def scheme(self) -> str:
        """http, https or http+unix."""
        return self.origin.scheme

    @property
    def host(self) -> str:
        """The name in ASCII, the address without brackets, or the path of the Unix socket."""
        return self.origin.host

    @property
    def port(self) -> int:
        """The port, 0 for a Unix socket."""
        return self.origin.port

    @property
    def loopback(self) -> bool:
        """Whether what is sent there never leaves this machine."""
        return _loopback(self.origin)


def parse(url: str, params: Params | None = None) -> Target:
    """Return the target of *url* with the query of *params* added.

    Raises BadAddressError for what is no absolute URL of a web server.
    """
    return _parsed(_with_params(url, params) if params else url)


def joined(base: Target, location: str) -> Target:
    """Return where *location*, a Location header decoded as Latin-1, leads from *base* (RFC 3986, section 5).

    Raises UnfollowableRedirectError for anything but http and https; a Unix socket leads to itself only.
    """
    location = _as_meant(location)
    if _CONTROL.search(location):
        raise UnfollowableRedirectError(
            f"{base.url} redirects to {location!r}, which has control characters.  Mend that Location header."
        )
    if location.startswith("//"):
        location = f"{base.scheme}:{location}"
    absolute = _SCHEME.match(location)
    if absolute and absolute[0].lower() not in {"http:", "https:"}:
        raise UnfollowableRedirectError(
            f"{base.url} redirects to {location!r}; only http and https are followed.  "
            "Demand the redirect itself with allow_redirects=False."
        )
    try:
        return parse(location if absolute else _beside(base, location))
    except ValueError as error:
        raise UnfollowableRedirectError(f"{base.url} redirects to {location!r}: {error}") from error


def shown(target: Target) -> str:
    """Return host and port as a message has them, or the path of a Unix socket."""
    host = f"[{target.host}]" if ":" in target.host else target.host
    return f"{host}:{target.port}" if target.port else target.host


def _beside(base: Target, location: str) -> str:
    split = _URL.match(base.url)
    assert split is not None  # noqa: S101 - a target's URL was split before
    # urljoin joins paths of http only, and would read a Unix socket's path as a host.
    resolved = urljoin(f"http://_{split[3]}", location).removeprefix("http://_")
    return f"{split[1]}://{split[2]}{resolved}"


def _as_meant(location: str) -> str:
    try:
        return location.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return location


@functools.lru_cache(maxsize=_REMEMBERED)
def _parsed(url: str) -> Target:
    split = _URL.match(url)
    if split is None:
        raise BadAddressError(
            f"{url!r} is no URL.  Write http://HOST/PATH, or a path only where the user has a host."
        )
    scheme, authority, path = split.groups()
    origin, host_header, userinfo = _origin(scheme.lower(), authority)
    return Target(
        url=url,
        origin=origin,
        request_target=_request_target(path),
        host_header=host_header,
        userinfo=userinfo,
    )


def _request_target(path: str) -> bytes:
    path = path.removesuffix("?")
    if not path.startswith("/"):
        path = "/" + path
    if _PLAIN.fullmatch(path):
        return path.encode("ascii")
    if _CONTROL.search(path):
        raise BadAddressError(f"the path {path!r} has control characters.  Escape them, as %0A.")
    return _quoted(path).encode("ascii")


def _quoted(path: str) -> str:
    """Escape what needs it, and unescape what does not; as requests.utils.requote_uri."""
    try:
        return quote(_ESCAPE.sub(_unescaped, path), safe=_RESERVED + "%")
    except ValueError:  # some "%" begins no escape, so none is taken for one
        return quote(path, safe=_RESERVED)


def _unescaped(escape: re.Match[str]) -> str:
    character = chr(int(escape[1], 16))
    return character if character in _UNRESERVED else escape[0]


@functools.lru_cache(maxsize=_REMEMBERED_ORIGINS)
def _origin(scheme: str, authority: str) -> tuple[Origin, bytes, tuple[str, str] | None]:
    if scheme not in _PORTS:
        raise BadAddressError(f"{scheme}:// is not spoken here.  Use http://, https:// or http+unix://.")
    credentials, _, place = authority.rpartition("@")
    if _CONTROL.search(authority):
        raise BadAddressError(f"the host in {scheme}://{place!r} has control characters.  Take them out.")
    name, colon, password = credentials.partition(":")
    userinfo = (unquote(name), unquote(password)) if name or colon else None
    if scheme == UNIX:
        return Origin(scheme, _socket_path(place), 0), b"localhost", userinfo
    host, port = _host_and_port(place, _PORTS[scheme])
    shown = f"[{host.partition('%')[0]}]" if ":" in host else host
    if port != _PORTS[scheme]:
        shown += f":{port}"
    return Origin(scheme, host, port), shown.encode("ascii"), userinfo


def _socket_path(place: str) -> str:
    path = unquote(place)
    if not path.startswith("/") or "\0" in path:
        raise BadAddressError(
            f"{place!r} is no path of a Unix socket.  Escape its slashes: http+unix://%2Frun%2Fweb.sock/PATH."
        )
    return path


def _host_and_port(place: str, usual: int) -> tuple[str, int]:
    # With brackets it ends at the last one, since an address has colons itself.
    host, bracket, port = place.rpartition("]")
    if bracket and port[:1] in {"", ":"}:
        return _address(host.removeprefix("["), place), _port(port[1:], usual)
    host, _, port = place.partition(":")
    return _name(host, place), _port(port, usual)


def _address(host: str, place: str) -> str:
    host = host.replace("%25", "%")  # a zone's sign, as RFC 6874 escapes it
    try:
        ipaddress.IPv6Address(host)
    except ValueError as error:
        raise BadAddressError(f"{place!r} is no host: {error}.") from error
    if not place.startswith("[") or not host.isascii():
        raise BadAddressError(f"{place!r} is no host.  Write an IPv6 address as [::1].")
    return host.lower()


def _name(host: str, place: str) -> str:
    name = host.lower()
    if not name.isascii():
        try:
            name = idna.encode(name, uts46=True).decode("ascii")
        except idna.IDNAError as error:
            raise BadAddressError(f"{place!r} is no host: {error}.") from error
    labels = name.removesuffix(".").split(".")
    if not _NAME.fullmatch(name) or not all(0 < len(label) <= _LONGEST_LABEL for label in labels):
        raise BadAddressError(f"{place!r} is no host.  Write a name or an address, as 127.0.0.1:8000.")
    return name


def _port(digits: str, usual: int) -> int:
    if not digits:
        return usual
    if _DIGITS.fullmatch(digits) and 0 < int(digits) <= _LAST_PORT:
        return int(digits)
    raise BadAddressError(f"port {digits!r} is none.  Ports are the numbers from 1 to {_LAST_PORT}.")


def _with_params(url: str, params: Params) -> str:
    query = _query(params)
    if not query:
        return url
    address, _, _ = url.partition("#")
    before, _, given = address.partition("?")
    return f"{before}?{given}&{query}" if given else f"{before}?{query}"


def _query(params: Params) -> str:
    if isinstance(params, bytes):
        params = params.decode("latin-1")
    return params.replace("#", "%23") if isinstance(params, str) else urlencoded(params)


@functools.lru_cache(maxsize=_REMEMBERED_ORIGINS)
def _loopback(origin: Origin) -> bool:
    if origin.scheme == UNIX or origin.host == "localhost" or origin.host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(origin.host).is_loopback
    except ValueError:
        return False
