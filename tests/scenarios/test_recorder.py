"""The recorder and its frames: exact counts, and nothing lost but the last second."""

from __future__ import annotations

import io
from collections.abc import Mapping

import pytest

from lab.kernel.histogram import index_of
from profiles.flow import Flow
from profiles.schedule import Even
from scenarios.engine.answers import WrongAnswerError
from scenarios.engine.frames import ArrivalCount, Failure, Frame, Kind
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
    clock, output, still_open = ScriptedClock(), io.StringIO(), {7: 0.25, 8: 0.5}
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
    )
    assert Frame.parse(frame.line()) == frame
    assert frame.line().count("\n") == 1


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
