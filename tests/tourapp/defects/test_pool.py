"""The defect "pool-exhaustion": so many answers of the logbook in a time, and no more."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.tourapp.defects.conftest import Timeline
from tourapp.defects.parts import logbook_of
from tourapp.defects.pool import AWAY
from tourapp.registry.defect import Defect, Defects
from tourapp.store.logbook import Logbook

FIVE: Defects = {Defect.POOL_EXHAUSTION: 5}


@asynccontextmanager
async def opened(path: Path, defects: Defects, timeline: Timeline) -> AsyncIterator[Logbook]:
    logbook = logbook_of(defects, path, committed=lambda *_: None, pause=timeline.pause)
    try:
        yield logbook
    finally:
        await logbook.close()


async def answered(logbook: Logbook, timeline: Timeline, questions: int) -> list[float]:
    """Ask all at once; tell when each question was answered."""
    moments: list[float] = []

    async def ask() -> None:
        await logbook.read(lambda reader: reader.execute("SELECT count(*) FROM progress").fetchone())
        moments.append(timeline.now)

    asked = [asyncio.create_task(ask()) for _ in range(questions)]
    await timeline.advance(questions * AWAY)
    await asyncio.gather(*asked)
    return moments


def test_what_finds_no_connection_waits_until_one_comes_back(logbook: Path, timeline: Timeline) -> None:
    async def scenario() -> None:
        async with opened(logbook, FIVE, timeline) as pooled:
            moments = await answered(pooled, timeline, questions=15)
            assert moments == [0.0] * 5 + [AWAY] * 5 + [2 * AWAY] * 5

    asyncio.run(scenario())


def test_a_sound_logbook_answers_everybody_at_once(logbook: Path, timeline: Timeline) -> None:
    async def scenario() -> None:
        async with opened(logbook, {}, timeline) as sound:
            assert await answered(sound, timeline, questions=15) == [0.0] * 15

    asyncio.run(scenario())


def test_changes_and_failures_take_a_connection_too(logbook: Path, timeline: Timeline) -> None:
    async def scenario() -> None:
        async with opened(logbook, {Defect.POOL_EXHAUSTION: 2}, timeline) as pooled:
            await pooled.write(lambda writer: writer.execute("DELETE FROM progress"))
            (failure,) = await asyncio.gather(
                pooled.read(lambda reader: reader.execute("SELECT nothing")), return_exceptions=True
            )
            assert isinstance(failure, sqlite3.OperationalError)
            assert await answered(pooled, timeline, questions=1) == [AWAY]

    asyncio.run(scenario())


def test_a_pool_that_is_used_up_can_be_closed(logbook: Path, timeline: Timeline) -> None:
    async def scenario() -> None:
        async with opened(logbook, {Defect.POOL_EXHAUSTION: 1}, timeline) as pooled:
            await pooled.check()
        assert timeline.now == 0.0

    asyncio.run(scenario())
