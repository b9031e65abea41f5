"""What a Locust process tells of itself, and the book that its users keep of their requests."""

from __future__ import annotations

import os

import pytest

from scenarios.engine.flight import InFlight
from scenarios.engine.machine import files, pressure_in, stolen_in, throttled_in
from scenarios.engine.processor import waited
from scenarios.engine.signals import Signals

STATISTICS = "cpu  3159372 73876 501508 4167152 24861 0 22509 969 0 0\ncpu0 1 2 3\n"
PRESSURE = "some avg10=18.41 avg60=13.03 avg300=13.14 total=7954943685\nfull avg10=0.00 total=0\n"
GROUP = "nr_periods 100\nnr_throttled 17\nthrottled_time 123\n"


def test_stolen_time_pressure_and_throttling_are_read_as_the_kernel_writes_them() -> None:
    assert stolen_in(STATISTICS) == pytest.approx(969 / os.sysconf("SC_CLK_TCK"))
    assert pressure_in(PRESSURE) == pytest.approx(7954.94, abs=0.01)
    assert throttled_in(GROUP) == 17


def test_a_kernel_that_does_not_tell_is_silence_and_no_error() -> None:
    assert (stolen_in(""), pressure_in(""), throttled_in("")) == (0.0, 0.0, 0)


def test_open_descriptors_are_held_against_how_many_may_be() -> None:
    number, allowed = files()
    assert 0 <= number < allowed
    assert waited() >= 0


def test_signals_of_several_are_summed_where_they_are_counts_and_at_their_worst_elsewhere() -> None:
    one = Signals(hub_lag=0.2, collections=3, collecting=0.01, waited=0.5, ended=10, in_flight=1.5, files=40)
    other = Signals(hub_lag=0.1, collections=1, collecting=0.02, waited=0.7, ended=5, in_flight=0.5, files=60)
    assert Signals.together((one, other)) == Signals(
        hub_lag=0.2, collections=4, collecting=0.03, waited=0.7, ended=15, in_flight=2.0, files=60
    )
    assert Signals.together(()) == Signals()


def test_only_what_is_known_is_written_and_unknown_names_are_left_out() -> None:
    assert Signals(hub_lag=0.0123456789, throttled=2).told() == {"hub_lag": 0.012346, "throttled": 2}
    assert Signals.of({"throttled": 2, "of a later version": 1}) == Signals(throttled=2)


def test_the_users_book_adds_up_for_how_long_requests_were_under_way() -> None:
    book = InFlight()
    book.begin(1, since=9.0, now=10.0)
    book.begin(2, since=10.25, now=10.5)
    book.end(2, now=10.75)
    assert sorted(book.since()) == [9.0]
    assert book.counted(11.0) == (1, 1.25)
    book.end(1, now=11.5)
    assert book.counted(12.0) == (1, 0.5)
    assert book.counted(13.0) == (0, 0.0)


def test_requests_of_one_user_at_the_same_time_all_count() -> None:
    book = InFlight()
    for now in (0.0, 0.25):
        book.begin(1, since=now, now=now)
    book.end(1, now=0.5)
    book.end(1, now=1.0)
    assert book.counted(1.0) == (2, 1.25)


def test_who_leaves_in_the_midst_of_a_request_ends_it() -> None:
    book = InFlight()
    book.begin(1, since=0.0, now=0.0)
    book.leave(1, now=0.25)
    book.leave(2, now=0.5)
    assert list(book.since()) == []
    assert book.counted(1.0) == (1, 0.25)
