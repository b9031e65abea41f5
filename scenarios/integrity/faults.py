"""Was the generator itself late, without power, or did it leave arrivals out?  Pure."""

from __future__ import annotations

from collections.abc import Iterator

from lab.kernel.histogram import EXCEEDANCES
from lab.kernel.model import Caveat
from scenarios.integrity import lateness
from scenarios.integrity.causes import SATURATED
from scenarios.integrity.spells import PERCENTILE_OPEN
from scenarios.window import Window


def caveats(window: Window) -> Iterator[Caveat]:
    """Yield the first fault that convicts, or else the first of all: the others follow from it."""
    found = [*lateness.caveats(window), *_without_power(window), *_missed(window)]
    convicting = [caveat for caveat in found if caveat.fatal]
    yield from (convicting or found)[:1]


def _without_power(window: Window) -> Iterator[Caveat]:
    """Convict a generator that had no power left while arrivals waited: the wait may be its own."""
    waiting = [second for second in window.seconds if second.arrivals.held_up or second.arrivals.queued]
    waited = sum(second.arrivals.held_up for second in waiting) + window.queued
    busy = sum(second.busy for second in waiting) / max(len(waiting), 1)
    if busy > SATURATED and waited > EXCEEDANCES:
        yield Caveat(
            code="generator-saturated",
            advice=f"arrivals waited while the generator itself needed a processor {busy:.0%} of the time; "
            "the wait may be its own, so lower the rate, or use a machine with less to do.",
            fatal=True,
        )


def _missed(window: Window) -> Iterator[Caveat]:
    """Convict a generator that left arrivals out: due, with a user free, and yet not begun."""
    if len(window.seconds) < window.length:
        return
    due = window.profile.arrivals + window.queued_before - window.queued
    missed = due - window.begun
    if missed > max(EXCEEDANCES, (1 - PERCENTILE_OPEN) * due):
        yield Caveat(
            code="arrivals-missed",
            advice=f"{missed} of {due} arrivals were not made although a user was free for them; see the "
            "generator's log, and use a machine with less to do.",
            fatal=True,
        )
