"""From a request to an operation and back: who asks, what is asked, and how the answer is sent."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

import msgspec
from starlette.convertors import IntegerConvertor, register_url_convertor
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tourapp.api import reading
from tourapp.api.operation import Call, Operation
from tourapp.identity.admission import Admission
from tourapp.identity.tokens import Caller
from tourapp.wire.delivery import Delivery
from tourapp.wire.limits import NUMBER_DIGITS

# The catalogue changes rarely; a minute keeps a roll-back visible soon.
PUBLIC = {"cache-control": "public, max-age=60"}
PRIVATE = {"cache-control": "no-store"}

# Who asks for what everybody may ask for.
NOBODY = Caller(account="", session="")


class NumberConvertor(IntegerConvertor):
    """Reads as many digits as fit the database; what is longer names nothing."""

    regex = f"[0-9]{{1,{NUMBER_DIGITS}}}"


register_url_convertor("number", NumberConvertor())


class Dispatch:
    """Makes the routes of operations."""

    def __init__(self, admission: Admission, delivery: Delivery) -> None:
        self._admission = admission
        self._delivery = delivery
        self._encoder = msgspec.json.Encoder()

    def routes(self, operations: Sequence[Operation]) -> list[Route]:
        """Return the routes of the operations, one for each path, so that a 405 names all its methods."""
        paths = dict.fromkeys(operation.path for operation in operations)
        return [self._route(path, [each for each in operations if each.path == path]) for path in paths]

    def _route(self, path: str, operations: Sequence[Operation]) -> Route:
        by_method: dict[str, Operation] = {operation.method: operation for operation in operations}
        # Where there is a GET, the router lets HEAD through too.
        by_method.setdefault("HEAD", operations[0])

        async def endpoint(request: Request) -> Response:
            return await self._answer(by_method[request.method], request)

        methods = [operation.method for operation in operations]
        return Route(path.replace("{tour_id}", "{tour_id:number}"), endpoint, methods=methods)

    async def _answer(self, operation: Operation, request: Request) -> Response:
        caller = await self._caller(request) if operation.signed_in else NOBODY
        parts = await _parts(operation, request)
        answer = await operation.handler(
            Call(request=request, account=caller.account, session=caller.session), **parts
        )
        if isinstance(answer, Response):
            return answer
        headers = {**(PUBLIC if operation.public else PRIVATE), **answer.headers}
        if answer.body is None:
            return Response(status_code=HTTPStatus.NO_CONTENT, headers=headers)
        return self._delivery.deliver(
            request,
            self._encoder.encode(answer.body),
            "application/json",
            status=operation.status,
            headers=headers,
            revisits=operation.public,
        )

    async def _caller(self, request: Request) -> Caller:
        return await self._admission.admit(request.headers.get("authorization", ""))


async def _parts(operation: Operation, request: Request) -> dict[str, Any]:
    """Return the parts of the request that the operation's handler asks for."""
    parts: dict[str, Any] = {}
    for name, kind in operation.parts.items():
        match name:
            case "path":
                parts[name] = reading.path(request, kind)
            case "query":
                parts[name] = reading.query(request, kind)
            case "headers":
                parts[name] = reading.headers(request, kind)
            case _:
                parts[name] = await reading.body(request, kind, operation.media_types)
    return parts
