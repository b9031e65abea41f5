"""What Playwright's errors mean for a visit."""

from __future__ import annotations

import re

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import TimeoutError as PlaywrightTimeoutError

from devices.artifacts import Ending

# What Playwright says of a page, or of the browser that held it, when it is no more (errors.ts, crPage.ts).
_GONE = ("has been closed", "crashed")
# How Playwright begins a message, as in "Page.goto: net::ERR_FAILED at ...".
_CALL = re.compile(r"^[A-Z]\w+\.\w+: ")


def ending_of(error: PlaywrightError) -> Ending:
    """Return how a visit ended that *error* ended."""
    if isinstance(error, PlaywrightTimeoutError):
        return Ending.TIMED_OUT
    return Ending.UNREACHABLE if "net::ERR_" in error.message else Ending.CRASHED


def is_end_of_page(error: PlaywrightError) -> bool:
    """Whether the page itself is gone, so that nothing can be asked of it any more."""
    return any(words in error.message for words in _GONE)


def first_line(error: PlaywrightError) -> str:
    """Return what went wrong, without Playwright's name of the call before it and its log after it."""
    return _CALL.sub("", error.message.partition("\n")[0].strip())
