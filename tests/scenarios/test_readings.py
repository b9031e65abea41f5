"""From frames to readings: what counts, what does not, and what makes a trial doubtful."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hdrh.histogram import HdrHistogram
from hdrh.log import HistogramLogReader

from lab.kernel.errors import UsageError
from lab.kernel.histogram import HIGHEST_MICROSECONDS, index_of
from lab.kernel.model import Case, Lane
from profiles.profile import Profile
from scenarios import hdrlog
from scenarios.collector import collected
from scenarios.driver import LoadDriver, journeys
from scenarios.engine.frames import Failure, Frame, Kind
from scenarios.readings import Summary, summarise
from tests.builders import START

PROFILE = Profile(name="test", users=10, ramp=1.0, warm_up=1.0, hold=3.0, trials=3)


def a_frame(
    second: int,
    *,
    response: int = 10_000,
    lag: int = 100,
    count: int = 100,
    failed: int = 0,
    users: int = 10,
) -> Frame:
    """Return a second in which every request took *response* and was *lag* late, in microseconds."""
    counts = {
        ("GET /", Kind.RESPONSE): {index_of(response): count},
        ("GET /", Kind.SERVICE): {index_of(response - lag): count},
        ("GET /", Kind.LAG): {index_of(lag): count},
    }
    if failed:
        counts["GET /", Kind.FAILED] = {index_of(response): failed}
    failure = (Failure(endpoint="GET /", what="HTTPError", count=failed, example="500"),) if failed else ()
    return Frame(second=second, users=users, counts=counts, failures=failure)


def summary(*frames: Frame) -> Summary:
    return summarise(collected(frames, PROFILE))


def codes(of: Summary) -> set[str]:
    return {caveat.code for caveat in of.caveats}


def test_ramp_warm_up_and_what_comes_after_are_cut_off() -> None:
    slow = [a_frame(second, response=9_000_000) for second in (0, 1, 5)]
    steady = [a_frame(second) for second in (2, 3, 4)]
    found = summary(*slow, *steady)
    assert found.readings["requests"] == 300
    assert found.readings["throughput"] == 100
    assert found.readings["response_mean"] == pytest.approx(0.01, rel=1e-3)
    assert codes(found) == set()


def test_each_endpoint_has_its_own_readings_beside_those_over_all() -> None:
    search = Frame(second=2, users=10, counts={("GET /search", Kind.RESPONSE): {index_of(400_000): 300}})
    found = summary(search, a_frame(2), a_frame(3), a_frame(4))
    assert found.readings["response_mean{GET /search}"] == pytest.approx(0.4, rel=1e-3)
    assert found.readings["response_mean{GET /}"] == pytest.approx(0.01, rel=1e-3)
    assert found.readings["response_mean"] == pytest.approx(0.205, rel=1e-3)


def test_latency_is_over_correct_answers_and_failures_are_a_reading_of_their_own() -> None:
    found = summary(*(a_frame(second, failed=100) for second in (2, 3, 4)))
    assert found.readings["error_ratio"] == 0.5
    assert found.readings["throughput"] == 100
    assert found.resolutions["error_ratio"] == pytest.approx(1 / 600)
    assert found.failures == (Failure(endpoint="GET /", what="HTTPError", count=300, example="500"),)


def test_a_percentile_of_few_requests_does_not_exist() -> None:
    found = summary(*(a_frame(second, count=60) for second in (2, 3, 4)))
    assert "response_p50" in found.readings
    assert "response_p95" not in found.readings


def test_a_missing_second_is_fatal() -> None:
    assert codes(summary(a_frame(2), a_frame(4))) == {"seconds-missing"}


def test_a_load_that_was_not_reached_is_fatal() -> None:
    assert codes(summary(a_frame(2, users=9), a_frame(3), a_frame(4))) == {"load-not-reached"}


def test_more_users_than_planned_are_fatal_too() -> None:
    assert codes(summary(a_frame(2), a_frame(3, users=20), a_frame(4))) == {"load-not-reached"}


def test_no_correct_answer_is_told_and_its_error_ratio_counts() -> None:
    only_failures = [
        Frame(second=second, users=10, counts={("GET /", Kind.FAILED): {index_of(100): 50}})
        for second in (2, 3, 4)
    ]
    found = summary(*only_failures)
    assert codes(found) == {"no-correct-answer"}
    assert found.readings["error_ratio"] == 1.0
    assert "response_mean" not in found.readings
    assert not any(caveat.fatal for caveat in found.caveats)


def test_a_load_that_ended_before_its_steady_window_is_fatal_and_says_so() -> None:
    for found in (summary(), summary(a_frame(0), a_frame(1))):
        assert any(caveat.fatal for caveat in found.caveats)
        assert {"seconds-missing", "no-steady-window"} <= codes(found)
        assert found.readings == {}


def test_a_load_that_ended_within_its_steady_window_is_fatal_and_had_one() -> None:
    assert codes(summary(a_frame(2), a_frame(3))) == {"seconds-missing"}


def test_a_late_generator_is_convicted() -> None:
    late = summary(*(a_frame(second, lag=8_000) for second in (2, 3, 4)))
    assert codes(late) == {"generator-late"}
    assert all(caveat.fatal for caveat in late.caveats)


def test_lateness_that_does_not_colour_a_slow_answer_is_allowed() -> None:
    assert codes(summary(*(a_frame(s, lag=8_000, response=400_000) for s in (2, 3, 4)))) == set()


def test_a_slow_endpoint_does_not_excuse_lateness_at_a_quick_one() -> None:
    slow = {("GET /slow", kind): {index_of(2_000_000): 100} for kind in (Kind.RESPONSE, Kind.SERVICE)}
    frames = [a_frame(second, lag=8_000) for second in (2, 3, 4)]
    mixed = [replace(frame, counts={**frame.counts, **slow}) for frame in frames]
    assert codes(summary(*mixed)) == {"generator-late"}


def test_too_few_requests_leave_the_generators_lateness_unknown() -> None:
    found = summary(*(a_frame(second, count=3) for second in (2, 3, 4)))
    assert codes(found) == {"lateness-unknown"}
    assert not any(caveat.fatal for caveat in found.caveats)


def test_requests_that_never_come_back_are_not_left_out_in_silence() -> None:
    frames = [a_frame(2), a_frame(3), replace(a_frame(4), waiting=(0.01, 2.5, 2.7, 2.9, 1.9))]
    found = summary(*frames)
    assert codes(found) == {"unanswered"}
    assert all(caveat.fatal for caveat in found.caveats)
    assert "2.9 s" in next(iter(found.caveats)).advice


def test_a_request_that_is_merely_in_flight_is_no_reason_for_doubt() -> None:
    assert codes(summary(a_frame(2), a_frame(3), replace(a_frame(4), waiting=(0.02, 0.9)))) == set()


def test_errors_of_the_journeys_own_code_are_told_and_many_are_fatal() -> None:
    def broken(count: int) -> Summary:
        failure = Failure(endpoint="task", what="KeyError", count=count, example="'tours'")
        return summary(a_frame(2), a_frame(3), replace(a_frame(4), failures=(failure,)))

    assert [caveat.fatal for caveat in broken(1).caveats] == [False]
    assert [caveat.fatal for caveat in broken(30).caveats] == [True]


def test_the_interval_log_opens_in_hdrhistograms_own_reader(tmp_path: Path) -> None:
    path = tmp_path / "response.hlog"
    hdrlog.write(path, [a_frame(0, count=3), a_frame(1, response=250_123, count=5)], START)
    total = HdrHistogram(1, HIGHEST_MICROSECONDS, 3)
    reader = HistogramLogReader(str(path), total)
    seconds = []
    while (interval := reader.get_next_interval_histogram()) is not None:
        assert interval.get_tag() == "GET_/"
        seconds.append(interval.get_total_count())
        total.add(interval)
    reader.close()
    assert seconds == [3, 5]
    assert total.get_value_at_percentile(100) == pytest.approx(250_123, rel=1e-3)


LISTING = """
import sys
from scenarios.driver import journeys
journeys()
print({"locust", "gevent"} & set(sys.modules))
"""


def test_journeys_are_listed_without_importing_locust() -> None:
    mix = {"browse", "near", "preview", "download", "walk", "review", "sync"}
    assert set(journeys()) == {*mix, "visitors", "login", "hit"}
    assert all(told.endswith(".") for told in journeys().values())
    # In a process of its own: other tests import gevent into this one.
    listed = subprocess.run(
        [sys.executable, "-c", LISTING], capture_output=True, text=True, check=True, timeout=60
    )
    assert listed.stdout == "set()\n"


def test_an_unknown_journey_is_refused_before_anything_starts() -> None:
    case = Case(lane=Lane.LOAD, journey="brwose", profile="test")
    with pytest.raises(UsageError, match="browse"):
        LoadDriver({"test": PROFILE}).duration(case)
