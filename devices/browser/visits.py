"""One visit: the page is opened and read first, then the rest of the journey is walked.

Nothing is injected, intercepted or traced while the first page loads.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser as Process
from playwright.sync_api import CDPSession, Page, Request
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import TimeoutError as PlaywrightTimeoutError

from devices import page_scripts
from devices.artifacts import Document, Throttle
from devices.browser.emulation import Line, page_on, slow_processor
from devices.browser.touchscreen import TouchScreen
from devices.catalogue import Network, Phone
from devices.guard import Guard
from devices.journey import PageJourney
from devices.network_log import EVENTS, NetworkLog
from devices.notes import Notes
from devices.screen import JourneyBrokenError

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
    """Which journey to walk on the *subject*'s address, on what; *deadline* in seconds from the start.

    *headers* go with every request of the visit, whoever it goes to.
    """

    subject: str
    journey: PageJourney
    phone: Phone
    network: Network
    deadline: float
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """The address that is opened first."""
        return self.subject.rstrip("/") + self.journey.path


def pay(process: Process, visit: Visit, notes: Notes, guard: Guard) -> None:
    """Pay *visit* with a browser that has just started, and note what is seen.

    Raises JourneyBrokenError when the journey cannot be walked, and Playwright's errors for what becomes
    of page and browser.
    """
    notes.version = process.version
    with notes.step("prepare"):
        system = process.new_browser_cdp_session()
        notes.command_line = str(system.send("SystemInfo.getInfo")["commandLine"])
        page = page_on(process, visit.phone, visit.headers)
        session = page.context.new_cdp_session(page)
        _listen(page, session, notes)
        line = Line(page, session, visit.network)
        # Not before: a browser killed while its first page is made is one Playwright waits for.
        guard.protects(_main_process(system))
    with notes.step("settle"):
        notes.settled = _comes_to_rest(system, page)
    with notes.step("load"):
        # Only now: while it slows a page down, Chromium burns a whole core, also at rest.
        slow_processor(session, visit.phone.cpu_slowdown)
        page.goto(visit.url, wait_until="load", timeout=guard.remaining * 1e3 + 1)
    with notes.step("quiet"):
        notes.quiet = _falls_quiet(page, notes.log)
    with notes.step("read"):
        notes.document = _read(page)
    with notes.step("verify"):
        notes.throttle = _speeds(page, session, visit.phone.cpu_slowdown)
    try:
        _walk(visit, TouchScreen(page, session, line, notes, guard, visit.subject), session, notes)
    except JourneyBrokenError:
        with suppress(PlaywrightError):
            _take_picture(page, session, notes)
        raise
    _take_picture(page, session, notes)


def _walk(visit: Visit, screen: TouchScreen, session: CDPSession, notes: Notes) -> None:
    if visit.journey.walk is not None:
        slow_processor(session, visit.phone.cpu_slowdown)
        notes.log.begin_walk()
        visit.journey.walk(screen)


def _listen(page: Page, session: CDPSession, notes: Notes) -> None:
    def hearing(name: str) -> Any:
        return lambda event: notes.log.hear(name, event)

    def failed(request: Request) -> None:
        # The page's own are in the log.
        if request.service_worker is not None:
            notes.worker_fault(request.url, request.failure or "failed")

    page.on("pageerror", lambda error: notes.console(str(error)))
    page.on("console", lambda said: notes.console(said.text) if said.type == "error" else None)
    page.context.on("requestfailed", failed)
    for name in EVENTS:
        session.on(f"Network.{name}", hearing(name))
    session.send("Network.enable")


def _take_picture(page: Page, session: CDPSession, notes: Notes) -> None:
    with notes.step("screenshot"), suppress(PlaywrightTimeoutError):
        slow_processor(session, 1)
        notes.screenshot = page.screenshot(
            type="jpeg", quality=70, scale="css", timeout=_SCREENSHOT_TIMEOUT * 1e3
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
    slow_processor(session, 1)
    free = float(page.evaluate(page_scripts.SPEED, _SPEED_SPANS))
    return Throttle(rate=rate, slowed=slowed, free=free)
