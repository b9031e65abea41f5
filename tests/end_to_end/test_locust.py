"""Locust's own command, with its web page and without: our recorder comes along."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from lab.engine.process import Child
from lab.engine.subject import serving
from launchlab import project
from tests.commands import ROOT, until

pytestmark = pytest.mark.end_to_end

OWN = """
from scenarios import WORD
from launchlab.load import LoadUser, record, task, think

record()


class Own(LoadUser):
    wait_time = think(median=0.2)

    @task
    def look(self):
        self.client.get("/readyz", name=WORD)
"""


@pytest.fixture(scope="module")
def tour(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(project.load(project.DEMO).source, ["1.0"], tmp_path_factory.mktemp("logs")) as served:
        yield served.subjects["1.0"].url


# Locust's timer runs from when its loop last looked at the clock: before it loaded the file, which takes
# seconds on a busy machine.
LONG = ("-t", "8s")


def locust(file: Path, url: str, *options: str) -> list[str]:
    return [sys.executable, "-m", "locust", "-f", str(file), "--host", url, *options]


def headless(folder: Path, file: Path, url: str, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        locust(file, url, "--headless", "--exit-code-on-error", "0", *options),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def tags(log: Path) -> set[str]:
    return {line.partition(",")[0] for line in log.read_text().splitlines() if line.startswith("Tag=")}


@pytest.mark.parametrize("options", [("-u", "8", "-r", "8", *LONG), ("--profile", "demo-quick")])
def test_a_headless_locust_leaves_an_interval_log(
    tour: str, tmp_path: Path, options: tuple[str, ...]
) -> None:
    ended = headless(tmp_path, ROOT / "locustfile.py", tour, *options)
    assert ended.returncode == 0, ended.stderr
    (log,) = tmp_path.glob(".launchlab/locust/*/response.hlog")
    assert str(log.relative_to(tmp_path)) in ended.stderr
    assert "Tag=GET_/api/search" in tags(log)


def test_each_of_several_processes_leaves_an_interval_log(tour: str, tmp_path: Path) -> None:
    ended = headless(tmp_path, ROOT / "locustfile.py", tour, "-u", "8", "-r", "8", *LONG, "--processes", "2")
    assert ended.returncode == 0, ended.stderr
    logs = list(tmp_path.glob(".launchlab/locust/*/response.hlog"))
    assert len(logs) == 2
    assert all(tags(log) for log in logs)


def test_a_test_that_is_started_on_locusts_web_page_leaves_an_interval_log(tour: str, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        page = f"http://127.0.0.1:{probe.getsockname()[1]}"
    command = locust(ROOT / "locustfile.py", tour, "--web-host", "127.0.0.1", "--web-port", page[17:])
    with Child(command, log=tmp_path / "log", folder=tmp_path, environment={"PYTHONPATH": str(ROOT)}):
        until(lambda: "locust" in asked(page).lower(), "the web page")
        httpx.post(page + "/swarm", data={"user_count": "8", "spawn_rate": "8"}).raise_for_status()
        until(lambda: "/api/search" in asked(page + "/stats/requests"), "the first search")
        httpx.post(page + "/stop").raise_for_status()
        until(lambda: any(tmp_path.glob(".launchlab/locust/*/response.hlog")), "the log")
    (log,) = tmp_path.glob(".launchlab/locust/*/response.hlog")
    assert "Tag=GET_/api/search" in tags(log)


def test_the_public_names_are_found_beside_a_package_of_our_name(tour: str, tmp_path: Path) -> None:
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios" / "__init__.py").write_text("WORD = 'mine'\n")
    (tmp_path / "own.py").write_text(OWN)
    ended = headless(tmp_path, tmp_path / "own.py", tour, "-u", "4", "-r", "4", *LONG)
    assert ended.returncode == 0, ended.stderr
    (log,) = tmp_path.glob(".launchlab/locust/*/response.hlog")
    assert "Tag=GET_mine" in tags(log)


def asked(url: str) -> str:
    """Return what *url* answers, or nothing while it does not."""
    try:
        return httpx.get(url, timeout=10).text
    except httpx.TransportError:
        return ""
