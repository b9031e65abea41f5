"""Who may log in, and what happens when everybody does so at once."""

import asyncio
import threading
from dataclasses import replace

import pytest

from tests.tourapp.conftest import LABEL, Visitor, error_of
from tourapp.content.people import seeded_email
from tourapp.identity.accounts import ACCOUNTS, QUEUE_PER_THREAD, seeded_password
from tourapp.identity.pool import BoundedPool, PoolFullError
from tourapp.settings import Settings


def test_a_hundred_thousand_accounts_can_log_in() -> None:
    assert seeded_password("walker-0001@example.org") == "tour-0001"
    assert seeded_password(seeded_email(ACCOUNTS)) == "tour-100000"
    for stranger in ("walker-00001@example.org", "walker-100001@example.org", "walker-0000@example.org"):
        assert seeded_password(stranger) is None
    assert ACCOUNTS == 100_000


def test_a_wrong_password_and_an_unknown_address_are_refused_alike(visit: Visitor) -> None:
    visit.log_in(1)
    for email in (
        "walker-0001@example.org",
        "walker-0000@example.org",
        "walker-01@example.org",
        "eve@example.org",
    ):
        answer = visit.ask("POST", "/api/login", json={"email": email, "password": "tour-0002"})
        assert answer.status_code == 401
        assert error_of(answer) == "e-mail address or password is wrong"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff",
        b"[" * 10_000,
        b"{}",
        b'{"email": 1, "password": "x"}',
        b'{"email": "walker-0001@example.org", "password": ""}',
        b'{"email": "walker-0001@example.org", "password": "\\ud800"}',
    ],
)
def test_a_malformed_login_is_refused(visit: Visitor, body: bytes) -> None:
    answer = visit.ask("POST", "/api/login", content=body, headers=LABEL)
    assert answer.status_code == 400
    assert error_of(answer)


@pytest.mark.parametrize("headers", [{}, {"content-type": ""}, {"content-type": "text/plain"}])
def test_a_body_that_is_not_called_json_is_refused(visit: Visitor, headers: dict[str, str]) -> None:
    body = b'{"email": "walker-0001@example.org", "password": "tour-0001"}'
    answer = visit.ask("POST", "/api/login", content=body, headers=headers)
    assert (answer.status_code, "application/json" in error_of(answer)) == (415, True)


def test_a_huge_body_is_refused(visit: Visitor) -> None:
    assert visit.ask("POST", "/api/login", content=b" " * 40_000, headers=LABEL).status_code == 413


def test_a_full_pool_refuses_at_once_and_takes_work_again() -> None:
    release = threading.Event()

    async def scene() -> None:
        told: list[int] = []
        pool = BoundedPool(threads=1, queue=2, name="test", waiting=told.append)
        taken = [asyncio.create_task(pool.run(release.wait, 30)) for _ in range(3)]
        await asyncio.sleep(0)
        with pytest.raises(PoolFullError):
            await pool.run(release.wait)
        release.set()
        assert await asyncio.gather(*taken) == [True, True, True]
        assert await pool.run(release.wait)
        pool.close()
        assert told[:3] == [0, 1, 2]
        assert told[-1] == 0

    asyncio.run(scene())


def test_a_caller_who_leaves_the_queue_makes_room() -> None:
    release = threading.Event()

    async def scene() -> None:
        pool = BoundedPool(threads=1, queue=1, name="test")
        running = asyncio.create_task(pool.run(release.wait, 30))
        waiting = asyncio.create_task(pool.run(release.wait, 30))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        another = asyncio.create_task(pool.run(release.wait, 30))
        await asyncio.sleep(0)
        release.set()
        assert all(await asyncio.gather(running, another))
        pool.close()

    asyncio.run(scene())


def test_a_crowd_that_logs_in_at_once_is_told_to_come_back(settings: Settings) -> None:
    # So many processes share the cores that this one has a single thread.
    with Visitor(replace(settings, workers=64)) as visit:
        crowd = [
            {
                "method": "POST",
                "url": "/api/login",
                "json": {"email": seeded_email(number), "password": f"tour-{number:04}"},
            }
            for number in range(1, 2 * QUEUE_PER_THREAD + 1)
        ]
        answers = visit.ask_together(*crowd)
        refused = [answer for answer in answers if answer.status_code == 503]
        assert {answer.headers["retry-after"] for answer in refused} == {"2"}
        assert {answer.status_code for answer in answers} == {200, 503}
        assert visit.get("/api/progress/7", headers=visit.log_in(2 * QUEUE_PER_THREAD)).status_code == 200
