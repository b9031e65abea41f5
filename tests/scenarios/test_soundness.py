"""From seconds to a verdict: when a generator was late, what that does to the figures, and why."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

import pytest

from lab.kernel.histogram import index_of
from lab.kernel.model import Caveat
from profiles.profile import Profile
from scenarios.collector import Collector
from scenarios.engine.frames import ArrivalCount, Failure, Frame, Kind, Tally
from scenarios.engine.signals import Signals
from scenarios.readings import summarise
from scenarios.soundness import caveats
from scenarios.window import Window

OPEN = Profile(name="test", users=100, ramp=1.0, warm_up=1.0, hold=60.0, trials=1, rate=2000.0)
CLOSED = replace(OPEN, rate=None)
STEADY = range(2, 62)

Change = Callable[[Frame], Frame]


def a_frame(
    second: int, worker: int = 0, *, late: int = 0, requests: int = 2000, lag: int = 30_000, share: int = 1
) -> Frame:
    """Return a second of one of *share* workers, in which *late* requests began *lag* microseconds late."""
    service = {index_of(10_000): requests}
    return Frame(
        second=second,
        worker=worker,
        users=100 // share,
        counts={
            ("GET /", Kind.RESPONSE): service,
            ("GET /", Kind.SERVICE): service,
            ("GET /", Kind.LAG): {index_of(100): requests - late, index_of(lag): late},
        },
        arrivals=ArrivalCount(begun=requests),
        busy=0.4,
        statuses={"GET /": {200: requests}},
        tallies={"GET /": Tally(sent=100, received=900)},
        signals=Signals(hub_lag=0.001, ended=requests, in_flight=requests * 0.01),
    )


def window(frames: Iterable[Frame], profile: Profile = OPEN) -> Window:
    collector = Collector(profile)
    for frame in frames:
        collector.add([frame])
    return collector.window()


def judged(
    late: dict[int, int], profile: Profile = OPEN, signs: Change = lambda frame: frame
) -> list[Caveat]:
    """Judge a minute in which so many requests were *late* in some of its seconds, which bear the *signs*."""
    frames = (a_frame(second, late=late.get(second, 0)) for second in STEADY)
    return list(caveats(window((signs(f) if f.second in late else f for f in frames), profile)))


def validity(found: list[Caveat]) -> str:
    if any(caveat.fatal for caveat in found):
        return "INVALID"
    return "SUSPECT" if found else "VALID"


@pytest.mark.parametrize(
    ("late", "expected"),
    [
        pytest.param({}, "VALID", id="nothing was late"),
        pytest.param({30: 100}, "VALID", id="one pause of 50 ms: less than one request in a thousand"),
        pytest.param({10: 100, 30: 100, 50: 100}, "SUSPECT", id="three such pauses"),
        pytest.param({30: 1100}, "SUSPECT", id="half a second at a stretch"),
        pytest.param({30: 30, 31: 30, 32: 30}, "INVALID", id="a run of three seconds is 5 % of the minute"),
        pytest.param(
            {10: 800, 30: 800}, "INVALID", id="more than 1 % of the requests, though in two seconds"
        ),
    ],
)
def test_what_lateness_does_to_the_reported_percentiles_decides(late: dict[int, int], expected: str) -> None:
    found = judged(late)
    assert validity(found) == expected
    assert {caveat.code for caveat in found} <= {"generator-late"}
    assert validity(judged(late, CLOSED)) == expected


def test_a_run_that_is_little_of_a_long_window_is_suspect_and_not_invalid() -> None:
    profile = replace(OPEN, hold=600.0)
    frames = (a_frame(second, late=30 * (30 <= second < 34)) for second in range(2, 602))
    assert validity(list(caveats(window(frames, profile)))) == "SUSPECT"


def test_arrivals_late_in_every_second_are_told_though_no_second_is_bad() -> None:
    # 4 of 2,000: too few to convict a second, more than one in a thousand of them all.
    (found,) = judged(dict.fromkeys(STEADY, 4))
    assert "a few in every second" in found.advice
    assert not found.fatal
    # Users who pause hardly change by it.
    assert judged(dict.fromkeys(STEADY, 4), CLOSED) == []


def test_lateness_is_measured_by_the_quickest_endpoint() -> None:
    def slow(frame: Frame) -> Frame:
        counts = {index_of(400_000): 2000}
        served = {("GET /", kind): counts for kind in (Kind.RESPONSE, Kind.SERVICE)}
        balanced = replace(frame.signals, in_flight=800.0)
        return replace(frame, counts={**frame.counts, **served}, signals=balanced)

    # 30 ms are more than the 20 that are a twentieth of 400.
    late = dict.fromkeys(range(30, 40), 30)
    frames = [slow(a_frame(second, late=late.get(second, 0), lag=15_000)) for second in STEADY]
    assert list(caveats(window(frames))) == []
    frames = [slow(a_frame(second, late=late.get(second, 0))) for second in STEADY]
    assert validity(list(caveats(window(frames)))) == "INVALID"


def test_a_worker_is_named_with_its_seconds_the_cause_and_the_way_out() -> None:
    collector = Collector(OPEN)
    for second in STEADY:
        bad = 31 <= second < 44
        theirs = a_frame(second, share=2)
        own = a_frame(second, 1, late=1500 * bad, share=2)
        collector.add([theirs, replace(own, busy=0.97 if bad else 0.5)])
    (found,) = caveats(collector.window())
    assert found.fatal
    assert found.advice == (
        "worker 2 was saturated from 31 s to 44 s (its core was busy 97% of the time), and 8.13% of the "
        "requests were more than 5.0 ms late: add a worker or halve the rate."
    )


def test_several_stretches_are_told_and_the_rest_counted() -> None:
    (found,) = judged(dict.fromkeys((10, 11, 20, 30, 40, 50), 60))
    assert (
        "was late from 10 s to 12 s, from 20 s to 21 s, from 30 s to 31 s and at 2 more times, and"
        in found.advice
    )


def signalling(**told: float) -> Change:
    return lambda frame: replace(frame, signals=replace(frame.signals, **told))  # type: ignore[arg-type]  # ints are floats


@pytest.mark.parametrize(
    ("signs", "words"),
    [
        (signalling(waited=0.6), "other programs kept it from a processor 60% of the time"),
        (signalling(throttled=3), "its container used up its processor quota"),
        (signalling(stolen=0.2, waited=0.3), "the host gave 20% of the machine to others"),
        (signalling(longest_collection=0.045), "a garbage collection stopped it for 45 ms"),
        (signalling(files=990, files_allowed=1000), "99% of its file descriptors were open"),
        (signalling(hub_lag=0.08), "something held its loop up for 80 ms"),
        (signalling(pressure=0.7), "programs waited for a processor 70% of the time"),
        (
            lambda f: replace(f, tallies={"GET /": Tally(connects=1900)}),
            "95% of its requests opened a connection",
        ),
        (lambda f: replace(f, busy=0.9), "its core was busy 90% of the time"),
    ],
)
def test_the_cause_is_the_signal_of_the_late_seconds(signs: Change, words: str) -> None:
    (found,) = judged(dict.fromkeys(range(30, 40), 60), signs=signs)
    assert (
        f"was {'saturated' if 'busy' in words else 'late'} from 30 s to 40 s ({words}), and" in found.advice
    )


def test_a_signal_that_was_there_in_the_other_seconds_too_explains_nothing() -> None:
    def frames() -> Iterable[Frame]:
        for second in STEADY:
            frame = a_frame(second, late=60 if second in range(30, 40) else 0)
            yield replace(frame, signals=replace(frame.signals, pressure=0.7))

    (found,) = caveats(window(frames()))
    assert "from 30 s to 40 s, and" in found.advice


def test_a_core_that_is_always_busy_is_a_cause_all_the_same() -> None:
    frames = [replace(a_frame(s, late=60 * (30 <= s < 40)), busy=0.9) for s in STEADY]
    (found,) = caveats(window(frames))
    assert "was saturated from 30 s to 40 s (its core was busy 90% of the time)" in found.advice


def test_signals_alone_convict_nobody() -> None:
    loud = Signals(hub_lag=0.2, longest_collection=0.1, throttled=9, stolen=0.5, waited=0.9, pressure=0.9)
    frames = [a_frame(second) for second in STEADY]
    balanced = [replace(f, busy=0.99, signals=replace(loud, ended=2000, in_flight=20.0)) for f in frames]
    assert list(caveats(window(balanced))) == []


def test_seconds_with_few_requests_are_judged_together() -> None:
    # 250 a second: four seconds have evidence for a 99th percentile.
    profile = replace(OPEN, rate=250.0)
    frames = [a_frame(s, requests=250, late=50 if s in range(30, 34) else 0) for s in STEADY]
    (found,) = caveats(window(frames, profile))
    assert "from 30 s to 34 s" in found.advice
    assert found.fatal


def test_a_load_too_small_for_that_is_judged_as_a_whole() -> None:
    profile = replace(CLOSED, hold=20.0)
    frames = [a_frame(second, requests=100, late=2) for second in range(2, 22)]
    (found,) = caveats(window(frames, profile))
    assert "late at its 99.0% point" in found.advice
    assert found.fatal


@pytest.mark.parametrize("what", ["OutOfFilesError", "OutOfPortsError"])
def test_a_generator_that_ran_out_of_something_is_convicted_by_a_single_request(what: str) -> None:
    gone = Failure(endpoint="GET /", what=what, count=1, example="no descriptor left.  Raise `ulimit -n`.")
    frames = [replace(a_frame(s), failures=(gone,) if s == 30 else ()) for s in STEADY]
    (found,) = caveats(window(frames))
    assert (found.code, found.fatal) == ("generator-exhausted", True)
    assert "Raise `ulimit -n`" in found.advice


def test_two_books_that_disagree_on_what_was_under_way_are_told() -> None:
    lost = [replace(a_frame(second), signals=Signals(ended=2200, in_flight=22.0)) for second in STEADY]
    (found,) = caveats(window(lost))
    assert (found.code, found.fatal) == ("unbalanced", False)
    assert "22.00 requests were under way at a time" in found.advice
    assert "should be 20.01" in found.advice
    within = [replace(a_frame(second), signals=Signals(ended=2000, in_flight=20.5)) for second in STEADY]
    assert list(caveats(window(within))) == []


def test_what_was_under_way_at_the_edges_is_no_disagreement() -> None:
    # 2,000 requests hang as the window closes: one book has their time, the other not yet.
    frames = [a_frame(second) for second in STEADY]
    frames[-1] = replace(
        frames[-1],
        waiting=(0.9,) * 2000,
        signals=replace(frames[-1].signals, in_flight=20.0 + 1800.0),
    )
    assert list(caveats(window(frames))) == []


def test_users_who_keep_no_book_are_not_checked() -> None:
    frames = [replace(a_frame(second), signals=Signals(ended=500, in_flight=5.0)) for second in STEADY]
    assert list(caveats(window(frames))) == []


def rising(share: float) -> list[Frame]:
    """Return a minute over which the response time rises by a *share*."""
    frames = []
    for second in STEADY:
        took = round(10_000 * (1 + share * (second - STEADY.start) / 59))
        frame = a_frame(second)
        counts = {("GET /", kind): {index_of(took): 2000} for kind in (Kind.RESPONSE, Kind.SERVICE)}
        balanced = replace(frame.signals, in_flight=2000 * took / 1e6)
        frames.append(replace(frame, counts={**frame.counts, **counts}, signals=balanced))
    return frames


def test_a_window_that_was_not_steady_says_so() -> None:
    (found,) = caveats(window(rising(0.5)))
    assert (found.code, found.fatal) == ("not-steady", False)
    assert found.advice.startswith("response time rose by 40% within the steady window")
    assert list(caveats(window(rising(0.15)))) == []


def test_a_window_too_short_to_tell_says_nothing_of_trends() -> None:
    short = replace(OPEN, hold=30.0)
    assert list(caveats(window(rising(3.0)[:30], short))) == []


def test_a_profile_without_a_whole_steady_second_says_so() -> None:
    for profile in (OPEN, CLOSED):
        found = summarise(window([a_frame(0), a_frame(1)], replace(profile, hold=0.5)))
        assert {caveat.code for caveat in found.caveats} == {"no-steady-window", "no-correct-answer"}
        assert found.readings == {}
