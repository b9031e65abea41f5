"""Refusals as the client can read them: who opens a page gets a page, and a call gets a problem document."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from tourapp.api.operation import Operation
from tourapp.api.problem import Problem
from tourapp.web.rendering import Renderer

Handler = Callable[[Request, Any], Awaitable[Response]]

# Where pages keep their files, which no reader opens by themselves.
FILES = ("static", "pictures", "manifest.webmanifest", "sw.js")

# What a page says besides its words, as a problem document does.
KEPT_HEADERS = ("allow", "retry-after")


@dataclass(frozen=True, slots=True)
class Refusals:
    """Turns problem documents into pages; `elsewhere` are the first parts of all paths that are no pages."""

    renderer: Renderer
    elsewhere: frozenset[str]

    def handlers(self, handlers: Mapping[Any, Handler]) -> dict[Any, Handler]:
        """Return these handlers of exceptions, with pages for who asked for one."""
        return {kind: self._shown(handler) for kind, handler in handlers.items()}

    def _shown(self, handler: Handler) -> Handler:
        async def shown(request: Request, error: Exception) -> Response:
            answer = await handler(request, error)
            return answer if _first(request.url.path) in self.elsewhere else self._page(request, answer)

        return shown

    def _page(self, request: Request, answer: Response) -> Response:
        detail = msgspec.json.decode(answer.body, type=Problem).detail
        values = {"heading": f"{detail[:1].upper()}{detail[1:]}"}
        page = self.renderer.page(request, "refused.html", values, answer.status_code)
        page.headers.update({name: answer.headers[name] for name in KEPT_HEADERS if name in answer.headers})
        return page


def elsewhere(operations: Iterable[Operation]) -> frozenset[str]:
    """Return the first parts of the paths of calls, and of files."""
    return frozenset({*(_first(operation.path) for operation in operations), *FILES})


def _first(path: str) -> str:
    return path.split("/", 2)[1]
