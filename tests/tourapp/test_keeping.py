"""What walkers were told is kept, by real servers: one that is killed, and one of several processes."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest

from tests.tourapp.servers import DEADLINE, started

pytestmark = pytest.mark.end_to_end

# Connections: the system spreads them over the workers by chance, and all of these land on one of two once
# in 32,768 times.
CONNECTIONS = 16

# Walkers who save at once, and how many marks of all of them are confirmed before the server is killed.
WRITERS = 8
CONFIRMED = 200


class Writer(threading.Thread):
    """Saves marks, each for another walker, until nobody answers; remembers which were confirmed."""

    def __init__(self, address: str, number: int) -> None:
        super().__init__()
        self._address = address
        self._number = number
        self.confirmed: list[str] = []

    def run(self) -> None:
        with httpx.Client(base_url=self._address, timeout=DEADLINE) as client:
            for count in range(1, 10_000):
                token = f"demo.walker-{self._number}{count:04}@example.org"
                try:
                    answer = client.put(
                        "/api/progress/7",
                        headers={"authorization": f"Bearer {token}"},
                        json={"stop": 1, "seconds": count},
                    )
                except httpx.TransportError:
                    return
                if answer.status_code == 200:
                    self.confirmed.append(token)


@contextmanager
def connected(address: str) -> Iterator[list[httpx.Client]]:
    """Hand out clients with a connection each."""
    with ExitStack() as stack:
        yield [
            stack.enter_context(httpx.Client(base_url=address, timeout=DEADLINE)) for _ in range(CONNECTIONS)
        ]


def test_confirmed_marks_are_there_after_a_kill(tmp_path: Path) -> None:
    arguments = ("--workers", "2", "--demo-tokens", "--database", str(tmp_path / "tours.sqlite"))
    with started(*arguments) as (process, address):
        writers = [Writer(address, number) for number in range(1, WRITERS + 1)]
        for writer in writers:
            writer.start()
        deadline = time.monotonic() + DEADLINE
        while sum(len(writer.confirmed) for writer in writers) < CONFIRMED:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        os.killpg(process.pid, signal.SIGKILL)
        for writer in writers:
            writer.join(DEADLINE)
    confirmed = [token for writer in writers for token in writer.confirmed]
    assert len(confirmed) >= CONFIRMED
    with started(*arguments) as (_, address), httpx.Client(base_url=address, timeout=DEADLINE) as client:
        for token in confirmed:
            kept = client.get("/api/progress/7", headers={"authorization": f"Bearer {token}"})
            assert (kept.headers["etag"], kept.json()["stop"]) == ('"1"', 1)


def test_processes_share_progress_and_logouts(tmp_path: Path) -> None:
    with (
        started("--workers", "2", "--database", str(tmp_path / "tours.sqlite")) as (_, address),
        connected(address) as clients,
    ):
        login = {"email": "walker-0001@example.org", "password": "tour-0001"}
        walker = {"authorization": f"Bearer {clients[0].post('/api/login', json=login).json()['token']}"}
        for version, client in enumerate(clients, start=1):
            mark = {"stop": 1, "seconds": version}
            saved = client.put(
                "/api/progress/7", headers={**walker, "if-match": f'"{version - 1}"'}, json=mark
            )
            assert saved.headers["etag"] == f'"{version}"'
        for client in clients:
            assert client.get("/api/progress/7", headers=walker).json()["seconds"] == CONNECTIONS

        assert clients[0].post("/api/logout", headers=walker).status_code == 204
        assert clients[0].get("/api/progress/7", headers=walker).status_code == 401
        deadline = time.monotonic() + DEADLINE
        for client in clients:
            while client.get("/api/progress/7", headers=walker).status_code != 401:
                assert time.monotonic() < deadline
                time.sleep(0.1)
