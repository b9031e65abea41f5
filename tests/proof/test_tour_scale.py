"""What the tour app carries on one core: the requests of its visitors, and their open connections."""

from __future__ import annotations

import asyncio
import os
import resource
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

import psutil
import pytest
import uvloop

from tests.crowd import Tally, connect, rush
from tests.proof.visits import Crowd
from tests.tourapp.servers import started

pytestmark = [pytest.mark.proof, pytest.mark.end_to_end, pytest.mark.timeout(900)]

# What the tour app promises of one core.
RATE = 5_000
MEAN = 0.010
CONNECTIONS = 10_000

# Trials, of which one sound one must keep the promise: other work on the machine only ever slows a trial.
TRIALS = 5
SECONDS = 8.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """Seconds of a processor: what a server has used, and for how long its core was not idle."""

    server: float
    core: float

    def since(self, before: Effort) -> Effort:
        return Effort(server=self.server - before.server, core=self.core - before.core)


@pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="server and crowd need a core each")
def test_one_core_serves_5000_requests_a_second_of_the_journeys_without_their_pauses(
    capsys: pytest.CaptureFixture[str],
) -> None:
    trials = []
    with alone_on_a_core() as (core, others), started("--demo-tokens") as (process, address):
        os.sched_setaffinity(0, others)
        host, port = host_and_port(address)
        crowd = Crowd(urlsplit(address).netloc)
        for _ in range(TRIALS):
            before = effort(process.pid, core)
            tally = uvloop.run(rush(host, port, crowd.visitor, connections=40, seconds=SECONDS))
            trials.append((tally, effort(process.pid, core).since(before)))
    with capsys.disabled():
        print("\n" + "\n".join(told(*each) for each in trials))  # noqa: T201  (what this proof is for)
    assert sum((tally.wrong for tally, _ in trials), Counter()) == Counter()
    assert any(tally.rate >= RATE and tally.mean < MEAN for tally, _ in trials)


def test_10000_connections_stay_open_and_are_answered(capsys: pytest.CaptureFixture[str]) -> None:
    with as_many_files_as_allowed() as files:
        if files < CONNECTIONS + 1_000:
            pytest.skip(f"a process may open {files} files here")
        with started("--demo-tokens") as (process, address):
            lost, memory = asyncio.run(held(*host_and_port(address), process.pid))
    with capsys.disabled():
        print(f"\n{CONNECTIONS} connections, {lost} lost, {memory / 1e6:.0f} MB resident")  # noqa: T201
    assert lost == 0


async def held(host: str, port: int, server: int) -> tuple[int, int]:
    """Open all connections, ask on each three times; return how many were lost, and the server's memory."""
    crowd = []
    # So many at once fill the queue of connections that are not accepted yet.
    for _ in range(CONNECTIONS // 500):
        crowd += await asyncio.gather(*(connect(host, port) for _ in range(500)))
    request = f"GET /api/tours?limit=5 HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n".encode()
    for _ in range(3):
        replies = await asyncio.gather(*(each.ask(request) for each in crowd))
        assert {each.status for each in replies} == {200}
    memory = sum(each.memory_info().rss for each in psutil.Process(server).children(recursive=True))
    lost = sum(each.lost for each in crowd)
    for each in crowd:
        each.close()
    return lost, memory


@contextmanager
def alone_on_a_core() -> Iterator[tuple[int, set[int]]]:
    """Let what is started within run on one core only; hand out this core, and the others."""
    cores = os.sched_getaffinity(0)
    first = min(cores)
    os.sched_setaffinity(0, {first})
    try:
        yield first, cores - {first}
    finally:
        os.sched_setaffinity(0, cores)


@contextmanager
def as_many_files_as_allowed() -> Iterator[int]:
    """Let this process, and what is started within, open as many files as it may; hand out how many."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    try:
        yield hard
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def host_and_port(address: str) -> tuple[str, int]:
    where = urlsplit(address)
    assert where.hostname
    assert where.port
    return where.hostname, where.port


def effort(server: int, core: int) -> Effort:
    """Read the processor's clocks: those of a server with all its processes, and that of its core."""
    process = psutil.Process(server)
    used = [each.cpu_times() for each in (process, *process.children(recursive=True))]
    passed = psutil.cpu_times(percpu=True)[core]
    return Effort(
        server=sum(each.user + each.system for each in used),
        core=sum(passed) - passed.idle - passed.iowait,
    )


def told(tally: Tally, spent: Effort) -> str:
    """Write a trial for people: the whole, what it cost the server, then each kind of request by its share.

    The processor's time of a request is much the same on a machine that does other work; the rate is not.
    """
    total = tally.asked.total()
    parts = ", ".join(
        f"{name} {count / total:.1%} {1e3 * tally.waited[name] / count:.1f} ms"
        for name, count in tally.asked.most_common()
    )
    return (
        f"{tally.rate:.0f} requests/s, mean {1e3 * tally.mean:.2f} ms, {tally.received / 1e6:.0f} MB; "
        f"{1e6 * spent.server / total:.0f} us of the processor a request, {spent.server / tally.seconds:.0%} "
        f"of a core that was {spent.core / tally.seconds:.0%} busy: {parts}"
    )
