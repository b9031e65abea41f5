"""Answers that belong to somebody else: the defect "cross-user-leak"."""

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus

import msgspec
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tourapp.defects.chance import Chance
from tourapp.defects.targets import asks_for_progress


class Owned(msgspec.Struct):
    """Whose an answer is; the rest of it does not matter here."""

    account: str


@dataclass(frozen=True, slots=True)
class Remembered:
    """The body of an answer, and whose it is."""

    account: str
    body: bytes


class Mixing:
    """Answers some who ask for their progress with the last answer that somebody else got.

    It is the fault of an app that keeps an answer where all requests can reach it.
    """

    def __init__(self, app: ASGIApp, chance: Chance) -> None:
        self._app = app
        self._chance = chance
        self._latest = self._before = Remembered("", b"")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, perhaps with the wrong body."""
        if not asks_for_progress(scope):
            await self._app(scope, receive, send)
            return
        messages: list[Message] = []

        async def keep(message: Message) -> None:
            messages.append(message)

        await self._app(scope, receive, keep)
        for message in self._mixed(messages):
            await send(message)

    def _mixed(self, messages: Sequence[Message]) -> Sequence[Message]:
        """Return the answer to send; one that is refused, or that nobody else has had yet, stays as it is."""
        start, *parts = messages
        if start["status"] != HTTPStatus.OK:
            return messages
        body = b"".join(part.get("body", b"") for part in parts)
        own = Remembered(msgspec.json.decode(body, type=Owned).account, body)
        other = self._latest if self._latest.account != own.account else self._before
        self._remember(own)
        if not (other.account and self._chance.strikes()):
            return messages
        length = (b"content-length", str(len(other.body)).encode())
        headers = [length if name == b"content-length" else (name, value) for name, value in start["headers"]]
        return [{**start, "headers": headers}, {"type": "http.response.body", "body": other.body}]

    def _remember(self, own: Remembered) -> None:
        """Keep the latest answers of two walkers, so that there is one of somebody else for everybody."""
        if self._latest.account != own.account:
            self._before = self._latest
        self._latest = own
