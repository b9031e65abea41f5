"""Reasons to trust a load trial less, each with a way out.  Pure.

In an open load, waiting while no user is free is the subject's doing and counts as response time; only
what the generator adds to it, or could not have done, touches the trial's validity.
"""

from __future__ import annotations

from collections.abc import Iterator

from lab.kernel.histogram import EXCEEDANCES
from lab.kernel.model import Caveat
from scenarios.engine.frames import Kind
from scenarios.integrity import balance, completeness, exhaustion, faults, steadiness
from scenarios.window import Window

# Of how many requests it has to be known when they were meant to start: a task of a hundred requests, whose
# first one follows a pause, is a long one.
_TOLD = 0.01
_LATENESS_UNKNOWN = (
    "how late the generator was nobody can tell: of {requests} requests, {lags} followed a pause or an "
    "arrival that it knew of.  Hold longer; or, with users of another client than ours, derive them from "
    "launchlab.load.LoadUser."
)


def caveats(window: Window) -> Iterator[Caveat]:
    """Yield what is wrong with the trial whose steady seconds are in *window*."""
    yield from completeness.caveats(window)
    yield from exhaustion.caveats(window)
    yield from faults.caveats(window)
    served, lags = window.over(Kind.SERVICE).size, window.over(Kind.LAG).size
    requests = served + window.over(Kind.FAILED).size
    if served and lags <= max(EXCEEDANCES, _TOLD * requests):
        advice = _LATENESS_UNKNOWN.format(requests=requests, lags=lags)
        yield Caveat(code="lateness-unknown", advice=advice)
    yield from balance.caveats(window)
    yield from steadiness.caveats(window)
