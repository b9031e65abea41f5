"""Phones with a real Chromium, for tests of what the tour app does in people's hands."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Page,
    Response,
    ViewportSize,
    expect,
    sync_playwright,
)

from devices import chromium

# A phone of the size of a Pixel 7.
PHONE: dict[str, Any] = {
    "viewport": {"width": 412, "height": 839},
    "device_scale_factor": 2.625,
    "has_touch": True,
    "is_mobile": True,
}
# The width that every page must fit (WCAG 2.2, 1.4.10), in CSS pixels.
SMALL: ViewportSize = {"width": 320, "height": 640}
# Milliseconds; what a page does in a test takes two seconds at most on a quiet machine.
TIMEOUT = 40_000


@contextmanager
def a_browser() -> Iterator[Browser]:
    """Start a Chromium for the phones of one module."""
    found = chromium.find()
    if found is None:
        pytest.skip("no Chromium or Chrome on this machine, so nothing can be visited")
    expect.set_options(timeout=TIMEOUT)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found.path, args=["--no-sandbox"])
        yield browser
        browser.close()


@contextmanager
def a_phone(browser: Browser, address: str, **options: Any) -> Iterator[BrowserContext]:
    """Open a phone on which no page may fail by an error of its own, nor ask for what is not there."""
    context = browser.new_context(base_url=address, **PHONE, **options)
    context.set_default_timeout(TIMEOUT)
    troubles: list[str] = []

    def note(answer: Response) -> None:
        if answer.status == HTTPStatus.NOT_FOUND or answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            troubles.append(f"{answer.status} {answer.url}")

    context.on("weberror", lambda error: troubles.append(str(error.error)))
    context.on("response", note)
    yield context
    context.close()
    assert not troubles, f"pages on this phone failed: {troubles}"


def part(name: str) -> str:
    return f'[data-journey="{name}"]'


def keep_tour(phone: BrowserContext, tour: int = 1) -> Page:
    page = phone.new_page()
    page.goto(f"/tours/{tour}")
    page.click(part("download"))
    expect(page.locator(part("download-done"))).to_be_visible()
    return page
