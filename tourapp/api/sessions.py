"""Logging in, staying in, and logging out.

The refresh token travels in the bodies, or in a cookie that scripts cannot read: a browser then sends it by
itself, so a refresh by cookie must come from a page of this site.
"""

from http import HTTPStatus

import msgspec
from starlette.requests import Request

from tourapp.api.operation import Answer, Call, Operation
from tourapp.api.problem import refusal
from tourapp.api.shapes import ShortText
from tourapp.identity.passes import Pass
from tourapp.site import Site
from tourapp.store.sessions import IDLE_LIFETIME, TOKEN_LIFETIME

COOKIE = "session"
COOKIE_RULES = "HttpOnly; Secure; SameSite=Strict; Path=/api"
FORGET_COOKIE = {"set-cookie": f"{COOKIE}=; Max-Age=0; {COOKIE_RULES}"}


class Credentials(msgspec.Struct, frozen=True):
    """Who wants to log in; with `cookie`, the refresh token is put into a cookie."""

    email: ShortText
    password: ShortText
    cookie: bool = False


class Spent(msgspec.Struct, frozen=True):
    """The refresh token to trade; without one, that of the cookie."""

    refresh_token: ShortText | None = None


class ShownPass(msgspec.Struct, frozen=True):
    """A bearer token, good for `expires_in` seconds; `refresh_token` is null when a cookie holds it."""

    token: str
    account: str
    expires_in: int
    refresh_token: str | None


class SessionCalls:
    """The handlers of sessions."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def operations(self) -> tuple[Operation, ...]:
        """Return the operations on sessions."""
        return (
            Operation(
                method="POST",
                path="/api/login",
                handler=self.login,
                answer=ShownPass,
                others=(
                    HTTPStatus.UNAUTHORIZED,
                    HTTPStatus.TOO_MANY_REQUESTS,
                    HTTPStatus.SERVICE_UNAVAILABLE,
                ),
                tells={HTTPStatus.OK: ("Set-Cookie",)},
            ),
            Operation(
                method="POST",
                path="/api/refresh",
                handler=self.refresh,
                answer=ShownPass,
                others=(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN),
                tells=dict.fromkeys((HTTPStatus.OK, HTTPStatus.UNAUTHORIZED), ("Set-Cookie",)),
            ),
            Operation(
                method="POST",
                path="/api/logout",
                handler=self.logout,
                answer=None,
                status=HTTPStatus.NO_CONTENT,
                signed_in=True,
                tells={HTTPStatus.NO_CONTENT: ("Set-Cookie",)},
            ),
        )

    async def login(self, _call: Call, body: Credentials) -> Answer:
        """Trade address and password for a bearer token and a refresh token."""
        email = body.email.strip().lower()
        if not await self._site.accounts.admits(email, body.password):
            raise refusal(401, "e-mail address or password is wrong")
        return _answer(await self._site.passes.open(email), by_cookie=body.cookie)

    async def refresh(self, call: Call, body: Spent) -> Answer:
        """Trade a refresh token for a new bearer token and a new refresh token.

        Without one in the body, that of the cookie `session` counts, which only a page of this site may send.
        """
        by_cookie = body.refresh_token is None
        token = _cookie(call.request) if body.refresh_token is None else body.refresh_token
        granted = await self._site.passes.renew(token)
        if granted is None:
            headers = FORGET_COOKIE if by_cookie else None
            raise refusal(401, "the refresh token is spent or over; log in again", headers)
        return _answer(granted, by_cookie=by_cookie)

    async def logout(self, call: Call) -> Answer:
        """End the session; a demo token belongs to none, and stays good."""
        if call.session:
            await self._site.passes.end(call.session)
        return Answer(None, FORGET_COOKIE if COOKIE in call.request.cookies else {})


def _cookie(request: Request) -> str:
    """Return the refresh token of the cookie; refuses when there is none, and when another site asks."""
    token = request.cookies.get(COOKIE)
    if not token:
        raise refusal(401, "send a refresh_token, or log in with cookie: true")
    if not _same_origin(request):
        raise refusal(403, "a refresh by cookie must come from a page of this site")
    return token


def _same_origin(request: Request) -> bool:
    """Tell whether a browser says that a page of this site asks, or its user.

    Scripts cannot set Sec-Fetch-Site; older browsers send the Origin with every POST (Fetch, section 3.2).
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site in {"same-origin", "none"}
    _, _, host = request.headers.get("origin", "").partition("://")
    return host != "" and host == request.headers.get("host")


def _answer(granted: Pass, *, by_cookie: bool) -> Answer:
    refresh_token = None if by_cookie else granted.refresh_token
    shown = ShownPass(granted.token, granted.account, TOKEN_LIFETIME, refresh_token)
    cookie = f"{COOKIE}={granted.refresh_token}; Max-Age={IDLE_LIFETIME}; {COOKIE_RULES}"
    return Answer(shown, {"set-cookie": cookie} if by_cookie else {})
