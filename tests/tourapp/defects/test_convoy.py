"""The defect "lock-convoy": nothing below a number of users, a queue above it."""

import asyncio
from collections.abc import Callable

from starlette.types import Message, Receive, Scope, Send

from tests.tourapp.conftest import Visitor
from tests.tourapp.defects.conftest import Timeline
from tourapp.defects.convoy import HELD, PRESENCE, Convoy


class Crowd:
    """Users who ask an app behind a convoy all at once; `answered` tells when each request got its answer."""

    def __init__(self, timeline: Timeline, limit: int) -> None:
        self.answered: list[float] = []
        self._timeline = timeline
        self._convoy = Convoy(self._serve, limit, timeline.pause, timeline.clock)

    async def ask(self, users: int, path: str = "/api/tours") -> None:
        """Send one request of each user, and let a second pass."""
        self.answered.clear()
        asked = [
            asyncio.create_task(self._convoy(_scope(path, user), _nothing, _ignore)) for user in range(users)
        ]
        await self._timeline.advance(1.0)
        await asyncio.gather(*asked)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.answered.append(self._timeline.now)


def _scope(path: str, user: int) -> Scope:
    return {"type": "http", "path": path, "client": ("127.0.0.1", 40_000 + user)}


async def _nothing() -> Message:
    return {"type": "http.disconnect"}


async def _ignore(message: Message) -> None:
    pass


def test_up_to_the_limit_nobody_waits(timeline: Timeline) -> None:
    async def scenario() -> None:
        crowd = Crowd(timeline, limit=10)
        await crowd.ask(users=10)
        assert crowd.answered == [0.0] * 10

    asyncio.run(scenario())


def test_above_the_limit_all_requests_pass_one_by_one(timeline: Timeline) -> None:
    async def scenario() -> None:
        crowd = Crowd(timeline, limit=10)
        await crowd.ask(users=30)
        waits = [round(moment / HELD) for moment in crowd.answered]
        assert waits == [0] * 10 + list(range(1, 21))
        # All of them are known by now, so all of them wait, one behind the other.
        begun = timeline.now
        await crowd.ask(users=30)
        assert [round((moment - begun) / HELD) for moment in crowd.answered] == list(range(1, 31))

    asyncio.run(scenario())


def test_the_convoy_ends_when_the_users_have_gone(timeline: Timeline) -> None:
    async def scenario() -> None:
        crowd = Crowd(timeline, limit=10)
        await crowd.ask(users=30)
        await timeline.advance(PRESENCE)
        begun = timeline.now
        await crowd.ask(users=10)
        assert crowd.answered == [begun] * 10

    asyncio.run(scenario())


def test_those_who_watch_never_wait(timeline: Timeline) -> None:
    async def scenario() -> None:
        crowd = Crowd(timeline, limit=10)
        for path in ("/healthz", "/readyz", "/metrics"):
            begun = timeline.now
            await crowd.ask(users=30, path=path)
            assert crowd.answered == [begun] * 30

    asyncio.run(scenario())


def test_an_app_with_the_defect_holds_its_lock_and_a_sound_one_has_none(
    visit_with: Callable[..., Visitor], visit: Visitor
) -> None:
    with visit_with("lock-convoy=0") as crowded:
        for path in ("/api/tours", "/", "/readyz"):
            assert crowded.get(path).status_code == visit.get(path).status_code == 200
        assert crowded.pauses == [HELD, HELD]
    assert visit.pauses == []
