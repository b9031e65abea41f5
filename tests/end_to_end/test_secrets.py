"""A subject behind a token: every request carries it, and nothing that is kept or shown holds it."""

from __future__ import annotations

import http.server
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import Message
from pathlib import Path

import pytest

from devices import equipment
from tests.commands import launchlab
from tests.threads import in_a_thread

pytestmark = pytest.mark.end_to_end

# Of no scheme that a journey's own words are searched for: only who is told the secret can hide it.
TOKEN = "Shop t0k3n-that-nobody-may-see-4711"  # noqa: S105  (made up)
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


# Each kind of user is sent away by the subject, and asks the other server of itself.
WANDERERS = """
from locust import FastHttpUser, HttpUser, constant, task
from launchlab.load import LoadUser


def wandering(kind):
    class Wanderer(kind):
        wait_time = constant(0.1)

        @task
        def wander(self):
            name = kind.__name__
            self.client.get("/away", name=f"sent away: {name}")
            self.client.get("/away", name=f"not followed: {name}", allow_redirects=False)
            self.client.get("ELSEWHERE/of-itself", name=f"of itself: {name}")

    return type(f"Wandering{kind.__name__}", (Wanderer,), {})


Quick, Plain, Ours = map(wandering, (FastHttpUser, HttpUser, LoadUser))
"""

# Users whose home is the other server, whatever their class says, and sessions of their own that begin there.
STRANGERS = """
from locust import FastHttpUser, HttpUser, constant, task
from locust.contrib.fasthttp import FastHttpSession
from launchlab.load import LoadUser


def strange(kind):
    class Stranger(kind):
        wait_time = constant(0.1)

        def __init__(self, environment):
            # Of a class's own, Locust makes the address that it was given.
            self.host = "ELSEWHERE"
            super().__init__(environment)

        @task
        def stay(self):
            self.client.get("/", name=f"at home: {kind.__name__}")
            self.client.get("/on", name=f"sent on: {kind.__name__}")
            self.client.get("/back", name=f"sent back: {kind.__name__}")
            self.client.get("SUBJECT/asked", name=f"to the subject: {kind.__name__}")

    return type(f"Strange{kind.__name__}", (Stranger,), {})


Quick, Plain, Ours = map(strange, (FastHttpUser, HttpUser, LoadUser))


class Twofold(FastHttpUser):
    host = "ELSEWHERE"
    wait_time = constant(0.1)

    def on_start(self):
        self.second = FastHttpSession("ELSEWHERE", self.environment.events.request, self)

    @task
    def ask_both(self):
        self.client.get("/asked", name="by its first session")
        self.second.get("/second", name="by its second session")
        self.client.base_url = "ELSEWHERE"
        self.client.get("/moved", name="by its moved session")
        self.client.base_url = "SUBJECT"
"""

Answer = tuple[int, str, str]


@contextmanager
def serving(answer: Callable[[str, Message], Answer]) -> Iterator[str]:
    """Serve on loopback the *answer* to path and headers: status, location, body.  Yield the address."""

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            status, location, body = answer(self.path, self.headers)
            self.send_response(status)
            self.send_header("Location", location)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_arguments: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        with in_a_thread(server):
            yield f"http://127.0.0.1:{server.server_port}"


@dataclass(frozen=True, kw_only=True)
class Place:
    """A guarded subject, the paths it refused, another server, and what that was asked and told."""

    url: str
    refused: list[str]
    other: str
    asked: list[str]
    told: list[str]


@pytest.fixture
def place() -> Iterator[Place]:
    """Serve to those who bring the token, and to anybody elsewhere."""
    refused: list[str] = []
    asked: list[str] = []
    told: list[str] = []

    def listen(path: str, headers: Message) -> Answer:
        asked.append(path)
        told.extend(headers.values())
        away = {"/on": "/sent", "/back": f"{subject[0]}/sent-back"}
        return (302, away[path], "") if path in away else (200, "", "")

    subject: list[str] = []
    with serving(listen) as other:

        def guard(path: str, headers: Message) -> Answer:
            brought = headers["Authorization"] or ""
            if brought != TOKEN or headers["X-Shop"] != TOKEN:
                refused.append(path)
                return 401, "", ""
            if path == "/away":
                return 302, f"{other}/sent", ""
            return 200, "", brought if path == "/echo" else "<p>welcome</p>"

        with serving(guard) as url:
            subject.append(url)
            yield Place(url=url, refused=refused, other=other, asked=asked, told=told)


def project(folder: Path, url: str) -> None:
    (folder / "tiny.toml").write_text('users = 8\nramp = "1 s"\nhold = "2 s"\ntrials = 1\n')
    (folder / "careless.py").write_text(LOCUSTFILE)
    (folder / "launchlab.toml").write_text(
        f'profiles = ["."]\n[subject]\nname = "shop"\nrelease = "7"\nurl = "{url}"\n'
        'headers = { Authorization = "env:SHOP_TOKEN", X-Shop = "env:SHOP_TOKEN" }\n'
    )


def test_every_lane_brings_the_token_and_nothing_keeps_it(
    tmp_path: Path, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    project(tmp_path, place.url)
    monkeypatch.setenv("SHOP_TOKEN", TOKEN)
    commands: list[tuple[str, ...]] = [("load", "tiny", "--locustfile", "careless.py")]
    commands += [("devices", "--trials", "1")] if equipment.find() else []
    for command in commands:
        ended = launchlab(*command, folder=tmp_path)
        assert ended.returncode in (0, 5), ended.stderr
        assert "t0k3n" not in ended.stdout + ended.stderr
    assert place.refused == []
    kept = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert any(path.name == "failures.json" and "it said ***" in path.read_text() for path in kept)
    assert [path for path in kept if b"t0k3n" in path.read_bytes()] == []


def test_no_user_brings_the_token_elsewhere(
    tmp_path: Path, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    project(tmp_path, place.url)
    (tmp_path / "careless.py").write_text(WANDERERS.replace("ELSEWHERE", place.other))
    monkeypatch.setenv("SHOP_TOKEN", TOKEN)
    ended = launchlab("load", "tiny", "--locustfile", "careless.py", folder=tmp_path)
    assert ended.returncode in (0, 5), ended.stderr
    assert place.refused == []
    # A redirect leads elsewhere with Locust's own kinds of users, as under ``locust``.
    assert set(place.asked) == {"/sent", "/of-itself"}
    assert [value for value in place.told if "t0k3n" in value] == []
    (written, *_) = tmp_path.rglob("failures.json")
    failures = {one["endpoint"]: one["what"] for one in json.loads(written.read_text(encoding="utf-8"))}
    assert failures == {"GET sent away: LoadUser": "LeavesSubjectError"}


@pytest.mark.parametrize("client", ["launchlab", "geventhttpclient"])
def test_a_user_whose_home_is_elsewhere_brings_the_token_to_the_subject_only(
    tmp_path: Path, place: Place, monkeypatch: pytest.MonkeyPatch, client: str
) -> None:
    project(tmp_path, place.url)
    (tmp_path / "strangers.py").write_text(
        STRANGERS.replace("ELSEWHERE", place.other).replace("SUBJECT", place.url)
    )
    monkeypatch.setenv("SHOP_TOKEN", TOKEN)
    ended = launchlab("load", "tiny", "--locustfile", "strangers.py", "--client", client, folder=tmp_path)
    assert ended.returncode in (0, 5), ended.stderr
    assert set(place.asked) == {"/", "/on", "/sent", "/back", "/second", "/moved"}
    assert [value for value in place.told if "t0k3n" in value] == []
    # Whoever was sent there by the other server brings nothing; who asks by itself, the token.
    assert set(place.refused) <= {"/sent-back"}


def test_a_missing_token_stops_the_command_before_anything_is_sent(tmp_path: Path, place: Place) -> None:
    project(tmp_path, place.url)
    ended = launchlab("load", "tiny", folder=tmp_path)
    assert ended.returncode == 2
    assert "SHOP_TOKEN" in ended.stderr
    assert place.refused == []
