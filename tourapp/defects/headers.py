"""Answers that leave browsers and sessions unprotected: the defects "missing-headers" and "cookie-flags"."""

from collections.abc import Iterable
from dataclasses import dataclass

from starlette.types import ASGIApp, Message, Receive, Scope, Send

Header = tuple[bytes, bytes]

# The headers by which an app tells browsers to be careful (OWASP Secure Headers Project).
CAREFUL = frozenset(
    {
        b"content-security-policy",
        b"cross-origin-opener-policy",
        b"cross-origin-resource-policy",
        b"permissions-policy",
        b"referrer-policy",
        b"strict-transport-security",
        b"x-content-type-options",
        b"x-frame-options",
    }
)

# The attributes that keep a cookie from scripts, open networks and other sites (RFC 6265bis, section 5.6).
FLAGS = frozenset({"httponly", "secure", "samesite"})


@dataclass(frozen=True, slots=True)
class MissingHeaders:
    """Takes the careful headers off every answer."""

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""

        async def send_without(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [each for each in message["headers"] if each[0].lower() not in CAREFUL]
            await send(message)

        await self.app(scope, receive, send_without)


@dataclass(frozen=True, slots=True)
class BareCookies:
    """Takes the flags off every cookie that is set."""

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""

        async def send_bare(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = list(_bared(message["headers"]))
            await send(message)

        await self.app(scope, receive, send_bare)


def _bared(headers: Iterable[Header]) -> Iterable[Header]:
    for name, value in headers:
        yield (name, _without_flags(value)) if name.lower() == b"set-cookie" else (name, value)


def _without_flags(cookie: bytes) -> bytes:
    parts = cookie.decode("latin-1").split(";")
    kept = [part for part in parts if part.partition("=")[0].strip().lower() not in FLAGS]
    return ";".join(kept).encode("latin-1")
