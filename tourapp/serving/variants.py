"""Decides which variant each call of the API is answered in, and says so in the answer.

What decides may be said once only: a call is refused here that says it twice.

The account is taken from the signature of the token alone, without a look at the logbook: a session that has
ended may keep its variant, and a busy logbook is in nobody's way.
"""

from collections.abc import Callable, Iterable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tourapp.api.operation import API
from tourapp.api.problem import answered
from tourapp.api.variants import Variant, drawn
from tourapp.identity.tokens import Caller
from tourapp.wire.headers import repeated

VARIANTS = {variant.value.encode(): variant for variant in Variant}


class Variants:
    """The header X-Variant decides, then the account, then the client's own name for itself.

    Every answer tells its variant, save one that is the same in both and that caches may keep: a shared cache
    would tell it to the next client, who may see the other.
    """

    def __init__(self, app: ASGIApp, caller_of: Callable[[str], Caller | None]) -> None:
        self._app = app
        self._caller_of = caller_of

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or not scope["path"].startswith(API):
            await self._app(scope, receive, send)
            return
        # Names are lower-case here (ASGI); this is quicker than Starlette's Headers, and on every call's way.
        headers: dict[bytes, bytes] = dict(scope["headers"])
        # As many names as lines: none comes twice.
        twice = None if len(headers) == len(scope["headers"]) else repeated(scope["headers"])
        asked = headers.get(b"x-variant")
        variant = None if asked is None else VARIANTS.get(asked)
        refused = _refused(twice, known=asked is None or variant is not None)
        scope["variant"] = variant = variant or drawn(self._whose(headers))
        told = (b"x-variant", variant.value.encode())

        async def send_with_variant(message: Message) -> None:
            if message["type"] == "http.response.start" and not _shared(message["headers"]):
                message["headers"] = [*message["headers"], told]
            await send(message)

        if refused:
            await answered(400, refused)(scope, receive, send_with_variant)
        else:
            await self._app(scope, receive, send_with_variant)

    def _whose(self, headers: dict[bytes, bytes]) -> str:
        authorization = headers.get(b"authorization")
        caller = self._caller_of(authorization.decode("latin-1")) if authorization else None
        return caller.account if caller else headers.get(b"x-client-id", b"").decode("latin-1")


def _refused(twice: str | None, *, known: bool) -> str:
    """Return why a call is refused before anybody looks at it, "" when it is not."""
    if twice is not None:
        return f"{twice}: send this header once"
    return "" if known else f"X-Variant: accepted are {', '.join(Variant)}"


def _shared(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """Tell whether caches may send an answer with these headers to clients of either variant."""
    told = dict(headers)
    public = told.get(b"cache-control", b"").startswith(b"public")
    return public and b"x-variant" not in told.get(b"vary", b"")
