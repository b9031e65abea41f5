"""One answer: its head, and its body whole or as it comes."""

from __future__ import annotations

from scenarios.client.connection import Connection
from scenarios.client.pool import Pool
from scenarios.client.target import Target
from scenarios.client.traffic import Traffic


class Answer:
    """What *target* answered over *connection*, which goes back to *pool* when the body has been read.

    *headers* are names and values as they came.  *body* is the whole body, still encoded, once it was
    drained.  An answer that nobody reads to its end gives its connection up when it is forgotten.
    *history* are the answers that redirected here, the first one first.
    """

    __slots__ = ("_connection", "_pool", "_traffic", "body", "headers", "history", "status", "target")

    def __init__(self, target: Target, connection: Connection, pool: Pool, traffic: Traffic) -> None:
        self.target = target
        self.status = connection.reading.status
        # Taken away, so that they do not live on with the connection until its next request.
        self.headers, connection.reading.headers = connection.reading.headers, []
        self.body = b""
        self.history: tuple[Answer, ...] = ()
        self._connection: Connection | None = connection
        self._pool = pool
        self._traffic = traffic

    def __del__(self) -> None:
        self.close()

    @property
    def ended(self) -> bool:
        """Whether nothing more of it is read: all was, or it was given up."""
        return self._connection is None

    def header(self, name: bytes) -> str | None:
        """Return the first value under *name*, which is in lower case; None without one."""
        length = len(name)
        for known, value in self.headers:
            if len(known) == length and known.lower() == name:
                return value.decode("latin-1")
        return None

    def all_of(self, name: bytes) -> list[str]:
        """Return all values under *name*, which is in lower case."""
        length = len(name)
        return [
            value.decode("latin-1")
            for known, value in self.headers
            if len(known) == length and known.lower() == name
        ]

    def drain(self) -> float:
        """Read the body to its end; return when that came, on the clock of perf_counter.

        Raises an ExchangeError when it does not come whole.
        """
        connection = self._connection
        assert connection is not None  # noqa: S101 - who drains it looks whether it has ended
        try:
            connection.finish(self._traffic)
        except BaseException:
            self.close()
            raise
        # Taken away as the headers are.
        chunks, connection.reading.chunks = connection.reading.chunks, []
        self.body = chunks[0] if len(chunks) == 1 else b"".join(chunks)
        self._connection = None
        self._pool.take_back(connection)
        return connection.last_byte_at

    def more(self) -> bytes:
        """Return the next bytes of the body, still encoded; b"" at its end.  Raises an ExchangeError."""
        connection = self._connection
        if connection is None:
            return b""
        try:
            chunk = connection.more(self._traffic)
        except BaseException:
            self.close()
            raise
        if not chunk:
            self._connection = None
            self._pool.take_back(connection)
        return chunk

    def close(self) -> None:
        """Give the rest of the body up, and the connection with it; nothing where it was read to its end."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.reading.alive = False
            self._pool.take_back(connection)
