"""The defect "cache-stampede": how often the same thing is made."""

import asyncio
from pathlib import Path

import pytest

from tests.tourapp.defects.conftest import Timeline
from tourapp.defects.parts import towns_of
from tourapp.defects.stampede import Stampede
from tourapp.registry.defect import Defect, Defects
from tourapp.store.kept import Kept, Visit

CALLERS = 20


@pytest.mark.parametrize(("keeping", "makings"), [(Stampede, CALLERS), (Kept, 1)])
def test_in_a_stampede_everyone_who_finds_the_value_too_old_makes_it_again(
    timeline: Timeline, keeping: type[Kept[str]], makings: int
) -> None:
    made: list[float] = []

    async def make() -> str:
        made.append(timeline.now)
        await timeline.pause(0.1)
        return "fresh"

    async def scenario() -> None:
        kept = keeping(make, seconds=1.0, clock=timeline.clock)
        for beginning, expected in ((0.0, makings), (0.5, 0), (2.0, makings)):
            await timeline.advance(beginning - timeline.now)
            made.clear()
            callers = [asyncio.create_task(kept.value()) for _ in range(CALLERS)]
            await timeline.advance(0.1)
            assert {await caller for caller in callers} == {"fresh"}
            assert made == [beginning] * expected

    asyncio.run(scenario())


@pytest.mark.parametrize(("defects", "counted"), [({Defect.CACHE_STAMPEDE: 1.0}, CALLERS), ({}, 1)])
def test_an_app_with_the_defect_counts_its_cities_once_for_each_who_asks(
    catalogue: Path, timeline: Timeline, defects: Defects, counted: int
) -> None:
    visits: list[Visit] = []

    async def scenario() -> None:
        towns = towns_of(defects, catalogue, clock=timeline.clock, visited=visits.append)
        answers = await asyncio.gather(*(towns.counts() for _ in range(CALLERS)))
        assert len(set(answers)) == 1
        assert visits.count(Visit.MISS) == counted
        towns.close()

    asyncio.run(scenario())
