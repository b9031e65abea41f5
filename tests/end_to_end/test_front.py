"""The front of deploy/nginx.conf: what it balances, keeps, repeats and passes on."""

from __future__ import annotations

import http.server
import os
import re
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from tests.commands import environment, until
from tests.fronts import Front, front
from tests.threads import in_a_thread

pytestmark = pytest.mark.end_to_end

# The two processes are told apart by the release that they name; both are the same code.
RELEASES = ("1.0", "1.1")
EMAIL, PASSWORD = "walker-0001@example.org", "tour-0001"


@dataclass(frozen=True)
class App:
    """One process of the tour app, with its workers in a group of their own."""

    process: subprocess.Popen[str]
    server: str

    def kill(self) -> None:
        os.killpg(self.process.pid, signal.SIGKILL)


@contextmanager
def app(release: str, database: Path) -> Iterator[App]:
    """Start the tour app with a slow search, on a database that it may share."""
    command = [sys.executable, "-m", "tourapp", "--port", "0", "--database", str(database)]
    command += ["--release", release, "--defect", "slow-search"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, start_new_session=True, env=environment()
    ) as process:
        try:
            assert process.stdout
            line = process.stdout.readline()
            address = re.search(r"http://([0-9.:]+)", line)
            assert address, f"no address in {line!r}"
            yield App(process, address[1])
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)


@contextmanager
def two_apps(folder: Path) -> Iterator[tuple[App, App]]:
    """Start two processes on one database, as replicas share a volume."""
    database = folder / "tours.sqlite"
    with app(RELEASES[0], database) as one, app(RELEASES[1], database) as other:
        yield one, other


@pytest.fixture(scope="module")
def tours(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    """Give the front of two processes of the tour app."""
    folder = tmp_path_factory.mktemp("tours")
    with two_apps(folder) as apps, front(folder, *(one.server for one in apps)) as started:
        yield started


def releases(answers: list[httpx.Response]) -> Counter[str]:
    return Counter(answer.headers["x-release"] for answer in answers)


def cached(answer: httpx.Response) -> str:
    return str(answer.headers["x-cache-status"])


def signed_in(tours: Front) -> dict[str, str]:
    answer = tours.ask("POST", "/api/login", json={"email": EMAIL, "password": PASSWORD})
    assert answer.headers["cache-control"] == "no-store"
    assert cached(answer) == "BYPASS"
    return {"authorization": f"Bearer {answer.json()['token']}"}


def test_requests_are_balanced_over_the_processes(tours: Front) -> None:
    served = releases([tours.get("/readyz") for _ in range(20)])
    assert set(served) == set(RELEASES)
    assert min(served.values()) >= 5


def test_a_public_answer_comes_from_the_cache_the_second_time(tours: Front) -> None:
    first, second = (tours.get("/api/tours?limit=3") for _ in range(2))
    assert [cached(first), cached(second)] == ["MISS", "HIT"]
    assert second.json() == first.json()
    asked = [line for line in tours.log() if line["path"] == "/api/tours?limit=3"]
    assert [line["cache"] for line in asked] == ["MISS", "HIT"]
    assert asked[0]["upstream"]
    assert not asked[1]["upstream"]
    assert asked[1]["seconds"] < asked[0]["seconds"] + 1


def test_a_private_answer_is_never_kept(tours: Front) -> None:
    token = signed_in(tours)
    saved = tours.ask("PUT", "/api/progress/7", json={"stop": 1, "seconds": 2.0}, headers=token)
    assert saved.is_success, saved.text
    for _ in range(2):
        answer = tours.get("/api/progress/7", token)
        # Whichever process is asked knows what either was told, and takes the token that either gave.
        assert answer.json()["seconds"] == 2.0
        assert cached(answer) == "BYPASS"
    assert tours.get("/api/progress/7").status_code == 401
    assert [cached(tours.get("/readyz")) for _ in range(2)] == ["MISS", "MISS"]


def test_who_asks_with_a_token_is_answered_by_the_app(tours: Front) -> None:
    token = signed_in(tours)
    assert [cached(tours.get("/api/tours?limit=4", token)) for _ in range(2)] == ["BYPASS", "BYPASS"]
    # And leaves nothing behind for others.
    assert cached(tours.get("/api/tours?limit=4")) == "MISS"


def test_the_apps_own_tags_are_good_at_the_front(tours: Front) -> None:
    tag = tours.get("/api/tours/11").headers["etag"]
    again = tours.get("/api/tours/11", {"if-none-match": tag})
    assert (again.status_code, cached(again), again.content) == (304, "HIT", b"")


def test_a_story_is_served_in_parts_by_the_front(tours: Front) -> None:
    path = tours.get("/api/tours/12").json()["stops"][0]["audio"]
    parts = [tours.get(path, {"range": "bytes=16-31"}) for _ in range(2)]
    assert [(part.status_code, cached(part)) for part in parts] == [(206, "MISS"), (206, "HIT")]
    whole = tours.get(path)
    assert {part.content for part in parts} == {whole.content[16:32]}
    tag = {"if-range": whole.headers["etag"], "range": "bytes=0-3"}
    assert tours.get(path, tag).content == b"OggS"
    assert tours.get(path, {**tag, "if-range": '"another"'}).content == whole.content


def test_each_encoding_of_the_apps_is_kept_by_itself(tours: Front) -> None:
    for status in ("MISS", "HIT"):
        for encoding in ("br", "identity"):
            answer = tours.get("/api/tours/13", {"accept-encoding": encoding})
            assert answer.headers.get("content-encoding", "identity") == encoding
            assert (answer.json()["id"], cached(answer)) == (13, status)


def test_a_slow_answer_that_many_wait_for_is_made_once(tours: Front) -> None:
    path = "/api/search?q=river&limit=5"
    with ThreadPoolExecutor(20) as crowd:
        answers = list(crowd.map(tours.get, [path] * 20))
    assert Counter(map(cached, answers)) == {"MISS": 1, "HIT": 19}
    assert len({answer.content for answer in answers}) == 1
    assert len([line for line in tours.log() if line["path"] == path and line["upstream"]]) == 1


def test_what_is_meant_for_the_inside_is_closed(tours: Front) -> None:
    assert tours.get("/metrics").status_code == 404
    assert tours.get("/front/healthz").status_code == 200


def test_a_killed_process_costs_no_reader_an_answer(tmp_path: Path) -> None:
    with two_apps(tmp_path) as (one, other), front(tmp_path, one.server, other.server) as tours:

        def read(number: int) -> httpx.Response:
            if number == 50:
                one.kill()
            return tours.get("/readyz")

        with ThreadPoolExecutor(4) as readers:
            answers = list(readers.map(read, range(200)))
        assert Counter(answer.status_code for answer in answers) == {200: 200}
        assert releases(answers[:40]).keys() == set(RELEASES)
        assert releases(answers[150:]).keys() == {RELEASES[1]}


@dataclass(frozen=True)
class Asked:
    """A request as it reached the origin; names of headers are in small letters."""

    method: str
    path: str
    headers: Mapping[str, str]


@dataclass
class Origin:
    """A server whose every step a test decides by the path it asks for, and that remembers its requests.

    ``/drop`` hangs up instead of answering, ``/brief`` is fresh for a second, all else for a minute.
    """

    server: str
    asked: list[Asked] = field(default_factory=list)

    def asked_for(self, path: str) -> list[Asked]:
        return [one for one in self.asked if one.path == path]


# Long enough to be cut into parts.
BODY = bytes(range(256)) * 8
TAG = 'W/"one"'


@contextmanager
def an_origin() -> Iterator[Origin]:
    # Speaks HTTP/1.0, so that no connection stays open behind a test's back.
    class Handler(http.server.BaseHTTPRequestHandler):
        def answer(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            script.asked.append(Asked(self.command, self.path, headers))
            self.rfile.read(int(headers.get("content-length", 0)))
            if self.path.startswith("/drop"):
                return
            if headers.get("if-none-match") == TAG:
                self.told(304, b"")
            else:
                self.told(200, BODY)

        def told(self, status: int, body: bytes) -> None:
            encoding = "br" if "br" in self.headers.get("Accept-Encoding", "") else "identity"
            self.send_response(status)
            seconds = 1 if self.path.startswith("/brief") else 60
            self.send_header("Cache-Control", f"public, max-age={seconds}")
            self.send_header("ETag", TAG)
            self.send_header("Vary", "Accept-Encoding")
            self.send_header("Accept-Ranges", "bytes")
            # Names what was chosen without really packing the body, which no test here would unpack.
            self.send_header("X-Encoding", encoding)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_PUT = do_POST = answer  # noqa: N815  # http.server's names

        def log_message(self, *_arguments: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        script = Origin(f"127.0.0.1:{server.server_port}")
        server.daemon_threads = True
        with in_a_thread(server):
            yield script


@pytest.fixture
def origin() -> Iterator[Origin]:
    with an_origin() as started:
        yield started


@pytest.fixture
def shop(tmp_path: Path, origin: Origin) -> Iterator[Front]:
    """Give the front of one scripted origin."""
    with front(tmp_path, origin.server) as started:
        yield started


def test_a_client_that_has_the_answer_is_told_so(shop: Front, origin: Origin) -> None:
    assert shop.get("/a").headers["etag"] == TAG
    again = shop.get("/a", {"if-none-match": TAG})
    assert (again.status_code, cached(again), again.content) == (304, "HIT", b"")
    assert len(origin.asked) == 1


def test_an_expired_answer_is_served_while_the_app_confirms_it(shop: Front, origin: Origin) -> None:
    shop.get("/brief")

    def confirmed() -> bool:
        assert shop.get("/brief").content == BODY
        return any(one.headers.get("if-none-match") == TAG for one in origin.asked)

    until(confirmed, "a question whether the answer is still good")


def test_a_part_of_a_file_is_served_from_the_cache(shop: Front, origin: Origin) -> None:
    for status in ("MISS", "HIT"):
        part = shop.get("/a", {"range": "bytes=16-31"})
        assert (part.status_code, cached(part), part.content) == (206, status, BODY[16:32])
    assert len(origin.asked) == 1
    assert shop.get("/a", {"range": "bytes=9999999-"}).status_code == 416


def test_what_is_asked_with_a_token_passes_as_it_is(shop: Front, origin: Origin) -> None:
    headers = {"authorization": "Bearer x", "range": "bytes=1-2", "if-none-match": '"two"'}
    shop.get("/a", headers)
    assert headers.items() <= origin.asked[-1].headers.items()


def test_the_app_learns_who_asked_and_in_which_trace(shop: Front, origin: Origin) -> None:
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    shop.get("/a", {"traceparent": trace, "x-forwarded-for": "192.0.2.9", "host": "tours.example.org"})
    seen = origin.asked[-1].headers
    assert seen["traceparent"] == trace
    assert seen["x-forwarded-for"] == "192.0.2.9, 127.0.0.1"
    assert seen["host"] == "tours.example.org"
    assert shop.log()[-1]["traceparent"] == trace


def test_each_encoding_is_kept_by_itself(shop: Front, origin: Origin) -> None:
    for status in ("MISS", "HIT"):
        for encoding in ("br", "identity"):
            answer = shop.get("/a", {"accept-encoding": encoding})
            assert (answer.headers["x-encoding"], cached(answer)) == (encoding, status)
    assert len(origin.asked) == 2


def test_only_what_may_be_repeated_is_sent_to_another_process(tmp_path: Path) -> None:
    with an_origin() as one, an_origin() as other, front(tmp_path, one.server, other.server) as shop:
        for method in ("PUT", "POST", "GET"):
            path = f"/drop/{method}"
            assert shop.ask(method, path, content=b"{}").status_code == 502
            asked = len(one.asked_for(path)), len(other.asked_for(path))
            assert min(asked) >= 1 if method == "GET" else sum(asked) == 1, (method, asked)


def test_an_answer_outlives_the_app(tmp_path: Path) -> None:
    with ExitStack() as stack:
        with an_origin() as gone:
            shop = stack.enter_context(front(tmp_path, gone.server))
            assert cached(shop.get("/brief")) == "MISS"

        def stale() -> bool:
            answer = shop.get("/brief")
            assert answer.content == BODY
            return cached(answer) == "STALE"

        until(stale, "the end of its freshness")
        assert shop.get("/another").status_code == 502


def test_a_body_that_no_walker_sends_is_refused(shop: Front, origin: Origin) -> None:
    assert shop.ask("POST", "/api/sync", content=b"x" * 300_000).status_code == 413
    assert origin.asked == []
