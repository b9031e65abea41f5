"""When what is collected, so that the hub is not stopped."""

from __future__ import annotations

from itertools import pairwise

from scenarios.engine.garbage import Garbage, GarbageCollector


class Diary(GarbageCollector):
    """A collector that notes what it does; each full collection takes *takes* seconds, and finds *finds*."""

    def __init__(self, takes: float, finds: int) -> None:
        self.takes = takes
        self.finds = finds
        self.now = 0.0
        self.young = 0
        self.done: list[tuple[float, str]] = []

    def collect_young(self) -> None:
        self.young += 1

    def collect_all(self) -> int:
        self.done.append((self.now, "all"))
        self.now += self.takes
        return self.finds

    def freeze(self) -> None:
        self.done.append((self.now, "freeze"))

    def unfreeze(self) -> None:
        self.done.append((self.now, "unfreeze"))


def watched(takes: float, *users: int, finds: int = 0) -> Diary:
    """Return what is done when so many users are there, second after second, with ten looks in each."""
    diary = Diary(takes, finds)
    garbage = Garbage(diary, lambda: diary.now)
    for count in users:
        for _ in range(10):
            garbage.see(count)
            diary.now = round(diary.now + 0.1, 6)
    return diary


def seconds(diary: Diary, what: str) -> list[int]:
    return [round(moment) for moment, done in diary.done if done == what]


def test_the_young_are_collected_at_every_look() -> None:
    assert watched(0.001, 1, 2, 3).young == 30


def test_while_users_come_everything_is_collected_once_a_second() -> None:
    moments = [moment for moment, done in watched(0.001, *range(100, 900, 100)).done if done == "all"]
    assert all(0.9 < after - before < 1.3 for before, after in pairwise(moments))
    assert len(moments) >= 7


def test_when_there_is_little_to_collect_it_is_looked_ever_less_often_but_each_minute() -> None:
    diary = watched(0.001, *[100] * 300)
    assert seconds(diary, "all") == [0, 2, 6, 14, 30, 62, 122, 182, 242]
    assert seconds(diary, "freeze") == []


def test_what_survives_a_long_collection_is_frozen_and_one_that_finds_nothing_is_not_soon_repeated() -> None:
    diary = watched(0.2, *[100] * 30)
    assert len(seconds(diary, "freeze")) == len(seconds(diary, "all")) < 6


def test_where_there_is_much_to_collect_it_is_looked_again_as_soon() -> None:
    assert len(seconds(watched(0.001, *[100] * 10, finds=1_000_000), "all")) >= 8


def test_what_users_leave_behind_is_looked_at_once_when_the_last_of_them_has_gone() -> None:
    diary = watched(0.001, 100, 100, 60, 20, 20, 20, 20, 20)
    (unfrozen,) = seconds(diary, "unfreeze")
    assert unfrozen in {4, 5}


def test_users_who_come_or_stay_are_never_looked_at_again() -> None:
    assert seconds(watched(0.2, 0, 500, 1000, 1000, 1000), "unfreeze") == []
