"""Does what a journey says, with a finger: the real `devices.screen.Screen`."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import CDPSession, Locator, Page
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import TimeoutError as PlaywrightTimeoutError

from devices import page_scripts
from devices.artifacts import Mark
from devices.browser.emulation import Line
from devices.browser.faults import first_line, is_end_of_page
from devices.guard import Guard
from devices.notes import Notes
from devices.screen import FINGER_SPEED, PATIENCE, JourneyBrokenError
from devices.soundness import origin_of

# The first status that means an error (RFC 9110, section 15.5).
_FIRST_ERROR_STATUS = 400
# A page may have a lot to load behind a slow line; the deadline of the visit is the harder limit.
_LOAD_TIMEOUT = 30.0
# What a thumb moves in one swipe, as a share of the screen's height.
_SWIPE = 0.5
# Chromium takes a finger that went less far for a tap (gesture_configuration.h,
# max_touch_move_in_pixels_for_click).
_SLOP = 15.0
# A touch screen reports with each frame; a finger that rests for so long before it lets go throws nothing.
_MOVE = 0.016
_HOLD = 0.1
# How long a page at its end is waited for to grow, and how many swipes a list may take to get there.
_GROWTH = 0.5
_SWIPES = 200
# A pixel that may be missing to the end: positions are fractions at a fractional pixel ratio.
_PIXEL = 1.0
_LOOK = 0.1
# What is there instead of what was expected is quoted so far.
_QUOTED = 80


class TouchScreen:
    """The phone of one visit, on a *page* of *subject*."""

    def __init__(
        self, page: Page, session: CDPSession, line: Line, notes: Notes, guard: Guard, subject: str
    ) -> None:
        self._page = page
        self._session = session
        self._line = line
        self._notes = notes
        self._guard = guard
        self._subject = subject.rstrip("/")
        self._steps = 0

    def open(self, path: str) -> None:
        """Go to *path* of the subject and wait until it has loaded."""
        with self._step(f"open {path}"):
            answer = self._page.goto(
                self._subject + path, wait_until="load", timeout=self._timeout(_LOAD_TIMEOUT)
            )
            if answer is not None and answer.status >= _FIRST_ERROR_STATUS:
                raise JourneyBrokenError(f"it answered with status {answer.status}")

    def tap(self, selector: str) -> None:
        """Put a finger on what is visible, at rest and not covered."""
        with self._step(f"tap {selector}"):
            target = self._page.locator(selector).first
            try:
                target.tap(timeout=self._timeout(PATIENCE))
            except PlaywrightTimeoutError as error:
                raise JourneyBrokenError(
                    self._absence(target) or f"it cannot be tapped: {_obstacle(error)}"
                ) from error

    def see(self, selector: str, text: str | None = None, within: float = PATIENCE) -> None:
        """Wait until *selector* is visible and holds *text*."""
        with self._step(f"see {selector}" + (f" with {text!r}" if text else "")):
            anywhere = self._page.locator(selector)
            target = anywhere.filter(visible=True, has_text=text).first
            start = time.monotonic()
            try:
                target.wait_for(timeout=self._timeout(within))
            except PlaywrightTimeoutError as error:
                missing = self._absence(anywhere.first) or f"it says {self._words(anywhere.first)!r}"
                waited = time.monotonic() - start
                raise JourneyBrokenError(f"{missing}, after {waited:.0f} s") from error

    def read(self, selector: str) -> str:
        """Return the text of *selector* once it is visible."""
        with self._step(f"read {selector}"):
            target = self._page.locator(selector).first
            try:
                target.wait_for(timeout=self._timeout(PATIENCE))
            except PlaywrightTimeoutError as error:
                raise JourneyBrokenError(self._absence(target) or "it came too late") from error
            return target.inner_text(timeout=self._timeout(PATIENCE)).strip()

    def play(self, selector: str, within: float = PATIENCE) -> None:
        """Start the sound or film of *selector*, and wait until it runs."""
        with self._step(f"play {selector}"):
            player = self._page.locator(selector).first
            try:
                player.evaluate(page_scripts.PLAY, timeout=self._timeout(within))
            except PlaywrightTimeoutError as error:
                raise JourneyBrokenError("the page has no such element") from error
            self._wait_for_sound(player, time.monotonic() + within)

    def scroll(self, distance: float, speed: float = FINGER_SPEED) -> None:
        """Swipe down the page by *distance*, up if it is negative."""
        with self._step(f"scroll {distance:+g} px"):
            reach = self._height * _SWIPE
            left = distance
            while abs(left) >= _PIXEL:
                moved = self._swipe(max(-reach, min(reach, left)), speed)
                if abs(moved) < _PIXEL:
                    raise JourneyBrokenError(f"the page stays where it is, with {abs(left):.0f} px to go")
                left -= moved

    def scroll_to_end(self, speed: float = FINGER_SPEED) -> None:
        """Swipe until the page ends, also past what it loads on the way."""
        with self._step("scroll to the end"):
            start = self._position()[0]
            for _ in range(_SWIPES):
                if self._is_at_end():
                    break
                if abs(self._swipe(self._height * _SWIPE, speed)) < _PIXEL:
                    raise JourneyBrokenError("the page stays where it is, and is not at its end")
            else:
                raise JourneyBrokenError(f"the page has no end within {_SWIPES} swipes")
            if self._position()[0] - start < _PIXEL:
                raise JourneyBrokenError("the page has nothing to scroll")

    def go_offline(self) -> None:
        """Cut the line, for the page and its service worker."""
        with self._step("go offline"):
            self._line.cut()

    def go_online(self) -> None:
        """Mend the line."""
        with self._step("go online"):
            self._line.mend()

    @contextmanager
    def marked(self, name: str) -> Iterator[None]:
        """Mark what is done inside as the interaction *name*."""
        with self._step(f"begin {name}"):
            started = self._stamp(f"{name} begins")
        yield
        with self._step(f"end {name}"):
            ended = self._stamp(f"{name} ends")
        self._notes.marks.append(Mark(name=name, started=started, ended=ended))

    @property
    def _height(self) -> float:
        size = self._page.viewport_size
        return float(size["height"]) if size else 0.0

    def _timeout(self, seconds: float) -> float:
        """Return *seconds* as far as the visit has them left, in milliseconds; never 0, which is for ever."""
        return min(seconds, self._guard.remaining) * 1e3 + 1

    @contextmanager
    def _step(self, name: str) -> Iterator[None]:
        """Do a step of the walk; what goes wrong breaks the journey, unless page or time have ended."""
        self._steps += 1
        with self._notes.step(f"{self._steps} ({name})"):
            try:
                yield
                self._stay_on_subject()
            except PlaywrightError as error:
                if is_end_of_page(error) or self._guard.remaining == 0.0:
                    raise
                raise JourneyBrokenError(first_line(error)) from error

    def _stay_on_subject(self) -> None:
        if origin_of(self._page.url) != origin_of(self._subject):
            raise JourneyBrokenError(f"it led off the subject, to {self._page.url[:_QUOTED]}")

    def _absence(self, target: Locator) -> str | None:
        """Say how *target* is missing; None if it is visible."""
        if target.count() == 0:
            return "the page has no such element"
        return None if target.is_visible() else "it is not visible"

    def _words(self, target: Locator) -> str:
        return target.inner_text(timeout=self._timeout(PATIENCE)).strip()[:_QUOTED]

    def _wait_for_sound(self, player: Locator, end: float) -> None:
        before = None
        while True:
            playing = player.evaluate(page_scripts.PLAYING, timeout=self._timeout(PATIENCE))
            if playing["error"]:
                raise JourneyBrokenError(f"it does not play: {str(playing['error'])[:_QUOTED]}")
            if before is not None and playing["time"] > before:
                return
            if time.monotonic() > end:
                raise JourneyBrokenError(f"it does not run, at {playing['time']:g} s")
            before = playing["time"]
            self._page.wait_for_timeout(_LOOK * 1e3)

    def _swipe(self, distance: float, speed: float) -> float:
        """Drag the page by *distance*, without throwing it, and return how far it went."""
        before, _ = self._position()
        down = math.copysign(1.0, distance)
        travel = abs(distance) + _SLOP
        place = self._page.evaluate(page_scripts.MIDDLE)
        x, start = place["x"], place["y"] + down * travel / 2
        # Not Input.synthesizeScrollGesture: with "touch" it sends no moves since Chromium 97 (seen on 156).
        self._touch("touchStart", x, start)
        began = time.monotonic()
        while (moved := (time.monotonic() - began) * speed) < travel:
            self._touch("touchMove", x, start - down * moved)
            self._page.wait_for_timeout(_MOVE * 1e3)
        self._touch("touchMove", x, start - down * travel)
        self._page.wait_for_timeout(_HOLD * 1e3)
        self._touch("touchEnd")
        return self._position()[0] - before

    def _touch(self, kind: str, *place: float) -> None:
        points = [dict(zip("xy", place, strict=True))] if place else []
        self._session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    def _position(self) -> tuple[float, float]:
        """Return how far the page is scrolled, and how far it can be."""
        position = self._page.evaluate(page_scripts.POSITION)
        return float(position["at"]), float(position["end"])

    def _is_at_end(self) -> bool:
        """Whether there is nothing more; a page that loads what comes next is given time to."""
        end = time.monotonic() + _GROWTH
        while True:
            at, last = self._position()
            if at < last - _PIXEL:
                return False
            if time.monotonic() > end:
                return True
            self._page.wait_for_timeout(_LOOK * 1e3)

    def _stamp(self, name: str) -> float:
        """Write *name* into the page's timeline, and return when, in seconds from the first request."""
        return self._notes.log.since_start(float(self._page.evaluate(page_scripts.STAMP, name)))


def _obstacle(error: PlaywrightError) -> str:
    """Return what stood in the way, from the log of the call: its last line that names a reason."""
    lines = [line.strip(" -\t") for line in error.message.splitlines()]
    reasons = [line for line in lines if " intercepts " in line or line.startswith("element is ")]
    return (reasons[-1] if reasons else first_line(error))[:_QUOTED]
