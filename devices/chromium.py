"""Finds the browser to measure with, or installs one.  Starts it only to ask its version."""

from __future__ import annotations

import enum
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from lab.kernel.errors import DriverError, UsageError

VARIABLE = "LAUNCHLAB_CHROMIUM"
_INSTALLED_NAMES = ("google-chrome", "google-chrome-stable", "chromium", "chromium-browser")
# A cold disk takes seconds to load 300 MB of browser; longer than this it has hung.
_VERSION_TIMEOUT = 20.0
# Some 170 MB to download and unpack.
_INSTALL_TIMEOUT = 600.0


class Origin(enum.Enum):
    """Where a browser was found."""

    NAMED = "named by the user"
    PLAYWRIGHT = "Playwright's own"
    INSTALLED = "installed on this machine"


@dataclass(frozen=True, slots=True, kw_only=True)
class Chromium:
    """A browser that answers."""

    path: Path
    origin: Origin
    version: str


def find(environment: Mapping[str, str] = os.environ) -> Chromium | None:
    """Return the browser to use: named by LAUNCHLAB_CHROMIUM, Playwright's own, or installed.

    Raises UsageError when the one that LAUNCHLAB_CHROMIUM names is missing or does not answer.
    """
    if named := environment.get(VARIABLE):
        return _named(Path(named), environment)
    for path, origin in _candidates(environment):
        # Some systems have a stub of this name that only says how to install the browser.
        if version := _version(path, environment):
            return Chromium(path=path, origin=origin, version=version)
    return None


def install(
    environment: Mapping[str, str] = os.environ, ways: Sequence[Sequence[Sequence[str]]] | None = None
) -> Chromium:
    """Install a browser and return it, trying each of *ways* (each a list of commands) in turn.

    Takes minutes when it downloads.  Raises DriverError, with the commands to type, when none works.
    """
    ways = ways_to_install(environment, os.getuid()) if ways is None else ways
    for commands in ways:
        if all(_run(command, environment, _INSTALL_TIMEOUT) is not None for command in commands) and (
            found := find(environment)
        ):
            return found
    typed = "\n  or: ".join(" && ".join(" ".join(command) for command in commands) for commands in ways)
    raise DriverError(
        "no browser could be installed; is there a network?  Install Chromium or Chrome yourself, "
        f"or set {VARIABLE} to the path of one.  Tried:\n      {typed}"
    )


def ways_to_install(environment: Mapping[str, str], user: int) -> tuple[tuple[tuple[str, ...], ...], ...]:
    """Return the ways to install a browser here, the lightest first."""
    playwright = ((sys.executable, "-m", "playwright", "install", "chromium"),)
    if shutil.which("apt-get", path=environment.get("PATH", "")) is None:
        return (playwright,)
    # -n: fail rather than wait for a password.
    rights = () if user == 0 else ("sudo", "-n")
    package = ((*rights, "apt-get", "update"), (*rights, "apt-get", "install", "-y", "chromium"))
    return (playwright, package)


def _named(path: Path, environment: Mapping[str, str]) -> Chromium:
    if not path.is_file():
        raise UsageError(f"{VARIABLE} names {str(path)!r}, and there is no such file.")
    version = _version(path, environment)
    if version is None:
        raise UsageError(
            f"{VARIABLE} names {str(path)!r}, which does not answer --version as a browser would."
        )
    return Chromium(path=path, origin=Origin.NAMED, version=version)


def _candidates(environment: Mapping[str, str]) -> Iterator[tuple[Path, Origin]]:
    for path in _playwrights(environment):
        yield path, Origin.PLAYWRIGHT
    for name in _INSTALLED_NAMES:
        if found := shutil.which(name, path=environment.get("PATH", "")):
            yield Path(found), Origin.INSTALLED


def _playwrights(environment: Mapping[str, str]) -> Iterator[Path]:
    # Asking Playwright itself would start Node; its registry is a folder with the revision's name.
    home = Path(environment.get("HOME", "/nonexistent"))
    caches = home / ("Library/Caches" if sys.platform == "darwin" else ".cache")
    registry = Path(environment.get("PLAYWRIGHT_BROWSERS_PATH") or caches / "ms-playwright")
    folder = registry / f"chromium-{_playwright_revision()}"
    executables = ("chrome-linux*/chrome", "chrome-mac*/*.app/Contents/MacOS/*")
    for pattern in executables:
        yield from (path for path in sorted(folder.glob(pattern)) if os.access(path, os.X_OK))


def _playwright_revision() -> str:
    packaged = metadata.distribution("playwright").locate_file("playwright/driver/package/browsers.json")
    listed = json.loads(Path(str(packaged)).read_text(encoding="utf-8"))["browsers"]
    return next(str(browser["revision"]) for browser in listed if browser["name"] == "chromium")


def _version(path: Path, environment: Mapping[str, str]) -> str | None:
    said = _run((str(path), "--version"), environment, _VERSION_TIMEOUT)
    numbers = [word for word in (said or "").split() if word[0].isdigit() and "." in word]
    return numbers[0] if numbers else None


def _run(command: Sequence[str], environment: Mapping[str, str], timeout: float) -> str | None:
    """Return what *command* wrote to standard output, or None if it failed or took too long."""
    try:
        process = subprocess.Popen(
            command,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            # Installers and browsers start processes of their own; the group goes as a whole.
            start_new_session=True,
        )
    except OSError:
        return None
    with process:
        try:
            said, _ = process.communicate(timeout=timeout)
        except BaseException as error:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            if isinstance(error, subprocess.TimeoutExpired):
                return None
            raise
    return said if process.returncode == 0 else None
