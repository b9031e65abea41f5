"""Which headers an answer carries, for the document of the API.

Most follow from what an operation is and from the status; the others an operation names itself.
"""

from collections.abc import Collection, Iterator
from http import HTTPStatus
from typing import Any

from tourapp.api.operation import API, Operation

Json = dict[str, Any]


def _header(description: str, *, required: bool = True, pattern: str | None = None) -> Json:
    schema: Json = {"type": "string"} if pattern is None else {"type": "string", "pattern": pattern}
    return {"description": description, "required": required, "schema": schema}


# All that are told of; one that is required comes with each answer that has it in the document.
HEADERS = {
    "Accept-Ranges": _header("parts of this file can be asked for with `Range`", required=False),
    "Cache-Control": _header("who may keep the answer, and how long"),
    "Content-Range": _header("which bytes these are, and of how many", pattern="^bytes "),
    "ETag": _header("the version of what is shown", pattern='^(W/)?".+"$'),
    "Idempotency-Replayed": _header("`true`: this is the answer of an earlier request", required=False),
    "Location": _header("where it can be read", pattern="^/api/"),
    "Retry-After": _header("seconds after which to ask again", pattern="^[1-9][0-9]*$"),
    "Server-Timing": _header("milliseconds until the answer began", pattern=r"^app;dur=[0-9.]+$"),
    "Set-Cookie": _header("the cookie with the refresh token is set, or taken away", required=False),
    "Vary": _header("on which headers of the request the answer depends", required=False),
    "WWW-Authenticate": _header("what to send", pattern="^Bearer"),
    "X-Release": _header("the release that answered"),
    "X-Served-By": _header("the worker that answered", pattern="^[1-9][0-9]*$"),
    "X-Variant": _header("the variant, unless the answer is the same in both", required=False),
}

# What tells how long to wait.
PATIENCE = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)


def names(operation: Operation, status: HTTPStatus, statuses: Collection[HTTPStatus]) -> list[str]:
    """Return the headers of an answer with this status, one of the `statuses` of the operation."""
    return sorted({*_implied(operation, status, statuses), *operation.tells.get(status, ())})


def _implied(operation: Operation, status: HTTPStatus, statuses: Collection[HTTPStatus]) -> Iterator[str]:
    yield from ("Cache-Control", "Server-Timing", "X-Release", "X-Served-By")
    if operation.path.startswith(API):
        yield "X-Variant"
    if status < HTTPStatus.BAD_REQUEST:
        yield "Vary"
        if HTTPStatus.NOT_MODIFIED in statuses:
            yield "ETag"
    if status in PATIENCE:
        yield "Retry-After"
    if status == HTTPStatus.UNAUTHORIZED and operation.signed_in:
        yield "WWW-Authenticate"
