"""Asks the system what a name means: the real resolver behind the allow-list."""

from __future__ import annotations

import socket


def addresses_of(name: str) -> tuple[str, ...]:
    """Return the addresses that *name* has now, in the system's order.  Raises OSError for none."""
    found = socket.getaddrinfo(name, None, proto=socket.IPPROTO_TCP)
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))
