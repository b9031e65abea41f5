"""Requests that take longer than their work: the defects "slow-search" and "slow-requests"."""

from dataclasses import dataclass

from starlette.types import ASGIApp, Receive, Scope, Send

from tourapp.clock import Pause
from tourapp.defects.chance import Chance
from tourapp.defects.targets import Target


@dataclass(frozen=True, slots=True)
class Slowing:
    """Lets some of the targets wait for some seconds before they are served."""

    app: ASGIApp
    target: Target
    chance: Chance
    seconds: float
    pause: Pause

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, perhaps after a while."""
        if self.target(scope) and self.chance.strikes():
            await self.pause(self.seconds)
        await self.app(scope, receive, send)
