"""A server on loopback that answers each request with the bytes it is told to, and counts what it sees."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from tests.scenarios.client.servers import serving


@dataclass(slots=True)
class Seen:
    """One request as it came: the head's first line, all its bytes, and which connection it came on."""

    line: str
    head: bytes
    body: bytes
    connection: int

    @property
    def path(self) -> str:
        return self.line.split(" ")[1]

    def header(self, name: str) -> str | None:
        """Return the value of a header, None without one."""
        for line in self.head.decode("latin-1").split("\r\n")[1:]:
            known, _, value = line.partition(": ")
            if known.lower() == name.lower():
                return value
        return None


# What a server does for a request: the bytes to send, or None to send nothing more and end the connection.
Reply = Callable[[Seen], "bytes | list[bytes | float] | None"]


@dataclass(slots=True)
class Scripted:
    """What the server is told, what it saw, and where it is."""

    reply: Reply
    seen: list[Seen] = field(default_factory=list)
    connections: int = 0
    received: int = 0
    sent: int = 0
    port: int = 0
    # Whether it ends a connection after each answer, without having said so.
    hangs_up: bool = False

    def url(self, path: str = "/") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def treat(self, line: socket.socket) -> None:
        """Answer the requests of one connection."""
        self.connections += 1
        number = self.connections
        with line.makefile("rb") as requests:
            while (seen := self._request(requests, number)) is not None:
                self.seen.append(seen)
                self.received += len(seen.head) + len(seen.body)
                if not self._answer(line, self.reply(seen)) or self.hangs_up:
                    return

    def _answer(self, line: socket.socket, steps: bytes | list[bytes | float] | None) -> bool:
        if steps is None:
            return False
        for step in [steps] if isinstance(steps, bytes) else steps:
            if isinstance(step, float):
                time.sleep(step)
            else:
                # First, because who has received it looks at once.
                self.sent += len(step)
                line.sendall(step)
        return True

    @staticmethod
    def _request(requests: object, number: int) -> Seen | None:
        read = requests
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            block = read.readline()  # type: ignore[attr-defined]  # of a binary file
            if not block:
                return None
            head += block
        seen = Seen(head.split(b"\r\n", 1)[0].decode("latin-1"), head, b"", number)
        length = seen.header("content-length")
        if length is not None:
            seen.body = read.read(int(length))  # type: ignore[attr-defined]
        elif seen.header("transfer-encoding"):
            while (block := read.readline()) != b"0\r\n":  # type: ignore[attr-defined]
                seen.body += block + read.read(int(block, 16) + 2)  # type: ignore[attr-defined]
            seen.body += block + read.readline()  # type: ignore[attr-defined]
        return seen


@contextlib.contextmanager
def scripted(
    reply: Reply, listener: socket.socket | None = None, *, hangs_up: bool = False
) -> Iterator[Scripted]:
    """Serve, each connection in a thread of its own."""
    server = Scripted(reply, hangs_up=hangs_up)
    lines: list[socket.socket] = []

    def treat(line: socket.socket) -> None:
        # The line is closed by who serves one after the other; this one keeps another descriptor of it.
        mine = line.dup()
        lines.append(mine)

        def work() -> None:
            with mine, contextlib.suppress(OSError):
                server.treat(mine)
                mine.shutdown(socket.SHUT_RDWR)

        threading.Thread(target=work, daemon=True).start()

    with serving(treat, listener) as port:
        server.port = port
        yield server
    for line in lines:
        with contextlib.suppress(OSError):
            line.shutdown(socket.SHUT_RDWR)


def answer(body: bytes = b"hello", status: str = "200 OK", *headers: str) -> bytes:
    """Return a whole answer."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode("latin-1") + body
