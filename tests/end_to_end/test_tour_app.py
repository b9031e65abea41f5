"""The tour app as it is served: by several workers, under load, until it is told to stop."""

from __future__ import annotations

import asyncio
import re
import socket
import sqlite3
import subprocess
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, closing
from functools import partial
from pathlib import Path

import httpx
import pytest

from tests.commands import until
from tests.tourapp.inquiry import findings
from tests.tourapp.servers import DEADLINE, started

pytestmark = pytest.mark.end_to_end

WORKERS = 2

# What is under way when the server is told to stop.
SEARCHES = 16
LOGINS = 16
WALKS = 8


def test_the_api_keeps_what_its_document_promises(tmp_path: Path) -> None:
    found = findings(tmp_path, seed=1, examples=20)
    assert not found, found


@pytest.mark.parametrize(
    "rest",
    [b"Transfer-Encoding: chunked\r\n\r\nZZ\r\n{}\r\n0\r\n\r\n", b"Content-Length: 50\r\n\r\n{}"],
    ids=["not framed", "cut short"],
)
def test_a_body_that_breaks_off_is_answered_and_no_failure_of_the_server(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], rest: bytes
) -> None:
    with started("--database", str(tmp_path / "tours.sqlite")) as (process, address):
        host, _, port = address.removeprefix("http://").partition(":")
        with socket.create_connection((host, int(port)), timeout=DEADLINE) as connection:
            head = b"POST /api/beacon HTTP/1.1\r\nHost: tours\r\nContent-Type: application/json\r\n"
            connection.sendall(head + rest)
            connection.shutdown(socket.SHUT_WR)
            answer = b"".join(iter(partial(connection.recv, 65_536), b""))
        metrics = httpx.get(f"{address}/metrics").text
        process.terminate()
        assert process.wait(DEADLINE) == 0
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"application/problem+json" in answer
    assert 'route="/api/beacon",status="499"} 1.0' in metrics
    assert "Traceback" not in capfd.readouterr().err


def metric(text: str, name: str) -> float:
    """Add up a metric over its labels."""
    return sum(float(value) for value in re.findall(rf"^{name}(?:{{.*}})? (\S+)$", text, re.MULTILINE))


def served_by(address: str, path: str) -> Mapping[str, str]:
    """Ask until each worker has answered; return the texts by worker."""
    texts: dict[str, str] = {}

    def all_asked() -> bool:
        # A connection of its own each time: it may come to either worker.
        answer = httpx.get(f"{address}{path}")
        texts[answer.headers["x-served-by"]] = answer.text
        return len(texts) == WORKERS

    until(all_asked, f"an answer of each of {WORKERS} workers")
    return texts


def test_each_worker_answers_for_all_of_them(tmp_path: Path) -> None:
    with started("--workers", str(WORKERS), "--database", str(tmp_path / "tours.sqlite")) as (_, address):
        served_by(address, "/api/tours/7")
        name = 'tourapp_request_seconds_count{method="GET",route="/api/tours/{tour_id}",status="200"}'
        first, second = (
            float(dict(line.rsplit(" ", 1) for line in text.splitlines())[name])
            for text in served_by(address, "/metrics").values()
        )
        assert first == second >= WORKERS
        assert all(
            f'tourapp_resident_bytes{{worker="{number}"}}' in httpx.get(f"{address}/metrics").text
            for number in (1, 2)
        )


@asynccontextmanager
async def connected(address: str) -> AsyncIterator[httpx.AsyncClient]:
    """Hand out a client whose one connection a worker has accepted."""
    limits = httpx.Limits(max_connections=1, max_keepalive_connections=1)
    async with httpx.AsyncClient(base_url=address, limits=limits, timeout=DEADLINE) as client:
        assert (await client.get("/healthz")).status_code == 200
        yield client


async def search(address: str, ready: asyncio.Barrier) -> int:
    async with connected(address) as client:
        await ready.wait()
        return (await client.get("/api/search?q=river")).status_code


async def log_in(address: str, number: int, ready: asyncio.Barrier) -> int:
    walker = {"email": f"walker-{number:04}@example.org", "password": f"tour-{number:04}"}
    async with connected(address) as client:
        await ready.wait()
        return (await client.post("/api/login", json=walker)).status_code


async def walk(address: str, number: int, ready: asyncio.Barrier) -> tuple[str, int]:
    """Save one mark after another until the server is gone; return the last one that was confirmed."""
    email = f"walker-{number:04}@example.org"
    async with connected(address) as client:
        login = await client.post("/api/login", json={"email": email, "password": f"tour-{number:04}"})
        client.headers["authorization"] = f"Bearer {login.json()['token']}"
        confirmed = 0
        await ready.wait()
        while True:
            mark = {"stop": 1, "seconds": confirmed + 1}
            try:
                answer = await client.put(f"/api/progress/{confirmed + 1}", json=mark)
            except httpx.TransportError:
                return email, confirmed
            assert answer.status_code == 200, answer.text
            confirmed += 1


def under_way(address: str) -> float:
    """Return how many requests the workers are at, this one included."""
    texts = served_by(address, "/metrics")
    # Each worker is up to date on itself only, so the last to be asked knows them all.
    return metric(list(texts.values())[-1], "tourapp_in_flight")


async def stopped_amidst(
    process: subprocess.Popen[str], address: str
) -> tuple[list[int], list[tuple[str, int]]]:
    """Stop the server while it is busy; return the statuses of what it was at, and what walkers saved."""
    ready = asyncio.Barrier(SEARCHES + LOGINS + WALKS)
    asking = asyncio.gather(
        *(search(address, ready) for _ in range(SEARCHES)),
        *(log_in(address, 100 + number, ready) for number in range(LOGINS)),
    )
    walking = asyncio.gather(*(walk(address, 1 + number, ready) for number in range(WALKS)))
    # In a thread of its own: the loop here is busy asking.
    await asyncio.to_thread(until, lambda: under_way(address) > SEARCHES, f"{SEARCHES} requests under way")
    process.terminate()
    return await asking, await walking


def test_a_stop_finishes_what_was_accepted_and_loses_nothing_confirmed(tmp_path: Path) -> None:
    arguments = ("--workers", str(WORKERS), "--defect", "slow-search=4")
    with started(*arguments, "--database", str(tmp_path / "tours.sqlite")) as (process, address):
        answered, walked = asyncio.run(stopped_amidst(process, address))
        assert process.wait(DEADLINE) == 0
    assert answered == [200] * (SEARCHES + LOGINS)
    with closing(sqlite3.connect(tmp_path / "tours.logbook.sqlite")) as logbook:
        for email, confirmed in walked:
            (saved,) = logbook.execute("SELECT count(*) FROM progress WHERE account = ?", (email,)).fetchone()
            # The last one may have been saved when the connection went away before its answer.
            assert saved in {confirmed, confirmed + 1}
            assert confirmed > 0
        ((ended_at,),) = logbook.execute("SELECT ended_at FROM deployment_history").fetchall()
        assert ended_at is not None
