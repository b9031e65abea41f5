"""Lets a server of http.server answer in a thread while a test runs, and ends it however the test ends."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def in_a_thread(server: socketserver.BaseServer) -> Iterator[None]:
    """Have *server* answer until the end.

    A thread that outlived a failed test would keep the whole session from ending.
    """
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
