"""The assembly: databases, routes, error answers and the headers that every response carries."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tourapp.api.beacon import BeaconCalls
from tourapp.api.dispatch import Dispatch
from tourapp.api.document import DocumentCalls
from tourapp.api.health import HealthCalls
from tourapp.api.media import MediaCalls
from tourapp.api.operation import Operation
from tourapp.api.problem import HANDLERS
from tourapp.api.progress import ProgressCalls
from tourapp.api.reviews import ReviewCalls
from tourapp.api.sessions import SessionCalls
from tourapp.api.sync import SyncCalls
from tourapp.api.tours import Tours
from tourapp.api.variants import FlagCalls
from tourapp.clock import Clock, Pause
from tourapp.defects.assembly import with_faults
from tourapp.serving.observing import FailureLog, Observing
from tourapp.serving.opening import open_site
from tourapp.serving.recorder import recording
from tourapp.serving.refusals import Refusals, elsewhere
from tourapp.serving.variants import Variants
from tourapp.settings import Settings
from tourapp.site import Site
from tourapp.web.pages import Pages

SECURITY_HEADERS = {
    "content-security-policy": (
        "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
}


def create_app(
    settings: Settings, *, worker: int = 1, pause: Pause = asyncio.sleep, clock: Clock = time.time
) -> Starlette:
    """Open the databases and return the app, whose lifespan ends by closing them.

    `worker` is the number of this process among those that serve, `pause` waits for seconds, `clock` gives
    seconds since the epoch.
    """
    site = open_site(settings, worker=worker, pause=pause, clock=clock)
    failures = FailureLog(worker, settings.release, clock)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        async with recording(site, worker, failures):
            yield
        await site.close()

    calls, pages = operations(site), Pages(site)
    told = {"x-release": settings.release, "x-served-by": str(worker), **SECURITY_HEADERS}
    app = Starlette(
        routes=[*Dispatch(site.admission, site.delivery).routes(calls), *pages.routes()],
        middleware=with_faults(
            [
                Middleware(CommonHeaders, headers=told),
                Middleware(Observing, metrics=site.metrics, failures=failures),
                Middleware(Variants, caller_of=site.admission.named),
            ],
            settings,
            pause=pause,
            clock=clock,
        ),
        exception_handlers=Refusals(pages.renderer, elsewhere(calls)).handlers(HANDLERS),
        lifespan=lifespan,
    )
    # A redirect would lead to whatever host the request names.
    app.router.redirect_slashes = False
    return app


def operations(site: Site) -> tuple[Operation, ...]:
    """Return all operations of the API, those first that are asked for most."""
    calls = (
        *Tours(site).operations(),
        *MediaCalls(site).operations(),
        *ProgressCalls(site).operations(),
        *SyncCalls(site).operations(),
        *ReviewCalls(site).operations(),
        *SessionCalls(site).operations(),
        *FlagCalls().operations(),
        *BeaconCalls(site).operations(),
        *HealthCalls(site).operations(),
    )
    return (*calls, *DocumentCalls(site, calls).operations())


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
