"""When what is collected, so that the hub is not stopped."""

from __future__ import annotations

from itertools import pairwise

import pytest

from scenarios.engine.garbage import Garbage, GarbageCollector


class Diary(GarbageCollector):
    """A collector that notes what it does, in a process that holds *base* bytes at first.

    Each full collection takes *takes* seconds; the process grows by *grows* bytes a second and by *each* for
    a user who comes.  Of the growth a collection of everything, unfrozen, finds *gives* as garbage, as a
    share, in objects of a hundred bytes; one of what has just come finds it all alive.  A process that
    *keeps* its memory uses it no more and does not give it back.
    """

    def __init__(
        self,
        *,
        takes: float,
        grows: float = 0.0,
        gives: float = 1.0,
        each: float = 0.0,
        base: float = 400e6,
        keeps: bool = False,
        knots: int = 0,
        blind: bool = False,
    ) -> None:
        self.takes, self.grows, self.gives, self.each = takes, grows, gives, each
        self.keeps, self.knots, self.blind = keeps, knots, blind
        self.now = 0.0
        self.users = 0
        self.unfrozen = False
        self.held, self.new = base, 0.0
        self.young: list[int] = []
        self.done: list[tuple[float, str]] = []

    def pass_on(self, users: int) -> None:
        """Let a tenth of a second pass with so many users."""
        self.new += self.grows / 10 + self.each * max(0, users - self.users)
        self.users = users
        self.now = round(self.now + 0.1, 6)

    def collect_young(self, generation: int) -> int:
        self.young.append(generation)
        return self.knots

    def collect_all(self) -> int:
        self.done.append((self.now, "all"))
        self.now += self.takes
        if not self.unfrozen:
            return 0
        self.unfrozen = False
        garbage = self.new * self.gives
        self.held, self.new = self.held + self.new - (0.0 if self.keeps else garbage), 0.0
        return int(garbage / 100)

    def freeze(self) -> None:
        self.done.append((self.now, "freeze"))

    def unfreeze(self) -> None:
        self.done.append((self.now, "unfreeze"))
        self.unfrozen = True

    def memory(self) -> float:
        return 0.0 if self.blind else self.held + self.new


def watched(diary: Diary, *users: int) -> Diary:
    """Return what is done when so many users are there, second after second, with ten looks in each."""
    garbage = Garbage(diary, lambda: diary.now)
    for count in users:
        for _ in range(10):
            garbage.see(count)
            diary.pass_on(count)
    return diary


def seconds(diary: Diary, what: str) -> list[int]:
    return [round(moment) for moment, done in diary.done if done == what]


# Three users more each second for the better part of an hour: never at rest.
LONG_RAMP = range(0, 10_000, 3)


def test_the_youngest_are_collected_at_every_look_and_older_ones_where_there_was_garbage() -> None:
    assert watched(Diary(takes=0.001), 1, 2, 3).young == [0] * 30
    assert watched(Diary(takes=0.001, knots=5), 1, 2).young == [0] + [1] * 19


def test_while_users_come_those_who_have_come_are_looked_at_once_a_second() -> None:
    diary = watched(Diary(takes=0.001), *range(100, 900, 100))
    moments = [moment for moment, done in diary.done if done == "all"]
    assert all(0.9 < after - before < 1.3 for before, after in pairwise(moments))
    assert len(moments) >= 7


def test_users_who_stay_are_looked_at_no_more_once_they_have_come_to_rest() -> None:
    diary = watched(Diary(takes=0.2), *[10_000] * 300)
    assert seconds(diary, "all") == [0, 1, 2]
    assert len(seconds(diary, "freeze")) == 3


def test_a_process_that_grows_by_a_quarter_is_looked_through_and_again_when_it_has_grown_as_much() -> None:
    # From 400 MB on, a hundred megabytes in fifty seconds, which are all given back.
    diary = watched(Diary(takes=0.001, grows=2e6, knots=1), *[100] * 200)
    assert seconds(diary, "unfreeze") == pytest.approx([53, 104, 155], abs=4)


def test_memory_that_the_process_keeps_does_not_make_the_looks_rarer() -> None:
    # By a quarter each time: 400, 500, 625, 781 MB.
    diary = watched(Diary(takes=0.001, grows=2e6, keeps=True, knots=1), *[100] * 200)
    assert seconds(diary, "unfreeze") == pytest.approx([53, 116, 194], abs=6)


def test_growth_that_is_no_garbage_is_looked_at_less_often_but_whenever_the_process_has_doubled() -> None:
    diary = watched(Diary(takes=0.001, grows=2e6, gives=0.0, knots=1), *[100] * 2500)
    # By a quarter, by half, and from then on to the double: 400, 500, 750, 1,500, 3,000 MB.
    assert seconds(diary, "unfreeze") == pytest.approx([53, 179, 557, 1313], abs=20)


def test_users_who_remember_their_first_tasks_are_not_looked_at_where_no_garbage_was_ever_found() -> None:
    # As 10,000 of the tour app's visitors do: 230 MB when all have come, and 287 MB a minute later.
    diary = watched(Diary(takes=0.2, base=230e6, grows=1.5e6, gives=0.0), *[10_000] * 100)
    assert seconds(diary, "unfreeze") == []


def test_garbage_that_only_a_whole_look_finds_is_found_at_the_double_and_then_at_a_quarter() -> None:
    # 400, 800 and all given back; from then on at 500.
    diary = watched(Diary(takes=0.001, grows=2e6), *[100] * 300)
    assert seconds(diary, "unfreeze") == pytest.approx([203, 254], abs=6)


def test_a_process_whose_memory_nobody_tells_is_looked_through_each_minute() -> None:
    diary = watched(Diary(takes=0.001, blind=True), *[100] * 200)
    assert seconds(diary, "unfreeze") == pytest.approx([60, 120, 180], abs=3)


def test_what_users_leave_behind_is_looked_at_once_when_the_last_of_them_has_gone() -> None:
    diary = watched(Diary(takes=0.001), 100, 100, 60, 20, 20, 20, 20, 20)
    (unfrozen,) = seconds(diary, "unfreeze")
    assert unfrozen in {4, 5}


@pytest.mark.parametrize("ramp", [LONG_RAMP, range(0, 10_000, 500)])
def test_users_who_come_or_stay_are_never_looked_at_again(ramp: range) -> None:
    diary = watched(Diary(takes=0.02, each=25e3, base=70e6, gives=0.0), *ramp, *[10_000] * 60)
    assert seconds(diary, "unfreeze") == []


def test_a_ramp_that_leaks_is_looked_through_while_it_lasts() -> None:
    diary = watched(Diary(takes=0.02, each=250e3, base=70e6, knots=1), *LONG_RAMP)
    assert len(seconds(diary, "unfreeze")) > 10
    # What was garbage is gone, but for what came since: far from the 2.5 GB in all.
    assert diary.memory() < 2 * 70e6


def test_what_users_were_allowed_is_not_left_open_once_they_are_at_rest() -> None:
    # They hold 320 MB, so the first look is due at 400, and not at the gigabyte they might hold.
    diary = watched(Diary(takes=0.02, each=25e3, base=70e6, grows=1e6, gives=0.0, knots=1), *[10_000] * 120)
    assert seconds(diary, "unfreeze") == pytest.approx([83], abs=4)
