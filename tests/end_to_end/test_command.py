"""The command as people type it: exit codes, messages, and what stays behind."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from devices import equipment
from tests.commands import a_project, environment, launchlab

pytestmark = pytest.mark.end_to_end


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a project with one tiny load case on the bundled tour app."""
    return a_project(tmp_path)


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("load", "smkoe"), 2, "demo, demo-quick, flood, gate"),
        (("load", "--journey", "brwose"), 2, "browse"),
        (("devices", "--phone", "nokia-3310"), 2, "pixel-7"),
        (("devices", "--network", "5g"), 2, "4g"),
        (("devices", "--page", "nowhere"), 2, "tours"),
        (("bench", "missing.py"), 2, "missing.py"),
        (("load", "--url", "http://192.0.2.1/"), 7, "allow-list"),
        (("load", "--url", "http://127.0.0.1:9/"), 6, "does not answer"),
        (("load", "--url", "nonsense"), 2, "http://127.0.0.1:8000"),
        (("gate", "--release", "9.9"), 2, "1.0, 1.1, 1.2"),
        (("report", "nothing-like-it"), 2, "unknown run"),
        (("report", "../../etc/passwd"), 2, "cannot be the name"),
        (("gate", "--project", "missing.toml"), 2, "--project"),
        (("gate", "--budget", "1min"), 2, "Give both, or none"),
        (("gate", "--until-decided", "--budget", "soon"), 2, "'soon' is not a quantity"),
        (("gate", "--until-decided", "--budget", "1s"), 2, "or plan fewer trials"),
        (("load", "--trials", "0"), 2, "trials"),
        (("load", "--locustfile", "missing.py"), 2, "missing.py"),
        (("load", "--locustfile", "mine.py", "--journey", "hit"), 2, "Give one of them"),
        (("load", "--store", "/proc/nowhere"), 2, "--store"),
        (("gate", "--project", "."), 2, "cannot be read"),
        (("baseline", "promote", "nothing-like-it", "--why", "x"), 2, "unknown run"),
    ],
)
def test_bad_input_is_refused_with_the_way_out_before_any_load(
    tmp_path: Path, arguments: tuple[str, ...], code: int, told: str
) -> None:
    if arguments[0] == "devices" and equipment.find() is None:
        pytest.skip("there is no browser on this machine")
    ended = launchlab(*arguments, folder=tmp_path)
    assert ended.returncode == code, ended.stdout + ended.stderr
    assert told in ended.stderr
    assert "Traceback" not in ended.stderr
    assert not list(tmp_path.glob(".launchlab/runs/*/trials/*.json"))


def test_a_browser_that_is_named_and_not_there_is_a_usage_error(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "launchlab", "devices"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
        env={**environment(), "LAUNCHLAB_CHROMIUM": "/nonexistent/chromium"},
    )
    assert ended.returncode == 2
    assert "/nonexistent/chromium" in ended.stderr


def test_load_measures_reports_and_names_the_next_command(folder: Path) -> None:
    ended = launchlab("load", "tiny", folder=folder)
    # 5: the product itself says that this machine was too busy for a sound trial.
    assert ended.returncode in (0, 5), ended.stdout + ended.stderr
    assert "Plan" in ended.stdout
    assert "Next: launchlab report" in ended.stdout
    (run,) = [path.parent for path in folder.glob(".launchlab/runs/*/run.json")]
    assert (run / "report.html").read_text().startswith("<!doctype html>")
    (trial,) = [json.loads(path.read_text())["trial"] for path in run.glob("trials/*.json")]
    assert trial["readings"]["requests"] > 20
    again = launchlab("report", run.name, folder=folder)
    assert again.returncode == 0
    assert "report.html" in again.stdout


def test_a_gate_without_a_baseline_is_inconclusive_and_says_how_to_make_one(folder: Path) -> None:
    ended = launchlab("gate", folder=folder)
    assert ended.returncode in (4, 5), ended.stdout + ended.stderr
    if ended.returncode == 4:
        assert "baseline promote" in ended.stdout


def promoted(folder: Path) -> str:
    """Measure release 1.0 until it has a sound trial, and promote it; return the run."""
    for _ in range(3):
        assert launchlab("gate", "--release", "1.0", folder=folder).returncode in (4, 5)
        newest = max(path.parent.name for path in folder.glob(".launchlab/runs/*/run.json"))
        if launchlab("baseline", "promote", newest, "--why", "the first", folder=folder).returncode == 0:
            return newest
    raise AssertionError("not one sound trial in three runs")


def test_a_promoted_release_is_measured_again_beside_the_next_one(folder: Path) -> None:
    first = promoted(folder)
    listed = launchlab("baseline", "list", folder=folder).stdout
    assert first in listed
    assert "the first" in listed
    ended = launchlab("gate", "--release", "1.1", folder=folder)
    assert ended.returncode in (0, 4, 5), ended.stdout + ended.stderr
    assert "release 1.0, 1.1" in ended.stdout


def test_without_a_browser_the_devices_lane_says_so_and_the_rest_still_runs(folder: Path) -> None:
    plan = 'devices = [{ page = "tours", phone = "pixel-7", network = "4g" }]\n[[targets]]'
    project = folder / "launchlab.toml"
    project.write_text(project.read_text().replace("[[targets]]", plan, 1))
    # Playwright's own process cannot start: what is missing on a bare system.
    ended = subprocess.run(
        [sys.executable, "-m", "launchlab", "gate"],
        capture_output=True,
        text=True,
        cwd=folder,
        check=False,
        env={**environment(), "PLAYWRIGHT_NODEJS_PATH": "/bin/false"},
    )
    assert ended.returncode in (4, 5), ended.stdout + ended.stderr
    assert "no-browser" in ended.stdout
    assert "doctor --fix" in ended.stdout
    assert list(folder.glob(".launchlab/runs/*/trials/load-*.json"))


def test_a_damaged_sql_store_is_put_aside_and_made_again(folder: Path) -> None:
    store = folder / ".launchlab"
    store.mkdir()
    (store / "store.sqlite").write_bytes(b"this is no database" * 100)
    ended = launchlab("report", folder=folder)
    assert ended.returncode == 0, ended.stderr
    assert (store / "store.damaged").exists()


def trials(folder: Path) -> list[dict[str, Any]]:
    paths = folder.glob(".launchlab/runs/*/trials/*.json")
    return [json.loads(path.read_text())["trial"] for path in paths]


STRANGERS_LOCUSTFILE = """
from launchlab.load import LoadUser, task, think
from lab import NAME
from reports.words import GREETING
from scenarios.login import address


class Stranger(LoadUser):
    wait_time = think(median=0.3)

    @task
    def look(self):
        self.client.get(address(), name=f"{NAME} {GREETING}")
"""


def test_a_project_with_packages_of_our_names_runs_unchanged(folder: Path) -> None:
    for package, module, text in (
        ("scenarios", "login", "def address():\n    return '/api/tours'\n"),
        ("reports", "words", "GREETING = 'hello'\n"),
        ("lab", "__init__", "NAME = 'mine'\n"),
    ):
        (folder / package).mkdir()
        (folder / package / "__init__.py").touch()
        (folder / package / f"{module}.py").write_text(text)
    (folder / "mylocust.py").write_text(STRANGERS_LOCUSTFILE)
    # As the installed command is started: the current folder is not on Python's path.
    ended = subprocess.run(
        [sys.executable, "-P", "-m", "launchlab", "load", "tiny", "--locustfile", "mylocust.py"],
        capture_output=True,
        text=True,
        cwd=folder,
        check=False,
        env=environment(),
    )
    assert ended.returncode in (0, 5), ended.stdout + ended.stderr
    (trial,) = trials(folder)
    assert trial["case"]["journey"] == "mylocust.py"
    assert trial["readings"]["requests{GET mine hello}"] > 20
    assert trial["readings"]["error_ratio"] == 0


def test_a_plain_locustfile_without_our_names_is_measured_too(folder: Path) -> None:
    (folder / "plain.py").write_text(
        "from locust import FastHttpUser, between, task\n"
        "class Plain(FastHttpUser):\n"
        "    wait_time = between(0.1, 0.3)\n"
        "    @task\n"
        "    def look(self):\n"
        "        self.client.get('/readyz')\n"
    )
    ended = launchlab("load", "tiny", "--locustfile", "plain.py", folder=folder)
    assert ended.returncode in (0, 5), ended.stdout + ended.stderr
    (trial,) = trials(folder)
    assert trial["readings"]["requests{GET /readyz}"] > 20


def test_code_is_timed_without_asking_for_the_subject(folder: Path) -> None:
    away = (folder / "launchlab.toml").read_text().partition("command =")[0]
    (folder / "launchlab.toml").write_text(
        f'{away}url = "http://staging.example"\nrelease = "7"\nheaders = {{ Authorization = "env:UNSET" }}\n'
    )
    (folder / "test_quick.py").write_text("def test_sum(benchmark):\n    benchmark(sum, range(10))\n")
    ended = launchlab("bench", "test_quick.py", "--trials", "1", folder=folder)
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_a_baseline_that_was_named_has_to_be_there(folder: Path) -> None:
    ended = launchlab("gate", "--baseline", "elsewhere", folder=folder)
    assert ended.returncode == 2
    assert "unknown baseline 'elsewhere'" in ended.stderr
    assert not list(folder.glob(".launchlab/runs/*"))
