"""When the collector is kept from looking at users, and when it may."""

from __future__ import annotations

from scenarios.engine.garbage import Garbage


def seen(*users: int) -> list[str]:
    """Return what is done when so many users are there, second after second."""
    done: list[str] = []
    garbage = Garbage(freeze=lambda: done.append("freeze"), collect=lambda: done.append("collect"))
    for second, count in enumerate(users):
        garbage.see(count, float(second))
    return done


def test_users_are_frozen_second_by_second_as_they_come_and_once_when_all_are_there() -> None:
    assert seen(500, 1000, 1500, 1500, 1500, 1500) == ["freeze"] * 4


def test_what_users_leave_behind_is_collected_once_when_the_last_of_them_has_gone() -> None:
    assert seen(100, 100, 60, 20, 20, 20) == ["freeze", "freeze", "collect"]


def test_a_number_that_stays_leaves_the_collector_alone() -> None:
    assert seen(0, 0, 0) == []


def test_it_is_looked_once_a_second_however_often_somebody_says() -> None:
    done: list[str] = []
    garbage = Garbage(freeze=lambda: done.append("freeze"))
    for tenth in range(20):
        garbage.see(tenth, tenth / 10)
    assert done == ["freeze", "freeze"]
