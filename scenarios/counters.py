"""Asks subjects for their own counts."""

from __future__ import annotations

import http.client
from contextlib import closing

from lab.engine.health import line_to
from scenarios.integrity.served import counted_in

_PATH = "/metrics"


class TourMetrics:
    """The count of a tour app at *url*, as a ``scenarios.integrity.served.Served``."""

    def __init__(self, url: str, address: str) -> None:
        self._url = url
        self._address = address

    def count(self) -> int | None:
        """Ask /metrics; None where there is no tour app, or no answer."""
        try:
            with closing(line_to(self._url, self._address)) as line:
                line.request("GET", _PATH)
                answer = line.getresponse()
                return counted_in(answer.read().decode("utf-8", "replace"))
        except (OSError, http.client.HTTPException):
            return None


def uncounted(_url: str, _address: str) -> None:
    """Return no count, of a subject that runs elsewhere: it is asked for what the journey asks for only."""
