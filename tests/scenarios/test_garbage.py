"""When the collector is kept from looking at users, and when it may."""

from __future__ import annotations

import gc

import pytest

from scenarios.engine.garbage import Garbage, collect_everything


class Diary:
    """What a Garbage does, which is told of users and collections second by second."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.now = 0.0
        self.garbage = Garbage(
            freeze=lambda: self.done.append("freeze"),
            collect=lambda: self.done.append("collect"),
            clock=lambda: self.now,
        )

    def collection(self, generation: int, takes: float) -> None:
        self.garbage.on_collection("start", {"generation": generation})
        self.now += takes
        self.garbage.on_collection("stop", {"generation": generation, "collected": 0})

    def users(self, *counts: int) -> None:
        for count in counts:
            self.garbage.see(count)
            self.now += 1.0


def test_what_survives_a_long_full_collection_is_frozen() -> None:
    diary = Diary()
    diary.collection(2, takes=0.2)
    assert diary.done == ["freeze"]


@pytest.mark.parametrize(("generation", "takes"), [(2, 0.001), (1, 0.2), (0, 0.2)])
def test_a_short_or_a_young_collection_freezes_nothing(generation: int, takes: float) -> None:
    diary = Diary()
    diary.collection(generation, takes)
    assert diary.done == []


def test_what_users_leave_behind_is_collected_once_when_the_last_of_them_has_gone() -> None:
    diary = Diary()
    diary.users(0, 100, 100, 60, 20, 20, 20, 20)
    assert diary.done == ["collect"]


def test_users_who_come_or_stay_leave_the_collector_alone() -> None:
    diary = Diary()
    diary.users(0, 500, 1000, 1000, 1000)
    assert diary.done == []


def test_it_is_looked_once_a_second_however_often_somebody_says() -> None:
    diary = Diary()
    diary.users(100)
    diary.now -= 0.5
    for count in (90, 80, 80):
        diary.garbage.see(count)
    assert diary.done == []


def test_cyclic_garbage_that_was_frozen_is_collected_in_the_end() -> None:
    class Knot:
        died = 0

        def __init__(self) -> None:
            self.me = self

        def __del__(self) -> None:
            Knot.died += 1

    Knot()
    gc.freeze()
    gc.collect()
    assert Knot.died == 0
    try:
        collect_everything()
        assert Knot.died == 1
    finally:
        gc.unfreeze()
