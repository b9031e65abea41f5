"""Group commit: what is confirmed is on the disk, and nobody pays for another's mistake."""

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest

from tourapp.store.database import open_logbook_for_reading, open_logbook_for_writing
from tourapp.store.logbook import Logbook

ROW = "INSERT INTO progress VALUES (?, ?, 1, 1.0, 1, 0.0)"


@asynccontextmanager
async def opened(path: Path) -> AsyncIterator[Logbook]:
    logbook = Logbook(path)
    try:
        yield logbook
    finally:
        await logbook.close()


def count(connection: sqlite3.Connection) -> int:
    (rows,) = connection.execute("SELECT count(*) FROM progress").fetchone()
    return int(rows)


def commits(reader: sqlite3.Connection) -> int:
    """Return the counter in the file's header, which each commit raises (SQLite file format, 1.3.7)."""
    (name,) = (row[2] for row in reader.execute("PRAGMA database_list"))
    return int.from_bytes(Path(name).read_bytes()[24:28], "big")


def marked(account: str, tour_id: int) -> Callable[[sqlite3.Connection], object]:
    return lambda writer: writer.execute(ROW, (account, tour_id))


def test_what_is_confirmed_is_seen_by_another_process(logbook: Path) -> None:
    async def scene() -> None:
        async with opened(logbook) as open_logbook:
            await open_logbook.write(marked("anna", 1))
            with closing(open_logbook_for_reading(logbook)) as other:
                assert count(other) == 1

    asyncio.run(scene())


def test_many_changes_share_commits(logbook: Path) -> None:
    async def scene() -> None:
        async with opened(logbook) as open_logbook:
            before = await open_logbook.read(commits)
            await asyncio.gather(*(open_logbook.write(marked("anna", number)) for number in range(300)))
            assert await open_logbook.read(count) == 300
            assert await open_logbook.read(commits) - before <= 2

    asyncio.run(scene())


def test_a_change_that_fails_is_undone_alone(logbook: Path) -> None:
    def wrong(writer: sqlite3.Connection) -> None:
        writer.execute(ROW, ("berta", 1))
        raise ValueError("I changed my mind")

    async def scene() -> None:
        async with opened(logbook) as open_logbook:
            outcomes = await asyncio.gather(
                open_logbook.write(lambda writer: writer.execute(ROW, ("anna", 1)).rowcount),
                open_logbook.write(wrong),
                open_logbook.write(lambda writer: writer.execute(ROW, ("carla", 1)).rowcount),
                return_exceptions=True,
            )
            assert outcomes[0] == outcomes[2] == 1
            assert isinstance(outcomes[1], ValueError)
            assert await open_logbook.read(count) == 2

    asyncio.run(scene())


def test_a_change_is_made_although_its_caller_has_gone(logbook: Path) -> None:
    async def scene() -> None:
        async with opened(logbook) as open_logbook:
            caller = asyncio.create_task(open_logbook.write(marked("anna", 1)))
            await asyncio.sleep(0)
            caller.cancel()
        with closing(open_logbook_for_reading(logbook)) as other:
            assert count(other) == 1

    asyncio.run(scene())


def test_another_process_is_waited_for_without_holding_up_the_loop(logbook: Path) -> None:
    async def scene() -> None:
        async with opened(logbook) as open_logbook:
            with closing(open_logbook_for_writing(logbook)) as other:
                other.execute("BEGIN EXCLUSIVE")
                writing = asyncio.create_task(open_logbook.write(marked("anna", 1)))
                reading = asyncio.create_task(open_logbook.read(count))
                # The loop turns all the while, or this would not get anywhere.
                for _ in range(10):
                    await asyncio.sleep(0.001)
                assert not writing.done()
                assert not reading.done()
                other.execute("COMMIT")
            await asyncio.gather(writing, reading)

    asyncio.run(scene())


def test_a_group_that_cannot_be_committed_fails_for_all_of_it(logbook: Path) -> None:
    async def scene() -> None:
        async with opened(logbook) as open_logbook:
            os.unlink(logbook)  # noqa: PTH108 - quick, and nothing else happens in this loop
            outcomes = await asyncio.gather(
                *(open_logbook.write(marked("anna", 1)) for _ in range(3)),
                return_exceptions=True,
            )
            assert {type(each) for each in outcomes} == {sqlite3.OperationalError}

    asyncio.run(scene())


def test_two_processes_lose_nothing_of_each_other(logbook: Path) -> None:
    async def scene() -> None:
        async with opened(logbook) as one, opened(logbook) as two:
            await asyncio.gather(
                *(
                    book.write(marked(name, number))
                    for number in range(50)
                    for name, book in (("anna", one), ("berta", two))
                ),
                *(book.read(count) for _ in range(20) for book in (one, two)),
            )
            assert await one.read(count) == 100

    asyncio.run(scene())


def test_closing_finishes_what_was_accepted(logbook: Path) -> None:
    async def scene() -> None:
        open_logbook = Logbook(logbook)
        writing = asyncio.create_task(open_logbook.write(marked("anna", 1)))
        await asyncio.sleep(0)
        await open_logbook.close()
        await writing

    asyncio.run(scene())
    with closing(open_logbook_for_reading(logbook)) as other:
        assert count(other) == 1


def test_what_is_on_the_disk_is_confirmed_although_nobody_could_count_it(logbook: Path) -> None:
    def uncountable(changes: int, seconds: float) -> None:
        raise OSError(f"no space for {changes} changes in {seconds} s")

    async def scene() -> None:
        open_logbook = Logbook(logbook, committed=uncountable)
        for number in range(2):
            await open_logbook.write(marked("anna", number))
        assert await open_logbook.read(count) == 2
        await open_logbook.close()

    asyncio.run(scene())


@pytest.mark.parametrize("answer", [None, 7, "text"])
def test_a_change_answers_its_caller(logbook: Path, answer: object) -> None:
    async def scene() -> object:
        async with opened(logbook) as open_logbook:
            return await open_logbook.write(lambda _writer: answer)

    assert asyncio.run(scene()) == answer
