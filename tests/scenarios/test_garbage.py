"""When what is collected, so that the hub is not stopped."""

from __future__ import annotations

from itertools import pairwise

import pytest

from scenarios.engine.garbage import Garbage, GarbageCollector


class Diary(GarbageCollector):
    """A collector that notes what it does.

    Each full collection takes *takes* seconds; the process grows by *grows* bytes a second, of which a full
    collection gives *gives* back, as a share.
    """

    def __init__(self, takes: float, grows: float, gives: float) -> None:
        self.takes, self.grows, self.gives = takes, grows, gives
        self.now = 0.0
        self.held, self.new = 400e6, 0.0
        self.young: list[int] = []
        self.knots = 0
        self.done: list[tuple[float, str]] = []

    def collect_young(self, generation: int) -> int:
        self.young.append(generation)
        self.new += self.grows / 10
        return self.knots

    def collect_all(self) -> None:
        self.done.append((self.now, "all"))
        self.now += self.takes
        self.held, self.new = self.held + self.new * (1 - self.gives), 0.0

    def freeze(self) -> None:
        self.done.append((self.now, "freeze"))

    def unfreeze(self) -> None:
        self.done.append((self.now, "unfreeze"))

    def memory(self) -> float:
        return self.held + self.new


def watched(takes: float, *users: int, grows: float = 0.0, gives: float = 1.0, knots: int = 0) -> Diary:
    """Return what is done when so many users are there, second after second, with ten looks in each."""
    diary = Diary(takes, grows, gives)
    diary.knots = knots
    garbage = Garbage(diary, lambda: diary.now)
    for count in users:
        for _ in range(10):
            garbage.see(count)
            diary.now = round(diary.now + 0.1, 6)
    return diary


def seconds(diary: Diary, what: str) -> list[int]:
    return [round(moment) for moment, done in diary.done if done == what]


def test_the_youngest_are_collected_at_every_look_and_older_ones_where_there_was_garbage() -> None:
    assert watched(0.001, 1, 2, 3).young == [0] * 30
    assert watched(0.001, 1, 2, knots=5).young == [0] + [1] * 19


def test_while_users_come_everything_is_collected_once_a_second() -> None:
    moments = [moment for moment, done in watched(0.001, *range(100, 900, 100)).done if done == "all"]
    assert all(0.9 < after - before < 1.3 for before, after in pairwise(moments))
    assert len(moments) >= 7


def test_users_who_stay_are_looked_at_no_more_once_they_have_come_to_rest() -> None:
    diary = watched(0.2, *[10_000] * 300)
    assert seconds(diary, "all") == [0, 1, 2]
    assert len(seconds(diary, "freeze")) == 3


def test_a_process_that_grows_by_a_quarter_is_looked_through_and_again_when_it_has_grown_as_much() -> None:
    # From 400 MB on, a hundred megabytes in fifty seconds, which are all given back.
    diary = watched(0.001, *[100] * 200, grows=2e6, gives=1.0)
    assert seconds(diary, "all") == pytest.approx([0, 1, 2, 53, 104, 155], abs=2)
    assert len(seconds(diary, "unfreeze")) == 3


def test_growth_that_is_no_garbage_is_looked_at_ever_less_often() -> None:
    diary = watched(0.001, *[100] * 2000, grows=2e6, gives=0.0)
    # By a quarter, by half of that, by as much again, and so on.
    assert seconds(diary, "all")[3:] == pytest.approx([53, 179, 563], abs=10)


def test_what_users_leave_behind_is_looked_at_once_when_the_last_of_them_has_gone() -> None:
    diary = watched(0.001, 100, 100, 60, 20, 20, 20, 20, 20)
    (unfrozen,) = seconds(diary, "unfreeze")
    assert unfrozen in {4, 5}


def test_users_who_come_or_stay_are_never_looked_at_again() -> None:
    assert seconds(watched(0.2, 0, 500, 1000, 1000, 1000), "unfreeze") == []
