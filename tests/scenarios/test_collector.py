"""From many frames to what is kept: seconds of several workers, roll-ups, and memory that does not grow."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest
from hdrh.histogram import HdrHistogram
from hdrh.log import HistogramLogReader

from lab.kernel.histogram import HIGHEST_MICROSECONDS, Counts, Histogram, index_of
from profiles.profile import Profile
from scenarios import framefiles, hdrlog
from scenarios.collector import Collector
from scenarios.engine.frames import ArrivalCount, Failure, Frame, Kind, Tally
from scenarios.framefiles import Gathering, Tail
from scenarios.merging import RollUp, over_workers, rolled_up, span_of
from tests.builders import START

PROFILE = Profile(name="test", users=30, ramp=1.0, warm_up=1.0, hold=3.0, trials=1)
GONE = Failure(endpoint="GET /", what="ConnectionError", count=1, example="gone")


def a_frame(second: int, worker: int = 0, *, microseconds: int = 10_000, busy: float = 0.25) -> Frame:
    """Return a second with twenty answers and one failure."""
    return Frame(
        second=second,
        worker=worker,
        users=10,
        counts={
            ("GET /", Kind.RESPONSE): {index_of(microseconds): 20},
            ("GET /", Kind.LAG): {index_of(100 * (worker + 1)): 20},
            ("GET /", Kind.FAILED): {index_of(500): 1},
        },
        failures=(GONE,),
        waiting=(0.5,),
        arrivals=ArrivalCount(begun=21, held_up=2, queued=3),
        busy=busy,
        statuses={"GET /": {200: 20, 0: 1}},
        tallies={"GET /": Tally(connects=1, sent=100, received=900)},
    )


def test_counts_that_grow_are_those_of_the_whole() -> None:
    parts = [{3: 1, 7: 2}, {}, {2500: 4}, {7: 1}]
    counts = Counts()
    for part in parts:
        counts.add(part)
    whole = Histogram.of({3: 1, 7: 3, 2500: 4})
    grown = counts.histogram()
    assert (list(grown.indices), list(grown.counts)) == (list(whole.indices), list(whole.counts))


def test_a_second_of_several_workers_is_their_sum_and_as_busy_as_the_busiest() -> None:
    together = over_workers([a_frame(2), a_frame(2, 1, busy=0.9), a_frame(2, 2)])
    assert together.users == 30
    assert together.counts["GET /", Kind.RESPONSE] == {index_of(10_000): 60}
    assert together.counts["GET /", Kind.LAG] == {100: 20, 200: 20, 300: 20}
    assert together.failures == (Failure(endpoint="GET /", what="ConnectionError", count=3, example="gone"),)
    assert together.waiting == (0.5, 0.5, 0.5)
    assert together.arrivals == ArrivalCount(begun=63, held_up=6, queued=9)
    assert together.busy == 0.9
    assert together.statuses == {"GET /": {200: 60, 0: 3}}
    assert together.tallies == {"GET /": Tally(connects=3, sent=300, received=2700)}


def test_a_second_is_complete_when_all_workers_have_told_of_it() -> None:
    gathering = Gathering(2)
    assert gathering.add(a_frame(0, 1)) is None
    assert gathering.add(a_frame(1, 1)) is None
    assert (gathering.incomplete, gathering.missing) == (2, 0)
    complete = gathering.add(a_frame(0, 0))
    assert complete is not None
    assert [part.worker for part in complete] == [0, 1]
    assert gathering.incomplete == 1


def test_the_window_keeps_each_workers_seconds_beside_those_of_the_load() -> None:
    collector = Collector(PROFILE)
    for second in range(5):
        collector.add([a_frame(second), a_frame(second, 1, busy=0.9 if second == 3 else 0.25)])
    window = collector.window()
    assert [second.number for second in window.seconds] == [2, 3, 4]
    assert {second.users for second in window.seconds} == {20}
    saturated = [second for second in window.by_worker if second.busy > 0.8]
    assert [(second.number, second.worker) for second in saturated] == [(3, 1)]
    assert window.over(Kind.RESPONSE).size == 3 * 40
    assert window.tallies["GET /"].connects == 6
    assert window.queued_before == 6
    (first, *_) = window.seconds
    assert (first.answers, first.failed, first.connects) == (40, 2, 2)
    assert first.lag == pytest.approx(0.0002)
    assert first.response == pytest.approx(0.01, rel=1e-3)


def test_roll_ups_hold_all_counts_and_end_with_the_last_of_their_seconds() -> None:
    seconds = [a_frame(second) for second in range(25)]
    rolled = list(rolled_up(seconds, 10))
    assert [(each.second, each.span) for each in rolled] == [(0, 10), (10, 10), (20, 5)]
    assert rolled[0].counts["GET /", Kind.RESPONSE] == {index_of(10_000): 200}
    assert rolled[0].arrivals == ArrivalCount(begun=210, held_up=20, queued=3)
    assert rolled[2].busy == 1.25
    assert rolled[0].tallies["GET /"].connects == 10
    assert [Frame.parse(each.line()) for each in rolled] == rolled


def test_roll_ups_of_a_day_are_no_more_than_a_chart_can_show() -> None:
    assert span_of(600) == 10
    assert 86_400 / span_of(86_400) < 2000


def test_a_day_of_frames_is_not_kept_in_memory() -> None:
    length = 2000
    profile = Profile(name="soak", users=10, ramp=1.0, warm_up=1.0, hold=float(length), trials=1)

    def taken(seconds: Iterator[Frame]) -> int:
        collector, roll_up = Collector(profile), RollUp(60)
        tracemalloc.start()
        for frame in seconds:
            roll_up.add(collector.add([frame]))
        used, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert len(collector.window().seconds) == length - 1
        return used

    frames = (a_frame(second, microseconds=10_000 + second) for second in range(length + 1))
    # Of each second a few hundred bytes, however much its frame held.
    assert taken(frames) < 700 * length


def written(path: Path, frames: list[Frame]) -> Path:
    path.write_text("".join(frame.line() for frame in frames), encoding="utf-8")
    return path


def test_files_of_several_workers_are_read_second_by_second(tmp_path: Path) -> None:
    one = written(tmp_path / "one", [a_frame(second) for second in range(3)])
    other = written(tmp_path / "other", [a_frame(second, 1) for second in range(2)])
    with other.open("a") as file:
        file.write('{"second": 2, "us')
    found = list(framefiles.read([one, other, tmp_path / "missing"]))
    assert [(frame.second, frame.users) for frame in found] == [(0, 20), (1, 20), (2, 10)]


def test_a_growing_file_is_read_up_to_its_last_whole_line(tmp_path: Path) -> None:
    tail = Tail(tmp_path / "frames")
    assert list(tail.frames()) == []
    first, second = a_frame(0).line(), a_frame(1).line()
    with (tmp_path / "frames").open("w") as file:
        file.write(first + second[:20])
        file.flush()
        assert [frame.second for frame in tail.frames()] == [0]
        assert list(tail.frames()) == []
        file.write(second[20:])
    assert [frame.second for frame in tail.frames()] == [1]


def test_a_roll_up_is_a_longer_interval_of_the_log(tmp_path: Path) -> None:
    hdrlog.write(tmp_path / "log", rolled_up([a_frame(second) for second in range(20)], 10), START)
    reader = HistogramLogReader(str(tmp_path / "log"), HdrHistogram(1, HIGHEST_MICROSECONDS, 3))
    sizes = []
    while (interval := reader.get_next_interval_histogram()) is not None:
        sizes.append(
            (interval.get_total_count(), interval.get_end_time_stamp() - interval.get_start_time_stamp())
        )
    reader.close()
    assert sizes == [(200, 10_000), (200, 10_000)]
