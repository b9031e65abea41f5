"""Writes the head of a request.  Pure.

Nothing that a caller hands over can end a line: what would is refused.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping
from typing import Any

from scenarios.client.errors import UnsendableHeaderError

# Lines of a head (RFC 9110, sections 5.1 and 5.5): a token, and visible characters, blanks and tabs.
_LINES = re.compile(r"(?:[!#$%&'*+\-.^_`|~0-9A-Za-z]+: [\t\x20-\x7e\x80-\xff]*\r\n)*")
# Known to be tokens: looking them up costs less than matching them.
_USUAL = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_METHOD = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")

# Users send the same headers with each request: ten thousand of them, with a token each, and some more; at
# some 400 bytes each, 6 MB at most.
_REMEMBERED = 16_384

# By lower-case name: the name as it is sent, and its value, or one value a line.
Fields = dict[str, tuple[str, Any]]


def fields(*layers: Mapping[str, Any] | None) -> Fields:
    """Return the headers of *layers*, of which a later one replaces an earlier one of the same name."""
    found: Fields = {}
    for layer in layers:
        if layer:
            for name, value in layer.items():
                found[name.lower()] = (name, value)
    return found


def written(
    method: str, request_target: bytes, host: bytes, sent: Fields, added: Fields | None = None
) -> bytes:
    """Return the head of a request with the fields *sent*, and those *added* for this one.

    A host among *sent* wins.  Raises UnsendableHeaderError for what cannot stand in a head; nothing was sent
    then.
    """
    if method not in _USUAL and _METHOD.fullmatch(method) is None:
        raise UnsendableHeaderError(f"{method!r} is no method.  Use GET, POST or another token.")
    first = b"%b %b HTTP/1.1\r\n" % (method.encode("ascii"), request_target)
    if "host" not in sent:
        first += b"Host: %b\r\n" % host
    return b"%b%b%b\r\n" % (first, _lines(sent), _checked(added.values()) if added else b"")


def _lines(sent: Fields) -> bytes:
    for _, value in sent.values():
        # 1 and True are written differently, and yet found in the same place.
        if type(value) is not str:
            return _checked(sent.values())
    return _remembered(tuple(sent.values()))


@functools.lru_cache(maxsize=_REMEMBERED)
def _remembered(sent: tuple[tuple[str, Any], ...]) -> bytes:
    return _checked(sent)


def _checked(sent: Iterable[tuple[str, Any]]) -> bytes:
    """Return the lines of the headers *sent*; raises UnsendableHeaderError."""
    lines = []
    for name, value in sent:
        if isinstance(value, str):
            lines.append(f"{name}: {value}")
        elif value is not None:
            lines += [f"{name}: {each}" for each in _several(value)]
    text = "\r\n".join([*lines, ""])
    # Counted too, because a value with a line break could hold a line that looks right.
    if _LINES.fullmatch(text) is None or text.count("\n") != len(lines):
        names = sorted(name for name, _ in sent)
        raise UnsendableHeaderError(
            f"the headers {names!r} hold a name or a value that HTTP cannot carry.  Take line breaks and "
            "other control characters out, and encode what is not Latin-1."
        )
    return text.encode("latin-1")


def _several(value: Any) -> Iterable[Any]:
    """Return one value a line for what is no text."""
    if isinstance(value, bytes):
        return (value.decode("latin-1"),)
    return value if isinstance(value, (list, tuple)) else (value,)
