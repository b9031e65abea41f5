"""A real browser, and a small site that says exactly what it sends."""

from __future__ import annotations

import http.server
import sys
from collections.abc import Iterator
from typing import ClassVar

import pytest

from devices import chromium, equipment
from devices.driver import DevicesDriver
from tests.threads import in_a_thread

_PAGE = b"<!doctype html><title>page</title>%s<h1>Hello</h1>"


class Site(http.server.ThreadingHTTPServer):
    """Serves known bytes; *bodies* maps paths to what they send."""

    daemon_threads = True
    bodies: ClassVar[dict[str, bytes]] = {
        "/": _PAGE % b"<link rel=icon href='data:,'><script src=/code.js></script>",
        "/code.js": b"var x = 1;\n" * 2000,
        "/slow/": _PAGE % b"<link rel=icon href='data:,'><script src=/slow.js></script>",
        "/slow.js": b"const t = performance.now(); while (performance.now() - t < 400);",
        "/late/": _PAGE % b"<link rel=icon href='data:,'><script>fetch('/code.js')</script>",
        "/empty/": b"<!doctype html><link rel=icon href='data:,'>",
        "/hang/": _PAGE % b"<script>setTimeout(() => { for (;;) {} }, 100)</script>",
    }

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of browsers that were ended while they were being answered."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


class _Page(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Site

    def do_GET(self) -> None:
        if self.path == "/away/":
            self._send(302, b"", location=f"http://localhost:{self.server.server_port}/")
        elif self.path in self.server.bodies:
            self._send(200, self.server.bodies[self.path])
        else:
            self._send(404, b"<!doctype html><h1>no such page</h1>")

    def _send(self, status: int, body: bytes, location: str | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "text/javascript" if self.path.endswith(".js") else "text/html")
        self.send_header("Content-Length", str(len(body)))
        if location is not None:
            self.send_header("Location", location)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="session")
def site() -> Iterator[Site]:
    with Site(("127.0.0.1", 0), _Page) as site, in_a_thread(site):
        yield site


@pytest.fixture(scope="session")
def browser() -> chromium.Chromium:
    found = equipment.find()
    if found is None:
        pytest.skip("no Chromium or Chrome on this machine, so nothing can be visited")
    return found


@pytest.fixture(scope="module")
def driver(browser: chromium.Chromium) -> Iterator[DevicesDriver]:
    with DevicesDriver(browser) as driver:
        yield driver
