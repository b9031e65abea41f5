"""What is dear to make is made once for all who wait, and kept for a while."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from tourapp.store.kept import Kept, Visit


class Maker:
    """Makes 1, 2, 3 ... one turn of the loop after the next, and fails when told to."""

    def __init__(self) -> None:
        self.now = 0.0
        self.made = 0
        self.fails = False
        self.visits: list[Visit] = []

    async def make(self) -> int:
        self.made += 1
        number = self.made
        await asyncio.sleep(0)
        if self.fails:
            raise ConnectionError("there is nothing to make it of")
        return number

    def kept(self) -> Kept[int]:
        return Kept(self.make, seconds=30, clock=lambda: self.now, visited=self.visits.append)


def played(scene: Callable[[], Awaitable[None]]) -> None:
    async def play() -> None:
        await scene()

    asyncio.run(play())


def test_all_who_wait_get_what_is_made_once() -> None:
    maker = Maker()

    async def scene() -> None:
        kept = maker.kept()
        assert await asyncio.gather(*(kept.value() for _ in range(100))) == [1] * 100
        assert await kept.value() == 1

    played(scene)
    assert maker.made == 1
    assert maker.visits == [Visit.MISS, *[Visit.SHARED] * 99, Visit.HIT]


def test_after_its_time_it_is_made_again() -> None:
    maker = Maker()

    async def scene() -> None:
        kept = maker.kept()
        assert await kept.value() == 1
        maker.now += 29.9
        assert await kept.value() == 1
        maker.now += 0.1
        assert await kept.value() == 2
        # The clock was set back.
        maker.now -= 1_000
        assert await kept.value() == 3

    played(scene)


def test_a_failure_reaches_all_who_wait_and_is_not_kept() -> None:
    maker = Maker()

    async def scene() -> None:
        kept = maker.kept()
        maker.fails = True
        outcomes = await asyncio.gather(*(kept.value() for _ in range(3)), return_exceptions=True)
        assert [type(each) for each in outcomes] == [ConnectionError] * 3
        maker.fails = False
        assert await kept.value() == 2

    played(scene)


def test_a_caller_that_goes_away_takes_nothing_from_the_others() -> None:
    maker = Maker()

    async def scene() -> None:
        kept = maker.kept()
        first, second = (asyncio.create_task(kept.value()) for _ in range(2))
        await asyncio.sleep(0)
        first.cancel()
        assert await second == 1
        with pytest.raises(asyncio.CancelledError):
            await first

    played(scene)
    assert maker.made == 1
