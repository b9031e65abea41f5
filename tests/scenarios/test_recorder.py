"""The recorder and its frames: exact counts, and nothing lost but the last second."""

from __future__ import annotations

import io
import json
from collections import Counter
from collections.abc import Mapping

import pytest

from lab.kernel.histogram import index_of
from profiles.flow import Flow
from profiles.schedule import Even
from scenarios.client.traffic import Traffic
from scenarios.engine.answers import WrongAnswerError
from scenarios.engine.cells import MOST_CLASSES, OTHER_FAILURES
from scenarios.engine.flight import InFlight
from scenarios.engine.frames import (
    MOST_ENDPOINTS,
    OTHER_ENDPOINTS,
    ArrivalCount,
    Failure,
    Frame,
    Kind,
    Tally,
)
from scenarios.engine.recorder import Recorder
from tests.fakes import ScriptedClock


def recorder() -> tuple[Recorder, ScriptedClock, io.StringIO]:
    clock, output = ScriptedClock(), io.StringIO()
    return Recorder(output, clock), clock, output


def frames(output: io.StringIO) -> list[Frame]:
    return [Frame.parse(line) for line in output.getvalue().splitlines()]


def answered(to: Recorder, *, milliseconds: float, context: Mapping[str, float] | None = None) -> None:
    to.on_request(request_type="GET", name="/", response_time=milliseconds, context=context or {})


def test_response_times_are_counted_exactly_and_not_to_two_digits() -> None:
    recording, clock, output = recorder()
    for milliseconds in (147.0, 149.0, 1051.0, 0.4):
        answered(recording, milliseconds=milliseconds)
    clock.now = 1.0
    recording.roll()
    counts = frames(output)[0].counts["GET /", Kind.RESPONSE]
    assert counts == {index_of(us): 1 for us in (147_000, 149_000, 1_051_000, 400)}


def test_each_request_counts_in_the_second_in_which_it_ended() -> None:
    recording, clock, output = recorder()
    for moment in (0.2, 0.9, 1.1, 3.5):
        clock.now = moment
        answered(recording, milliseconds=5.0)
    clock.now = 4.0
    recording.roll()
    sizes = [sum(f.counts.get(("GET /", Kind.RESPONSE), {}).values()) for f in frames(output)]
    assert sizes == [2, 1, 0, 1]


def test_response_time_runs_from_the_intended_start_and_the_lag_is_told_apart() -> None:
    recording, clock, output = recorder()
    answered(recording, milliseconds=10.0, context={"launchlab_late": 0.25, "launchlab_lag": 0.005})
    clock.now = 1.0
    recording.roll()
    counts = frames(output)[0].counts
    assert counts["GET /", Kind.SERVICE] == {index_of(10_000): 1}
    assert counts["GET /", Kind.LAG] == {index_of(5_000): 1}
    assert counts["GET /", Kind.RESPONSE] == {index_of(260_000): 1}


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("no answer from http://ann:pass@shop/x", "no answer from http://…@shop/x"),
        ("refused: Authorization: Bearer abc.def", "refused: Authorization: Bearer …"),
        ('wrong: {"password": "hunter2", "name": "x"}', 'wrong: {"…", "name": "x"}'),
        ("session_id=0123456789abcdef gone", "… gone"),
        ("GET /x?key=1 failed", "GET /x… failed"),
        ("a tour without a title", "a tour without a title"),
    ],
)
def test_what_may_be_a_secret_is_told_neither_as_example_nor_as_reason(said: str, shown: str) -> None:
    recording, clock, output = recorder()
    recording.take("GET /", 0.2, 0.3, failure=WrongAnswerError(said))
    clock.now = 1.0
    recording.roll()
    (failure,) = frames(output)[0].failures
    assert (failure.what, failure.example) == (shown, shown)


def test_what_is_still_under_way_when_all_users_are_gone_is_abandoned() -> None:
    clock, output, under_way = ScriptedClock(), io.StringIO(), InFlight()
    recording = Recorder(output, clock, under_way)
    under_way.begin(7, 0.5, 0.5)
    clock.now = 1.0
    recording.end()
    recording.close()
    assert frames(output)[-1].abandoned == 1
    assert list(under_way.since()) == []


def test_a_failed_request_tells_of_the_generators_lag_too() -> None:
    recording, clock, output = recorder()
    late = {"launchlab_late": 0.25, "launchlab_lag": 0.005}
    recording.on_request(
        request_type="GET", name="/", response_time=10.0, context=late, exception=ConnectionResetError()
    )
    recording.take("GET /", 0.2, 0.3, late=0.25, lag=0.005, failure=ConnectionResetError())
    clock.now = 1.0
    recording.roll()
    counts = frames(output)[0].counts
    assert counts["GET /", Kind.LAG] == {index_of(5_000): 2}
    assert ("GET /", Kind.RESPONSE) not in counts


def test_failures_are_counted_apart_with_one_redacted_example() -> None:
    recording, clock, output = recorder()
    for number in range(3):
        recording.on_request(
            request_type="GET",
            name="/",
            response_time=3.0,
            exception=ConnectionError(f"GET /pay?card=4111 token {'s3cret' * 10} try {number}"),
        )
    clock.now = 1.0
    recording.roll()
    (failure,) = frames(output)[0].failures
    assert (failure.endpoint, failure.what, failure.count) == ("GET /", "ConnectionError", 3)
    assert "4111" not in failure.example
    assert "s3cret" not in failure.example
    assert ("GET /", Kind.RESPONSE) not in frames(output)[0].counts


def test_requests_that_are_still_open_are_told_with_how_long_they_wait() -> None:
    clock, output, still_open = ScriptedClock(), io.StringIO(), InFlight()
    still_open.begin(7, since=0.25, now=0.3)
    still_open.begin(8, since=0.5, now=0.5)
    recording = Recorder(output, clock, still_open)
    answered(recording, milliseconds=5.0, context={"launchlab_user": 8})
    clock.now = 2.0
    recording.roll()
    assert [frame.waiting for frame in frames(output)] == [(0.75,), (1.75,)]


def test_arrivals_are_counted_in_the_second_in_which_they_began_and_the_queue_at_its_end() -> None:
    recording, clock, output = recorder()
    arrivals = recording.begin(Even(Flow.constant(0.0, 60.0, 4.0)))
    assert arrivals is not None
    for clock.now in (0.0, 0.25, 1.1):
        recording.roll()
        arrivals.begin(arrivals.take(clock.now), clock.now)
    clock.now = 2.0
    recording.roll()
    assert [frame.arrivals for frame in frames(output)] == [
        ArrivalCount(begun=2, queued=2),
        ArrivalCount(begun=1, held_up=1, queued=5),
    ]


def test_what_came_before_the_test_began_is_dropped() -> None:
    recording, clock, output = recorder()
    answered(recording, milliseconds=5.0)
    clock.now = 0.7
    recording.begin()
    clock.now = 1.9
    recording.roll()
    assert [frame.second for frame in frames(output)] == [0]
    assert not frames(output)[0].counts


def test_a_frame_is_read_as_it_was_written() -> None:
    frame = Frame(
        second=3,
        users=20,
        counts={("GET /a,b {id}", Kind.LAG): {5: 2, 9: 1}},
        failures=(Failure(endpoint="GET /", what="HTTPError", count=1, example="<b>\n\u202e"),),
        waiting=(0.25,),
        arrivals=ArrivalCount(begun=20, held_up=3, queued=7),
        busy=0.5,
        statuses={"GET /a,b {id}": {200: 3, 404: 1}},
        tallies={"GET /a,b {id}": Tally(connects=1, retries=2, redirects=3, sent=4, received=5)},
        worker=2,
        span=10,
    )
    assert Frame.parse(frame.line()) == frame
    assert frame.line().count("\n") == 1


def test_what_is_empty_is_not_written() -> None:
    frame = Frame(
        second=0,
        users=0,
        counts={("GET /", Kind.LAG): {}},
        statuses={"GET /": {}},
        tallies={"GET /": Tally()},
    )
    assert json.loads(frame.line()) == {"second": 0, "users": 0}
    assert Frame.parse(frame.line()) == Frame(second=0, users=0, counts={})


@pytest.mark.parametrize("line", ["", "{", '{"second": 1', "null"])
def test_half_a_frame_is_an_error(line: str) -> None:
    with pytest.raises((ValueError, TypeError)):
        Frame.parse(line)


def test_wrong_answers_are_counted_by_their_reasons() -> None:
    recording, clock, output = recorder()
    for reason in ("a tour of another city", "a tour twice in one list", "a tour of another city"):
        recording.on_request(
            request_type="GET", name="/", response_time=5.0, exception=WrongAnswerError(reason), context={}
        )
    clock.now = 1.0
    recording.roll()
    (frame,) = frames(output)
    assert {failure.what: failure.count for failure in frame.failures} == {
        "a tour of another city": 2,
        "a tour twice in one list": 1,
    }
    assert frame.counts["GET /", Kind.FAILED] == {index_of(5_000): 3}


def exchanged(status: int = 200, *, connects: int = 0) -> Traffic:
    traffic = Traffic()
    traffic.status, traffic.connects = status, connects
    traffic.sent, traffic.received = 100, 900
    traffic.first_byte, traffic.body = 0.004, 0.001
    if connects:
        traffic.connect, traffic.tls = 0.002, 0.003
    return traffic


def test_our_own_client_is_counted_as_others_are() -> None:
    clock, heard, taken = ScriptedClock(), io.StringIO(), io.StringIO()
    by_event, taking = Recorder(heard, clock), Recorder(taken, clock)
    for number, milliseconds in enumerate((147.0, 0.4, 1051.0, 3_599_999.0, 12.5)):
        clock.now = number / 10
        context = {"launchlab_late": 0.25, "launchlab_lag": 0.005}
        answered(by_event, milliseconds=milliseconds, context=context)
        taking.take("GET /", clock.now - milliseconds / 1000, clock.now, late=0.25, lag=0.005)
    for each in (by_event, taking):
        each.count()
    clock.now = 1.0
    taking.roll()
    by_event.roll()
    assert frames(taken)[0].counts == frames(heard)[0].counts


def test_a_request_that_ends_in_the_next_second_finishes_the_one_before() -> None:
    recording, clock, output = recorder()
    recording.take("GET /", 0.8, 0.9)
    recording.take("GET /", 2.0, 2.1)
    clock.now = 3.0
    recording.roll()
    assert [frame.size(Kind.RESPONSE) for frame in frames(output)] == [1, 0, 1]


def test_steps_statuses_and_bytes_of_each_endpoint_are_kept() -> None:
    recording, clock, output = recorder()
    recording.take("GET /", 0.0, 0.01, traffic=exchanged(connects=1))
    recording.take("GET /", 0.0, 0.01, traffic=exchanged(304))
    recording.take("GET /", 0.0, 0.01, traffic=exchanged(500), failure=ValueError("no"))
    clock.now = 1.0
    recording.roll()
    (frame,) = frames(output)
    assert frame.counts["GET /", Kind.CONNECT] == {index_of(2_000): 1}
    assert frame.counts["GET /", Kind.TLS] == {index_of(3_000): 1}
    # Of correct answers only.
    assert frame.counts["GET /", Kind.FIRST_BYTE] == {index_of(4_000): 2}
    assert frame.counts["GET /", Kind.BODY] == {index_of(1_000): 2}
    assert frame.statuses == {"GET /": {200: 1, 304: 1, 500: 1}}
    assert frame.tallies == {"GET /": Tally(connects=1, sent=300, received=2700)}


def test_many_values_at_once_are_counted_like_few() -> None:
    recording, clock, output = recorder()
    spent = [0.0001 * number * number for number in range(1, 1000)]
    for each in spent:
        recording.take("GET /", 0.5 - each, 0.5)
    clock.now = 1.0
    recording.roll()
    one_by_one = Counter(index_of(round(each * 1e6)) for each in spent)
    assert frames(output)[0].counts["GET /", Kind.SERVICE] == one_by_one


class HTTPError(Exception):
    """Named like the one that requests raises for a bad status."""


def test_a_bad_status_is_a_class_of_its_own() -> None:
    recording, clock, output = recorder()
    for status in (503, 404, 503):
        recording.take("GET /", 0.0, 0.1, traffic=exchanged(status), failure=HTTPError("bad"))
    clock.now = 1.0
    recording.roll()
    (frame,) = frames(output)
    assert {failure.what: failure.count for failure in frame.failures} == {"status 503": 2, "status 404": 1}


def test_classes_of_failure_are_bounded_and_the_others_keep_their_count() -> None:
    recording, clock, output = recorder()
    for second in range(2):
        for number in range(50):
            failure = WrongAnswerError(f"tour {number} of another city")
            recording.take("GET /", second, second + 0.5, failure=failure)
    clock.now = 2.0
    recording.roll()
    for frame in frames(output):
        counts = {failure.what: failure.count for failure in frame.failures}
        assert len(counts) == MOST_CLASSES + 1
        assert counts[OTHER_FAILURES] == 50 - MOST_CLASSES


def test_endpoints_are_bounded_and_the_others_keep_their_count() -> None:
    recording, clock, output = recorder()
    for number in range(MOST_ENDPOINTS + 50):
        recording.take(f"GET /tours/{number}", 0.0, 0.5)
    clock.now = 1.0
    recording.roll()
    (frame,) = frames(output)
    assert len({endpoint for endpoint, _ in frame.counts}) == MOST_ENDPOINTS + 1
    assert frame.counts[OTHER_ENDPOINTS, Kind.RESPONSE] == {index_of(500_000): 50}


def test_the_books_get_each_request_once() -> None:
    recording, _, _ = recorder()
    recording.take("GET /a b", 0.0, 0.25, length=7)
    recording.take("GET /a b", 0.0, 0.5, length=8, failure=ConnectionError("gone"))
    answered(recording, milliseconds=5.0)
    ((endpoint, account),) = recording.accounts()
    assert (endpoint, account.spent, account.ended, account.length) == (
        "GET /a b",
        [250, 500],
        [0.25, 0.5],
        15,
    )
    assert [moment for moment, _ in account.failed] == [0.5]
    assert list(recording.accounts()) == []


def test_requests_above_a_limit_are_told_within_their_second() -> None:
    recording, clock, _ = recorder()
    told: list[int] = []
    recording.limit(3, told.append)
    for _ in range(2):
        answered(recording, milliseconds=5.0)
        recording.take("GET /", 0.0, 0.5)
    recording.take("GET /", 0.0, 0.5, failure=ConnectionError("gone"))
    assert told == [4, 5]
    clock.now = 1.0
    recording.roll()
    for _ in range(3):
        recording.take("GET /", 1.0, 1.5)
    assert told == [4, 5]


def test_what_came_until_the_last_user_was_gone_is_in_one_closing_frame() -> None:
    recording, clock, output = recorder()
    recording.users = 3
    clock.now = 1.0
    recording.end()
    for moment in (1.1, 2.7):
        clock.now = moment
        answered(recording, milliseconds=5.0, context={"launchlab_user": 1})
    recording.abandon()
    recording.close()
    recording.close()
    _, closing = frames(output)
    assert (closing.closing, closing.users, closing.abandoned) == (True, 0, 1)
    assert closing.size(Kind.RESPONSE) == 2


def test_of_users_who_are_not_followed_each_that_goes_may_have_left_a_request_behind() -> None:
    recording, clock, output = recorder()
    recording.users = 5
    answered(recording, milliseconds=5.0)
    recording.users = 3
    clock.now = 1.0
    recording.end()
    recording.close()
    assert [frame.abandoned for frame in frames(output)] == [2, 3]


def test_a_load_that_did_not_come_to_its_end_has_no_closing_frame() -> None:
    recording, clock, output = recorder()
    clock.now = 1.5
    recording.roll()
    recording.close()
    assert [frame.closing for frame in frames(output)] == [False]


@pytest.mark.parametrize(("moments", "exceeds"), [((1.1, 1.5, 2.2, 2.4), []), ((1.1, 1.2, 1.3), [3])])
def test_a_cap_counts_by_the_second_after_the_end_too(moments: tuple[float, ...], exceeds: list[int]) -> None:
    recording, clock, _output = recorder()
    exceeded: list[int] = []
    recording.limit(2, exceeded.append)
    clock.now = 1.0
    recording.end()
    for moment in moments:
        clock.now = moment
        answered(recording, milliseconds=5.0)
    assert exceeded == exceeds
