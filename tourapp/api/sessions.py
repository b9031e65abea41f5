"""Logging in."""

from http import HTTPStatus

import msgspec

from tourapp.api.operation import Answer, Call, Operation
from tourapp.api.problem import refusal
from tourapp.api.shapes import ShortText
from tourapp.identity.tokens import LIFETIME
from tourapp.site import Site


class Credentials(msgspec.Struct, frozen=True):
    """Who wants to log in."""

    email: ShortText
    password: ShortText


class Pass(msgspec.Struct, frozen=True):
    """A bearer token, good for `expires_in` seconds."""

    token: str
    account: str
    expires_in: int


class SessionCalls:
    """The handlers of logging in."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def operations(self) -> tuple[Operation, ...]:
        """Return the operations of logging in."""
        refusals = (HTTPStatus.UNAUTHORIZED,)
        return (
            Operation(method="POST", path="/api/login", handler=self.login, answer=Pass, refusals=refusals),
        )

    async def login(self, _call: Call, body: Credentials) -> Answer:
        """Trade address and password for a bearer token."""
        email = body.email.strip().lower()
        if not await self._site.accounts.admits(email, body.password):
            raise refusal(401, "e-mail address or password is wrong")
        return Answer(Pass(self._site.tokens.issue(email), email, LIFETIME))
