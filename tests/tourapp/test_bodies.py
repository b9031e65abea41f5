"""Bodies of requests: what is taken, and what becomes of one that breaks off, is late or unreadable."""

import asyncio
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any

import msgspec
import pytest
from starlette.applications import Starlette

from tests.tourapp.conftest import LABEL, Visitor, error_of
from tourapp.api import reading
from tourapp.serving.app import create_app
from tourapp.settings import Settings
from tourapp.store.database import open_logbook_for_reading
from tourapp.store.telemetry import failures

# All that take a body.
TAKING = (
    ("PUT", "/api/progress/21"),
    ("POST", "/api/login"),
    ("POST", "/api/refresh"),
    ("POST", "/api/beacon"),
    ("POST", "/api/tours/7/reviews"),
    ("POST", "/api/sync"),
)

# What a server tells of a body that has begun, and of a client that has gone.
BEGUN = {"type": "http.request", "body": b'{"stop"', "more_body": True}
GONE = {"type": "http.disconnect"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What a client hears, and what `/metrics` counts of its request."""

    status: int
    headers: dict[bytes, bytes]
    detail: str
    counted: str


async def passed(app: Starlette, method: str, path: str, messages: Sequence[Any]) -> list[Any]:
    """Send these messages and then nothing more; return those that come back."""
    coming, back = list(messages), list[Any]()
    headers = {**LABEL, "authorization": "Bearer demo.walker-0001@example.org", "idempotency-key": "a"}

    async def receive() -> Any:
        if not coming:
            await asyncio.Event().wait()
        return coming.pop(0)

    async def send(message: Any) -> None:
        back.append(message)

    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": b"",
        "headers": [(name.encode(), text.encode()) for name, text in headers.items()],
    }
    await app(scope, receive, send)
    return back


def heard(settings: Settings, method: str, path: str, *messages: Any) -> Heard:
    async def scene() -> tuple[Any, Any, str]:
        app = create_app(replace(settings, demo_tokens=True))
        async with app.router.lifespan_context(app):
            start, body = await passed(app, method, path, messages)
            metrics = (await passed(app, "GET", "/metrics", ()))[-1]
        return start, body, metrics["body"].decode()

    start, body, metrics = asyncio.run(scene())
    (counted,) = (line for line in metrics.splitlines() if line.startswith("tourapp_request_seconds_count"))
    return Heard(
        status=start["status"],
        headers=dict(start["headers"]),
        detail=msgspec.json.decode(body["body"])["detail"],
        counted=counted,
    )


@pytest.mark.parametrize(("method", "path"), TAKING)
def test_a_body_that_breaks_off_is_refused_and_counted_as_a_client_that_left(
    settings: Settings, caplog: pytest.LogCaptureFixture, method: str, path: str
) -> None:
    answer = heard(settings, method, path, BEGUN, GONE)
    assert answer.status == 400
    assert "broke off" in answer.detail
    assert 'status="499"' in answer.counted
    assert not caplog.records
    with closing(open_logbook_for_reading(settings.logbook)) as reader:
        assert not failures(reader, 10)


@pytest.mark.parametrize(("method", "path"), TAKING)
def test_a_body_that_never_comes_is_given_up_and_its_connection_too(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, method: str, path: str
) -> None:
    monkeypatch.setattr(reading, "BODY_PATIENCE", 0.02)
    answer = heard(settings, method, path, BEGUN)
    assert answer.status == 408
    assert answer.headers[b"connection"] == b"close"
    assert 'status="408"' in answer.counted


@pytest.mark.parametrize(
    ("label", "status"),
    [
        ("application/json; charset=utf-8", 204),
        ('application/json;charset="UTF-8"', 204),
        ("text/plain;charset=UTF8", 204),
        ("application/json; profile=x", 204),
        ("application/json; charset=latin-1", 415),
        ("application/json; profile=x; charset=utf-16", 415),
    ],
)
def test_a_body_is_written_in_utf_8(visit: Visitor, label: str, status: int) -> None:
    vitals = b'{"page": "/", "vitals": [{"name": "LCP", "value": 1}]}'
    answer = visit.ask("POST", "/api/beacon", content=vitals, headers={"content-type": label})
    assert answer.status_code == status
    assert status == 204 or "utf-8" in error_of(answer)


def test_a_compressed_body_is_refused_as_such(visit: Visitor) -> None:
    answer = visit.ask("POST", "/api/beacon", content=b"x", headers={**LABEL, "content-encoding": "gzip"})
    assert (answer.status_code, answer.headers["accept-encoding"]) == (415, "identity")
    assert "Content-Encoding" in error_of(answer)


def test_no_body_is_told_what_it_should_hold(visit: Visitor) -> None:
    walker = visit.log_in()
    told = error_of(visit.ask("PUT", "/api/progress/7", headers=walker))
    assert told == "the body is empty; send a JSON object with stop and seconds"


def test_a_name_that_is_none_of_a_set_is_told_the_set(visit: Visitor) -> None:
    vital = {"name": "FID", "value": 1}
    answer = visit.ask("POST", "/api/beacon", json={"page": "/", "vitals": [vital]})
    assert "accepted are CLS, FCP, INP, LCP, TTFB" in error_of(answer)


def test_a_review_of_blanks_is_refused_in_words(visit: Visitor) -> None:
    opinion = {"rating": 5, "text": " \n\u2003"}
    answer = visit.ask("POST", "/api/tours/7/reviews", headers=visit.log_in(), json=opinion)
    assert answer.status_code == 400
    assert error_of(answer) == "text: must hold more than blanks"
