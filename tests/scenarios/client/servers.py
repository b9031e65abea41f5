"""Small servers on loopback, each in a thread of the system: what the client meets, good and bad."""

from __future__ import annotations

import contextlib
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

# What a server does with a connection; it is closed afterwards.
Treatment: TypeAlias = Callable[[socket.socket], None]


@contextlib.contextmanager
def serving(treat: Treatment, listener: socket.socket | None = None) -> Iterator[int]:
    """Accept connections on a free port, or on *listener*, one after the other."""
    listener = listener or socket.create_server(("127.0.0.1", 0))

    def accept() -> None:
        while True:
            try:
                line, _ = listener.accept()
            except OSError:
                return
            with line, contextlib.suppress(OSError):
                treat(line)

    worker = threading.Thread(target=accept, daemon=True)
    worker.start()
    try:
        yield 0 if listener.family == socket.AF_UNIX else listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)  # which ends accept; closing alone does not
        listener.close()
        worker.join(timeout=10)


def hang_up(line: socket.socket) -> None:
    """End the connection at once."""


def echo(line: socket.socket) -> None:
    """Send back what comes."""
    while block := line.recv(65_536):
        line.sendall(block)


def keep_waiting(line: socket.socket) -> None:
    """Take what comes, and say nothing."""
    while line.recv(65_536):
        pass


def read_head(line: socket.socket) -> bytes:
    """Return a request's head."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        head += line.recv(1)
    return head


@contextlib.contextmanager
def full(family: int, address: tuple[str, int] | str) -> Iterator[socket.socket]:
    """Listen with a queue that has no room left, and accept nothing."""
    with socket.socket(family, socket.SOCK_STREAM) as listener, contextlib.ExitStack() as waiting:
        listener.bind(address)
        listener.listen(0)
        for _ in range(4):
            queued = waiting.enter_context(socket.socket(family, socket.SOCK_STREAM))
            queued.settimeout(0.0)
            queued.connect_ex(listener.getsockname())
        yield listener


class Authority:
    """A certificate of its own for localhost and 127.0.0.1, and what a server with it heard."""

    def __init__(self, folder: Path) -> None:
        self.certificate = folder / "certificate.pem"
        self._key = folder / "key.pem"
        self.names: list[str | None] = []
        self.protocols: list[str | None] = []
        command = [
            "openssl",
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-nodes",
        ]
        command += [
            "-keyout",
            str(self._key),
            "-out",
            str(self.certificate),
            "-days",
            "2",
            "-subj",
            "/CN=launchlab",
        ]
        command += ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
        subprocess.run(command, check=True, capture_output=True, timeout=60)

    def context(self) -> ssl.SSLContext:
        """Return what a server shows the certificate with."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, self._key)
        return context

    def secured(self, line: socket.socket) -> ssl.SSLSocket:
        """Return the server's end of a line, after the handshake."""
        context = self.context()
        context.set_alpn_protocols(["h2", "http/1.1"])
        context.sni_callback = lambda _socket, name, _context: self.names.append(name)
        secured = context.wrap_socket(line, server_side=True)
        self.protocols.append(secured.selected_alpn_protocol())
        return secured

    def echo(self, line: socket.socket) -> None:
        """Send back what comes, encrypted."""
        with self.secured(line) as secured:
            echo(secured)
