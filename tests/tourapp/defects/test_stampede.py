"""The defect "cache-stampede": how often the same thing is made."""

import asyncio
from pathlib import Path

from tests.tourapp.defects.conftest import Timeline
from tourapp.defects.stampede import Stampede, StampedingTowns
from tourapp.store.catalogue import Catalogue
from tourapp.store.database import open_catalogue

CALLERS = 20


def test_everyone_who_finds_the_value_too_old_makes_it_again(timeline: Timeline) -> None:
    made: list[float] = []

    async def make() -> str:
        made.append(timeline.now)
        await timeline.pause(0.1)
        return "fresh"

    async def scenario() -> None:
        stampede = Stampede(make, seconds=1.0, clock=timeline.clock)
        for beginning, makings in ((0.0, CALLERS), (0.5, 0), (2.0, CALLERS)):
            await timeline.advance(beginning - timeline.now)
            made.clear()
            callers = [asyncio.create_task(stampede.value()) for _ in range(CALLERS)]
            await timeline.advance(0.1)
            assert {await caller for caller in callers} == {"fresh"}
            assert made == [beginning] * makings

    asyncio.run(scenario())


def test_a_stampede_counts_the_same_cities(catalogue: Path, timeline: Timeline) -> None:
    connection = open_catalogue(catalogue)
    expected = Catalogue(connection).town_counts()
    connection.close()

    async def scenario() -> None:
        towns = StampedingTowns(catalogue, seconds=1.0, clock=timeline.clock)
        assert await asyncio.gather(*(towns.counts() for _ in range(CALLERS))) == [expected] * CALLERS
        towns.close()

    asyncio.run(scenario())
