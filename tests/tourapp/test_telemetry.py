"""What the app notes of itself and of its visitors, and that none of it is in anybody's way."""

import asyncio
from contextlib import AbstractContextManager, closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.tourapp.conftest import Visitor, error_of
from tourapp.serving.app import create_app
from tourapp.settings import Settings
from tourapp.store import telemetry
from tourapp.store.database import open_logbook_for_reading
from tourapp.store.telemetry import Deployment, deployed, deployments, failures
from tourapp.telemetry.metrics import Metrics

TRACE = "0af7651916cd43dd8448eb211c80319c"

VITALS = {
    "page": "/tours/7?q=secret",
    "vitals": [{"name": "LCP", "value": 1250}, {"name": "CLS", "value": 0.2}],
}


def rows(logbook: Path, question: str) -> list[tuple[Any, ...]]:
    with closing(open_logbook_for_reading(logbook)) as reader:
        return reader.execute(question).fetchall()


@pytest.mark.parametrize("label", ["application/json", "text/plain;charset=UTF-8"])
def test_a_beacon_is_kept_in_base_units_with_release_and_variant(
    visit: Visitor, logbook: Path, label: str
) -> None:
    headers = {"content-type": label, "x-variant": "b"}
    answer = visit.ask("POST", "/api/beacon", json=VITALS, headers=headers)
    assert (answer.status_code, answer.content) == (204, b"")
    assert rows(logbook, "SELECT * FROM vitals") == [
        (visit.now, "1.0", "b", "/tours/7", "LCP", 1.25),
        (visit.now, "1.0", "b", "/tours/7", "CLS", 0.2),
    ]


@pytest.mark.parametrize(
    ("body", "label", "status"),
    [
        ("{}", "application/json", 400),
        ('{"page": "/", "vitals": []}', "application/json", 400),
        ('{"page": "/", "vitals": [{"name": "FID", "value": 1}]}', "application/json", 400),
        ('{"page": "/", "vitals": [{"name": "LCP", "value": -1}]}', "application/json", 400),
        ('{"page": "/", "vitals": [{"name": "LCP", "value": 1e12}]}', "application/json", 400),
        ('{"page": "' + "x" * 201 + '", "vitals": [{"name": "LCP", "value": 1}]}', "application/json", 400),
        ("page=/", "application/x-www-form-urlencoded", 415),
        (" " * 40_000, "text/plain", 413),
    ],
)
def test_a_malformed_beacon_is_refused(visit: Visitor, body: str, label: str, status: int) -> None:
    answer = visit.ask("POST", "/api/beacon", content=body, headers={"content-type": label})
    assert answer.status_code == status
    assert error_of(answer)


def test_a_table_keeps_its_newest_rows_only(
    visit: Visitor, logbook: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telemetry, "VITALS_KEPT", 10)
    for number in range(20):
        vital = {"name": "LCP", "value": number * 1_000}
        visit.ask("POST", "/api/beacon", json={"page": "/", "vitals": [vital]})
    assert [value for (value,) in rows(logbook, "SELECT value FROM vitals")] == [*range(10, 20)]


def test_metrics_count_requests_by_route_method_and_status(visit: Visitor) -> None:
    for path in ("/api/tours/7", "/api/tours/8", "/api/tours/2001", "/nothing", "/nowhere", "/api/nothing"):
        visit.get(path)
    visit.ask("DELETE", "/api/tours/7")
    visit.ask("BREW", "/api/tours")
    lines = set(visit.get("/metrics").text.splitlines())
    count = "tourapp_request_seconds_count"
    assert {
        f'{count}{{method="GET",route="/api/tours/{{tour_id}}",status="200"}} 2.0',
        f'{count}{{method="GET",route="/api/tours/{{tour_id}}",status="404"}} 1.0',
        f'{count}{{method="DELETE",route="/api/tours/{{tour_id}}",status="405"}} 1.0',
        f'{count}{{method="other",route="/api/tours",status="405"}} 1.0',
        f'{count}{{method="GET",route="unmatched",status="404"}} 3.0',
    } <= lines


def test_metrics_tell_of_the_worker_its_commits_and_the_count_of_cities(visit: Visitor) -> None:
    visit.ask("POST", "/api/beacon", json=VITALS)
    for _ in range(3):
        visit.get("/api/cities")
    visit.now += 30
    visit.get("/api/cities")
    answer = visit.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=")
    assert answer.headers["cache-control"] == "no-store"
    told = dict(line.rsplit(" ", 1) for line in answer.text.splitlines() if not line.startswith("#"))
    assert told['tourapp_cities_visits_total{visit="hit"}'] == "2.0"
    assert told['tourapp_cities_visits_total{visit="miss"}'] == "2.0"
    assert float(told["tourapp_commit_seconds_count"]) >= 1
    assert float(told["tourapp_commit_changes_sum"]) >= 1
    assert float(told['tourapp_resident_bytes{worker="1"}']) > 10_000_000
    assert float(told['tourapp_cpu_seconds_total{worker="1"}']) > 0
    assert float(told['tourapp_open_files{worker="1"}']) > 2
    assert 'tourapp_gc_collections_total{generation="0",worker="1"}' in told
    assert told["tourapp_logins_waiting"] == "0.0"


def test_invented_methods_take_no_memory() -> None:
    metrics = Metrics(1, None)
    before = len(metrics.exposition())
    metrics.request("/", "GET", 200, 0.1)
    one = len(metrics.exposition()) - before
    for number in range(1_000):
        metrics.request("unmatched", f"M{number}", 404, 0.1)
    assert len(metrics.exposition()) - before < 4 * one


def test_every_answer_says_who_served_it_and_how_long_it_took(visit: Visitor) -> None:
    for path in ("/", "/api/tours", "/nothing", "/static/style.css", "/healthz"):
        headers = visit.get(path).headers
        assert headers["x-served-by"] == "1"
        assert float(headers["server-timing"].removeprefix("app;dur=")) >= 0


def test_an_unavailable_database_is_noted_without_anything_of_the_request(
    settings: Settings, logbook: Path
) -> None:
    away = logbook.with_suffix(".away")
    with Visitor(settings) as visit:
        walker = visit.log_in()
        logbook.rename(away)
        headers = {**walker, "traceparent": f"00-{TRACE}-b7ad6b7169203331-01"}
        refused = visit.ask(
            "PUT", "/api/progress/7?secret=1", headers=headers, json={"stop": 1, "seconds": 604_799}
        )
        assert refused.status_code == 503
        away.rename(logbook)
    with closing(open_logbook_for_reading(logbook)) as reader:
        (noted,) = failures(reader, 10)
    assert (noted.method, noted.route, noted.status) == ("PUT", "/api/progress/{tour_id}", 503)
    assert (noted.trace_id, noted.worker, noted.release) == (TRACE, 1, "1.0")
    assert noted.error.startswith("OperationalError at logbook.py:")
    written = logbook.read_bytes()
    token = walker["authorization"].removeprefix("Bearer ")
    for private in (b"secret", b"604799", token.encode()):
        assert private not in written


def test_what_a_handler_raises_is_answered_noted_and_raised_for_the_server(
    settings: Settings, logbook: Path
) -> None:
    def broken(_: object) -> None:
        raise ArithmeticError("password tour-0001 does not add up")

    async def scene() -> httpx.Response:
        app = create_app(settings)
        app.add_route("/broken", broken)  # type: ignore[arg-type]  # a handler that never answers
        async with app.router.lifespan_context(app):
            transport = httpx.ASGITransport(app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://tours.test") as client:
                return await client.get("/broken?token=abc", headers={"traceparent": "nonsense"})

    answer = asyncio.run(scene())
    assert answer.status_code == 500
    assert "add up" not in answer.text
    assert {"x-release", "x-served-by", "server-timing"} <= set(answer.headers)
    with closing(open_logbook_for_reading(logbook)) as reader:
        (noted,) = failures(reader, 10)
    assert (noted.route, noted.status, noted.trace_id) == ("/broken", 500, "")
    assert noted.error.startswith("ArithmeticError at test_telemetry.py:")


def test_refusals_are_not_failures(settings: Settings, logbook: Path) -> None:
    with Visitor(settings) as visit:
        for path in ("/nothing", "/api/search", "/api/progress/7"):
            assert 400 <= visit.get(path).status_code < 500
    assert rows(logbook, "SELECT * FROM error_logs") == []


def test_a_worker_writes_down_what_it_uses(settings: Settings, logbook: Path) -> None:
    with Visitor(settings) as visit:
        visit.get("/api/tours")
    noted = dict(rows(logbook, "SELECT name, value FROM system_metrics WHERE worker = 1 ORDER BY rowid"))
    assert set(noted) == {
        *("resident_bytes", "open_files", "connections", "cpu_seconds", "gc_collections"),
        *("in_flight", "requests", "commits", "commit_seconds"),
    }
    assert noted["resident_bytes"] > 10_000_000
    # One more where this visitor is the first of all to ask for the document.
    assert noted["requests"] in {1, 2}


def test_a_lost_logbook_does_not_keep_the_app_from_closing(
    settings: Settings, logbook: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with Visitor(settings) as visit:
        logbook.unlink()
        assert visit.get("/api/tours").status_code == 200
    assert "could not record" in caplog.text


def test_a_deployment_is_noted_from_its_start_to_its_clean_end(logbook: Path) -> None:
    def noted() -> tuple[Deployment, ...]:
        with closing(open_logbook_for_reading(logbook)) as reader:
            return deployments(reader)

    def start() -> AbstractContextManager[None]:
        return deployed(logbook, lambda: next(times), release="1.2", defects=("errors", "convoy"), workers=2)

    times = iter([10.0, 20.0, 30.0])
    with start():
        assert [each.ended_at for each in noted()] == [None]
    with pytest.raises(KeyError), start():
        raise KeyError("this one did not end well")
    assert [(each.started_at, each.ended_at) for each in noted()] == [(30.0, None), (10.0, 20.0)]
    assert {(each.release, each.defects, each.workers) for each in noted()} == {("1.2", "convoy, errors", 2)}
