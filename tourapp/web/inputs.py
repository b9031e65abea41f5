"""Reading what a page is asked for: what cannot be meant is refused in words."""

from starlette.exceptions import HTTPException
from starlette.requests import Request

from tourapp.wire.limits import NUMBER_DIGITS, TEXT_LIMIT


def tour_number(request: Request) -> int | None:
    """Return the tour identifier in the path, None when it cannot be one."""
    return _number(request.path_params["tour_id"])


def cursor(request: Request) -> int:
    """Return the place to begin after, 0 for the first page."""
    text = request.query_params.get("cursor")
    number = 0 if text is None else _number(text)
    if number is None:
        raise HTTPException(400, "there is no such page of tours")
    return number


def review_cursor(request: Request) -> int | None:
    """Return the review to go on after; None for the first page, and for what cannot be one."""
    return _number(request.query_params.get("reviews", ""))


def city(request: Request) -> str | None:
    """Return the city asked for; an empty one means all."""
    return _short(request, "city", "the name of a city") or None


def search_text(request: Request) -> str:
    """Return what is searched for, with at least one letter or digit in it."""
    text = _short(request, "q", "a search")
    if not any(character.isalnum() for character in text):
        raise HTTPException(400, "a search needs at least one letter or digit")
    return text


def _number(text: str) -> int | None:
    """Read ASCII digits only: `int` would take signs, blanks, underscores and other scripts."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= NUMBER_DIGITS else None


def _short(request: Request, name: str, called: str) -> str:
    text = request.query_params.get(name, "")
    if len(text) > TEXT_LIMIT:
        raise HTTPException(400, f"{called} must be no longer than {TEXT_LIMIT} characters")
    return text
