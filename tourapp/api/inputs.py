"""Reading what clients send: every malformed input becomes an HTTPException that says what was expected."""

import json
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request

from tourapp.content.seed import Language
from tourapp.store.progress import Mark

# Bytes of a request body; the largest honest one is a login of about 100 bytes.
BODY_LIMIT = 16_384

# Characters of a query value, an address or a password.
TEXT_LIMIT = 200

# Tours on one page of a list.
DEFAULT_LIMIT = 20
HIGHEST_LIMIT = 100

# Digits of a number in an address; what is longer names nothing and would not fit the database.
NUMBER_DIGITS = 9

# Seconds; a week is more than anybody listens to one stop.
HIGHEST_SECONDS = 604_800


def tour_number(request: Request) -> int | None:
    """Return the tour identifier in the path, None when it cannot be one."""
    return _number(request.path_params["tour_id"])


def limit(request: Request) -> int:
    """Return how many tours are asked for."""
    text = request.query_params.get("limit")
    if text is None:
        return DEFAULT_LIMIT
    number = _number(text)
    if number is None or not 1 <= number <= HIGHEST_LIMIT:
        raise HTTPException(400, f"limit must be a whole number from 1 to {HIGHEST_LIMIT}")
    return number


def cursor(request: Request) -> int:
    """Return the place to begin after, 0 for the first page."""
    text = request.query_params.get("cursor")
    number = 0 if text is None else _number(text)
    if number is None:
        raise HTTPException(400, "cursor must be the next_cursor of an earlier page")
    return number


def city(request: Request) -> str | None:
    """Return the city asked for; an empty one means all."""
    return _short(request, "city") or None


def language(request: Request) -> Language | None:
    """Return the language asked for; an empty one means all."""
    text = request.query_params.get("language")
    if not text:
        return None
    try:
        return Language(text)
    except ValueError:
        raise HTTPException(400, f"language must be one of {', '.join(Language)}") from None


def search_text(request: Request) -> str:
    """Return what is searched for, with at least one letter or digit in it."""
    text = _short(request, "q")
    if not any(character.isalnum() for character in text):
        raise HTTPException(400, "q must hold at least one letter or digit")
    return text


async def credentials(request: Request) -> tuple[str, str]:
    """Return e-mail address and password of a login."""
    body = await _json_object(request)
    return _text(body, "email").strip().lower(), _text(body, "password")


async def mark(request: Request, stops: int) -> Mark:
    """Return the mark to save on a tour with this number of stops."""
    body = await _json_object(request)
    stop, seconds = body.get("stop"), body.get("seconds")
    # JSON's true is an int in Python.
    if isinstance(stop, bool) or not isinstance(stop, int) or not 0 <= stop <= stops:
        raise HTTPException(400, f"stop must be a whole number from 0 to {stops}, the stops of this tour")
    # The comparison is false for NaN, and exact for integers that no float can hold.
    if (
        isinstance(seconds, bool)
        or not isinstance(seconds, int | float)
        or not 0 <= seconds <= HIGHEST_SECONDS
    ):
        raise HTTPException(400, f"seconds must be a number from 0 to {HIGHEST_SECONDS}")
    return Mark(stop=stop, seconds=float(seconds))


def bearer_token(request: Request) -> str:
    """Return the token of the Authorization header, an empty text without one."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _number(text: str) -> int | None:
    """Read ASCII digits only: `int` would take signs, blanks, underscores and other scripts."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= NUMBER_DIGITS else None


def _short(request: Request, name: str) -> str:
    text = request.query_params.get(name, "")
    if len(text) > TEXT_LIMIT:
        raise HTTPException(400, f"{name} must be no longer than {TEXT_LIMIT} characters")
    return text


async def _json_object(request: Request) -> dict[str, Any]:
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > BODY_LIMIT:
            raise HTTPException(413, f"the body must be no longer than {BODY_LIMIT} bytes")
    try:
        parsed = json.loads(body)
    # Brackets nested thousands deep end in a RecursionError.
    except (ValueError, RecursionError):
        raise HTTPException(400, "the body must be JSON") from None
    if not isinstance(parsed, dict):
        raise HTTPException(400, "the body must be a JSON object")
    return parsed


def _text(body: dict[str, Any], name: str) -> str:
    text = body.get(name)
    if not isinstance(text, str) or not text or len(text) > TEXT_LIMIT:
        raise HTTPException(400, f"{name} must be a text of 1 to {TEXT_LIMIT} characters")
    try:
        text.encode()
    # JSON can escape half of a surrogate pair, which no encoding can carry.
    except UnicodeEncodeError:
        raise HTTPException(400, f"{name} must be valid Unicode") from None
    return text
