"""Folds the browser's network events into transfers.  Knows the DevTools protocol, not the browser.

https://chromedevtools.github.io/devtools-protocol/tot/Network/
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from devices.artifacts import Transfer

EVENTS = (
    "requestWillBeSent",
    "requestServedFromCache",
    "responseReceived",
    "dataReceived",
    "loadingFinished",
    "loadingFailed",
)
# These stay open for as long as the page lives, so nobody waits for them.
_ENDLESS = frozenset({"EventSource", "WebSocket"})
# An address from the subject is kept, but not without end.
_URL_LENGTH = 500

Event = Mapping[str, Any]


class _Open:
    """A transfer in the making."""

    def __init__(self, event: Event, page_frame: str | None) -> None:
        self.url = str(event["request"]["url"])
        self.kind = str(event.get("type", "Other"))
        # The request of a document has the document's own loader for its name; a frame's has, too.
        self.document = event["requestId"] == event["loaderId"] and event.get("frameId") == page_frame
        self.started = float(event["timestamp"])
        self.answered: float | None = None
        self.finished: float | None = None
        self.status: int | None = None
        self.size = 0
        self.cached = False
        self.fault: str | None = None

    def closed(self, zero: float) -> Transfer:
        return Transfer(
            url=self.url[:_URL_LENGTH],
            kind=self.kind,
            document=self.document,
            started=self.started - zero,
            answered=None if self.answered is None else self.answered - zero,
            finished=None if self.finished is None else self.finished - zero,
            status=self.status,
            size=self.size,
            cached=self.cached,
            fault=self.fault,
        )


class NetworkLog:
    """Collects the events of one page, in the order they come."""

    def __init__(self) -> None:
        self._transfers: list[_Open] = []
        self._current: dict[str, _Open] = {}
        self._page_frame: str | None = None
        self._opened: int | None = None
        self._wall_zero = 0.0

    @property
    def in_flight(self) -> int:
        """How many requests wait for their end."""
        return sum(one.finished is None and one.kind not in _ENDLESS for one in self._current.values())

    @property
    def started(self) -> int:
        """How many transfers have begun."""
        return len(self._transfers)

    def hear(self, name: str, event: Event) -> None:
        """Take one event of EVENTS."""
        if name == "requestWillBeSent":
            self._begin(event)
        elif event["requestId"] in self._current:
            getattr(self, f"_{name}")(self._current[event["requestId"]], event)

    def begin_walk(self) -> None:
        """Count what is asked for from now on to the walk, not to the page that was opened first."""
        self._opened = len(self._transfers)

    def transfers(self) -> tuple[Transfer, ...]:
        """Return those of the page that was opened first, timed from the first request."""
        return self._closed(self._transfers[: self._opened])

    def walked(self) -> tuple[Transfer, ...]:
        """Return those of the walk, timed alike."""
        return () if self._opened is None else self._closed(self._transfers[self._opened :])

    def since_start(self, moment: float) -> float:
        """Return the seconds from the first request to *moment*, in seconds since 1970."""
        return moment - self._wall_zero

    def _closed(self, transfers: Sequence[_Open]) -> tuple[Transfer, ...]:
        zero = self._transfers[0].started if self._transfers else 0.0
        return tuple(one.closed(zero) for one in transfers)

    def _begin(self, event: Event) -> None:
        # data:, blob: and about: never touch the network.
        if not event["request"]["url"].startswith(("http:", "https:")):
            return
        if redirect := event.get("redirectResponse"):
            self._redirect(event, redirect)
        if self._page_frame is None:
            self._page_frame = event.get("frameId")
            self._wall_zero = float(event.get("wallTime", 0.0))
        self._current[event["requestId"]] = opened = _Open(event, self._page_frame)
        self._transfers.append(opened)

    def _redirect(self, event: Event, response: Event) -> None:
        before = self._current.get(event["requestId"])
        if before is not None:
            self._answer(before, response, event["timestamp"])
            before.size = max(int(response.get("encodedDataLength", 0)), 0)
            before.finished = float(event["timestamp"])

    def _answer(self, one: _Open, response: Event, timestamp: float) -> None:
        one.status = int(response["status"])
        one.answered = float(timestamp)
        one.cached = one.cached or any(
            response.get(key, False) for key in ("fromDiskCache", "fromPrefetchCache", "fromServiceWorker")
        )

    def _requestServedFromCache(self, one: _Open, _event: Event) -> None:  # noqa: N802 (the protocol's name)
        one.cached = True

    def _responseReceived(self, one: _Open, event: Event) -> None:  # noqa: N802
        one.kind = str(event.get("type", one.kind))
        self._answer(one, event["response"], event["timestamp"])

    def _dataReceived(self, one: _Open, event: Event) -> None:  # noqa: N802
        one.size += max(int(event["encodedDataLength"]), 0)

    def _loadingFinished(self, one: _Open, event: Event) -> None:  # noqa: N802
        # The whole of it, headers included; the pieces had no headers.
        one.size = max(int(event["encodedDataLength"]), 0)
        one.finished = float(event["timestamp"])

    def _loadingFailed(self, one: _Open, event: Event) -> None:  # noqa: N802
        one.fault = str(event.get("errorText", "failed"))
        one.finished = float(event["timestamp"])
