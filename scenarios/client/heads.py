"""Writes the head of a request.  Pure.

Nothing that a caller hands over can end a line: what would is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from scenarios.client.errors import UnsendableHeaderError

# Lines of a head (RFC 9110, sections 5.1 and 5.5): a token, and visible characters, blanks and tabs.
_LINES = re.compile(r"(?:[!#$%&'*+\-.^_`|~0-9A-Za-z]+: [\t\x20-\x7e\x80-\xff]*\r\n)*")
# Known to be tokens: looking them up costs less than matching them.
_USUAL = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_METHOD = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")

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


def written(method: str, request_target: bytes, host: bytes, sent: Fields) -> bytes:
    """Return the head of a request.  A host among the fields *sent* wins.

    Raises UnsendableHeaderError for what cannot stand in a head; nothing was sent then.
    """
    written_lines = []
    for name, value in sent.values():
        if isinstance(value, str):
            written_lines.append(f"{name}: {value}")
        elif value is not None:
            written_lines += [f"{name}: {each}" for each in _several(value)]
    lines = "\r\n".join([*written_lines, ""])
    # Counted too, because a value with a line break could hold a line that looks right.
    if _LINES.fullmatch(lines) is None or lines.count("\n") != len(written_lines):
        names = sorted(name for name, _ in sent.values())
        raise UnsendableHeaderError(
            f"the headers {names!r} hold a name or a value that HTTP cannot carry.  Take line breaks and "
            "other control characters out, and encode what is not Latin-1."
        )
    if method not in _USUAL and _METHOD.fullmatch(method) is None:
        raise UnsendableHeaderError(f"{method!r} is no method.  Use GET, POST or another token.")
    first = b"%b %b HTTP/1.1\r\n" % (method.encode("ascii"), request_target)
    if "host" not in sent:
        first += b"Host: %b\r\n" % host
    return first + lines.encode("latin-1") + b"\r\n"


def _several(value: Any) -> Iterable[Any]:
    """Return one value a line for what is no text."""
    if isinstance(value, bytes):
        return (value.decode("latin-1"),)
    return value if isinstance(value, (list, tuple)) else (value,)
