"""Compares Locust's statistics as our books keep them with those that Locust keeps itself; run as a script.

It imports Locust, which monkey-patches the interpreter, so it runs in a process of its own.
"""

from __future__ import annotations

import io
import random
import sys
import time
from dataclasses import dataclass
from typing import Any

import locust.stats
from locust.contrib.fasthttp import LocustBadStatusCode
from locust.env import Environment
from locust.event import Events
from locust.exception import CatchResponseError
from locust.runners import Runner
from locust.stats import StatsCSV, StatsEntry

from scenarios.engine.bookkeeping import Audience, Books, forget_seconds
from scenarios.engine.recorder import Recorder

NAMES = ("GET /", "GET /api/tours with blanks", "POST /api/reviews")
# What an entry says of itself, exactly and to the last digits of a float.
EXACT = (
    "num_requests",
    "num_none_requests",
    "num_failures",
    "max_response_time",
    "min_response_time",
    "total_content_length",
)
CLOSE = ("total_response_time", "start_time", "last_request_timestamp")
MAPPINGS = ("response_times", "num_reqs_per_sec", "num_fail_per_sec")


@dataclass
class Clock:
    """Stands for the module ``time`` in Locust's statistics."""

    now: float

    def time(self) -> float:
        return self.now


def an_environment() -> Environment:
    environment = Environment(events=Events())
    environment.create_local_runner()
    return environment


def runner_of(environment: Environment) -> Runner:
    assert environment.runner is not None
    return environment.runner


def failure_of(draw: random.Random) -> Exception | None:
    chances = (None, None, None, LocustBadStatusCode("/", code=503), CatchResponseError("not a tour"))
    return draw.choice([*chances, ConnectionError("gone"), ConnectionError("refused")])


def same_entry(kept: StatsEntry, own: StatsEntry) -> None:
    for name in EXACT:
        assert getattr(kept, name) == getattr(own, name), (own.name, name)
    for name in CLOSE:
        assert abs(getattr(kept, name) - getattr(own, name)) < 1e-3, (own.name, name)
    for name in MAPPINGS:
        assert dict(getattr(kept, name)) == dict(getattr(own, name)), (own.name, name)
    assert kept.median_response_time == own.median_response_time
    assert kept.get_response_time_percentile(0.99) == own.get_response_time_percentile(0.99)


def same_statistics(kept: Environment, own: Environment) -> None:
    assert set(kept.stats.entries) == set(own.stats.entries)
    for key, entry in own.stats.entries.items():
        same_entry(kept.stats.entries[key], entry)
    same_entry(kept.stats.total, own.stats.total)
    assert set(kept.stats.errors) == set(own.stats.errors)
    for digest, error in own.stats.errors.items():
        entered = kept.stats.errors[digest]
        assert (entered.occurrences, entered.to_name()) == (error.occurrences, error.to_name())
        assert abs((entered.first_seen or 0) - (error.first_seen or 0)) < 1e-3
        assert abs((entered.last_seen or 0) - (error.last_seen or 0)) < 1e-3


def tables(environment: Environment) -> tuple[list[Any], list[Any]]:
    """Return what Locust's own writer of CSV files says, without its times of day."""
    writer = StatsCSV(environment, [0.5, 0.99])
    requests, errors = Rows(), Rows()
    writer.requests_csv(requests)
    writer.failures_csv(errors)
    return sorted(map(rounded, requests.rows)), sorted(row[:4] for row in errors.rows)


def rounded(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return *row* with floats as far as two clocks and two orders of addition agree."""
    return tuple(round(cell, 2) if isinstance(cell, float) else cell for cell in row)


class Rows:
    """What Locust takes for a csv writer."""

    def __init__(self) -> None:
        self.rows: list[Any] = []

    def writerow(self, row: Any) -> None:
        self.rows.append(tuple(row))

    def writerows(self, rows: Any) -> None:
        self.rows += map(tuple, rows)


def compare() -> None:
    draw = random.Random(5)  # noqa: S311  (no secret)
    kept, own = an_environment(), an_environment()
    # In the middle of a second, so that a few microseconds between two clocks change none of them.
    clock = Clock(int(time.time()) + 0.5)
    # Locust asks the module for the time.
    vars(locust.stats)["time"] = clock
    epoch = time.time() - time.perf_counter()
    for environment in (kept, own):
        environment.stats.clear_all()
    recorder = Recorder(io.StringIO())
    books = Books(kept, recorder)
    books.open()
    for number in range(3000):
        clock.now = int(clock.now) + 0.5 if number % 400 else int(clock.now) + 1.5
        method, _, name = (endpoint := draw.choice(NAMES)).partition(" ")
        spent, failure = draw.lognormvariate(-3, 2), failure_of(draw)
        ended = clock.now - epoch
        began = ended - spent
        recorder.take(endpoint, began, ended, failure=failure, length=number)
        request = {"request_type": method, "name": name, "response_time": (ended - began) * 1000}
        own.events.request.fire(**request, response_length=number, exception=failure, context={})
        if number % 70 == 0:
            books.enter()
        if number % 900 == 0:
            # One of another client: to both by the event, and to the books not twice.
            for environment in (kept, own):
                environment.events.request.fire(**request, response_length=7, exception=None, context={})
        if number == 1000:
            # Whoever resets must not meet what belongs before the reset.
            for environment in (kept, own):
                environment.events.reset_stats.fire()
                environment.stats.reset_all()
    books.close()
    same_statistics(kept, own)
    assert kept.stats.total.num_requests > 1900
    assert tables(kept) == tables(own)
    report(kept, own, recorder)


def report(kept: Environment, own: Environment, recorder: Recorder) -> None:
    """Demand that what a worker sends to its master holds what was taken until then."""
    for environment in (kept, own):
        locust.stats.setup_distributed_stats_event_listeners(environment.events, environment.stats)
    books = Books(kept, recorder)
    books.open()
    ended = time.perf_counter()
    recorder.take("GET /", ended - 0.01, ended)
    told: dict[str, Any] = {}
    kept.events.report_to_master.fire(client_id="me", data=told)
    own_told: dict[str, Any] = {}
    own.events.report_to_master.fire(client_id="me", data=own_told)
    assert told["stats_total"]["num_requests"] == own_told["stats_total"]["num_requests"] + 1
    recorder.take("GET /", ended - 0.01, ended)
    books.close()
    assert kept.stats.total.num_requests == 1
    forget_seconds(kept.stats)
    assert kept.stats.total.num_requests == 1


def listen() -> None:
    """Only others are told, and who they are is seen as they come and go."""
    environment = an_environment()
    heard: list[str] = []

    def ours(**_request: Any) -> None:
        heard.append("ours")

    def other(**_request: Any) -> None:
        heard.append("other")

    audience = Audience(environment, ours)
    environment.events.request.add_listener(ours)
    assert not audience.others_listen()
    audience.tell(name="/")
    environment.events.request.add_listener(other)
    assert audience.others_listen()
    audience.tell(name="/")
    environment.events.request.remove_listener(other)
    assert not audience.others_listen()
    assert heard == ["other"]
    assert runner_of(environment).stats.total.num_requests == 0


if __name__ == "__main__":
    compare()
    listen()
    sys.exit(0)
