"""Requests that end with an error instead of an answer: the defects "errors" and "fail-fast"."""

from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.routing import Match
from starlette.types import ASGIApp, Receive, Scope, Send

from tourapp.api.problem import refused
from tourapp.defects.chance import Chance
from tourapp.defects.targets import Target


@dataclass(frozen=True, slots=True)
class Failing:
    """Answers some of the targets with a refusal, at once."""

    app: ASGIApp
    target: Target
    chance: Chance
    problem: HTTPException

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or fail to."""
        if not (self.target(scope) and self.chance.strikes()):
            await self.app(scope, receive, send)
            return
        # Whoever counts requests by their route counts this one there too.
        scope["route"] = next(
            (route for route in scope["app"].routes if route.matches(scope)[0] is Match.FULL), None
        )
        # As the app answers its own refusals: a page with a page.
        handler = scope["app"].exception_handlers.get(HTTPException, refused)
        answer = await handler(Request(scope), self.problem)
        await answer(scope, receive, send)
