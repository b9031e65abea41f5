"""Open loads: what waiting for a user means, and when the generator is to blame."""

from __future__ import annotations

from dataclasses import replace

from lab.kernel.histogram import index_of
from profiles.profile import Profile
from scenarios.collector import collected
from scenarios.engine.frames import ArrivalCount, Frame, Kind
from scenarios.readings import Summary, summarise

PROFILE = Profile(name="test", users=10, ramp=1.0, warm_up=1.0, hold=3.0, trials=3, rate=1000.0)


AS_PLANNED = ArrivalCount(begun=1000)


def a_frame(
    second: int,
    arrivals: ArrivalCount = AS_PLANNED,
    *,
    response: int = 10_000,
    service: int = 10_000,
    lags: dict[int, int] | None = None,
    busy: float = 0.3,
) -> Frame:
    """Return a second in which 1,000 arrivals were answered; *lags* counts them by lag, in microseconds."""
    counts = {
        Kind.RESPONSE: {response: 1000},
        Kind.SERVICE: {service: 1000},
        Kind.LAG: lags or {100: 1000},
    }
    return Frame(
        second=second,
        users=10,
        counts={
            ("GET /", kind): {index_of(value): count for value, count in cells.items()}
            for kind, cells in counts.items()
        },
        arrivals=arrivals,
        busy=busy,
    )


def summary(*frames: Frame) -> Summary:
    return summarise(collected(frames, PROFILE))


def codes(of: Summary) -> dict[str, bool]:
    """Return the caveats' codes, and whether each is fatal."""
    return {caveat.code: caveat.fatal for caveat in of.caveats}


def steady(frame: Frame, seconds: range = range(2, 5)) -> list[Frame]:
    return [replace(frame, second=second) for second in seconds]


def test_arrivals_that_came_as_planned_are_no_reason_for_doubt() -> None:
    found = summary(*steady(a_frame(2)))
    assert codes(found) == {}
    assert found.readings["arrival_rate"] == 1000


def test_a_closed_load_has_no_arrival_rate() -> None:
    closed = summarise(collected(steady(a_frame(2, ArrivalCount())), replace(PROFILE, rate=None)))
    assert "arrival_rate" not in closed.readings


def test_waiting_for_a_free_user_is_told_with_the_way_out_and_convicts_nobody() -> None:
    slow = a_frame(2, ArrivalCount(begun=1000, held_up=800), response=4_000_000)
    found = summary(*steady(slow))
    assert codes(found) == {"no-free-user": False}
    (advice,) = (caveat.advice for caveat in found.caveats)
    assert "2400 of 3000" in advice
    assert "--users" in advice


def test_what_came_due_as_the_window_closed_waited_for_nobody() -> None:
    # A thousand a second: the last one was due a millisecond before the end.
    assert codes(summary(*steady(a_frame(2, ArrivalCount(begun=1000, queued=1))))) == {}
    assert codes(summary(*steady(a_frame(2, ArrivalCount(begun=1000, queued=3))))) == {"no-free-user": False}


def test_a_growing_queue_is_the_subjects_and_its_arrivals_are_not_missed() -> None:
    before = a_frame(1, ArrivalCount(begun=600, queued=400))
    queues = [ArrivalCount(begun=600, held_up=600, queued=400 * n) for n in (2, 3, 4)]
    frames = [a_frame(2 + n, queue, response=1_500_000) for n, queue in enumerate(queues)]
    assert codes(summary(before, *frames)) == {"no-free-user": False}


def test_arrivals_that_nobody_took_are_unanswered_with_their_age() -> None:
    stuck = [ArrivalCount(begun=10, queued=990), ArrivalCount(queued=1990), ArrivalCount(queued=2990)]
    found = summary(*(a_frame(2 + n, queue) for n, queue in enumerate(stuck)))
    assert codes(found)["unanswered"]
    advice = next(caveat.advice for caveat in found.caveats if caveat.code == "unanswered")
    # Those due in the last second may still be in flight.
    assert advice.startswith("1990 requests")
    assert "3.0 s" in advice


def test_arrivals_must_come_in_time_all_but_one_in_a_thousand() -> None:
    # 5 of 1,000 are late: within the 1 % of a closed load, beyond the 0.1 % of an open one.
    late = steady(a_frame(2, lags={100: 995, 8_000: 5}))
    assert codes(summary(*late)) == {"generator-late": True}
    (advice,) = (caveat.advice for caveat in summary(*late).caveats)
    assert "a machine with less to do" in advice
    # What the journey does before its first request looks the same.
    assert "works before its first request" in advice
    assert codes(summarise(collected(late, replace(PROFILE, rate=None)))) == {}


def test_a_queue_does_not_excuse_a_late_generator() -> None:
    queued = a_frame(2, ArrivalCount(begun=1000, held_up=1000), response=4_000_000, lags={8_000: 1000})
    assert codes(summary(*steady(queued))) == {"no-free-user": False, "generator-late": True}


def test_arrivals_left_out_though_a_user_was_free_convict_the_generator() -> None:
    gap = a_frame(4, ArrivalCount(begun=900))
    assert codes(summary(a_frame(2), a_frame(3), gap)) == {"arrivals-missed": True}
    few = a_frame(4, ArrivalCount(begun=990))
    assert codes(summary(a_frame(2), a_frame(3), few)) == {}


def test_a_late_generator_is_convicted_once() -> None:
    frames = steady(a_frame(2, ArrivalCount(begun=500, held_up=10), lags={50_000: 1000}, busy=1.0))
    fatal = [code for code, is_fatal in codes(summary(*frames)).items() if is_fatal]
    assert fatal == ["generator-late"]


def test_waiting_on_a_generator_without_power_is_not_the_subjects() -> None:
    frames = steady(a_frame(2, ArrivalCount(begun=1000, held_up=500), response=2_000_000, busy=0.97))
    assert codes(summary(*frames)) == {"no-free-user": False, "generator-saturated": True}


def test_power_is_looked_at_in_the_seconds_in_which_arrivals_waited() -> None:
    held_up = ArrivalCount(begun=1000, held_up=500)
    without_power = a_frame(2, held_up, response=2_000_000, busy=0.97)
    assert codes(summary(without_power, a_frame(3), a_frame(4)))["generator-saturated"]
    with_power = a_frame(2, held_up, response=2_000_000)
    others = steady(a_frame(3, busy=0.97), range(3, 5))
    assert codes(summary(with_power, *others)) == {"no-free-user": False}


def test_a_busy_generator_that_keeps_up_is_sound() -> None:
    assert codes(summary(*steady(a_frame(2, busy=0.97)))) == {}
