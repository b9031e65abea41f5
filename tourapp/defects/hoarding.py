"""Memory that is never given back: the defect "memory-leak"."""

from starlette.types import ASGIApp, Receive, Scope, Send

from tourapp.defects.targets import is_request

# Bytes that one worker hoards at the most: a leak that nobody misses, on a machine that outlives it.
LIMIT = 1_000_000_000


class Hoarding:
    """Keeps some bytes of each request for ever."""

    def __init__(self, app: ASGIApp, size: int, limit: int = LIMIT) -> None:
        self._app = app
        self._size = size
        self._limit = limit
        self._hoard: list[bytes] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, and keep something of it."""
        if is_request(scope) and (len(self._hoard) + 1) * self._size <= self._limit:
            # Written to, as memory that nobody has touched is not resident; zeros would not be.
            self._hoard.append(b"\xa5" * self._size)
        await self._app(scope, receive, send)
