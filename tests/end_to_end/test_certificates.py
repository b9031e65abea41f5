"""A subject whose certificate nobody vouches for: refused, and loaded where the user says so."""

from __future__ import annotations

import http.server
import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.commands import launchlab
from tests.scenarios.client.servers import Authority
from tests.threads import in_a_thread

pytestmark = pytest.mark.end_to_end

# Large enough that a probe is sent, and with the seconds that it needs to begin.
PROFILE = 'users = 60\nrate = "300 /s"\nramp = "1 s"\nwarm_up = "2 s"\nhold = "3 s"\ntrials = 1\n'
# With other work a machine may send less than a probe demands: one load in this many is to have one.
ATTEMPTS = 3


@dataclass(frozen=True, kw_only=True)
class Shop:
    """A server with a certificate of its own, and the paths that it was asked for."""

    url: str
    certificate: Path
    asked: list[str] = field(default_factory=list)


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    if shutil.which("openssl") is None:
        pytest.skip("no openssl here")
    authority = Authority(tmp_path)
    asked: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_arguments: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        # The handshake is made by each connection's own thread, at its first read.
        server.socket = authority.context().wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
        with in_a_thread(server):
            url = f"https://127.0.0.1:{server.server_port}"
            yield Shop(url=url, certificate=authority.certificate, asked=asked)


def test_a_certificate_that_does_not_hold_is_refused_with_the_way_out(tmp_path: Path, shop: Shop) -> None:
    ended = launchlab("load", "smoke", "--url", shop.url, folder=tmp_path)
    assert ended.returncode == 6
    # OpenSSL spells it with or without the hyphen.
    assert re.search(r"certificate does not hold \(self.signed certificate\)", ended.stderr)
    assert "launchlab load --insecure" in ended.stderr
    assert shop.asked == []


def test_an_insecure_load_is_made_and_its_health_check_and_probe_ask_too(tmp_path: Path, shop: Shop) -> None:
    (tmp_path / "open.toml").write_text(PROFILE)
    (tmp_path / "launchlab.toml").write_text(
        f'profiles = ["."]\n[subject]\nname = "shop"\nrelease = "7"\nurl = "{shop.url}"\nready = "/readyz"\n'
    )
    for _ in range(ATTEMPTS):
        ended = launchlab("load", "open", "--insecure", folder=tmp_path)
        assert ended.returncode in (0, 5), ended.stderr
        probes = [path.read_text(encoding="utf-8") for path in tmp_path.rglob("probe.jsonl")]
        if probes:
            break
    assert shop.asked.count("/readyz") >= 1
    assert shop.asked.count("/") > 300
    assert json.loads(probes[0].splitlines()[0])["status"] == 200
    (failures, *_) = tmp_path.rglob("failures.json")
    assert json.loads(failures.read_text(encoding="utf-8")) == []


def test_a_certificate_that_the_system_is_told_to_trust_needs_no_flag(
    tmp_path: Path, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(shop.certificate))
    ended = launchlab("load", "smoke", "--duration", "2s", "--url", shop.url, folder=tmp_path)
    assert ended.returncode in (0, 5), ended.stderr
    (failures, *_) = tmp_path.rglob("failures.json")
    assert json.loads(failures.read_text(encoding="utf-8")) == []
