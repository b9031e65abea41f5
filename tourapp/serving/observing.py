"""Watches every request: counts it, times it, and notes what went wrong without telling whose it was."""

import re
import time
from collections import deque
from functools import lru_cache

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tourapp.api.problem import BROKEN_OFF, FAILED, FAILURE, answered, kind_of
from tourapp.clock import Clock
from tourapp.store.telemetry import Failure
from tourapp.telemetry.metrics import Metrics

# Failures that wait to be written; when the disk is gone, the oldest go first.
FAILURES_WAITING = 1_000

# What all requests for addresses that lead nowhere are counted under.
UNMATCHED = "unmatched"

SERVER_ERROR = 500

# What a request is counted as whose client went away before its end, or before the answer: nginx's number.
# https://nginx.org/en/docs/dev/development_guide.html#http_request_finalization
CLIENT_LEFT = 499

# https://www.w3.org/TR/trace-context/#traceparent-header
TRACEPARENT = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}(?:-.*)?")


class FailureLog:
    """Failures of one worker, until they are written down."""

    def __init__(self, worker: int, release: str, clock: Clock) -> None:
        self._worker = worker
        self._release = release
        self._clock = clock
        self._waiting: deque[Failure] = deque(maxlen=FAILURES_WAITING)

    def note(self, scope: Scope, status: int) -> None:
        """Note an answer of 500 or more."""
        traced = TRACEPARENT.fullmatch(Headers(scope=scope).get("traceparent", ""))
        self._waiting.append(
            Failure(
                logged_at=self._clock(),
                worker=self._worker,
                release=self._release,
                method=scope["method"],
                route=route_of(scope),
                status=status,
                error=scope.get(FAILURE, ""),
                trace_id=traced[1] if traced else "",
            )
        )

    def taken(self) -> list[Failure]:
        """Return what waits to be written, and forget it."""
        taken = list(self._waiting)
        self._waiting.clear()
        return taken

    def put_back(self, failures: list[Failure]) -> None:
        """Wait with these again, before what has come since."""
        self._waiting = deque([*failures, *self._waiting], maxlen=FAILURES_WAITING)


class Observing:
    """Counts and times every request."""

    def __init__(self, app: ASGIApp, metrics: Metrics, failures: FailureLog) -> None:
        self._app = app
        self._metrics = metrics
        self._failures = failures

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; what a handler raises is answered here, and raised again for the server."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        status = 0

        async def send_with_timing(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                spent = (time.perf_counter() - began) * 1_000
                message["headers"] = [*message["headers"], (b"server-timing", b"app;dur=%.2f" % spent)]
            await send(message)

        self._metrics.in_flight += 1
        try:
            await self._app(scope, receive, send_with_timing)
        except Exception as error:
            scope[FAILURE] = kind_of(error)
            if not status:
                await answered(SERVER_ERROR, FAILED)(scope, receive, send_with_timing)
            raise
        finally:
            self._metrics.in_flight -= 1
            counted = CLIENT_LEFT if BROKEN_OFF in scope or not status else status
            self._metrics.request(route_of(scope), scope["method"], counted, time.perf_counter() - began)
            if status >= SERVER_ERROR:
                self._failures.note(scope, status)


def route_of(scope: Scope) -> str:
    """Return the template of the address, such as /api/tours/{tour_id}."""
    route = scope.get("route")
    return UNMATCHED if route is None else _template(route.path)


@lru_cache(maxsize=256)
def _template(path: str) -> str:
    """Leave out which kind of parameter the router takes."""
    return re.sub(r":\w+}", "}", path)
