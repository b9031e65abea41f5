"""The loop of the truth server: one thread, and nothing between the kernel's word and the ledger.

Written on ``selectors`` instead of asyncio, whose transports hide when bytes arrived.  All moments are on
the Unix clock, which the kernel stamps by.
"""

from __future__ import annotations

import heapq
import selectors
import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from urllib.parse import urlsplit

from lab.kernel.errors import UsageError
from scenarios.stamps import ask_for_stamps
from scenarios.truth.behaviour import Behaviour
from scenarios.truth.connection import Connection
from scenarios.truth.ledger import Ledger, Stamps, Truth
from scenarios.truth.pages import Answer, Page

# Where the server tells what it wrote down.
TRUTH = "/truth"
# Connections that wait to be accepted: more than can come while the loop works or stalls.  The kernel
# allows fewer where net.core.somaxconn says so.
_BACKLOG = 16_384
# At least so often the loop looks at the clock, to close a second and to see whether it should end.
_LOOK = 0.25
_NANO = 1_000_000_000
# Targets whose pages are kept; what is beyond is refused, so that no client can fill the memory.
_MOST_PAGES = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Stall:
    """Nothing is answered for *length* seconds from each multiple of *every* seconds of the Unix clock."""

    length: float
    every: float

    def due(self, now: float) -> tuple[float, float]:
        """Return begin and end of the stall that *now* falls in, or else of the next."""
        begin = now // self.every * self.every
        if now >= begin + self.length:
            begin += self.every
        return begin, begin + self.length


@dataclass(frozen=True, slots=True, kw_only=True)
class Conduct:
    """How a server behaves: paths whose requests do not say it themselves, stalls, and who is put out.

    A connection on which nothing was asked for *idle* seconds is closed; never, for None.
    """

    paths: Mapping[str, Behaviour] = field(default_factory=dict)
    stall: Stall | None = None
    idle: float | None = None
    seed: int = 0


class Server:
    """Serves on *listener* until it is told to ``stop``."""

    def __init__(self, listener: socket.socket, conduct: Conduct) -> None:
        self._listener, self._conduct = listener, conduct
        stamps = Stamps.KERNEL if ask_for_stamps(listener) else Stamps.LOOP
        self.ledger = Ledger(stamps, time.time(), time.process_time())
        self.worked = 0
        self._connections: set[Connection] = set()
        self._pages: dict[str, Page] = {}
        # When, in nanoseconds of the Unix clock; a number that keeps the order; what.
        self._due: list[tuple[int, int, Callable[[], None]]] = []
        self._appointments = 0
        self._stalled_until = 0.0
        self._stopping = False
        self._selector = selectors.DefaultSelector()
        listener.settimeout(0)
        listener.listen(_BACKLOG)
        self._selector.register(listener, selectors.EVENT_READ, self._accept)

    def stop(self) -> None:
        """Let ``run`` end soon; may be called by a signal's handler."""
        self._stopping = True

    def run(self) -> Truth:
        """Serve; return what was written down."""
        while not self._stopping:
            worked_since = time.time_ns()
            self._keep_appointments()
            self._stall()
            self.ledger.roll(time.time(), time.process_time())
            patience = self._patience()
            self.worked = time.time_ns() - worked_since
            for key, events in self._selector.select(patience):
                key.data(events)
        for connection in tuple(self._connections):
            connection.close()
        self._selector.close()
        return self._truth()

    def asked(self, connection: Connection, target: str) -> None:
        """Answer a request, or make an appointment to do so."""
        if target == TRUTH:
            self._tell(connection)
            return
        page = self._pages.get(target)
        if page is None:
            try:
                page = self._page(target)
            except (UsageError, ValueError) as error:
                connection.refuse(str(error))
                return
        self.ledger.asked += 1
        delay, answer = page.turn()
        if delay:
            due = connection.arrived + int(delay * _NANO)
            self._appoint(due, partial(connection.answer, page.path, answer))
        else:
            connection.answer(page.path, answer)

    def wants(self, connection: Connection, events: int) -> None:
        """Call the connection from now on for *events*."""
        self._selector.modify(connection.socket, events, connection.ready)

    def leaves(self, connection: Connection) -> None:
        """Forget a connection."""
        self._connections.remove(connection)
        self._selector.unregister(connection.socket)

    def _accept(self, _events: int) -> None:
        while True:
            try:
                accepted, _ = self._listener.accept()
            except (BlockingIOError, ConnectionAbortedError):
                return
            accepted.settimeout(0)
            self.ledger.opened += 1
            connection = Connection(self, accepted)
            self._connections.add(connection)
            self._selector.register(accepted, selectors.EVENT_READ, connection.ready)
            if self._conduct.idle is not None:
                self._watch(connection, int(self._conduct.idle * _NANO))

    def _watch(self, connection: Connection, most: int) -> None:
        """Put a connection out that has been idle for *most* nanoseconds; look again when that could be."""
        now = time.time_ns()
        if connection.closed:
            return
        if connection.idle and connection.arrived + most <= now:
            connection.close()
            return
        # One that waits for its answer is looked at after another while.
        due = max(connection.arrived, now - most // 2) + most
        self._appoint(due, partial(self._watch, connection, most))

    def _page(self, target: str) -> Page:
        """Make the page of a target: as its query says, or as the path was agreed upon."""
        if len(self._pages) >= _MOST_PAGES:
            raise UsageError(f"more than {_MOST_PAGES} targets.  Use fewer, or start another server.")
        parts = urlsplit(target)
        agreed = self._conduct.paths.get(parts.path)
        behaviour = Behaviour.asked_by(target) if parts.query or agreed is None else agreed
        self._pages[target] = page = Page(self.ledger.path(parts.path), behaviour, self._conduct.seed)
        return page

    def _tell(self, connection: Connection) -> None:
        if connection.fresh:
            # Who only asks for the truth is no part of it.
            self.ledger.opened -= 1
        told = self._truth().text().encode()
        connection.answer(None, Answer.of(HTTPStatus.OK, told))

    def _truth(self) -> Truth:
        return self.ledger.truth(time.time(), time.process_time())

    def _appoint(self, due: int, act: Callable[[], None]) -> None:
        self._appointments += 1
        heapq.heappush(self._due, (due, self._appointments, act))

    def _keep_appointments(self) -> None:
        while self._due and self._due[0][0] <= time.time_ns():
            heapq.heappop(self._due)[2]()

    def _stall(self) -> None:
        """Stand still while a stall lasts: nothing is accepted, read or answered."""
        if self._conduct.stall is None:
            return
        now = time.time()
        begin, end = self._conduct.stall.due(now)
        if begin <= now:
            time.sleep(end - now)
            self.ledger.stalled(now, time.time())

    def _patience(self) -> float:
        """Return for how many seconds the loop may wait for bytes."""
        now = time.time()
        ends = [now + _LOOK]
        if self._due:
            ends.append(self._due[0][0] / _NANO)
        if self._conduct.stall:
            ends.append(self._conduct.stall.due(now)[0])
        return max(0.0, min(ends) - now)
