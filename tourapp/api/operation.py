"""What one call of the API is: the table from which both its routes and its published document are made."""

import inspect
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from http import HTTPStatus
from typing import Any, Literal, get_type_hints

import msgspec
from starlette.requests import Request
from starlette.responses import Response

Method = Literal["GET", "POST", "PUT"]

# Where the API is called; its document, its files, its numbers and the health checks lie outside.
API = "/api/"

# The parts of a request that a handler may ask for, by the name of its parameter.
PARTS = ("path", "query", "headers", "body")


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call: the request, and whom it comes from, "" when nobody has to be signed in for it.

    `session` is that of the bearer token, "" when it is a demo token.
    """

    request: Request
    account: str
    session: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a handler answers: a value to encode as JSON, None for an answer without a body."""

    body: object | None
    headers: Mapping[str, str] = field(default_factory=dict)


Handler = Callable[..., Awaitable[Answer | Response]]


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One method on one path.

    The handler is called with a Call and with the parts of the request that its parameters name: `path`,
    `query`, `headers` and `body`, each as the msgspec Struct of its annotation.  `answer` is the type of the
    body, None when there is none; `public` answers may be kept by caches and asked after by tag; `others`
    are the statuses, besides those that follow from the parts, with which it may end; `tells` holds the
    headers, besides those that follow, that an answer of a status carries.  A handler that makes
    its Response itself names in `sends` the media types that it may have.
    """

    method: Method
    path: str
    handler: Handler
    answer: type[msgspec.Struct] | None
    status: HTTPStatus = HTTPStatus.OK
    public: bool = False
    signed_in: bool = False
    others: tuple[HTTPStatus, ...] = ()
    media_types: tuple[str, ...] = ("application/json",)
    sends: tuple[str, ...] = ()
    tells: Mapping[HTTPStatus, tuple[str, ...]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Return the name of the operation, that of its handler."""
        return self.handler.__name__

    @property
    def summary(self) -> str:
        """Return what the operation does: the first line of its handler's docstring."""
        return (inspect.getdoc(self.handler) or "").partition("\n")[0]

    @cached_property
    def parts(self) -> Mapping[str, type[msgspec.Struct]]:
        """Return the parts of the request that the handler asks for, with their types."""
        hints: dict[str, Any] = get_type_hints(self.handler)
        return {name: hints[name] for name in PARTS if name in hints}
