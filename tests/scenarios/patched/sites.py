"""Starts web sites, and the process in which Locust's sessions and ours call them."""

from __future__ import annotations

import json
import resource
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from tests.commands import ROOT, until

# What granian serves, and by which interface.
ECHOES = ("tests.scenarios.patched.echoes:app", "asgi")
HTTPBIN = ("httpbin:app", "wsgi")


@contextmanager
def serving(site: tuple[str, str]) -> Iterator[list[str]]:
    """Serve *site* twice, at different origins; yield their addresses."""
    app, interface = site
    started, addresses = [], []
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    # What is started takes it over.
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    try:
        for _ in range(2):
            port = free_port()
            command = [sys.executable, "-m", "granian", "--interface", interface, "--no-access-log"]
            command += ["--host", "127.0.0.1", "--port", str(port), "--log-level", "error", app]
            # As many connections as a scene opens; granian takes no more than may wait.
            command += ["--backlog", "4096"]
            started.append(subprocess.Popen(command, cwd=ROOT))
            addresses.append(f"http://127.0.0.1:{port}")
        for address in addresses:
            until(lambda address=address: answers(address), "a site that answers")  # type: ignore[misc]
        yield addresses
    finally:
        for process in started:
            process.terminate()
            process.wait(20)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def answers(address: str) -> bool:
    try:
        return httpx.get(f"{address}/status/200").is_success
    except httpx.TransportError:
        return False


def told(what: str, sites: list[str]) -> dict[str, Any]:
    ended = subprocess.run(
        [sys.executable, "-m", "tests.scenarios.patched", what, *sites],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    said: dict[str, Any] = json.loads(ended.stdout.splitlines()[-1])
    return said


def differences(outcomes: dict[str, Any], other: str) -> dict[str, tuple[Any, Any]]:
    """Return where our client's outcome is not that of *other*: by key, both of them."""
    ours, theirs = _flat(outcomes["lean"]), _flat(outcomes[other])
    keys = sorted(ours.keys() | theirs.keys())
    return {key: (ours.get(key), theirs.get(key)) for key in keys if ours.get(key) != theirs.get(key)}


def _flat(outcome: dict[str, Any]) -> dict[str, Any]:
    asked = {f"asked.{key}": value for key, value in outcome.get("asked", {}).items()}
    return {**{key: value for key, value in outcome.items() if key != "asked"}, **asked}
