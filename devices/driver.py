"""The devices lane's driver: one order in, one visit on an emulated phone out."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

from devices import artifacts, soundness
from devices.browser.launcher import Browser, Visited
from devices.browser.visits import Visit
from devices.catalogue import Network, Phone, network_of, phone_of
from devices.chromium import Chromium
from devices.journey import PageJourney, journey_of
from devices.metrics import paint, transfer
from devices.metrics.readings import Readings
from devices.pins import Pins
from lab.engine.plan import Order
from lab.engine.runner import Progress, Watch
from lab.kernel import units
from lab.kernel.errors import UsageError
from lab.kernel.metrics import METRICS
from lab.kernel.model import Case, Trial
from lab.kernel.record import write_bytes, write_text

# The passes of a visit: what was there before it.  Cold is nothing: a new process and profile.
VARIANTS = ("cold",)
# One visit to a quick page on two cores, with the start and end of the browser.
_DURATION = 2.0

_EVIDENCE = "visit.json"
_SCREENSHOT = "page.jpg"


class DevicesDriver:
    """Makes trials of the devices lane; holds Playwright while it is entered.

    Satisfies `lab.engine.runner.Driver`.  *pins* are the hosts that pages may reach; by default loopback.
    """

    def __init__(
        self, chromium: Chromium, pins: Pins | None = None, headers: Mapping[str, str] | None = None
    ) -> None:
        self._browser = Browser(chromium, pins)
        self._headers = headers or {}

    def __enter__(self) -> Self:
        self._browser.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._browser.__exit__(kind, error, trace)

    def duration(self, case: Case) -> float:
        """Return about how long one visit takes, in seconds.

        Raises UsageError for an unknown journey, phone, network or variant, with the known ones.
        """
        journey, _, network = _resolved(case)
        # A page that is not trivial needs its document, what that names, and what those name.
        return _DURATION + 3 * network.round_trip + journey.duration

    def trial(self, order: Order, watch: Watch) -> Trial:
        """Walk the order's journey once; the paths of the artifacts are relative to its folder.

        Raises UsageError for an unknown journey, phone, network or variant, and DriverError when
        no browser can be started.
        """
        visit = replace(visit_of(order), headers=self._headers)
        watch.progress(Progress(share=0.0, line=f"opening {visit.url}"))
        started_at, start = datetime.now(UTC), time.perf_counter()
        visited = self._browser.visit(visit, watch)
        seen = visited.artifacts
        readings = _readings(seen)
        watch.progress(Progress(share=1.0, line=_line(readings)))
        return Trial(
            case=order.case,
            index=order.index,
            started_at=started_at,
            duration=time.perf_counter() - start,
            readings=readings.values,
            resolutions=readings.resolutions,
            caveats=(*soundness.caveats_of(seen), *readings.caveats),
            artifacts=_keep(order, visited),
        )


def visit_of(order: Order) -> Visit:
    """Resolve every name of an order.  Raises UsageError for one that does not exist."""
    journey, phone, network = _resolved(order.case)
    return Visit(
        subject=order.subject.url,
        journey=journey,
        phone=phone,
        network=network,
        deadline=order.deadline,
    )


def _resolved(case: Case) -> tuple[PageJourney, Phone, Network]:
    if case.phone is None or case.network is None:
        raise UsageError(f"the case {case.name!r} names no phone or no network; a visit needs both.")
    if case.variant is not None and case.variant not in VARIANTS:
        raise UsageError.unknown("variant of a visit", case.variant, VARIANTS)
    return journey_of(case.journey), phone_of(case.phone), network_of(case.network)


def _readings(seen: artifacts.Artifacts) -> Readings:
    # What a visit that failed has not reached must not look like a small number.
    if seen.failure is not None:
        return Readings()
    if not seen.quiet:
        # Cut off while it was still fetching: its bytes would be a promise kept by not looking.
        return paint.read(seen)
    return paint.read(seen).joined(transfer.read(seen))


def _line(readings: Readings) -> str:
    shown = (f"{key} {units.show(value, METRICS[key].unit)}" for key, value in readings.values.items())
    return ", ".join(shown) or "the visit failed"


def _keep(order: Order, visited: Visited) -> tuple[str, ...]:
    write_text(order.folder / _EVIDENCE, artifacts.to_json(visited.artifacts))
    if visited.screenshot is None:
        return (_EVIDENCE,)
    write_bytes(order.folder / _SCREENSHOT, visited.screenshot)
    return (_EVIDENCE, _SCREENSHOT)
