"""Handing in what was recorded offline."""

import asyncio
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import httpx
import pytest

from tests.tourapp.conftest import LABEL, Visitor, error_of
from tourapp.api.sync import CLOCK_TOLERANCE, MOST_MARKS
from tourapp.settings import Settings
from tourapp.store.logbook import Logbook
from tourapp.store.progress import Mark
from tourapp.store.sync import FORGOTTEN_AT_ONCE, KEY_LIFETIME, Batch, Sync


def mark(tour_id: int, stop: int, at: float, zone: timezone = UTC) -> dict[str, Any]:
    """Describe a mark that was recorded `at` seconds since the epoch."""
    moment = datetime.fromtimestamp(at, zone).isoformat()
    return {"tour_id": tour_id, "stop": stop, "seconds": 1.5, "recorded_at": moment}


def synced(visit: Visitor, walker: Mapping[str, str], key: str, *marks: object) -> httpx.Response:
    return visit.ask("POST", "/api/sync", headers={**walker, "idempotency-key": key}, json={"marks": marks})


def stops_of(visit: Visitor, walker: Mapping[str, str], *tours: int) -> list[int]:
    return [visit.get(f"/api/progress/{tour_id}", headers=walker).json()["stop"] for tour_id in tours]


def test_the_newest_mark_wins_wherever_it_comes_from(visit: Visitor) -> None:
    walker = visit.log_in()
    visit.ask("PUT", "/api/progress/7", headers=walker, json={"stop": 4, "seconds": 0})
    answer = synced(visit, walker, "k", mark(7, 2, visit.now - 1), mark(8, 3, visit.now - 1))
    assert answer.json() == {"applied": [8], "stale": [7], "rejected": []}
    assert stops_of(visit, walker, 7, 8) == [4, 3]
    # The same moment, told in another time zone.
    later = mark(7, 5, visit.now + 1, timezone(timedelta(hours=9)))
    assert synced(visit, walker, "k2", later).json()["applied"] == [7]
    tag = visit.get("/api/progress/7", headers=walker).headers["etag"]
    assert tag == '"2"'


def test_of_several_marks_of_a_tour_the_latest_counts_once(visit: Visitor) -> None:
    walker = visit.log_in()
    marks = [mark(7, stop, visit.now - 10 + stop) for stop in (2, 4, 3)]
    assert synced(visit, walker, "k", *marks).json()["applied"] == [7]
    assert stops_of(visit, walker, 7) == [4]


def test_the_same_batch_again_gets_the_same_answer_and_changes_nothing(visit: Visitor) -> None:
    walker = visit.log_in()
    batch = [mark(7, 2, visit.now)]
    first = synced(visit, walker, "k", *batch)
    visit.ask("PUT", "/api/progress/7", headers={**walker, "if-match": "*"}, json={"stop": 5, "seconds": 0})
    again = synced(visit, walker, "k", *batch)
    assert again.content == first.content
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert stops_of(visit, walker, 7) == [5]


def test_a_key_is_good_for_one_batch(visit: Visitor) -> None:
    walker = visit.log_in()
    synced(visit, walker, "k", mark(7, 2, visit.now))
    refused = synced(visit, walker, "k", mark(7, 3, visit.now))
    assert (refused.status_code, "take a new one" in error_of(refused)) == (422, True)
    assert stops_of(visit, walker, 7) == [2]


def test_a_key_belongs_to_its_walker(visit: Visitor) -> None:
    anna, bob = visit.log_in(1), visit.log_in(2)
    synced(visit, anna, "k", mark(7, 2, visit.now))
    assert "idempotency-replayed" not in synced(visit, bob, "k", mark(7, 3, visit.now)).headers
    assert (stops_of(visit, anna, 7), stops_of(visit, bob, 7)) == ([2], [3])


def test_two_identical_batches_at_the_same_moment_are_applied_once(visit: Visitor) -> None:
    walker = visit.log_in()
    request = {
        "method": "POST",
        "url": "/api/sync",
        "headers": {**walker, "idempotency-key": "k"},
        "json": {"marks": [mark(7, 2, visit.now)]},
    }
    answers = visit.ask_together(request, request, request)
    assert len({answer.content for answer in answers}) == 1
    assert sum("idempotency-replayed" in answer.headers for answer in answers) == 2
    assert visit.get("/api/progress/7", headers=walker).headers["etag"] == '"1"'


def test_two_processes_apply_a_batch_once(settings: Settings) -> None:
    batch = Batch(
        account="anna",
        key="k",
        digest=b"d",
        marks={7: Mark(stop=1, seconds=0, recorded_at=5)},
        rejected=(),
    )

    async def scene() -> None:
        books = [Logbook(settings.logbook) for _ in range(2)]
        outcomes = await asyncio.gather(*(Sync(book).apply(batch, 10.0) for book in books * 5))
        assert sum(not each.replayed for each in outcomes) == 1
        assert {each.answer.applied for each in outcomes} == {(7,)}
        for book in books:
            await book.close()

    asyncio.run(scene())


def test_a_key_is_forgotten_after_a_day(visit: Visitor) -> None:
    walker = visit.log_in()
    batch = mark(7, 2, visit.now)
    synced(visit, walker, "k", batch)
    visit.now += KEY_LIFETIME
    answer = synced(visit, visit.log_in(), "k", batch)
    assert answer.json()["stale"] == [7]
    assert "idempotency-replayed" not in answer.headers


def test_a_sync_forgets_only_so_many_old_keys(settings: Settings) -> None:
    def batch(key: str) -> Batch:
        return Batch(account="anna", key=key, digest=b"", marks={}, rejected=())

    async def scene() -> None:
        logbook = Logbook(settings.logbook)
        sync = Sync(logbook)
        await asyncio.gather(
            *(sync.apply(batch(f"old{number}"), 0.0) for number in range(FORGOTTEN_AT_ONCE + 1))
        )
        for key in ("new", "newer"):
            await sync.apply(batch(key), KEY_LIFETIME + 1.0)
            (left,) = await logbook.read(
                lambda reader: reader.execute("SELECT count(*) FROM sync_answers").fetchone()
            )
            assert left == 2
        await logbook.close()

    asyncio.run(scene())


def test_marks_that_cannot_be_are_told_one_by_one(visit: Visitor) -> None:
    walker = visit.log_in()
    answer = synced(
        visit,
        walker,
        "k",
        mark(2_001, 1, visit.now),
        mark(7, 100, visit.now),
        mark(8, 2, visit.now + CLOCK_TOLERANCE + 1),
        mark(9, 2, visit.now + CLOCK_TOLERANCE),
    )
    assert answer.status_code == 200
    stops = visit.get("/api/tours/7").json()["stop_count"]
    assert answer.json() == {
        "applied": [9],
        "stale": [],
        "rejected": [
            {"tour_id": 2_001, "reason": "there is no such tour"},
            {"tour_id": 7, "reason": f"this tour has {stops} stops"},
            {"tour_id": 8, "reason": "recorded_at lies in the future"},
        ],
    }


def test_marks_of_the_first_and_the_last_year_are_no_trouble(visit: Visitor) -> None:
    ends = [
        {**mark(7, 2, 0), "recorded_at": text}
        for text in ("0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00Z")
    ]
    assert synced(visit, visit.log_in(), "k", *ends).json()["applied"] == [7]
    late = {**mark(7, 2, 0), "recorded_at": "9999-12-31T23:59:59-14:00"}
    assert synced(visit, visit.log_in(), "k2", late).json()["rejected"][0]["tour_id"] == 7


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"recorded_at": "yesterday"}, "recorded_at"),
        ({"recorded_at": "2026-01-01T00:00:00"}, "recorded_at"),
        ({"recorded_at": 1_000_000}, "recorded_at"),
        ({"recorded_at": "2026-13-01T00:00:00Z"}, "recorded_at"),
        ({"tour_id": 0}, "tour_id"),
        ({"tour_id": "7"}, "tour_id"),
        ({"tour_id": 10**30}, "tour_id"),
        ({"stop": -1}, "stop"),
        ({"seconds": -1}, "seconds"),
        ({"seconds": None}, "seconds"),
    ],
)
def test_a_malformed_mark_refuses_the_batch_by_name(
    visit: Visitor, change: dict[str, object], named: str
) -> None:
    walker = visit.log_in()
    answer = synced(visit, walker, "k", mark(8, 1, visit.now), {**mark(7, 2, visit.now), **change})
    assert (answer.status_code, named in error_of(answer)) == (400, True)
    assert stops_of(visit, walker, 8) == [0]


def test_a_batch_has_a_length(visit: Visitor) -> None:
    walker = visit.log_in()
    marks = [mark(number, 1, visit.now) for number in range(1, MOST_MARKS + 2)]
    assert synced(visit, walker, "none").status_code == 400
    assert synced(visit, walker, "more", *marks).status_code == 400
    # The longest batch fits the limit of a body also when it is written for people.
    answer = visit.ask(
        "POST",
        "/api/sync",
        headers={**walker, **LABEL, "idempotency-key": "full"},
        content=json.dumps({"marks": marks[:-1]}, indent=1),
    )
    assert len(answer.json()["applied"]) == MOST_MARKS


@pytest.mark.parametrize("headers", [{}, {"idempotency-key": ""}, {"idempotency-key": "k" * 201}])
def test_a_batch_needs_a_key(visit: Visitor, headers: dict[str, str]) -> None:
    answer = visit.ask(
        "POST", "/api/sync", headers={**visit.log_in(), **headers}, json={"marks": [mark(7, 1, visit.now)]}
    )
    assert (answer.status_code, "idempotency-key" in error_of(answer)) == (400, True)


def test_a_batch_needs_a_walker(visit: Visitor) -> None:
    assert synced(visit, {}, "k", mark(7, 1, visit.now)).status_code == 401
