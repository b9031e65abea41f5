"""The tour app in containers: the image of deploy/tourapp.Dockerfile, and what deploy/compose.yaml starts.

Needs a container engine and no registry: the base images are made here.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
import yaml

from tests import images
from tests.commands import ROOT, until
from tests.containers import Engine, NoEngineError, compose, engine, told_by

# Building, and each health, take their time on a busy machine.
pytestmark = [pytest.mark.end_to_end, pytest.mark.timeout(600)]

DEPLOY = ROOT / "deploy"
# Seconds that a stop may take; the engine kills what takes longer, and then the exit code tells.
GRACE = 20
HARDENED = ("--read-only", "--tmpfs=/tmp", "--cap-drop=ALL", "--security-opt=no-new-privileges")
CREDENTIALS = {"email": "walker-0001@example.org", "password": "tour-0001"}


@pytest.fixture(scope="module")
def docker() -> Iterator[Engine]:
    try:
        with engine() as found:
            yield found
    except NoEngineError as missing:
        pytest.skip(str(missing))


@pytest.fixture(scope="module")
def tourapp(docker: Engine, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Give the image of the tour app, built from its container file on a base that is made here."""
    try:
        base = docker.import_root(images.pack_base(tmp_path_factory.mktemp("base")), "base")
    except images.NoImageError as missing:
        pytest.skip(str(missing))
    image = f"{docker.mark}-tourapp"
    told = ("--build-arg", f"BASE={base}", "--label", docker.label, "--tag", image)
    docker("build", "--file", DEPLOY / "tourapp.Dockerfile", *told, ROOT)
    return image


@dataclass(frozen=True, kw_only=True)
class Container:
    name: str
    address: str


@contextmanager
def started(docker: Engine, image: str, volume: str) -> Iterator[Container]:
    """Start the app as compose.yaml hardens it, with its data in *volume*, and wait until it is healthy."""
    options = ("--label", docker.label, "--volume", f"{volume}:/data", "--publish", "127.0.0.1::8000")
    name = docker("run", "--detach", "--health-interval", "1s", *options, *HARDENED, image)
    try:
        await_health(docker, name)
        yield Container(name=name, address=f"http://{docker('port', name, '8000/tcp')}")
    finally:
        docker("rm", "--force", name)


def await_health(docker: Engine, name: str) -> None:
    """Wait until the health check of a container succeeds."""

    def decided() -> bool:
        state = docker.state(name)
        return state["Health"]["Status"] == "healthy" or not state["Running"]

    until(decided, f"the health of {name}")
    assert docker.state(name)["Running"], f"it ended: {docker('logs', name)}"


def sign_in(address: str) -> Mapping[str, str]:
    token = httpx.post(f"{address}/api/login", json=CREDENTIALS).json()["token"]
    return {"authorization": f"Bearer {token}"}


def test_the_app_runs_as_an_ordinary_user_on_a_read_only_root_and_keeps_its_volume(
    docker: Engine, tourapp: str
) -> None:
    volume = docker("volume", "create", "--label", docker.label)
    with started(docker, tourapp, volume) as app:
        assert httpx.get(f"{app.address}/readyz").json()["ready"] is True
        assert httpx.get(f"{app.address}/api/tours").json()["tours"]
        assert docker("exec", app.name, "python", "-c", "import os; print(os.getuid())") == "10001"
        token, mark = sign_in(app.address), {"stop": 1, "seconds": 2.0}
        httpx.put(f"{app.address}/api/progress/7", json=mark, headers=token).raise_for_status()
        began = time.monotonic()
        docker("stop", "--time", str(GRACE), app.name)
        assert time.monotonic() - began < GRACE
        assert docker.state(app.name)["ExitCode"] == 0
    with started(docker, tourapp, volume) as app:
        kept = httpx.get(f"{app.address}/api/progress/7", headers=token).json()
        assert (kept["stop"], kept["seconds"]) == (1, 2.0)


def test_the_image_holds_what_the_app_uses_and_not_the_lab(docker: Engine, tourapp: str) -> None:
    def told_inside(code: str) -> str:
        return docker("run", "--rm", "--label", docker.label, "--entrypoint", "python", tourapp, "-c", code)

    # Those that bring libraries of their own, which the base must be able to load.
    told_inside("import argon2, brotli, granian, msgspec, soundfile, uvloop, PIL.Image")
    names = ["tourapp", "launchlab", "lab", "locust"]
    found = told_inside(f"from importlib.util import find_spec; print(*filter(find_spec, {names}))")
    assert found == "tourapp"


@dataclass(frozen=True, kw_only=True)
class Project:
    """What Compose started, or a question to Compose about it."""

    command: tuple[str, ...]
    env: Mapping[str, str]

    def __call__(self, *arguments: str) -> str:
        return told_by(*self.command, *arguments, env=self.env)


@contextmanager
def composed(docker: Engine, app: str, front: str, folder: Path) -> Iterator[Project]:
    """Bring up deploy/compose.yaml with images of this machine, on a port that is free."""
    labels = yaml.safe_dump(
        {
            "services": {name: {"labels": [docker.label]} for name in ("app", "front")},
            "networks": {name: {"labels": [docker.label]} for name in ("inside", "outside")},
            "volumes": {name: {"labels": [docker.label]} for name in ("tours", "answers")},
        }
    )
    (folder / "labels.yaml").write_text(labels)
    files = ("-f", str(DEPLOY / "compose.yaml"), "-f", str(folder / "labels.yaml"))
    project = Project(
        command=(*compose(), "-p", docker.mark, *files),
        env={**os.environ, "TOURAPP_IMAGE": app, "FRONT_IMAGE": front, "FRONT_PORT": "0"},
    )
    try:
        project("up", "--detach", "--no-build")
        yield project
    finally:
        project("down", "--volumes")


def test_compose_starts_two_replicas_behind_the_front(docker: Engine, tourapp: str, tmp_path: Path) -> None:
    try:
        compose()
        front = docker.import_root(images.pack_front(tmp_path), "front")
    except (NoEngineError, images.NoImageError) as missing:
        pytest.skip(str(missing))
    with composed(docker, tourapp, front, tmp_path) as project:
        address = f"http://{project('port', 'front', '8080')}"
        front_name = project("ps", "-q", "front")
        await_health(docker, front_name)
        replicas = project("ps", "-q", "app").split()
        assert len(replicas) == 2
        states = [httpx.get(f"{address}/api/tours").headers["x-cache-status"] for _ in range(2)]
        assert states == ["MISS", "HIT"]
        # Signed in at one replica, known at both.
        token = sign_in(address)
        for _ in range(4):
            assert httpx.get(f"{address}/api/progress/7", headers=token).status_code == 200
        docker("kill", replicas[0])
        answers = Counter(httpx.get(f"{address}/readyz").status_code for _ in range(20))
        assert answers == {200: 20}
        project("stop", "front", "app")
        assert [docker.state(name)["ExitCode"] for name in (front_name, replicas[1])] == [0, 0]
