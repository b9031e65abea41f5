"""The defects "missing-headers" and "cookie-flags": what browsers are told."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.tourapp.conftest import Visitor
from tourapp.defects.assembly import with_faults
from tourapp.registry.defect import Defect, Defects
from tourapp.settings import Settings

CAREFUL = ("content-security-policy", "x-content-type-options", "referrer-policy")
PATHS = ("/", "/api/tours", "/nothing", "/static/style.css")


def test_no_answer_carries_the_careful_headers(visit_with: Callable[..., Visitor]) -> None:
    with visit_with(Defect.MISSING_HEADERS) as visit:
        for path in PATHS:
            answer = visit.get(path)
            assert not [name for name in CAREFUL if name in answer.headers]
            assert answer.headers["x-release"] == "1.0"


def test_every_sound_answer_carries_them(visit: Visitor) -> None:
    for path in PATHS:
        assert [name for name in CAREFUL if name in visit.get(path).headers] == list(CAREFUL)


async def _cookies(app: Starlette) -> list[str]:
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://tours.test") as client:
        return (await client.get("/")).headers.get_list("set-cookie")


@pytest.fixture
def cookie_from(tmp_path: Path) -> Callable[[Defects], list[str]]:
    """Return the cookies that an app with these defects sets."""

    async def greet(_request: Request) -> Response:
        answer = Response("welcome")
        answer.set_cookie("session", "a.b", path="/api", httponly=True, secure=True, samesite="strict")
        answer.set_cookie("security", "kept", max_age=60)
        return answer

    async def pause(_seconds: float) -> None:
        pass

    def ask(defects: Defects) -> list[str]:
        settings = Settings(catalogue=tmp_path, media=tmp_path, logbook=tmp_path, defects=defects)
        layers = with_faults([], settings, pause=pause, clock=lambda: 0.0)
        return asyncio.run(_cookies(Starlette(routes=[Route("/", greet)], middleware=layers)))

    return ask


def test_cookies_lose_their_flags_and_nothing_else(cookie_from: Callable[[Defects], list[str]]) -> None:
    assert cookie_from({Defect.COOKIE_FLAGS: 1}) == [
        "session=a.b; Path=/api",
        "security=kept; Max-Age=60; Path=/",
    ]


def test_sound_cookies_keep_their_flags(cookie_from: Callable[[Defects], list[str]]) -> None:
    session, _ = cookie_from({})
    assert {"HttpOnly", "Secure", "SameSite=strict"} <= set(session.split("; "))
