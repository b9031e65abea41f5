"""The assembly: databases, routes, error answers and the headers that every response carries."""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tourapp.api.api import Api
from tourapp.settings import Settings
from tourapp.site import Clock, Pause, open_site
from tourapp.web.flaws import USUAL_STRENGTHS
from tourapp.web.pages import Pages

SECURITY_HEADERS = {
    "content-security-policy": (
        "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
}


def create_app(settings: Settings, *, pause: Pause = asyncio.sleep, clock: Clock = time.time) -> Starlette:
    """Open the databases and return the app, whose lifespan ends by closing them.

    `pause` waits for seconds, `clock` gives seconds since the epoch.
    """
    site = open_site(settings, pause=pause, clock=clock)
    flaws = {name.value: USUAL_STRENGTHS[name] for name in settings.defects if name in USUAL_STRENGTHS}

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        yield
        site.close()

    return Starlette(
        routes=[*Api(site).routes(), *Pages(site, flaws=flaws).routes()],
        middleware=[Middleware(CommonHeaders, headers={"x-release": settings.release, **SECURITY_HEADERS})],
        exception_handlers={HTTPException: _refusal, sqlite3.Error: _unavailable, Exception: _failure},
        lifespan=lifespan,
    )


class CommonHeaders:
    """Adds the same headers to every response."""

    def __init__(self, app: ASGIApp, headers: dict[str, str]) -> None:
        self._app = app
        self._headers = headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(self._headers)
            await send(message)

        await self._app(scope, receive, send_with_headers)


async def _refusal(_request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    return JSONResponse({"error": error.detail}, error.status_code, headers=error.headers)


async def _unavailable(_request: Request, _error: Exception) -> Response:
    """Ask the client to come back: a busy or broken database is not its fault."""
    return JSONResponse({"error": "the database does not answer"}, 503, headers={"retry-after": "1"})


async def _failure(_request: Request, _error: Exception) -> Response:
    return JSONResponse({"error": "internal error"}, 500)
