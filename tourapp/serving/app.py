"""The assembly: databases, routes, error answers and the headers that every response carries."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tourapp.api.dispatch import Dispatch
from tourapp.api.health import HealthCalls
from tourapp.api.operation import Operation
from tourapp.api.problem import HANDLERS
from tourapp.api.progress import ProgressCalls
from tourapp.api.sessions import SessionCalls
from tourapp.api.tours import Tours
from tourapp.defects.assembly import with_faults
from tourapp.settings import Settings
from tourapp.site import Clock, Pause, Site, open_site
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
    dispatch = Dispatch(site.tokens, site.delivery)
    sound = [Middleware(CommonHeaders, headers={"x-release": settings.release, **SECURITY_HEADERS})]

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        yield
        await site.close()

    return Starlette(
        routes=[*(dispatch.route(each) for each in operations(site)), *Pages(site).routes()],
        middleware=with_faults(sound, settings, pause=pause, clock=clock),
        exception_handlers=HANDLERS,
        lifespan=lifespan,
    )


def operations(site: Site) -> tuple[Operation, ...]:
    """Return all operations of the API, those first that are asked for most."""
    return (
        *Tours(site).operations(),
        *ProgressCalls(site).operations(),
        *SessionCalls(site).operations(),
        *HealthCalls(site).operations(),
    )


class CommonHeaders:
    """Adds the same headers to every response."""

    def __init__(self, app: ASGIApp, headers: dict[str, str]) -> None:
        self._app = app
        self._headers = [(name.encode(), text.encode()) for name, text in headers.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *self._headers]
            await send(message)

        await self._app(scope, receive, send_with_headers)
