"""One lock for everybody, taken only once the app is busy: the defect "lock-convoy"."""

import asyncio
from collections import OrderedDict

from starlette.types import ASGIApp, Receive, Scope, Send

from tourapp.clock import Clock, Pause
from tourapp.defects.targets import is_request

# Seconds for which a client counts as a user of the app after its last request: the pace of a walker who
# reads a list.
PRESENCE = 10.0

# Seconds for which each request keeps the lock: 50 a second pass, half of what 100 users ask for who think
# for a second.
HELD = 0.02


class Convoy:
    """Lets all requests pass one lock, in the order they came, while more than `users` clients are present.

    A client is a connection, as browsers and load generators keep theirs.
    """

    def __init__(self, app: ASGIApp, users: float, pause: Pause, clock: Clock) -> None:
        self._app = app
        self._users = users
        self._pause = pause
        self._clock = clock
        self._lock = asyncio.Lock()
        # Each client with its last request, the longest silent first.
        self._seen: OrderedDict[tuple[str, int], float] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, when it is its turn."""
        if is_request(scope) and self._present(scope) > self._users:
            async with self._lock:
                await self._pause(HELD)
        await self._app(scope, receive, send)

    def _present(self, scope: Scope) -> int:
        """Note the client of this request and count those present."""
        now = self._clock()
        client = scope["client"]
        self._seen[client] = now
        self._seen.move_to_end(client)
        while now - next(iter(self._seen.values())) > PRESENCE:
            self._seen.popitem(last=False)
        return len(self._seen)
