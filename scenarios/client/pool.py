"""The connections of one user, or of several who share them: kept alive, by origin."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from gevent.event import Event

from scenarios.client.connection import Connection
from scenarios.client.target import Origin


class Pool:
    """Keeps at most *concurrency* connections to each origin; who asks for one more waits for one."""

    __slots__ = ("_lanes", "concurrency")

    def __init__(self, concurrency: int) -> None:
        self.concurrency = concurrency
        self._lanes: dict[Origin, _Lane] = {}

    def lend(self, origin: Origin, dial: Callable[[], Connection], *, fresh: bool = False) -> Connection:
        """Return a connection to *origin*: an idle one that still lives, or a new one by *dial*.

        *fresh* asks for a new one, in the place of an idle one.  It comes back by ``take_back``, whatever
        becomes of it.
        """
        lane = self._lanes.get(origin)
        if lane is None:
            lane = self._lanes[origin] = _Lane()
        while lane.lent >= self.concurrency:
            lane.wait()
        lane.lent += 1
        try:
            while lane.idle:
                connection = lane.idle.pop()
                if not fresh and connection.lives():
                    return connection
                connection.close()
                if fresh:
                    break
            return dial()
        except BaseException:
            lane.give_up()
            raise

    def take_back(self, connection: Connection) -> None:
        """Take a connection back; one that cannot carry another request is closed."""
        lane = self._lanes[connection.target.origin]
        if connection.reading.reusable:
            connection.used = True
            lane.idle.append(connection)
        else:
            connection.close()
        lane.give_up()

    def close(self) -> None:
        """Close what is idle."""
        for lane in self._lanes.values():
            while lane.idle:
                with suppress(OSError):
                    lane.idle.pop().close()


class _Lane:
    __slots__ = ("_turn", "idle", "lent")

    def __init__(self) -> None:
        self.idle: list[Connection] = []
        self.lent = 0
        self._turn: Event | None = None

    def wait(self) -> None:
        if self._turn is None:
            self._turn = Event()
        self._turn.clear()
        self._turn.wait()

    def give_up(self) -> None:
        self.lent -= 1
        if self._turn is not None:
            self._turn.set()
