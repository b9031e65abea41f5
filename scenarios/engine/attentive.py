"""A user who looks at what it gets: a wrong answer is a failure, and ends what the user was doing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import msgspec
from locust.contrib.fasthttp import LocustBadStatusCode, ResponseContextManager
from locust.exception import RescheduleTask

from scenarios.engine.answers import Answer, WrongAnswerError
from scenarios.engine.responses import LeanResponse
from scenarios.engine.users import LoadUser

Found = TypeVar("Found")

_JSON = {"Content-Type": "application/json"}


class AttentiveUser(LoadUser):
    """Asks, and hands each answer to a function that reads it.

    The function returns what the user goes on with, or raises WrongAnswerError.  Then, and when no
    answer comes, the request is a failure and the user pauses and begins its next task, as after the
    end of one.
    """

    abstract = True

    def get(
        self,
        path: str,
        read: Callable[[Answer], Found],
        *,
        name: str,
        headers: dict[str, str] | None = None,
    ) -> Found:
        """Ask for *path*, counted as *name*; return what *read* found."""
        return self._ask("GET", path, read, name=name, headers=headers)

    def send(
        self,
        method: str,
        path: str,
        content: Any,
        read: Callable[[Answer], Found],
        *,
        name: str,
        headers: dict[str, str] | None = None,
    ) -> Found:
        """Send *content* as JSON, None for no body, counted as *name*; return what *read* found."""
        body = None
        if content is not None:
            body, headers = msgspec.json.encode(content), {**_JSON, **(headers or {})}
        return self._ask(method, path, read, name=name, headers=headers, body=body)

    def _ask(
        self,
        method: str,
        path: str,
        read: Callable[[Answer], Found],
        *,
        name: str,
        headers: dict[str, str] | None = None,
        body: bytes | None = None,
    ) -> Found:
        with self.client.request(
            method,
            path,
            name=name,
            headers=headers,
            data=body,  # type: ignore[arg-type]  # bytes are sent as they are
            catch_response=True,
        ) as response:
            trouble = _trouble_of(response)
            # Any other trouble than a status means that there is no whole answer; Locust tells of it.
            if trouble is None or isinstance(trouble, LocustBadStatusCode):
                try:
                    found = read(Answer(response.status_code, response.headers, response.content))
                except WrongAnswerError as wrong:
                    response.failure(wrong)
                else:
                    response.success()
                    return found
        raise RescheduleTask


def _trouble_of(response: ResponseContextManager) -> BaseException | None:
    """Return what is wrong with a response so far."""
    # Our own says so itself; its metadata would have to be made.
    if isinstance(response, LeanResponse):
        return response.error
    trouble: BaseException | None = response.request_meta["exception"]
    return trouble
