"""Refusals and failures as problem documents (RFC 9457), the one form in which the API says no."""

import math
import sqlite3
import traceback
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from tourapp.identity.admission import NotSignedInError, TokenOverError
from tourapp.identity.pool import PoolFullError
from tourapp.identity.throttle import TooSoonError
from tourapp.wire.words import NOTHING_HERE

MEDIA_TYPE = "application/problem+json"

# Seconds after which to log in again when the queue was full: it holds a second's worth of hashes.
QUEUE_SERVED_AFTER = 2


# Where a request's scope keeps what kind of error it met.
FAILURE = "tourapp.failure"

# Where it keeps that its client went away before all of it had come, or spoiled it.
BROKEN_OFF = "tourapp.broken-off"

FAILED = "something went wrong here; it has been noted"


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """What went wrong: `title` names the kind, `detail` this case and the way out.

    `current` is what is stored now, where a change was refused because of it.
    """

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    current: Any = msgspec.UNSET


class ConflictError(HTTPException):
    """A change that does not fit what is stored; `current` is that, encoded as it stands."""

    def __init__(self, status: int, detail: str, headers: Mapping[str, str], current: msgspec.Struct) -> None:
        super().__init__(status, detail, headers)
        self.current = current


def refusal(status: int, detail: str, headers: Mapping[str, str] | None = None) -> HTTPException:
    """Return the error to raise when a request cannot be granted."""
    return HTTPException(status, detail, {"cache-control": "no-store", **(headers or {})})


async def refused(_request: Request, error: Exception) -> Response:
    """Answer a refusal, ours or the router's."""
    if not isinstance(error, HTTPException):
        raise error
    current = error.current if isinstance(error, ConflictError) else msgspec.UNSET
    return answered(error.status_code, _detail(error), error.headers, current)


def _detail(error: HTTPException) -> str:
    """Return what a refusal says; the router's own say no more than the title."""
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        return f"this address takes {(error.headers or {})['Allow']}"
    return NOTHING_HERE if error.detail == HTTPStatus.NOT_FOUND.phrase else error.detail


async def broken_off(request: Request, _error: Exception) -> Response:
    """Answer what did not come to its end, should anybody still listen: its client left or spoiled it."""
    request.scope[BROKEN_OFF] = True
    return answered(400, "the body broke off before its end, or was not framed as HTTP wants it")


async def not_signed_in(_request: Request, error: Exception) -> Response:
    """Ask for a token, or for a new one (RFC 6750, section 3.1)."""
    if isinstance(error, TokenOverError):
        detail = "the token has expired; get a new one at /api/refresh, or log in at /api/login"
        return answered(401, detail, {"www-authenticate": 'Bearer error="invalid_token"'})
    detail = "log in at /api/login and send the token as 'Authorization: Bearer ...'"
    return answered(401, detail, {"www-authenticate": "Bearer"})


async def too_soon(_request: Request, error: Exception) -> Response:
    """Ask for patience, in whole seconds."""
    if not isinstance(error, TooSoonError):
        raise error
    wait = str(max(1, math.ceil(error.wait)))
    return answered(429, f"that was too often; ask again in {wait} s", {"retry-after": wait})


async def pool_full(_request: Request, _error: Exception) -> Response:
    """Ask to come back when fewer log in."""
    detail = "too many log in at this moment; try again in a moment"
    return answered(503, detail, {"retry-after": str(QUEUE_SERVED_AFTER)})


async def unavailable(request: Request, error: Exception) -> Response:
    """Ask the client to come back: a busy or broken database is not its fault."""
    request.scope[FAILURE] = kind_of(error)
    return answered(503, "the database does not answer; try again in a moment", {"retry-after": "1"})


async def failed(_request: Request, _error: Exception) -> Response:
    """Admit a fault of ours without telling how it came about."""
    return answered(500, FAILED)


# What Starlette is told to do with exceptions of handlers.
HANDLERS = {
    HTTPException: refused,
    ClientDisconnect: broken_off,
    NotSignedInError: not_signed_in,
    TooSoonError: too_soon,
    PoolFullError: pool_full,
    sqlite3.Error: unavailable,
    Exception: failed,
}


def answered(
    status: int, detail: str, headers: Mapping[str, str] | None = None, current: Any = msgspec.UNSET
) -> Response:
    """Return a problem document."""
    problem = Problem(title=HTTPStatus(status).phrase, status=status, detail=detail, current=current)
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
