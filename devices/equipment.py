"""What the devices lane needs on this machine: a browser, and Playwright's process that drives it."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from importlib import metadata

from devices import chromium
from devices.chromium import VARIABLE, Chromium
from devices.programs import answer_of
from lab.kernel.errors import DriverError

# Some 170 MB to download and unpack.
_INSTALL_TIMEOUT = 600.0
# Node starts in a tenth of a second; from a cold disk in a few.
_CONNECTOR_TIMEOUT = 20.0
# Playwright's Node is linked against the first, which a bare Debian does not have.
_PACKAGES = ("libatomic1", "chromium")


def find(environment: Mapping[str, str] = os.environ) -> Chromium | None:
    """Return the browser to measure with, None when there is none or nothing here can drive it.

    Raises UsageError when LAUNCHLAB_CHROMIUM names no browser.
    """
    found = chromium.find(environment)
    return found if found is not None and connector_starts(environment) else None


def connector_starts(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether Playwright's own process starts here; it lacks a library on a bare system."""
    given = environment.get("PLAYWRIGHT_NODEJS_PATH")
    bundled = metadata.distribution("playwright").locate_file("playwright/driver/node")
    return answer_of((given or str(bundled), "--version"), environment, _CONNECTOR_TIMEOUT) is not None


def install(
    environment: Mapping[str, str] = os.environ, ways: Sequence[Sequence[Sequence[str]]] | None = None
) -> Chromium:
    """Install a browser and return it, trying each of *ways* (each a list of commands) in turn.

    Takes minutes when it downloads.  Raises DriverError, with the commands to type, when none works.
    """
    ways = ways_to_install(environment, os.getuid()) if ways is None else ways
    for commands in ways:
        if all(answer_of(command, environment, _INSTALL_TIMEOUT) is not None for command in commands) and (
            found := find(environment)
        ):
            return found
    typed = "\n  or: ".join(" && ".join(" ".join(command) for command in commands) for commands in ways)
    raise DriverError(
        "no browser could be installed that Playwright can drive; is there a network?  "
        "Install Chromium or Chrome and libatomic1 yourself, "
        f"or set {VARIABLE} to the path of one.  Tried:\n      {typed}"
    )


def ways_to_install(environment: Mapping[str, str], user: int) -> tuple[tuple[tuple[str, ...], ...], ...]:
    """Return the ways to install a browser here, the lightest first."""
    playwright = ((sys.executable, "-m", "playwright", "install", "chromium"),)
    if shutil.which("apt-get", path=environment.get("PATH", "")) is None:
        return (playwright,)
    # -n: fail rather than wait for a password.
    rights = () if user == 0 else ("sudo", "-n")
    package = ((*rights, "apt-get", "update"), (*rights, "apt-get", "install", "-y", *_PACKAGES))
    return (playwright, package)
