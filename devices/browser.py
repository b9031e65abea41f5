"""The only door to Playwright: visits a page on an emulated phone and brings back the evidence.

Every visit gets a browser process and a profile of its own.  Nothing is injected, intercepted or
traced while the page loads.  The line is emulated by the browser, request by request: each
request waits one round trip, and the handshakes of a new connection cost nothing.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

import psutil
from playwright.sync_api import Browser as Process
from playwright.sync_api import CDPSession, Page, Playwright, sync_playwright
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import TimeoutError as PlaywrightTimeoutError

from devices import page_scripts
from devices.artifacts import Artifacts, Document, Ending, Throttle
from devices.catalogue import Network, Phone
from devices.chromium import Chromium
from devices.flags import flags_for
from devices.guard import Guard
from devices.network_log import EVENTS, NetworkLog
from devices.notes import Notes
from devices.pins import Pins
from lab.engine.runner import Watch
from lab.kernel.errors import DriverError

# A start takes 0.2 s, and 1 s from a cold disk; on a machine swamped with work, seconds.
_LAUNCH_TIMEOUT = 20.0
# For 0.5 s after its start a browser still works for itself (measured: without waiting FCP is 40 %
# later, with four times the spread).  It rests when two looks in a row find it idle.
_REST_LOOK = 0.05
_REST_LOOKS = 2
_REST_TIMEOUT = 2.0
# Linux counts CPU time in ticks of 10 ms; one tick in a look is idle.
_REST_CPU = 0.0105
# A page is quiet when nothing was in flight for this long.  Longer than the time an application
# takes between an answer and the next request that follows from it, also when slowed down.
_QUIET = 0.15
_QUIET_TIMEOUT = 3.0
# A frame is due within 17 ms of the load; a slowed page may need many times that.
_PAINT_TIMEOUT = 2.0
_LOOK = 0.05
# The throttle works in slices of 0.2 ms (thread_cpu_throttler.cc), so 10 ms hold many.  Two spans
# go to the compiler first.
_SPEED_WARM_UP = {"spans": 2, "milliseconds": 10}
_SPEED_SPANS = {"spans": 4, "milliseconds": 10}
_SCREENSHOT_TIMEOUT = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """What to visit, on what; *deadline* in seconds from the start of the visit.

    *headers* go with every request of the visit, whoever it goes to.
    """

    url: str
    phone: Phone
    network: Network
    deadline: float
    headers: Mapping[str, str] = field(default_factory=dict)


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
        """Visit a page once, in a new browser.

        A page or browser that fails leaves its failure in the artifacts.  Raises DriverError when
        no browser has ever started.
        """
        notes = Notes(visit.url, self._pins.dead)
        with Guard(visit.deadline, watch.stopping, self._connector) as guard:
            try:
                with notes.step("launch"):
                    process = self._launch(guard)
                try:
                    _walk(process, visit, notes, guard)
                except KeyboardInterrupt:
                    guard.sever()
                    raise
                finally:
                    with notes.step("close"):
                        _close(process, guard)
            except PlaywrightError as error:
                notes.fail(guard.reason or _ending_of(error), _first_line(error))
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
                f"{self._chromium.path} does not start: {_first_line(error)}  "
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


def _walk(process: Process, visit: Visit, notes: Notes, guard: Guard) -> None:
    notes.version = process.version
    with notes.step("prepare"):
        system = process.new_browser_cdp_session()
        notes.command_line = str(system.send("SystemInfo.getInfo")["commandLine"])
        page = _page(process, visit)
        page.on("pageerror", lambda error: notes.console(str(error)))
        page.on("console", lambda said: notes.console(said.text) if said.type == "error" else None)
        session = page.context.new_cdp_session(page)
        _listen(session, notes.log)
        _emulate_line(session, visit.network)
        # Not before: a browser killed while its first page is made is one Playwright waits for.
        guard.protects(_main_process(system))
    with notes.step("settle"):
        notes.settled = _comes_to_rest(system, page)
    with notes.step("load"):
        # Only now: while it slows a page down, Chromium burns a whole core, also at rest.
        session.send("Emulation.setCPUThrottlingRate", {"rate": visit.phone.cpu_slowdown})
        page.goto(visit.url, wait_until="load", timeout=guard.remaining * 1e3 + 1)
    with notes.step("quiet"):
        notes.quiet = _falls_quiet(page, notes.log)
    with notes.step("read"):
        notes.document = _read(page)
    with notes.step("verify"):
        notes.throttle = _speeds(page, session, visit.phone.cpu_slowdown)
    with notes.step("screenshot"), suppress(PlaywrightTimeoutError):
        notes.screenshot = page.screenshot(
            type="jpeg", quality=70, scale="css", timeout=_SCREENSHOT_TIMEOUT * 1e3
        )


def _page(process: Process, visit: Visit) -> Page:
    phone, screen = visit.phone, visit.phone.screen
    context = process.new_context(
        viewport={"width": screen.width, "height": screen.page_height},
        screen={"width": screen.width, "height": screen.height},
        device_scale_factor=screen.device_scale_factor,
        is_mobile=phone.touch,
        has_touch=phone.touch,
        user_agent=phone.user_agent.replace("{major}", process.version.partition(".")[0]),
        accept_downloads=False,
        extra_http_headers=dict(visit.headers),
    )
    return context.new_page()


def _listen(session: CDPSession, log: NetworkLog) -> None:
    def hearing(name: str) -> Any:
        return lambda event: log.hear(name, event)

    for name in EVENTS:
        session.on(f"Network.{name}", hearing(name))
    session.send("Network.enable")


def _emulate_line(session: CDPSession, network: Network) -> None:
    session.send(
        "Network.emulateNetworkConditions",
        {
            "offline": False,
            "latency": network.round_trip * 1e3,
            "downloadThroughput": network.download,
            "uploadThroughput": network.upload,
        },
    )


def _main_process(system: CDPSession) -> int:
    processes = system.send("SystemInfo.getProcessInfo")["processInfo"]
    return next(int(process["id"]) for process in processes if process["type"] == "browser")


def _comes_to_rest(system: CDPSession, page: Page) -> bool:
    end = time.monotonic() + _REST_TIMEOUT
    before, idle = _cpu_time(system), 0
    while idle < _REST_LOOKS and time.monotonic() < end:
        page.wait_for_timeout(_REST_LOOK * 1e3)
        now = _cpu_time(system)
        idle = idle + 1 if now - before < _REST_CPU else 0
        before = now
    return idle >= _REST_LOOKS


def _cpu_time(system: CDPSession) -> float:
    processes = system.send("SystemInfo.getProcessInfo")["processInfo"]
    return sum(float(process["cpuTime"]) for process in processes)


def _falls_quiet(page: Page, log: NetworkLog) -> bool:
    end = time.monotonic() + _QUIET_TIMEOUT
    since, started = time.monotonic(), log.started
    while time.monotonic() - since < _QUIET:
        page.wait_for_timeout(_LOOK * 1e3)
        if log.in_flight or log.started != started:
            since, started = time.monotonic(), log.started
        if time.monotonic() > end:
            return False
    return True


def _read(page: Page) -> Document:
    end = time.monotonic() + _PAINT_TIMEOUT
    document = page_scripts.document_of(page.evaluate(page_scripts.READ))
    while document.first_content is None and time.monotonic() < end:
        page.wait_for_timeout(_LOOK * 1e3)
        document = page_scripts.document_of(page.evaluate(page_scripts.READ))
    return document


def _speeds(page: Page, session: CDPSession, rate: float) -> Throttle:
    page.evaluate(page_scripts.SPEED, _SPEED_WARM_UP)
    slowed = float(page.evaluate(page_scripts.SPEED, _SPEED_SPANS))
    session.send("Emulation.setCPUThrottlingRate", {"rate": 1})
    free = float(page.evaluate(page_scripts.SPEED, _SPEED_SPANS))
    return Throttle(rate=rate, slowed=slowed, free=free)


def _ending_of(error: PlaywrightError) -> Ending:
    if isinstance(error, PlaywrightTimeoutError):
        return Ending.TIMED_OUT
    return Ending.UNREACHABLE if "net::ERR_" in error.message else Ending.CRASHED


def _first_line(error: PlaywrightError) -> str:
    return error.message.partition("\n")[0].strip()
