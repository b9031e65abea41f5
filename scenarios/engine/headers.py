"""Headers that every user sends: handed to the Locust process in its environment, never on disk.

Plain Locust users get them as well, of both HTTP clients.  They may be secret, so they go to the
subject's own origin only: not after a redirect, nor where a locustfile asks another host itself.
"""

from __future__ import annotations

import functools
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from locust import FastHttpUser, HttpUser
from locust.env import Environment

from scenarios.client.target import parse
from scenarios.engine.adoption import adopted
from scenarios.engine.assignment import HEADERS
from scenarios.engine.redirects import StayingRequest
from scenarios.engine.session import Gift, LeanSession

# RFC 9110, sections 4.2.1 and 4.2.2.
_USUAL_PORTS = {"http": 80, "https": 443}


def taken() -> dict[str, str]:
    """Take the headers out of this process's environment, where its children would see them."""
    return dict(json.loads(os.environ.pop(HEADERS, "{}")))


def give(environment: Environment, headers: Mapping[str, str]) -> None:
    """Make the users of *environment* send *headers* to its host; what a user sets itself wins."""
    if not headers:
        return
    gift = _Gift(headers=headers, home=_origin(environment.host or ""))
    for user in environment.user_classes:
        if issubclass(user, FastHttpUser) and adopted():
            LeanSession.gift = Gift(headers, parse(environment.host or "").origin)
        elif issubclass(user, FastHttpUser):
            user.default_headers = {**headers, **(user.default_headers or {})}
            _once_made(user, gift.guard_agent)
        elif issubclass(user, HttpUser):
            _once_made(user, gift.give_session)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Gift:
    """Headers for the origin *home*, and for no other."""

    headers: Mapping[str, str]
    home: tuple[str, str, int | None]

    def guard_agent(self, user: FastHttpUser) -> None:
        """Make the requests of *user* leave the headers out elsewhere, and stay where they began."""
        gift = self

        class Request(StayingRequest):
            def __init__(self, *arguments: Any, **named: Any) -> None:
                super().__init__(*arguments, **named)
                if self.headers is not None:
                    gift.withhold(self.url, self.headers)

        user.client.client.request_type = Request  # type: ignore[misc]  # of the agent, not of its class

    def give_session(self, user: HttpUser) -> None:
        """Make *user* send the headers; a redirect elsewhere is followed without them."""
        user.client.headers.update(self.headers)
        send = user.client.send

        # Called for each request, and again for each redirect.
        def send_at_home(request: Any, **named: Any) -> Any:
            self.withhold(request.url, request.headers)
            return send(request, **named)

        user.client.send = send_at_home  # type: ignore[method-assign]

    def withhold(self, url: str, sent: Any) -> None:
        """Take the headers out of *sent*, a mapping of either client's, where *url* is not at home."""
        if _origin(url) == self.home:
            return
        for name, value in self.headers.items():
            if sent.get(name) == value:
                del sent[name]


def _origin(url: str) -> tuple[str, str, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port or _USUAL_PORTS.get(parts.scheme)


def _once_made(user: type[Any], change: Callable[[Any], None]) -> None:
    """Make each user of the class *user* undergo *change* when it is made."""
    made = user.__init__

    @functools.wraps(made)
    def make(self: Any, *arguments: Any, **named: Any) -> None:
        made(self, *arguments, **named)
        change(self)

    user.__init__ = make
