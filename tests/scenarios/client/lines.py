"""Dials what the servers here serve, and uses the line as the client does."""

from __future__ import annotations

import contextlib
import ssl
import time
from collections.abc import Callable, Iterator
from typing import Any

from scenarios.client.dialling import Line, dial
from scenarios.client.target import parse
from scenarios.client.waiting import For, ready

# Much longer than anything here takes, so that a busy machine fails no test.
AMPLE = 20.0
# For what is meant to take too long.
SCANT = 0.2


def no_tls() -> ssl.SSLContext:
    raise AssertionError("plain lines ask for no context")


@contextlib.contextmanager
def dialled(url: str, tls: Callable[[], ssl.SSLContext] = no_tls, **more: Any) -> Iterator[Line]:
    line = dial(parse(url), timeout=AMPLE, tls=tls, **more)
    with contextlib.closing(line.socket):
        yield line


def exchanged(line: Line, content: bytes) -> bytes:
    """Send *content*, and return as many bytes as it has, by waiting and trying, as the client does."""
    line.socket.send(content)
    received = b""
    while len(received) < len(content):
        try:
            received += line.socket.recv(65_536)
        except (BlockingIOError, ssl.SSLWantReadError):
            assert ready(line.socket.fileno(), For.READING, time.perf_counter() + AMPLE)
    return received
