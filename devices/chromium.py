"""Finds the browser to measure with.  Starts it only to ask its version."""

from __future__ import annotations

import enum
import json
import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from devices.programs import answer_of
from lab.kernel.errors import UsageError

VARIABLE = "LAUNCHLAB_CHROMIUM"
_INSTALLED_NAMES = ("google-chrome", "google-chrome-stable", "chromium", "chromium-browser")
# A cold disk takes seconds to load 300 MB of browser; longer than this it has hung.
_VERSION_TIMEOUT = 20.0


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
    said = answer_of((str(path), "--version"), environment, _VERSION_TIMEOUT)
    numbers = [word for word in (said or "").split() if word[0].isdigit() and "." in word]
    return numbers[0] if numbers else None
