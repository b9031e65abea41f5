"""Stops a load that asks more in one second than the subject may be given.

Shared by both sides: the Locust process counts, and leaves a notice that its driver finds.  Never
imports Locust.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from lab.engine.allowlist import RATE_CAP, Permit
from lab.kernel.model import Caveat

_NOTICE = "rate-cap.json"


class RateCap:
    """Calls *stop* once, when it hears of too many requests.  *folder* gets the notice."""

    def __init__(self, permit: Permit, folder: Path, stop: Callable[[], None]) -> None:
        self._permit = permit
        self._notice = folder / _NOTICE
        self._stop = stop
        self._exceeded = False

    def exceed(self, requests: int) -> None:
        """Learn that *requests* finished within one second, and that this is above the cap."""
        if self._exceeded:
            return
        self._exceeded = True
        # Stopped first: a notice that cannot be written, on a full disk for one, must not keep the load up.
        self._stop()
        seen = {"requests": requests, "cap": self._permit.rate, "host": self._permit.host}
        self._notice.write_text(json.dumps(seen), encoding="utf-8")


def caveats_of(folder: Path) -> tuple[Caveat, ...]:
    """Return the caveat of a load that was stopped; none when it kept its cap."""
    notice = folder / _NOTICE
    if not notice.exists():
        return ()
    seen = json.loads(notice.read_text(encoding="utf-8"))
    advice = (
        f"the load was stopped: {seen['requests']} requests within a second, and {seen['host']} may be given "
        f"{seen['cap']:g} /s; use fewer users, or raise its `rate` in `allow` of launchlab.toml."
    )
    return (Caveat(code=RATE_CAP, advice=advice, fatal=True),)
