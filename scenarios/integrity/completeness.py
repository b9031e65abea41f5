"""Did the load take place as planned, and is every request accounted for?  Pure."""

from __future__ import annotations

from collections.abc import Iterator

from lab.kernel.model import Caveat
from lab.kernel.words import counted
from scenarios.engine.arrivals import NOTICED
from scenarios.engine.frames import MOST_ENDPOINTS, OTHER_ENDPOINTS, Kind
from scenarios.window import Window

# Below this share of the planned users the load was not the one the profile promises.
_USERS_NEEDED = 0.99
# A request that waits this long, and twice what the load reports, is stuck and not just in flight.
_STUCK = 1.0
# What the load reports, at the highest percentile that is judged.
_REPORTED = 0.99
# One in a hundred stuck, and the readings that leave them out flatter the release.
_STUCK_SHARE = 0.01
# One in a hundred requests followed by an error of the journey's own, and it is not the journey.
_BROKEN_SHARE = 0.01


def caveats(window: Window) -> Iterator[Caveat]:
    """Yield what is missing in *window*."""
    yield from _incomplete(window)
    yield from _names(window)
    if not window.over(Kind.RESPONSE).size:
        yield Caveat(
            code="no-correct-answer",
            advice=_no_correct_answer(window),
        )
    yield from _unanswered(window)
    yield from _broken_journeys(window)
    yield from _without_free_user(window)


def _no_correct_answer(window: Window) -> str:
    if window.over(Kind.FAILED).size:
        return "not one request was answered correctly; the trial's artifact failures.json has the reasons."
    if window.seconds and _waits(window):
        return "not one request was answered correctly: those that were made had no answer yet."
    return "no request was made in the steady seconds: users who pause for longer than these last make none."


def _incomplete(window: Window) -> Iterator[Caveat]:
    missing = window.length - len({second.number for second in window.seconds})
    if missing:
        yield Caveat(
            code="seconds-missing",
            advice=f"{missing} of {window.length} steady seconds were not recorded; see the generator's log.",
            fatal=True,
        )
    users, planned = [second.users for second in window.seconds], window.profile.users
    if users and not (min(users) >= _USERS_NEEDED * planned and max(users) <= planned):
        there = f"{min(users)} to {counted(max(users), 'user')} were there instead of {planned}"
        way_out = (
            "some of the stage before were still at their tasks, so give this one a longer warm_up."
            if max(users) > planned
            else "see the generator's log, or lengthen the ramp."
        )
        yield Caveat(code="load-not-reached", advice=f"{there}; {way_out}", fatal=True)


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
    reported = response.quantile(response.evident(_REPORTED)) or response.mean()
    stuck = [wait for wait in _waits(window) if wait > max(_STUCK, 2 * reported)]
    if stuck:
        yield Caveat(
            code="unanswered",
            advice=f"{counted(len(stuck), 'request')} had no answer when the window closed, the longest for "
            f"{max(stuck):.1f} s, and no reading holds them.  Hold the load longer than users wait until "
            "they give up (their network_timeout, 60 s if nothing else is said), or have them wait less.",
            fatal=len(stuck) > _STUCK_SHARE * response.size,
        )


def _waits(window: Window) -> tuple[float, ...]:
    """Return how long each request had waited at the end: those sent, and those without a user yet."""
    return (*window.waiting, *_queue(window))


def _queue(window: Window) -> tuple[float, ...]:
    """Return for how long each arrival had been due that had no user when the window closed."""
    schedule = window.profile.schedule
    if schedule is None or not window.seconds:
        return ()
    last = window.seconds[-1]
    return schedule.ages(last.arrivals.queued, last.number + 1)


def _broken_journeys(window: Window) -> Iterator[Caveat]:
    errors = [failure for failure in window.failures if failure.endpoint == "task"]
    broken = sum(failure.count for failure in errors)
    requests = window.over(Kind.RESPONSE).size + window.over(Kind.FAILED).size
    if broken:
        usual = max(errors, key=lambda failure: failure.count)
        times = "once" if broken == 1 else f"{broken} times"
        yield Caveat(
            code="journey-errors",
            advice=f'the journey\'s own code raised {times}, such as {usual.what}: "{usual.example}"; the '
            "generator's log has the line.  Check an answer before it is taken apart, so that a wrong one "
            "is a failed request.",
            fatal=broken > _BROKEN_SHARE * requests,
        )


def _without_free_user(window: Window) -> Iterator[Caveat]:
    held_up = sum(second.arrivals.held_up for second in window.seconds)
    # What came due just then is taken a moment later.
    queued = sum(age > NOTICED for age in _queue(window))
    if held_up or queued:
        yield Caveat(
            code="no-free-user",
            advice=(
                f"{held_up} of {window.begun} arrivals waited for a free user, and {queued} still did "
                f"at the end: {window.profile.users} users were too few for answers as slow as these.  The "
                "wait counts as response time; if more may be under way at once, allow more --users."
            ),
        )
