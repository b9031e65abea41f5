"""Admission to what only a walker may do: who is asking, and may they ask now."""

from dataclasses import dataclass

from tourapp.identity.accounts import is_account
from tourapp.identity.endings import Endings
from tourapp.identity.throttle import Throttle
from tourapp.identity.tokens import Caller, Tokens

# Requests a second that one account may go on with, and how many at once.  A walker saves a mark every 30
# seconds and asks for perhaps ten things at the start of a tour; 60 leave room for a browser with six tabs.
REQUEST_RATE = 20.0
REQUEST_BURST = 60

# What a demo token begins with; the rest is the account's address.  No signed token begins so, as base64url
# of an account's address does not.
DEMO = "demo."


class NotSignedInError(Exception):
    """Nobody is known by the credentials of a request."""


class TokenOverError(NotSignedInError):
    """The token was good, and is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """Reads `Authorization` headers; `demo_tokens` tells whether the published tokens are good too."""

    tokens: Tokens
    endings: Endings
    throttle: Throttle
    demo_tokens: bool

    async def admit(self, authorization: str) -> Caller:
        """Return who is asking; raises NotSignedInError, and TooSoonError for who asks too often."""
        caller = await self.caller(authorization)
        if caller is None:
            raise TokenOverError if self.tokens.is_over(_token(authorization)) else NotSignedInError
        self.throttle.take(caller.account)
        return caller

    async def caller(self, authorization: str) -> Caller | None:
        """Return who is asking, None when the header names nobody or their session has ended."""
        caller = self.named(authorization)
        # A demo token belongs to no session.
        if caller and caller.session and await self.endings.include(caller.session):
            return None
        return caller

    def named(self, authorization: str) -> Caller | None:
        """Return whom the header names by a signed token that is not over; its session may have ended."""
        token = _token(authorization)
        if self.demo_tokens and token.startswith(DEMO):
            account = token.removeprefix(DEMO)
            return Caller(account=account, session="") if is_account(account) else None
        return self.tokens.caller_of(token)


def _token(authorization: str) -> str:
    """Return the bearer token of the header, "" when it holds none."""
    scheme, _, token = authorization.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""
