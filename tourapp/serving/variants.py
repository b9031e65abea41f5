"""Decides which variant each call of the API is answered in, and says so in the answer."""

from collections.abc import Awaitable, Callable

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tourapp.api.problem import answered
from tourapp.api.variants import Variant, drawn
from tourapp.identity.tokens import Caller

AREA = "/api/"


class Variants:
    """The header X-Variant decides, then the account, then the client's own name for itself."""

    def __init__(self, app: ASGIApp, caller_of: Callable[[str], Awaitable[Caller | None]]) -> None:
        self._app = app
        self._caller_of = caller_of

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or not scope["path"].startswith(AREA):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        asked = headers.get("x-variant", "")
        known = asked in set(Variant)
        variant = Variant(asked) if known else drawn(await self._whose(headers))
        scope["variant"] = variant

        async def send_with_variant(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["x-variant"] = variant
            await send(message)

        if known or "x-variant" not in headers:
            await self._app(scope, receive, send_with_variant)
        else:
            refused = answered(400, f"X-Variant: accepted are {', '.join(Variant)}")
            await refused(scope, receive, send_with_variant)

    async def _whose(self, headers: Headers) -> str:
        authorization = headers.get("authorization")
        caller = await self._caller_of(authorization) if authorization else None
        return caller.account if caller else headers.get("x-client-id", "")
