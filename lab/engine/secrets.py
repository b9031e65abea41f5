"""Secrets: named in files by reference, and resolved when needed.

A reference is ``env:NAME`` or ``file:PATH``.  A secret never sits in an argument list, where other
users of the machine could read it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from lab.engine.mask import SHORTEST, SHOWN, Mask
from lab.kernel.errors import UsageError

# Headers whose very purpose is to carry a secret.
_TELLTALE = re.compile(r"authorization|cookie|token|api-?key|secret|password|credential", re.IGNORECASE)
# RFC 9110, section 5.6.2.
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


@dataclass(frozen=True, slots=True)
class Secret:
    """A secret's value, and the reference that led to it; prints as its reference."""

    reference: str
    value: str = field(repr=False)

    def __str__(self) -> str:
        return self.reference


@dataclass(frozen=True, slots=True)
class Headers:
    """Headers of every request to the subject, some of them secret."""

    plain: Mapping[str, str] = field(default_factory=dict)
    secret: Mapping[str, Secret] = field(default_factory=dict)

    def revealed(self) -> dict[str, str]:
        """Return every header as it is sent."""
        return {**self.plain, **{name: secret.value for name, secret in self.secret.items()}}

    def mask(self) -> Mask:
        """Return what hides these headers' secrets."""
        return Mask(secret.value for secret in self.secret.values())


def headers_of(written: Mapping[str, str], root: Path, environment: Mapping[str, str]) -> Headers:
    """Resolve the headers *written* in a file; paths are below *root*.

    Raises UsageError for a reference that leads nowhere, for a secret that is written out, and for
    what cannot be sent as a header.
    """
    plain: dict[str, str] = {}
    secret: dict[str, Secret] = {}
    for name, value in written.items():
        if not _TOKEN.fullmatch(name):
            raise UsageError(f"{name!r} is no name of a header.  Use letters, digits and hyphens.")
        kind, colon, place = value.partition(":")
        if colon and kind in ("env", "file"):
            found = _value(kind, place, root, environment)
            secret[name] = Secret(value, _checked(name, value, found))
        elif _TELLTALE.search(name):
            raise UsageError(
                f"the header {name!r} carries a secret, which does not belong into a file.  "
                'Write where it is: "env:NAME" or "file:PATH".'
            )
        elif not _sendable(value):
            raise UsageError(f"the header {name!r} is {value!r}.  Write printable characters of Latin-1.")
        else:
            plain[name] = value
    return Headers(plain=plain, secret=secret)


def shown(header: tuple[str, str]) -> str:
    """Return a header as it is written in a file, for people: a secret that is written out is hidden."""
    name, value = header
    written_out = _TELLTALE.search(name) and not value.startswith(("env:", "file:"))
    return f"{name}: {SHOWN.decode() if written_out else value}"


def _value(kind: str, place: str, root: Path, environment: Mapping[str, str]) -> str:
    if kind == "env":
        if place not in environment:
            raise UsageError(f"the environment has no {place!r}, which 'env:{place}' refers to.  Set it.")
        return environment[place]
    try:
        return (root / place).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"'file:{place}' cannot be read: {error}.") from None


def _checked(name: str, reference: str, found: str) -> str:
    value = found.strip()
    if len(value) < SHORTEST or not _sendable(value):
        raise UsageError(
            f"{reference!r}, for the header {name!r}, holds no usable secret: it has to be one line of at "
            f"least {SHORTEST} characters, printable ones of Latin-1."
        )
    return value


def _sendable(value: str) -> bool:
    # http.client, requests and browsers send Latin-1; a line break would begin another header.
    return value.isprintable() and all(ord(sign) < 1 << 8 for sign in value)
