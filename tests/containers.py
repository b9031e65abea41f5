"""A container engine, asked by its command line as people ask it, and left as it was found."""

from __future__ import annotations

import json
import shutil
import subprocess
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# On every image, container, network and volume that a test makes, followed by what is its own.
_LABEL = "launchlab.test"


class NoEngineError(Exception):
    """No container can be started here; the message says why."""


@dataclass(frozen=True, kw_only=True)
class Engine:
    """An engine that answers; what is made through it carries `label`, or a name that begins with `mark`."""

    mark: str

    @property
    def label(self) -> str:
        return f"{_LABEL}={self.mark}"

    def __call__(self, *arguments: str | Path, env: Mapping[str, str] | None = None) -> str:
        """Run ``docker`` with *arguments*; return what it says, without the end of the line."""
        return told_by("docker", *arguments, env=env)

    def import_root(self, tar: Path, what: str) -> str:
        """Make an image of a root file system; return its name."""
        name = f"{self.mark}-{what}"
        self("import", "--change", "ENV PATH=/usr/bin:/bin", "--change", f"LABEL {self.label}", tar, name)
        return name

    def state(self, container: str) -> dict[str, Any]:
        """Return what the engine knows of the life of *container*."""
        state: dict[str, Any] = json.loads(self("inspect", "--format", "{{json .State}}", container))
        return state

    def remove_everything(self) -> None:
        """Remove what carries the label: containers first, as they hold all else."""
        mine = ("--filter", f"label={self.label}", "--quiet")
        for container in self("container", "ls", "--all", *mine).split():
            self("container", "rm", "--force", "--volumes", container)
        for volume in self("volume", "ls", *mine).split():
            self("volume", "rm", volume)
        left: list[str] = []
        # An image goes after those that were made of it, whose order nobody tells.
        while (images := self("image", "ls", "--all", *mine).split()) != left:
            left = images
            subprocess.run(["docker", "image", "rm", "--force", *images], capture_output=True, check=False)
        assert not left, f"these images cannot be removed: {left}"


def told_by(*command: str | Path, env: Mapping[str, str] | None = None) -> str:
    """Run *command*, which must succeed; return what it says."""
    ended = subprocess.run(command, capture_output=True, text=True, check=False, env=env)
    assert ended.returncode == 0, f"{command}: {ended.stdout}{ended.stderr}"
    return ended.stdout.strip()


@contextmanager
def engine() -> Iterator[Engine]:
    """Give the engine of this machine, and remove at the end what was made through it.

    Raises NoEngineError.
    """
    if shutil.which("docker") is None:
        raise NoEngineError("there is no docker command")
    asked = ("docker", "version", "--format", "{{.Server.Os}}")
    told = subprocess.run(asked, capture_output=True, text=True, check=False)
    if told.returncode or told.stdout.strip() != "linux":
        raise NoEngineError(f"no container engine answers: {(told.stderr or told.stdout).strip()}")
    found = Engine(mark=f"launchlab-test-{uuid.uuid4().hex[:12]}")
    try:
        yield found
    finally:
        found.remove_everything()


def compose() -> tuple[str, ...]:
    """Return the command of Compose: the engine's plug-in, or the one before it.

    Raises NoEngineError.
    """
    if subprocess.run(["docker", "compose", "version"], capture_output=True, check=False).returncode == 0:
        return ("docker", "compose")
    if shutil.which("docker-compose"):
        # The one before takes replicas and limits only when told to.
        return ("docker-compose", "--compatibility")
    raise NoEngineError("there is neither docker compose nor docker-compose")
