"""Only what is allowed is connected to: shown with real Locust users and a real browser."""

from __future__ import annotations

import http.server
import json
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from typer.testing import CliRunner

from devices import equipment
from devices.driver import DevicesDriver
from devices.pins import Pins, pins_of
from lab.engine import allowlist
from lab.engine.allowlist import Entry, Reach
from lab.engine.plan import Order
from lab.engine.runner import Progress
from lab.engine.subject import Source
from lab.kernel.errors import ExitCode, RefusedError
from lab.kernel.model import Case, Lane, Subject, Trial
from launchlab.cli.app import app
from launchlab.fingerprint import Loads
from launchlab.lanes import rigged
from profiles.profile import Profile
from scenarios.driver import LoadDriver
from tests.commands import launchlab
from tests.fakes import ScriptedResolver
from tests.threads import in_a_thread

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.end_to_end

PROFILE = Profile(name="tiny", users=4, ramp=0.5, warm_up=0.0, hold=1.5, trials=1)
VISIT = Case(lane=Lane.DEVICES, journey="tours", phone="pixel-7", network="4g", variant="cold")
# Documentation (RFC 5737) and link-local: whoever connects there waits for a time-out.
FOREIGN = ("http://192.0.2.1/", "http://169.254.169.254/latest/", "http://127.0.0.1.evil.example/")
# A refusal takes microseconds, on a machine swamped with work a second; a connection that nobody
# answers takes as long as the client waits, which is half a minute and more.
AT_ONCE = 5.0


@dataclass
class Watcher:
    """Watches a trial to its end."""

    seen: list[Progress] = field(default_factory=list)

    def progress(self, progress: Progress) -> None:
        self.seen.append(progress)

    def stopping(self) -> bool:
        return False


@dataclass(frozen=True)
class Answer:
    status: int = 200
    location: str = ""
    body: str = ""


Site = Callable[[str], Answer]


@contextmanager
def answering(site: Site, seen: list[str], address: str = "127.0.0.1") -> Iterator[int]:
    """Serve *site* at *address*; yields the port.  *seen* gets each host and path asked for."""

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            seen.append(f"{self.headers['Host']}{self.path}")
            answer = site(self.path)
            self.send_response(answer.status)
            if answer.location:
                self.send_header("Location", answer.location)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body.encode())

        def log_message(self, *_arguments: object) -> None:
            pass

    with http.server.ThreadingHTTPServer((address, 0), Handler) as server:
        server.daemon_threads = True
        with in_a_thread(server):
            yield server.server_port


def loaded(url: str, folder: Path, source: str = "", reach: Reach | None = None) -> Trial:
    """Put the tiny load on *url*, with the locustfile *source* or the shipped journey ``hit``."""
    own = folder / "mine.py"
    own.write_text(source, encoding="utf-8")
    case = Case(lane=Lane.LOAD, journey="mine" if source else "hit", profile="tiny")
    order = Order(
        case=case,
        subject=Subject(name="shop", release="1", url=url),
        seed=7,
        index=0,
        deadline=60.0,
        folder=folder,
    )
    return LoadDriver({"tiny": PROFILE}, {"mine": own}, reach=reach).trial(order, Watcher())


def failures_in(folder: Path) -> dict[str, list[str]]:
    """Return what failed and how, by endpoint."""
    written = json.loads((folder / "failures.json").read_text(encoding="utf-8"))
    return {one["endpoint"]: [one["what"], one["example"]] for one in written}


REDIRECTED = """
import time
from locust import {kind}, constant, task

class Plain({kind}):
    wait_time = constant(0.1)

    @task
    def walk(self):
        for number in range({count}):
            began = time.perf_counter()
            self.client.get(f"/{{number}}", name=f"/{{number}}")
            if time.perf_counter() - began > {at_once}:
                raise RuntimeError("somebody waited for an answer")
"""


@pytest.mark.parametrize("kind", ["FastHttpUser", "HttpUser"])
def test_a_redirect_of_a_plain_user_to_a_foreign_host_fails_at_once_and_sends_nothing(
    kind: str, tmp_path: Path
) -> None:
    home: list[str] = []
    source = REDIRECTED.format(kind=kind, count=len(FOREIGN), at_once=AT_ONCE)
    with answering(lambda path: Answer(302, FOREIGN[int(path[1:])]), home) as port:
        trial = loaded(f"http://127.0.0.1:{port}", tmp_path, source)
    failed = failures_in(tmp_path)
    assert len(home) > 10
    assert trial.readings["error_ratio"] == 1.0
    assert [failed[f"GET /{number}"][0] for number in range(3)] == ["NotAllowedError"] * 3
    assert "192.0.2.1 is not on the allow-list" in failed["GET /0"][1]
    assert "169.254.169.254 is link-local or a cloud's metadata" in failed["GET /1"][1]
    assert "127.0.0.1.evil.example is not on the allow-list" in failed["GET /2"][1]
    assert "task" not in failed


SOCKETS = """
import json, socket, time, urllib.request
from pathlib import Path
from locust import FastHttpUser, constant, task

def told(attempt):
    began = time.perf_counter()
    try:
        attempt()
    except OSError as error:
        cause = getattr(error, "reason", error)
        waited = time.perf_counter() - began
        return [type(cause).__name__, waited < {at_once}]
    return ["connected", True]

def bare(address):
    import _socket
    opened = _socket.socket(_socket.AF_INET, _socket.SOCK_STREAM)
    opened.settimeout(30)
    opened.connect(address)

def datagram(host, port):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as opened:
        opened.sendto(b"x", (host, port))

Path({path!r}).write_text(json.dumps({{
    "address": told(lambda: socket.create_connection(("192.0.2.1", 80), 30)),
    "number": told(lambda: socket.create_connection(("3221225985", 80), 30)),
    "mapped": told(lambda: socket.create_connection(("::ffff:192.0.2.1", 80), 30)),
    "name": told(lambda: socket.create_connection(("evil.example", 80), 30)),
    "metadata": told(lambda: socket.create_connection(("169.254.169.254", 80), 30)),
    "lookup": told(lambda: socket.gethostbyname("evil.example")),
    "bare": told(lambda: bare(("192.0.2.1", 80))),
    "datagram": told(lambda: datagram("192.0.2.1", 53)),
    "statistics": told(lambda: datagram("localhost", 8125)),
    "urllib": told(lambda: urllib.request.urlopen("http://192.0.2.1/", timeout=30)),
    "loopback": told(lambda: socket.create_connection(("127.0.0.1", {port}), 30)),
    "localhost": told(lambda: socket.create_connection(("localhost", {port}), 30)),
}}))

class Plain(FastHttpUser):
    wait_time = constant(1)

    @task
    def look(self):
        self.client.get("/")
"""


def test_no_socket_of_a_locustfile_gets_past_the_fence(tmp_path: Path) -> None:
    found = tmp_path / "found.json"
    reach = Reach(allowed=(Entry(host="127.0.0.0/8"),))
    with answering(lambda _path: Answer(), []) as port:
        source = SOCKETS.format(path=str(found), port=port, at_once=AT_ONCE)
        trial = loaded(f"http://127.0.0.1:{port}", tmp_path, source, reach)
    told = json.loads(found.read_text(encoding="utf-8"))
    for near in ("loopback", "localhost", "statistics"):
        assert told.pop(near) == ["connected", True]
    assert all(seen == ["NotAllowedError", True] for seen in told.values()), told
    assert trial.readings["error_ratio"] == 0.0


def test_load_on_a_name_goes_to_its_pinned_address_whatever_the_name_means_now(tmp_path: Path) -> None:
    # No name server knows the name, so only the pinned address can answer.
    entries = (Entry(host="shop.invalid"),)
    seen: list[str] = []
    with answering(lambda _path: Answer(), seen, "127.0.0.2") as port:
        url = f"http://shop.invalid:{port}"
        permit = allowlist.check(url, entries, ScriptedResolver({"shop.invalid": ["127.0.0.2"]}))
        trial = loaded(url, tmp_path, reach=Reach(subject=permit, allowed=entries))
    assert trial.readings["error_ratio"] == 0.0
    assert set(seen) == {f"shop.invalid:{port}/"}


def test_more_requests_in_a_second_than_the_cap_stop_the_load(tmp_path: Path) -> None:
    source = REDIRECTED.format(kind="FastHttpUser", count=5, at_once=AT_ONCE)
    entries = (Entry(host="127.0.0.1", rate=40.0),)
    seen: list[str] = []
    with answering(lambda _path: Answer(), seen) as port:
        url = f"http://127.0.0.1:{port}"
        permit = allowlist.check(url, entries, ScriptedResolver({}))
        trial = loaded(url, tmp_path, source, Reach(subject=permit, allowed=entries))
    caveat = next(caveat for caveat in trial.caveats if caveat.code == "rate-cap")
    assert caveat.fatal
    assert "41 requests" in caveat.advice
    assert "40 /s" in caveat.advice
    assert "allow" in caveat.advice
    # Requests that were on their way when the load was stopped have still arrived.
    assert len(seen) <= 2 * 41


PREPARING = """
from locust import HttpUser, constant, events, task
from locust.contrib.fasthttp import FastHttpSession

@events.test_start.add_listener
def prepare(environment, **_event):
    client = FastHttpSession(environment.host, environment.events.request, None)
    for number in range(500):
        client.get(f"/{number}")

class Calm(HttpUser):
    wait_time = constant(1)

    @task
    def rest(self):
        self.client.get("/")
"""


def test_what_a_locustfile_asks_before_the_load_is_held_to_the_cap_too(tmp_path: Path) -> None:
    entries = (Entry(host="127.0.0.1", rate=40.0),)
    seen: list[str] = []
    with answering(lambda _path: Answer(), seen) as port:
        url = f"http://127.0.0.1:{port}"
        permit = allowlist.check(url, entries, ScriptedResolver({}))
        trial = loaded(url, tmp_path, PREPARING, Reach(subject=permit, allowed=entries))
    caveat = next(caveat for caveat in trial.caveats if caveat.code == "rate-cap")
    assert "41 requests within a second" in caveat.advice
    assert len(seen) <= 2 * 41


def visited(url: str, folder: Path, pins: Pins | None = None) -> Trial:
    (trial,) = all_visited([url], folder, pins)
    return trial


def all_visited(urls: Sequence[str], folder: Path, pins: Pins | None = None) -> list[Trial]:
    """Visit all *urls* one by one; what keeps Playwright is started once."""
    browser = equipment.find()
    if browser is None:
        pytest.skip("no Chromium or Chrome on this machine, so nothing can be visited")
    with DevicesDriver(browser, pins) as driver:
        return [driver.trial(visit_order(url, folder), Watcher()) for url in urls]


def visit_order(url: str, folder: Path) -> Order:
    subject = Subject(name="shop", release="1", url=url)
    return Order(case=VISIT, subject=subject, seed=7, index=0, deadline=30.0, folder=folder)


def caveats_of(trial: Trial) -> dict[str, str]:
    return {caveat.code: caveat.advice for caveat in trial.caveats}


def assert_made(trial: Trial) -> None:
    """Assert that the page was opened and read; a swamped machine's pace is no matter of safety."""
    fatal = {caveat.code for caveat in trial.caveats if caveat.fatal}
    assert fatal <= {"throttle-missing", "never-painted"}


def page(*elements: str) -> str:
    return "<!doctype html><link rel=icon href='data:,'><h1>Hello</h1>" + "".join(elements)


def test_a_page_reaches_no_foreign_host_and_the_trial_says_which_it_asked_for(tmp_path: Path) -> None:
    elsewhere: list[str] = []
    with answering(lambda _path: Answer(), elsewhere, "127.0.0.2") as other:
        neighbour = f"http://127.0.0.2:{other}"
        elements = [f"<img src={url}>" for url in (*FOREIGN, neighbour, "/away")]
        # What does not go through the page's own requests: another thread, a socket, datagrams.
        script = f"""<script>
            new Worker(URL.createObjectURL(new Blob(["fetch('{neighbour}/worker').catch(() => 0)"])));
            new WebSocket("ws://127.0.0.2:{other}/socket");
            fetch("http://2130706434:{other}/number").catch(() => 0);
        </script>"""

        def site(path: str) -> Answer:
            if path == "/away":
                return Answer(302, f"{neighbour}/redirected")
            return Answer(body=page(*elements, script))

        with answering(site, []) as port:
            trial = visited(f"http://127.0.0.1:{port}", tmp_path)
    assert elsewhere == []
    assert_made(trial)
    told = caveats_of(trial)["blocked-hosts"]
    for host in ("192.0.2.1", "169.254.169.254", "127.0.0.1.evil.example", "127.0.0.2"):
        assert host in told
    assert "allow" in told


def test_datagrams_of_a_page_go_nowhere(tmp_path: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind(("127.0.0.3", 0))
        listener.settimeout(0.5)
        server = f"stun:127.0.0.3:{listener.getsockname()[1]}"
        script = f"""<script>
            const peer = new RTCPeerConnection({{iceServers: [{{urls: "{server}"}}]}});
            peer.createDataChannel("x");
            peer.createOffer().then(offer => peer.setLocalDescription(offer));
            const end = performance.now() + 300; (function wait() {{
                if (performance.now() < end) setTimeout(wait, 10); else fetch("/done"); }})();
        </script>"""
        with answering(lambda _path: Answer(body=page(script)), []) as port:
            assert_made(visited(f"http://127.0.0.1:{port}", tmp_path))
        with pytest.raises(TimeoutError):
            listener.recv(2000)


def test_a_page_that_redirects_to_a_foreign_host_is_no_visit(tmp_path: Path) -> None:
    with answering(lambda path: Answer(302, FOREIGN[int(path[1])]), []) as port:
        urls = [f"http://127.0.0.1:{port}/{number}" for number in range(len(FOREIGN))]
        trials = all_visited(urls, tmp_path)
    for trial in trials:
        told = caveats_of(trial)
        assert not trial.sound
        assert "led to a host that may not be reached" in told["visit-unreachable"]
        assert "blocked-hosts" in told


def test_a_page_may_fetch_from_listed_hosts_at_their_pinned_addresses(tmp_path: Path) -> None:
    entries = (Entry(host="cdn.example"), Entry(host="127.0.0.2"), Entry(host="gone.example"))
    names = ScriptedResolver({"cdn.example": ["127.0.0.2"], "shop.example": ["127.0.0.1"]})
    fetched: list[str] = []
    with answering(lambda _path: Answer(), fetched, "127.0.0.2") as other:
        hosts = ("cdn.example", "127.0.0.2", "gone.example")
        images = [f"<img src=http://{host}:{other}/>" for host in hosts]
        with answering(lambda _path: Answer(body=page(*images)), []) as port:
            url = f"http://shop.example:{port}"
            reach = Reach(subject=allowlist.check(url, entries, names), allowed=entries)
            trial = visited(url, tmp_path, pins_of(reach, names))
    assert sorted(fetched) == [f"127.0.0.2:{other}/", f"cdn.example:{other}/"]
    assert_made(trial)
    assert "gone.example" in caveats_of(trial)["dead-hosts"]
    assert "blocked-hosts" not in caveats_of(trial)


def test_a_visit_to_localhost_goes_where_the_subject_listens(tmp_path: Path) -> None:
    if equipment.find() is None:
        pytest.skip("no Chromium or Chrome on this machine, so nothing can be visited")
    seen: list[str] = []
    with answering(lambda _path: Answer(body=page()), seen) as port:
        url = f"http://localhost:{port}"
        # As on many a machine: the other family is named first, and nobody listens there.
        permit = allowlist.check(url, (), ScriptedResolver({"localhost": ["::1", "127.0.0.1"]}))
        source, reach = Source(name="shop", url=url), Reach(subject=permit)
        with rigged(source, [VISIT], ROOT, Loads(), reach) as rig:
            trial = rig.drivers[Lane.DEVICES].trial(visit_order(url, tmp_path), Watcher())
    assert seen == [f"localhost:{port}/"]
    assert_made(trial)


def refused_project(folder: Path, allow: str) -> Path:
    url = "http://169.254.169.254" if "169" in allow else "http://192.0.2.1"
    path = folder / "launchlab.toml"
    subject = f'[subject]\nname = "shop"\nrelease = "1"\nurl = "{url}"\n'
    path.write_text(f"allow = {allow}\n{subject}", encoding="utf-8")
    return path


def test_the_command_refuses_with_code_7_before_anything_is_sent(tmp_path: Path) -> None:
    refused_project(tmp_path, "[]")
    ended = launchlab("load", "smoke", folder=tmp_path)
    assert ended.returncode == ExitCode.REFUSED
    assert "is not on the allow-list" in " ".join(ended.stderr.split())


@pytest.mark.parametrize(
    ("allow", "profile", "told"),
    [
        ('["192.0.2.1"]', "demo", "has 100 users, and 192.0.2.1 may be given 50"),
        ('[{ host = "192.0.2.0/24", users = 9 }]', "smoke", 'host = "192.0.2.0/24", users = 10 }'),
        ('["169.254.169.254"]', "smoke", "never measured"),
    ],
)
def test_a_refusal_tells_what_the_list_lacks(tmp_path: Path, allow: str, profile: str, told: str) -> None:
    words = ["load", profile, "--project", str(refused_project(tmp_path, allow))]
    refused = CliRunner().invoke(app, words).exception
    assert isinstance(refused, RefusedError)
    assert told in str(refused)
