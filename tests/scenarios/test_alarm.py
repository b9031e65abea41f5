"""The alarm rings for the moments it is asked for; on a real timer of the system, with a loop by hand."""

from __future__ import annotations

import math
import select
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from scenarios.engine.alarm import Alarm

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="timerfd_create(2) is Linux's")


@dataclass
class Watched:
    """What a loop watches: a file, and whom to call when it can be read."""

    file: int
    call: Callable[[], None] = field(default=lambda: None)

    def start(self, call: Callable[[], None]) -> None:
        self.call = call


class LoopByHand:
    """A loop whose rounds a test makes."""

    def __init__(self) -> None:
        self.watched = Watched(-1)

    def io(self, file: int, _events: int, *, ref: bool) -> Watched:
        assert not ref
        self.watched = Watched(file)
        return self.watched

    def round(self, patience: float) -> bool:
        """Wait until the file can be read, and say so; return whether it could."""
        if not select.select([self.watched.file], [], [], patience)[0]:
            return False
        self.watched.call()
        return True


def test_it_rings_once_the_moment_has_come_and_not_before() -> None:
    loop = LoopByHand()
    moment = time.perf_counter() + 0.05
    Alarm(loop).wake_at(moment)
    assert not loop.round(0)
    assert loop.round(10)
    assert time.perf_counter() >= moment
    assert not loop.round(0)


def test_an_earlier_moment_comes_first_and_the_later_one_is_not_forgotten() -> None:
    loop = LoopByHand()
    alarm, now = Alarm(loop), time.perf_counter()
    for after in (0.2, 0.02):
        alarm.wake_at(now + after)
    assert loop.round(10)
    assert loop.round(10)
    assert time.perf_counter() >= now + 0.2


def test_a_moment_that_is_over_rings_at_once() -> None:
    loop = LoopByHand()
    Alarm(loop).wake_at(time.perf_counter() - 5)
    assert loop.round(10)


def test_moments_close_to_each_other_ring_together() -> None:
    loop = LoopByHand()
    alarm, now = Alarm(loop), time.perf_counter()
    for number in range(100):
        alarm.wake_at(now + 0.05 + number * 1e-6)
    rings = 0
    while loop.round(0.5):
        rings += 1
    assert rings <= 2


@pytest.mark.parametrize("part", [0.9999999995, 0.0, 0.999999999999])
def test_a_moment_at_the_very_end_of_a_second_is_one_like_any_other(part: float) -> None:
    loop = LoopByHand()
    Alarm(loop).wake_at(int(time.perf_counter()) - 1 + part)
    assert loop.round(10)


@pytest.mark.parametrize("never", [math.inf, math.nan, 1e300])
def test_what_never_comes_is_not_waited_for(never: float) -> None:
    loop = LoopByHand()
    alarm = Alarm(loop)
    alarm.wake_at(never)
    assert not loop.round(0)
    alarm.wake_at(time.perf_counter())
    assert loop.round(10)


def test_moments_that_are_over_are_not_kept() -> None:
    loop = LoopByHand()
    alarm = Alarm(loop)
    for _ in range(100):
        for _ in range(100):
            alarm.wake_at(time.perf_counter())
        assert loop.round(10)
    while loop.round(0.01):
        pass
    assert alarm.waiting == 0
