"""Refusals and failures as problem documents (RFC 9457), the one form in which the API says no."""

import sqlite3
import traceback
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

MEDIA_TYPE = "application/problem+json"


# Where a request's scope keeps what kind of error it met.
FAILURE = "tourapp.failure"

FAILED = "something went wrong here; it has been noted"


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """What went wrong: `title` names the kind, `detail` this case and the way out."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str


def refusal(status: int, detail: str, headers: Mapping[str, str] | None = None) -> HTTPException:
    """Return the error to raise when a request cannot be granted."""
    return HTTPException(status, detail, {"cache-control": "no-store", **(headers or {})})


async def refused(_request: Request, error: Exception) -> Response:
    """Answer a refusal, ours or the router's."""
    if not isinstance(error, HTTPException):
        raise error
    return answered(error.status_code, error.detail, error.headers)


async def unavailable(request: Request, error: Exception) -> Response:
    """Ask the client to come back: a busy or broken database is not its fault."""
    request.scope[FAILURE] = kind_of(error)
    return answered(503, "the database does not answer; try again in a moment", {"retry-after": "1"})


async def failed(_request: Request, _error: Exception) -> Response:
    """Admit a fault of ours without telling how it came about."""
    return answered(500, FAILED)


# What Starlette is told to do with exceptions of handlers.
HANDLERS = {HTTPException: refused, sqlite3.Error: unavailable, Exception: failed}


def answered(status: int, detail: str, headers: Mapping[str, str] | None = None) -> Response:
    """Return a problem document."""
    problem = Problem(title=HTTPStatus(status).phrase, status=status, detail=detail)
    return Response(
        msgspec.json.encode(problem),
        status_code=status,
        media_type=MEDIA_TYPE,
        headers={"cache-control": "no-store", **(headers or {})},
    )


def kind_of(error: Exception) -> str:
    """Return what an error is and where it arose; its message may repeat what the client sent."""
    *_, frame = traceback.extract_tb(error.__traceback__) or [None]
    where = "" if frame is None else f" at {Path(frame.filename).name}:{frame.lineno}"
    return f"{type(error).__name__}{where}"
