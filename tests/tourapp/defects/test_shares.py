"""The defects that strike a share of the requests: "errors", "slow-requests" and "fail-fast"."""

import asyncio
import dataclasses
import time
from collections.abc import Callable

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from tests.tourapp.conftest import Visitor, error_of
from tourapp.defects.assembly import with_faults
from tourapp.defects.chance import Chance
from tourapp.registry.defect import Defect
from tourapp.settings import Settings

WATCHED = ("/healthz", "/readyz")

# Calls of a run, and how far from its share a seeded run may lie: four standard deviations of a share of 0.2.
CALLS = 300
NEAR = 4 * (0.2 * 0.8 / CALLS) ** 0.5


def statuses(visit: Visitor, path: str) -> list[int]:
    return [visit.get(path).status_code for _ in range(CALLS)]


@pytest.mark.parametrize("share", [0.0, 0.01, 1 / 12, 0.5, 1.0])
def test_a_chance_strikes_its_share(share: float) -> None:
    chance = Chance(Defect.ERRORS, share)
    struck = sum(chance.strikes() for _ in range(20_000))
    assert struck / 20_000 == pytest.approx(share, abs=0.012 * (0 < share < 1))


def test_a_chance_strikes_the_same_times_in_every_run_and_others_for_other_defects() -> None:
    errors, again, slow = (
        Chance(defect, 0.2) for defect in (Defect.ERRORS, Defect.ERRORS, Defect.SLOW_REQUESTS)
    )
    struck = [errors.strikes() for _ in range(CALLS)]
    assert struck == [again.strikes() for _ in range(CALLS)]
    assert struck != [slow.strikes() for _ in range(CALLS)]


def test_errors_are_a_share_of_the_calls_spread_over_all_of_them(visit_with: Callable[..., Visitor]) -> None:
    with visit_with("errors=0.2") as visit:
        found = statuses(visit, "/api/tours/7")
    assert set(found) == {200, 500}
    assert found.count(500) / CALLS == pytest.approx(0.2, abs=NEAR)
    thirds = [found[at : at + CALLS // 3].count(500) for at in range(0, CALLS, CALLS // 3)]
    assert min(thirds) >= 10


def test_an_error_is_a_problem_document_of_the_release(visit_with: Callable[..., Visitor]) -> None:
    with visit_with("errors=1") as visit:
        answer = visit.get("/api/tours")
        assert answer.status_code == 500
        assert "went wrong" in error_of(answer)
        assert answer.headers["x-release"] == "1.0"


def test_an_error_is_counted_under_the_route_that_was_asked_for(settings: Settings) -> None:
    counted: list[str] = []

    class Counting:
        def __init__(self, app: ASGIApp) -> None:
            self._app = app

        async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
            await self._app(scope, receive, send)
            counted.append(scope["route"].path if scope["route"] else "unmatched")

    async def serve(_request: Request) -> Response:
        return Response("served")

    async def ask(client: httpx.AsyncClient) -> None:
        for path in ("/api/tours/7", "/api/nothing"):
            assert (await client.get(path)).status_code == 500

    faults = with_faults(
        [Middleware(Counting)],
        dataclasses.replace(settings, defects={Defect.ERRORS: 1}),
        pause=asyncio.sleep,
        clock=time.time,
    )
    app = Starlette(routes=[Route("/api/tours/{tour_id}", serve)], middleware=faults)
    asyncio.run(ask(httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://tours.test")))
    assert counted == ["/api/tours/{tour_id}", "unmatched"]


def test_errors_leave_pages_and_those_who_watch_alone(visit_with: Callable[..., Visitor]) -> None:
    with visit_with("errors=1") as visit:
        for path in (*WATCHED, "/", "/tours/7"):
            assert visit.get(path).status_code == 200


def test_slow_requests_are_a_share_of_the_calls(visit_with: Callable[..., Visitor]) -> None:
    with visit_with("slow-requests=0.2") as visit:
        assert set(statuses(visit, "/api/tours/7")) == {200}
        assert set(visit.pauses) == {0.5}
        assert len(visit.pauses) / CALLS == pytest.approx(0.2, abs=NEAR)


def test_slow_requests_leave_pages_and_those_who_watch_alone(visit_with: Callable[..., Visitor]) -> None:
    with visit_with("slow-requests=1") as visit:
        for path in (*WATCHED, "/", "/tours/7"):
            visit.get(path)
        assert visit.pauses == []


def test_failing_fast_refuses_searches_instead_of_doing_their_work(
    visit_with: Callable[..., Visitor],
) -> None:
    with visit_with("fail-fast=0.2", "slow-search=0.4") as visit:
        found = statuses(visit, "/api/search?q=river")
        granted = found.count(200)
        assert granted + found.count(503) == CALLS
        assert 1 - granted / CALLS == pytest.approx(0.2, abs=NEAR)
        # The mean over all answers improves by the refusals, which cost nothing.
        assert visit.pauses == [0.4] * granted


def test_who_is_refused_fast_hears_when_to_come_back_on_a_page_too(
    visit_with: Callable[..., Visitor],
) -> None:
    with visit_with("fail-fast=1") as visit:
        for path, media_type in (("/api/search?q=a", "application/problem+json"), ("/?q=a", "text/html")):
            answer = visit.get(path)
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
            assert answer.headers["content-type"].startswith(media_type)


def test_failing_fast_is_about_searches_only(visit_with: Callable[..., Visitor]) -> None:
    with visit_with("fail-fast=1") as visit:
        assert visit.get("/?q=river").status_code == 503
        for path in (*WATCHED, "/", "/?city=Lisbon&q=", "/api/tours", "/api/tours/7"):
            assert visit.get(path).status_code == 200


def test_a_sound_app_neither_fails_nor_waits(visit: Visitor) -> None:
    assert set(statuses(visit, "/api/search?q=river")) == {200}
    assert visit.pauses == []
