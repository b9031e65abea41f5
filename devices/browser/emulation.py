"""Makes a browser look like a phone on a line to the pages that it opens.

The line is emulated by the browser, request by request: each request waits one round trip, and the
handshakes of a new connection cost nothing.  What a service worker fetches by itself is not slowed.
"""

from __future__ import annotations

from collections.abc import Mapping

from playwright.sync_api import Browser as Process
from playwright.sync_api import CDPSession, Page

from devices.catalogue import Network, Phone


def page_on(process: Process, phone: Phone, headers: Mapping[str, str]) -> Page:
    """Return the one page of a new *phone*; *headers* go with every request."""
    screen = phone.screen
    context = process.new_context(
        viewport={"width": screen.width, "height": screen.page_height},
        screen={"width": screen.width, "height": screen.height},
        device_scale_factor=screen.device_scale_factor,
        is_mobile=phone.touch,
        has_touch=phone.touch,
        user_agent=phone.user_agent.replace("{major}", process.version.partition(".")[0]),
        accept_downloads=False,
        service_workers="allow",
        extra_http_headers=dict(headers),
    )
    return context.new_page()


class Line:
    """The line of a page: slow as *network* says, or cut."""

    def __init__(self, page: Page, session: CDPSession, network: Network) -> None:
        self._page = page
        self._session = session
        self._network = network
        self._emulate(offline=False)

    def cut(self) -> None:
        """Let nothing through, for the page and for its workers, and empty the browser's HTTP cache."""
        self._session.send("Network.clearBrowserCache")
        # This cuts service workers, also those that start later: Playwright attaches to each before it
        # runs.  It does not cut a page whose line another session emulates, as this one does.
        self._page.context.set_offline(True)
        self._emulate(offline=True)

    def mend(self) -> None:
        """Let everything through, as slowly as before."""
        self._page.context.set_offline(False)
        self._emulate(offline=False)

    def _emulate(self, *, offline: bool) -> None:
        self._session.send(
            "Network.emulateNetworkConditions",
            {
                "offline": offline,
                "latency": self._network.round_trip * 1e3,
                "downloadThroughput": self._network.download,
                "uploadThroughput": self._network.upload,
            },
        )


def slow_processor(session: CDPSession, rate: float) -> None:
    """Let the page's main thread run at 1/*rate* of its speed."""
    session.send("Emulation.setCPUThrottlingRate", {"rate": rate})
