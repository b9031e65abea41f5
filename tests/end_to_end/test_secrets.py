"""A subject behind a token: every request carries it, and nothing that is kept or shown holds it."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from devices import equipment
from tests.commands import launchlab

pytestmark = pytest.mark.end_to_end

TOKEN = "Bearer t0k3n-that-nobody-may-see-4711"  # noqa: S105  (made up)
# It says aloud what it was answered, as a careless test would.
LOCUSTFILE = """
from locust import FastHttpUser, HttpUser, constant, task


class Careless(FastHttpUser):
    wait_time = constant(0.1)

    @task
    def look(self):
        with self.client.get("/echo", catch_response=True) as answer:
            print(answer.text)
            answer.failure(f"it said {answer.text}")

    @task
    def enter(self):
        self.client.get("/")


class Other(HttpUser):
    wait_time = constant(0.1)

    @task
    def enter(self):
        self.client.get("/other")
"""


@pytest.fixture
def guarded() -> Iterator[tuple[str, list[str]]]:
    """Serve to those who bring the token; yields the address, and the paths that were refused."""
    refused: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            brought = self.headers["Authorization"] or ""
            if brought != TOKEN:
                refused.append(self.path)
            body = (brought if self.path == "/echo" else "<p>welcome</p>").encode()
            self.send_response(200 if brought == TOKEN else 401)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", refused
        server.shutdown()


def project(folder: Path, url: str) -> None:
    (folder / "tiny.toml").write_text('users = 8\nramp = "1 s"\nhold = "2 s"\ntrials = 1\n')
    (folder / "careless.py").write_text(LOCUSTFILE)
    (folder / "launchlab.toml").write_text(
        f'profiles = ["."]\n[subject]\nname = "shop"\nrelease = "7"\nurl = "{url}"\n'
        'headers = { Authorization = "env:SHOP_TOKEN" }\n'
    )


def test_every_lane_brings_the_token_and_nothing_keeps_it(
    tmp_path: Path, guarded: tuple[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    url, refused = guarded
    project(tmp_path, url)
    monkeypatch.setenv("SHOP_TOKEN", TOKEN)
    commands: list[tuple[str, ...]] = [("load", "tiny", "--locustfile", "careless.py")]
    commands += [("devices", "--trials", "1")] if equipment.find() else []
    for command in commands:
        ended = launchlab(*command, folder=tmp_path)
        assert ended.returncode in (0, 5), ended.stderr
        assert "t0k3n" not in ended.stdout + ended.stderr
    assert refused == []
    kept = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert any(path.name == "failures.json" and "it said ***" in path.read_text() for path in kept)
    assert [path for path in kept if b"t0k3n" in path.read_bytes()] == []


def test_a_missing_token_stops_the_command_before_anything_is_sent(
    tmp_path: Path, guarded: tuple[str, list[str]]
) -> None:
    url, refused = guarded
    project(tmp_path, url)
    ended = launchlab("load", "tiny", folder=tmp_path)
    assert ended.returncode == 2
    assert "SHOP_TOKEN" in ended.stderr
    assert refused == []
