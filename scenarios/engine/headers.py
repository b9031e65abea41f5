"""Headers that every user sends: handed to the Locust process in its environment, never on disk.

Plain Locust users get them as well, of both HTTP clients.
"""

from __future__ import annotations

import functools
import json
import os
from collections.abc import Mapping
from typing import Any

from locust import FastHttpUser, HttpUser
from locust.env import Environment

from scenarios.engine.assignment import HEADERS


def taken() -> dict[str, str]:
    """Take the headers out of this process's environment, where its children would see them."""
    return dict(json.loads(os.environ.pop(HEADERS, "{}")))


def give(environment: Environment, headers: Mapping[str, str]) -> None:
    """Make the users of *environment* send *headers*; what a user sets itself wins."""
    for user in environment.user_classes:
        if issubclass(user, FastHttpUser):
            user.default_headers = {**headers, **(user.default_headers or {})}
        elif issubclass(user, HttpUser):
            _give_session(user, headers)


def _give_session(user: type[HttpUser], headers: Mapping[str, str]) -> None:
    made = user.__init__

    @functools.wraps(made)
    def make(self: HttpUser, *arguments: Any, **named: Any) -> None:
        made(self, *arguments, **named)  # type: ignore[no-untyped-call]  # Locust has no types here
        self.client.headers.update(headers)

    user.__init__ = make  # type: ignore[method-assign]
