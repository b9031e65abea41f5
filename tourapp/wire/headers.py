"""Header lines that come more than once: which may, and what they then say (RFC 9110, section 5.3)."""

from collections.abc import Iterable

from starlette.datastructures import Headers

# What says one thing: of two lines, nobody could know which one is meant.
SINGLE = frozenset(
    {
        b"authorization",
        b"content-encoding",
        b"content-type",
        b"idempotency-key",
        b"x-client-id",
        b"x-variant",
    }
)


def joined(headers: Headers, name: str) -> str | None:
    """Return the lines of this name as the one list that they are together, None without any."""
    lines = headers.getlist(name)
    return ", ".join(lines) if lines else None


def repeated(headers: Iterable[tuple[bytes, bytes]]) -> str | None:
    """Return the name of a header that comes more than once and must not, None when there is none."""
    seen: set[bytes] = set()
    for name, _ in headers:
        if name in SINGLE and name in seen:
            return name.decode("latin-1")
        seen.add(name)
    return None
