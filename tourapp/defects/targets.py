"""Which requests a defect is about; those who watch the app, at /healthz, /readyz and /metrics, never are."""

from collections.abc import Callable

from starlette.datastructures import QueryParams
from starlette.types import Scope

from tourapp.api.operation import API

WATCHED = frozenset({"/healthz", "/readyz", "/metrics"})

# Without something to look for, the page lists all tours and the call is refused.
SEARCHES = frozenset({"/api/search", "/"})

Target = Callable[[Scope], bool]


def is_request(scope: Scope) -> bool:
    """Tell whether somebody asks for something, be it a page, a file or a call."""
    return _path(scope) not in {"", *WATCHED}


def is_call(scope: Scope) -> bool:
    """Tell whether the API is called."""
    return _path(scope).startswith(API)


def is_search(scope: Scope) -> bool:
    """Tell whether something is searched for, by a call or on the page of tours."""
    if _path(scope) not in SEARCHES:
        return False
    return bool(QueryParams(scope["query_string"]).get("q", "").strip())


def asks_for_progress(scope: Scope) -> bool:
    """Tell whether a walker asks how far they have come."""
    return _path(scope).startswith("/api/progress/") and scope["method"] == "GET"


def _path(scope: Scope) -> str:
    """Return the path of a request, "" for what is none: the beginning and the end of the app."""
    return str(scope["path"]) if scope["type"] == "http" else ""
