"""Reasons to trust a load trial less, each with a way out.  Pure.

In an open load, waiting while no user is free is the subject's doing and counts as response time; only
what the generator adds to it, or could not have done, touches the trial's validity.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from lab.kernel.histogram import EXCEEDANCES
from lab.kernel.model import Caveat
from scenarios.engine.frames import MOST_ENDPOINTS, OTHER_ENDPOINTS, Kind
from scenarios.window import Window

# A generator this late, or late by this share of what it measures, colours the numbers it reports.
_LAG_ALLOWED = 0.005
_LAG_SHARE_ALLOWED = 0.05
# Up to which percentile a generator answers for its lateness.  Users who pause start later when they
# are held up, and hardly anything changes; arrivals have to come as planned, all but one in a thousand.
_LAG_PERCENTILE = 0.99
_LAG_PERCENTILE_OPEN = 0.999
# A process that needs a processor for this share of the time takes arrivals and answers late (k6 asks to
# keep a generator below 80 %, too: docs "Running large tests").
_SATURATED = 0.8
# Below this share of the planned users the load was not the one the profile promises.
_USERS_NEEDED = 0.99
# A request that waits this long, and twice what the load reports, is stuck and not just in flight.
_STUCK = 1.0
# One in a hundred stuck, and the readings that leave them out flatter the release.
_STUCK_SHARE = 0.01
# One in a hundred requests followed by an error of the journey's own, and it is not the journey.
_BROKEN_SHARE = 0.01


def caveats(window: Window) -> Iterator[Caveat]:
    """Yield what is wrong with the trial whose steady seconds are in *window*."""
    yield from _incomplete(window)
    yield from _names(window)
    if not window.over(Kind.RESPONSE).size:
        yield Caveat(
            code="no-correct-answer",
            advice="not one request was answered correctly; see the failures in the trial's artifacts.",
        )
    yield from _unanswered(window)
    yield from _broken_journeys(window)
    yield from _without_free_user(window)
    # One fault of the generator is enough: the others follow from it.
    yield from islice(_faults(window), 1)
    if window.over(Kind.SERVICE).size and window.over(Kind.LAG).size <= EXCEEDANCES:
        yield Caveat(
            code="lateness-unknown",
            advice="too few requests followed a pause or an arrival to tell how late the generator was; "
            "hold longer.",
        )


def _incomplete(window: Window) -> Iterator[Caveat]:
    missing = window.length - len({second.number for second in window.seconds})
    if missing:
        yield Caveat(
            code="seconds-missing",
            advice=f"{missing} of {window.length} steady seconds were not recorded; see the generator's log.",
            fatal=True,
        )
    counted, planned = [second.users for second in window.seconds], window.profile.users
    if counted and not (min(counted) >= _USERS_NEEDED * planned and max(counted) <= planned):
        yield Caveat(
            code="load-not-reached",
            advice=f"{min(counted)} to {max(counted)} users were there instead of {planned}; "
            "see the generator's log, or lengthen the ramp.",
            fatal=True,
        )


def _names(window: Window) -> Iterator[Caveat]:
    if OTHER_ENDPOINTS in window.endpoints:
        yield Caveat(
            code="too-many-endpoints",
            advice=f"the journey asks under more than {MOST_ENDPOINTS} names, and what is beyond them is "
            f"counted together as {OTHER_ENDPOINTS!r}; give requests that are alike one name=.",
        )


def _unanswered(window: Window) -> Iterator[Caveat]:
    """Tell of requests that were still waiting when the window closed: no reading holds them."""
    response = window.over(Kind.RESPONSE)
    if not window.seconds or not response.size:
        return
    # The highest percentile there is evidence for; waiting longer than that is not chance.
    reported = response.quantile(response.evident(_LAG_PERCENTILE)) or response.mean()
    stuck = [wait for wait in _waits(window) if wait > max(_STUCK, 2 * reported)]
    if stuck:
        yield Caveat(
            code="unanswered",
            advice=f"{len(stuck)} requests were still unanswered when the window closed, the longest for "
            f"{max(stuck):.1f} s, and no reading holds them; hold the load longer than that.",
            fatal=len(stuck) > _STUCK_SHARE * response.size,
        )


def _waits(window: Window) -> tuple[float, ...]:
    """Return how long each request had waited at the end: those sent, and those without a user yet."""
    last, schedule = window.seconds[-1], window.profile.schedule
    queued = schedule.ages(last.arrivals.queued, last.number + 1) if schedule else ()
    return (*window.waiting, *queued)


def _broken_journeys(window: Window) -> Iterator[Caveat]:
    broken = sum(failure.count for failure in window.failures if failure.endpoint == "task")
    requests = window.over(Kind.RESPONSE).size + window.over(Kind.FAILED).size
    if broken:
        yield Caveat(
            code="journey-errors",
            advice=f"the journey's own code raised {broken} times; see the failures in the artifacts.",
            fatal=broken > _BROKEN_SHARE * requests,
        )


def _without_free_user(window: Window) -> Iterator[Caveat]:
    held_up = sum(second.arrivals.held_up for second in window.seconds)
    if held_up or window.queued:
        yield Caveat(
            code="no-free-user",
            advice=(
                f"{held_up} of {window.begun} arrivals waited for a free user, and {window.queued} still did "
                f"at the end: {window.profile.users} users were too few for answers as slow as these.  The "
                "wait counts as response time; if more may be under way at once, allow more --users."
            ),
        )


def _faults(window: Window) -> Iterator[Caveat]:
    yield from _late(window)
    yield from _saturated(window)
    yield from _missed(window)


def _late(window: Window) -> Iterator[Caveat]:
    """Convict a generator that was late itself, by the highest percentile it has evidence for.

    What it may add is a share of what the *quickest* endpoint takes to serve, so that neither a slow
    one nor a queue excuses it.
    """
    served = [window.over(Kind.SERVICE, endpoint) for endpoint in window.endpoints]
    lag = window.over(Kind.LAG)
    share = lag.evident(_LAG_PERCENTILE_OPEN if window.profile.rate else _LAG_PERCENTILE)
    late = lag.quantile(share) or 0.0
    usual = [each.quantile(each.evident(min(share, _LAG_PERCENTILE))) or 0.0 for each in served if each.size]
    allowed = max(_LAG_ALLOWED, _LAG_SHARE_ALLOWED * min(usual, default=0.0))
    if late > allowed:
        yield Caveat(
            code="generator-late",
            advice=(
                f"the generator itself was {late * 1000:.1f} ms late at its {share:.1%} point, and "
                f"{allowed * 1000:.1f} ms is allowed; put on less load, or use a machine with less to do.  "
                "Where a task works before its first request, do that after it, and pause with self.wait()."
            ),
            fatal=True,
        )


def _saturated(window: Window) -> Iterator[Caveat]:
    """Convict a generator that had no power left while arrivals waited: the wait may be its own."""
    waiting = [second for second in window.seconds if second.arrivals.held_up or second.arrivals.queued]
    waited = sum(second.arrivals.held_up for second in waiting) + window.queued
    busy = sum(second.busy for second in waiting) / max(len(waiting), 1)
    if busy > _SATURATED and waited > EXCEEDANCES:
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
    if missed > max(EXCEEDANCES, (1 - _LAG_PERCENTILE_OPEN) * due):
        yield Caveat(
            code="arrivals-missed",
            advice=f"{missed} of {due} arrivals were not made although a user was free for them; see the "
            "generator's log, and use a machine with less to do.",
            fatal=True,
        )
