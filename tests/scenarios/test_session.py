"""Our session beside Locust's own and that of requests, at a real server, within a patched interpreter."""

from __future__ import annotations

import ast
import json
import resource
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.commands import ROOT, until
from tests.scenarios.patched.calls import CALLS

HERE = Path(__file__).parent / "patched"
SITE = "tests.scenarios.patched.echoes:app"

# Where requests differs from both; what it sends with text, forms and JSON is its own.
OF_REQUESTS = {"failed", "url", "asked.accept", "asked.content-type", "asked.content-length"}
# Where Locust's own differs from ours on purpose: its URL leaves the parameters out, requests' does not.
OF_LOCUST = {("params", "url")}


def names(file: str, prefix: str) -> list[str]:
    """Return the functions of *file*, which cannot be imported here: Locust would patch this process."""
    tree = ast.parse((HERE / file).read_text(encoding="utf-8"))
    return [
        each.name for each in tree.body if isinstance(each, ast.FunctionDef) and each.name.startswith(prefix)
    ]


@pytest.fixture(scope="module")
def sites() -> Iterator[list[str]]:
    """Serve two sites of different origins."""
    started, addresses = [], []
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    # What is started takes it over.
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    try:
        for _ in range(2):
            port = free_port()
            command = [sys.executable, "-m", "granian", "--interface", "asgi", "--no-access-log"]
            command += ["--host", "127.0.0.1", "--port", str(port), "--log-level", "error", SITE]
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


@pytest.fixture(scope="module")
def outcomes(sites: list[str]) -> dict[str, Any]:
    return told("calls", sites)


@pytest.fixture(scope="module")
def played(sites: list[str]) -> dict[str, Any]:
    return told("scenes", sites)


def flat(outcome: dict[str, Any]) -> dict[str, Any]:
    asked = {f"asked.{key}": value for key, value in outcome.get("asked", {}).items()}
    return {**{key: value for key, value in outcome.items() if key != "asked"}, **asked}


@pytest.mark.parametrize("name", CALLS)
def test_a_call_comes_to_the_same_as_with_locusts_own_session(outcomes: dict[str, Any], name: str) -> None:
    ours, theirs = flat(outcomes[name]["lean"]), flat(outcomes[name]["fast"])
    own = {key for call, key in OF_LOCUST if call == name}
    assert {key: ours[key] for key in ours if key not in own} == {
        key: theirs[key] for key in theirs if key not in own
    }
    assert "raised" not in ours


@pytest.mark.parametrize("name", CALLS)
def test_a_call_comes_to_the_same_as_with_requests_but_for_what_is_its_own(
    outcomes: dict[str, Any], name: str
) -> None:
    ours, theirs = flat(outcomes[name]["lean"]), flat(outcomes[name]["requests"])
    assert {key: ours[key] for key in ours if key not in OF_REQUESTS} == {
        key: theirs[key] for key in theirs if key not in OF_REQUESTS
    }


@pytest.mark.parametrize("name", names("scenes.py", "scene_"))
def test_a_scene_goes_well(played: dict[str, Any], name: str) -> None:
    assert played[name] is None, played[name]
