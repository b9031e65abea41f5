"""A name and a password as HTTP's Basic scheme has them (RFC 7617)."""

from __future__ import annotations

import base64


def basic(name: str | bytes, password: str | bytes) -> str:
    """Return the value of an Authorization or Proxy-Authorization header."""
    return "Basic " + base64.b64encode(_octets(name) + b":" + _octets(password)).decode("ascii")


def _octets(text: str | bytes) -> bytes:
    if isinstance(text, bytes):
        return text
    try:
        # As requests and Locust send it; RFC 7617 leaves the charset open.
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode("utf-8")
