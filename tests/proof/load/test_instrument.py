"""The truth server itself: quick enough for a generator's core, and wide enough for its users."""

from __future__ import annotations

import asyncio
import re
import subprocess
from pathlib import Path
from shutil import which
from urllib.parse import urlsplit

import pytest

from tests.crowd import connect
from tests.proof.load.harness import cores, on, show, truth, two_cores
from tests.proof.test_tour_scale import as_many_files_as_allowed, host_and_port

pytestmark = [pytest.mark.proof, pytest.mark.end_to_end, pytest.mark.timeout(300), two_cores]

RATE = 15_000
CONNECTIONS = 12_000


@pytest.mark.skipif(which("wrk") is None, reason="wrk is not installed")
def test_one_core_answers_15000_requests_a_second_and_misses_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with truth(tmp_path) as server:
        with on(cores()[1]):
            told = subprocess.run(
                ["wrk", "-t1", "-c50", "-d5s", server.url], capture_output=True, text=True, check=True
            ).stdout
        known = server.truth()
    requests, seconds = re.findall(r"(\d+) requests in ([0-9.]+)s", told)[0]
    show(capsys, f"{int(requests) / float(seconds):.0f} requests/s, busy {known.busiest:.0%}")
    assert int(requests) / float(seconds) >= RATE
    # wrk leaves with a request under way on each connection, and opens one more to look whether it can.
    assert 0 <= known.answers - int(requests) <= 50
    assert known.opened == 51


def test_12000_connections_stay_open_and_are_answered(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with as_many_files_as_allowed() as files, truth(tmp_path) as server:
        if files < CONNECTIONS + 1_000:
            pytest.skip(f"a process may open {files} files here")
        lost = asyncio.run(held(*host_and_port(server.url)))
        known = server.truth()
    show(capsys, f"{known.opened} connections, {lost} lost, busy {known.busiest:.0%}")
    assert (known.opened, known.asked, lost) == (CONNECTIONS, 3 * CONNECTIONS, 0)


async def held(host: str, port: int) -> int:
    """Open all connections, ask on each three times; return how many were lost."""
    crowd = []
    for _ in range(CONNECTIONS // 500):
        crowd += await asyncio.gather(*(connect(host, port) for _ in range(500)))
    request = f"GET / HTTP/1.1\r\nHost: {urlsplit(f'//{host}').hostname}\r\n\r\n".encode()
    for _ in range(3):
        assert {each.status for each in await asyncio.gather(*(one.ask(request) for one in crowd))} == {200}
    lost = sum(each.lost for each in crowd)
    for each in crowd:
        each.close()
    return lost
