"""Events of the DevTools protocol become transfers."""

from __future__ import annotations

from typing import Any

from devices.network_log import NetworkLog


def log_of(*events: tuple[str, dict[str, Any]]) -> NetworkLog:
    log = NetworkLog()
    for name, event in events:
        log.hear(name, {"requestId": "1", "loaderId": "1", "timestamp": 10.0, **event})
    return log


def asked(url: str = "http://subject.test/", **event: Any) -> tuple[str, dict[str, Any]]:
    return "requestWillBeSent", {"request": {"url": url}, "type": "Document", **event}


ANSWERED = ("responseReceived", {"type": "Document", "response": {"status": 200}, "timestamp": 10.09})
FINISHED = ("loadingFinished", {"encodedDataLength": 1145, "timestamp": 10.1})


def test_a_finished_transfer_has_the_size_of_headers_and_body() -> None:
    pieces = ("dataReceived", {"encodedDataLength": 1000})

    (transfer,) = log_of(asked(), ANSWERED, pieces, FINISHED).transfers()

    assert (transfer.size, transfer.status, transfer.started) == (1145, 200, 0.0)
    assert transfer.document


def test_a_failed_transfer_has_the_size_of_what_had_come() -> None:
    pieces = ("dataReceived", {"encodedDataLength": 700})

    (transfer,) = log_of(asked(), pieces, ("loadingFailed", {"errorText": "net::ERR_ABORTED"})).transfers()

    assert (transfer.size, transfer.fault) == (700, "net::ERR_ABORTED")


def test_a_redirect_is_a_transfer_of_its_own() -> None:
    moved = asked("http://subject.test/new", redirectResponse={"status": 302, "encodedDataLength": 150})

    first, second = log_of(asked(), moved, ANSWERED, FINISHED).transfers()

    assert (first.status, first.size) == (302, 150)
    assert (second.status, second.size) == (200, 1145)


def test_what_comes_from_the_cache_is_marked() -> None:
    (transfer,) = log_of(asked(), ("requestServedFromCache", {}), FINISHED).transfers()

    assert transfer.cached


def test_addresses_that_hold_their_own_content_are_no_transfers() -> None:
    assert log_of(asked("data:,hello"), FINISHED).transfers() == ()


def test_nobody_waits_for_a_stream_of_events() -> None:
    assert log_of(asked()).in_flight == 1
    assert log_of(asked(), ANSWERED, FINISHED).in_flight == 0
    assert log_of(asked(type="EventSource")).in_flight == 0


def test_what_is_asked_for_on_the_walk_is_told_apart_and_timed_alike() -> None:
    log = log_of(asked(), ANSWERED, FINISHED)
    assert log.walked() == ()
    log.begin_walk()
    name, event = asked("http://subject.test/tours/1")
    log.hear(name, {"requestId": "2", "loaderId": "2", "timestamp": 12.0, **event})

    assert [one.url for one in log.transfers()] == ["http://subject.test/"]
    assert [(one.url, one.started) for one in log.walked()] == [("http://subject.test/tours/1", 2.0)]


def test_a_moment_of_the_day_is_timed_from_the_first_request() -> None:
    log = log_of(asked(wallTime=1_700_000_000.25))

    assert log.since_start(1_700_000_001.5) == 1.25
