"""Holds Playwright, and starts one browser for each visit.

Every visit gets a browser process and a profile of its own.
"""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import psutil
from playwright.sync_api import Browser as Process
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Playwright, sync_playwright

from devices.artifacts import Artifacts, Ending
from devices.browser.faults import ending_of, first_line
from devices.browser.visits import Visit, pay
from devices.chromium import Chromium
from devices.flags import flags_for
from devices.guard import Guard
from devices.notes import Notes
from devices.pins import Pins
from devices.screen import JourneyBrokenError
from lab.engine.runner import Watch
from lab.kernel.errors import DriverError

# A start takes 0.2 s, and 1 s from a cold disk; on a machine swamped with work, seconds.
_LAUNCH_TIMEOUT = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Visited:
    """The evidence of a visit, and a JPEG of what the phone showed, if the page got that far."""

    artifacts: Artifacts
    screenshot: bytes | None


class Browser:
    """Holds Playwright while it is entered, and starts one browser process for each visit.

    *pins* are the hosts that these browsers may reach; by default loopback.
    """

    def __init__(self, chromium: Chromium, pins: Pins | None = None) -> None:
        self._chromium = chromium
        self._pins = pins or Pins()
        self._context = sync_playwright()
        self._playwright: Playwright | None = None
        self._connector = 0
        self._proven = False

    def __enter__(self) -> Self:
        try:
            self._playwright = self._context.__enter__()
        except Exception as error:  # Playwright raises a bare Exception when its process dies at once.
            raise DriverError(f"Playwright does not start: {error}.  Try launchlab doctor.") from error
        self._connector = _connector()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._playwright = None
        self._context.__exit__(kind, error, trace)

    def visit(self, visit: Visit, watch: Watch) -> Visited:
        """Walk a journey once, in a new browser.

        A page or browser that fails leaves its failure in the artifacts, and so does a journey that
        cannot be walked.  Raises DriverError when no browser has ever started.
        """
        notes = Notes(visit.url, visit.journey.name, self._pins.dead)
        with Guard(visit.deadline, watch.stopping, self._connector) as guard:
            try:
                with notes.step("launch"):
                    process = self._launch(guard)
                try:
                    pay(process, visit, notes, guard)
                except KeyboardInterrupt:
                    guard.sever()
                    raise
                finally:
                    with notes.step("close"):
                        _close(process, guard)
            except JourneyBrokenError as broken:
                # A step that the deadline cut short was not given its time.
                out_of_time = Ending.TIMED_OUT if guard.remaining == 0.0 else Ending.BROKEN
                notes.fail(guard.reason or out_of_time, str(broken))
            except PlaywrightError as error:
                notes.fail(guard.reason or ending_of(error), first_line(error))
            except KeyboardInterrupt:
                guard.sever()
                raise
        if guard.severed:
            self._restart()
        return Visited(artifacts=notes.artifacts(), screenshot=notes.screenshot)

    def _restart(self) -> None:
        self.__exit__(None, None, None)
        self._context = sync_playwright()
        self.__enter__()

    def _launch(self, guard: Guard) -> Process:
        if self._playwright is None:
            raise DriverError("the browser is used outside its context; enter it first.")
        try:
            process = self._playwright.chromium.launch(
                executable_path=self._chromium.path,
                headless=True,
                args=list(flags_for(self._pins.rules)),
                # Chromium refuses to run sandboxed as root; nobody else goes without.
                chromium_sandbox=os.getuid() != 0,
                timeout=min(_LAUNCH_TIMEOUT, guard.remaining) * 1e3 + 1,
                # The first interrupt asks the lab to stop, and the lab closes the browser.  When this
                # process dies instead, Playwright's pipe closes and takes the browser with it.
                handle_sigint=False,
            )
        except PlaywrightError as error:
            if guard.reason is not None:
                raise
            if "connection closed" in error.message.lower():
                raise DriverError("Playwright's own process has died; start the run again.") from error
            if self._proven:
                raise
            raise DriverError(
                f"{self._chromium.path} does not start: {first_line(error)}  "
                "Run it by hand with --headless --version."
            ) from error
        self._proven = True
        return process


def _connector() -> int:
    try:
        children = psutil.Process().children()
        return next(child.pid for child in reversed(children) if "run-driver" in child.cmdline())
    except (StopIteration, psutil.NoSuchProcess) as error:
        raise DriverError("Playwright's own process has died; start the run again.") from error


def _close(process: Process, guard: Guard) -> None:
    # Without its connector a browser is gone already, and closing it would raise.
    if not guard.severed:
        with suppress(PlaywrightError):
            process.close()
