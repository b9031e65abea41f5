"""Brings the drivers together: the only place that names them all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from devices import equipment
from devices.chromium import Chromium
from devices.driver import DevicesDriver
from devices.pins import pins_of
from lab.engine.allowlist import Reach
from lab.engine.health import first_open
from lab.engine.masking import MaskedDriver
from lab.engine.names import addresses_of
from lab.engine.runner import Driver
from lab.engine.subject import Source
from lab.kernel.errors import DriverError, UsageError
from lab.kernel.model import Case, Caveat, Lane, PlannedCase, fact_of
from lab.lanes.bench import BenchDriver
from launchlab.fingerprint import Loads, facts_of
from launchlab.measuring import Rig
from scenarios.counters import TourMetrics, uncounted
from scenarios.driver import LoadDriver

NO_BROWSER = Caveat(
    code="no-browser",
    advice=(
        "the devices lane was left out: there is no Chromium or Chrome that can be driven here.  "
        "Install one with 'launchlab doctor --fix', or name one in LAUNCHLAB_CHROMIUM."
    ),
)


@contextmanager
def rigged(
    source: Source,
    cases: Sequence[Case],
    root: Path,
    loads: Loads,
    reach: Reach,
) -> Iterator[Rig]:
    """Yield a rig with a driver for each lane that *cases* need.

    *root* is where benchmark paths begin, *reach* is all that may be connected to.
    Every name in *cases* is resolved here, before anything starts.  Raises UsageError for an unknown
    one or headers that would go astray, DriverError when a browser is needed and there is none.
    """
    lanes = {case.lane for case in cases}
    drivers: dict[Lane, Driver] = {}
    facts = facts_of(cases, root, loads)
    with ExitStack() as stack:
        if Lane.LOAD in lanes:
            headers = source.headers.revealed()
            # What is started here may be asked for its metrics; what runs elsewhere is not ours to ask.
            served = TourMetrics if source.url is None else uncounted
            drivers[Lane.LOAD] = LoadDriver(
                loads.profiles, loads.locustfiles, headers, reach, loads.generator, served
            )
        if Lane.BENCH in lanes:
            drivers[Lane.BENCH] = BenchDriver(root)
        if Lane.DEVICES in lanes:
            browser = equipment.find()
            if browser is None:
                raise DriverError(NO_BROWSER.advice)
            drivers[Lane.DEVICES] = stack.enter_context(_visits(browser, source, reach))
            facts[fact_of(Lane.DEVICES, "browser")] = browser.version
        for case in cases:
            drivers[case.lane].duration(case)
        mask = source.headers.mask()
        masked = {lane: MaskedDriver(driver, mask) for lane, driver in drivers.items()}
        yield Rig(source=source, drivers=masked, facts=facts, reach=reach)


def _visits(browser: Chromium, source: Source, reach: Reach) -> DevicesDriver:
    """Return the driver of visits.

    A browser sends the subject's headers to whoever it asks.  Raises UsageError where that may be
    somebody else.
    """
    if reach.subject is not None and source.url is not None:
        # A browser's rules know one address of a host.
        address = first_open(source.url, reach.subject.addresses)
        reach = replace(reach, subject=replace(reach.subject, addresses=(address,)))
    pins = pins_of(reach, addresses_of, secret=bool(source.headers.secret))
    others = pins.others(reach)
    if source.headers.secret and others:
        raise UsageError(
            f"a visit would send the subject's secret headers to {', '.join(others)} too, which `allow` "
            "names.  Leave either out of the project for visits, in a file of its own for --project."
        )
    return DevicesDriver(browser, pins, source.headers.revealed())


def measurable(cases: Sequence[PlannedCase]) -> tuple[tuple[PlannedCase, ...], tuple[Caveat, ...]]:
    """Return the cases that can be measured here, and a caveat for what was left out."""
    if equipment.find() is not None:
        return tuple(cases), ()
    kept = tuple(planned for planned in cases if planned.case.lane is not Lane.DEVICES)
    return kept, (NO_BROWSER,) if len(kept) < len(cases) else ()
