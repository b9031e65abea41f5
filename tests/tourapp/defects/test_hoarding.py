"""The defect "memory-leak": what is still allocated after the answers have gone."""

import asyncio
import tracemalloc
from collections.abc import Callable, Iterator

import pytest
from starlette.types import Message, Receive, Scope, Send

from tests.tourapp.conftest import Visitor
from tourapp.defects.hoarding import Hoarding

SIZE = 500_000
VISITS = 20


@pytest.fixture
def traced() -> Iterator[None]:
    tracemalloc.start()
    yield
    tracemalloc.stop()


def growth(visit: Visitor, path: str) -> int:
    """Return the bytes that these requests left behind."""
    # The first request makes what all later ones share.
    visit.get(path)
    before, _ = tracemalloc.get_traced_memory()
    for _ in range(VISITS):
        visit.get(path)
    after, _ = tracemalloc.get_traced_memory()
    return after - before


@pytest.mark.usefixtures("traced")
def test_every_request_leaves_its_bytes_behind(
    visit_with: Callable[..., Visitor],
) -> None:
    with visit_with(f"memory-leak={SIZE}") as visit:
        for path in ("/api/tours/7", "/"):
            assert growth(visit, path) == pytest.approx(SIZE * VISITS, rel=0.05)
        assert growth(visit, "/readyz") < SIZE


@pytest.mark.usefixtures("traced")
def test_a_sound_app_gives_everything_back(visit: Visitor) -> None:
    assert growth(visit, "/api/tours/7") < SIZE


@pytest.mark.usefixtures("traced")
def test_a_leak_ends_before_the_machine_does() -> None:
    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        pass

    async def nothing() -> Message:
        return {"type": "http.disconnect"}

    async def ignore(message: Message) -> None:
        pass

    async def scenario() -> int:
        leak = Hoarding(serve, SIZE, limit=3 * SIZE)
        before, _ = tracemalloc.get_traced_memory()
        for _ in range(VISITS):
            await leak({"type": "http", "path": "/"}, nothing, ignore)
        after, _ = tracemalloc.get_traced_memory()
        return after - before

    assert asyncio.run(scenario()) == pytest.approx(3 * SIZE, rel=0.05)
