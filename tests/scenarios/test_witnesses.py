"""What others say of a load: the subject's own count, and a probe beside it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest

from lab.kernel.histogram import index_of
from profiles.profile import Profile
from scenarios.collector import Collector
from scenarios.engine.frames import Frame, Kind, Tally
from scenarios.integrity.bias import bias_of, upper_of_median
from scenarios.integrity.probed import Probed
from scenarios.integrity.served import Sending, Sent, Tallied, counted_in
from scenarios.probing import endpoint_of
from scenarios.window import Window
from scenarios.witnesses import Witnesses

PROFILE = Profile(name="test", users=100, ramp=1.0, warm_up=1.0, hold=10.0, trials=1)
EXPOSITION = """# TYPE tourapp_request_seconds histogram
tourapp_request_seconds_bucket{le="0.001",method="GET",route="/api/tours",status="200"} 90.0
tourapp_request_seconds_count{method="GET",route="/api/tours/{tour_id}",status="200"} 1.2e+03
tourapp_request_seconds_count{method="POST",route="/api/reviews",status="429"} 34.0
tourapp_request_seconds_count{method="GET",route="/metrics",status="200"} 7.0
tourapp_request_seconds_count{method="GET",route="/readyz",status="200"} 2.0
tourapp_request_seconds_count{method="GET",route="/healthz",status="200"} 3.0
tourapp_commit_seconds_count 12.0
"""


def a_frame(second: int, *, microseconds: int = 5_000, requests: int = 300) -> Frame:
    counts = {index_of(microseconds): requests}
    return Frame(
        second=second,
        users=100,
        counts={("GET /tours", kind): counts for kind in (Kind.RESPONSE, Kind.SERVICE)},
        statuses={"GET /tours": {200: requests}},
        tallies={"GET /tours": Tally(sent=100 * requests, received=900 * requests)},
    )


def window(microseconds: int = 5_000) -> Window:
    collector = Collector(PROFILE)
    for second in PROFILE.seconds:
        collector.add([a_frame(second, microseconds=microseconds)])
    return collector.window()


def probed(*seconds: float, size: int = 900, status: int = 200) -> list[Probed]:
    return [Probed(moment=0.0, seconds=each, status=status, size=size) for each in seconds]


def test_the_tour_apps_count_leaves_out_who_only_watches_it() -> None:
    assert counted_in(EXPOSITION) == 1234
    assert counted_in('tourapp_request_seconds_count{route="/readyz"} 1.0\n') == 0
    assert counted_in("http_requests_total 5\n") is None
    assert counted_in("") is None


def test_what_was_sent_includes_redirects_and_what_nobody_knows_is_kept_apart() -> None:
    sending = Sending()
    frame = a_frame(0, requests=10)
    sending.add(
        replace(frame, statuses={"GET /": {200: 10, 404: 1, 0: 2}}, tallies={"GET /": Tally(redirects=3)})
    )
    sending.add(replace(frame, tallies={"GET /": Tally(retries=4)}, abandoned=3))
    assert sending.sent(probed=5) == Sent(answered=11 + 3 + 10 + 5, unsure=2 + 4 + 3)


@pytest.mark.parametrize(("served", "equal"), [(999, False), (1000, True), (1020, True), (1021, False)])
def test_the_subject_counts_what_was_sent_and_nothing_else(served: int, *, equal: bool) -> None:
    tallied = Tallied(sent=Sent(answered=1000, unsure=20), served=served)
    assert tallied.equal is equal
    assert [caveat.fatal for caveat in tallied.caveats()] == ([] if equal else [False])
    assert all(
        f"counted {served} requests, and 1000 to 1020" in caveat.advice for caveat in tallied.caveats()
    )


def test_a_generator_that_adds_milliseconds_is_told_how_many() -> None:
    bias = bias_of(window(), "GET /tours", probed(*[0.002 + 0.00001 * number for number in range(20)]))
    assert bias is not None
    (caveat,) = bias.caveats()
    assert (caveat.code, caveat.fatal) == ("generator-adds", False)
    assert caveat.advice.startswith("the generator adds 2.9 ms: GET /tours took 5.0 ms by its median")


@pytest.mark.parametrize("quicker", [0.0041, 0.0050, 0.0080])
def test_a_millisecond_or_a_slower_probe_accuses_nobody(quicker: float) -> None:
    bias = bias_of(window(), "GET /tours", probed(*[quicker] * 20))
    assert bias is not None
    assert bias.caveats() == ()


def test_noise_accuses_one_load_in_fifty_at_most() -> None:
    chance = np.random.default_rng(7)
    accused = 0
    for _ in range(500):
        # The same skewed times by both, and few of them by the probe.
        alike = (0.005 * chance.lognormal(size=12)).tolist()
        bias = bias_of(window(), "GET /tours", probed(*alike))
        accused += bias is not None and bool(bias.caveats())
    assert accused <= 10


@pytest.mark.parametrize(
    "answers",
    [
        pytest.param(probed(*[0.001] * 6), id="too few"),
        pytest.param(probed(*[0.001] * 20, status=404), id="not correct"),
        pytest.param(probed(*[0.001] * 20, size=200), id="another page"),
    ],
)
def test_a_probe_that_cannot_be_compared_says_nothing(answers: list[Probed]) -> None:
    assert bias_of(window(), "GET /tours", answers) is None


def test_the_bound_of_a_median_holds_in_99_of_100_samples() -> None:
    chance = np.random.default_rng(11)
    for number in (7, 12, 40, 121):
        bounds = [upper_of_median(chance.random(number).tolist()) for _ in range(1000)]
        assert sum(bound is not None and bound >= 0.5 for bound in bounds) >= 980
    assert upper_of_median([1.0] * 6) is None


def test_the_endpoint_to_probe_is_the_one_asked_most_whose_name_is_its_path() -> None:
    def asked(requests: dict[str, int]) -> Frame:
        counts = {(name, Kind.RESPONSE): {5: count} for name, count in requests.items()}
        return Frame(second=1, users=10, counts=counts)

    mixed = {"GET /tours/{id}": 900, "GET /tours": 300, "POST /reviews": 500, "GET /": 10, "GET /q?near": 800}
    assert endpoint_of(asked(mixed)) == "GET /tours"
    assert endpoint_of(asked({"GET /tours/{id}": 900})) is None
    # The probe would be a part of it.
    assert endpoint_of(asked({"GET /tours": 100})) is None


@dataclass
class Counting:
    """A subject that counts as a script says."""

    counts: Sequence[int | None]
    _left: Iterator[int | None] = field(init=False)

    def __post_init__(self) -> None:
        self._left = iter(self.counts)

    def count(self) -> int | None:
        return next(self._left)


@pytest.mark.parametrize(
    ("counts", "codes", "equal"),
    [((50, 3050), [], True), ((50, 4050), ["counts-differ"], False), ((None, 1), [], None)],
)
def test_counts_are_asked_before_and_after_and_equality_is_a_fact(
    tmp_path: Path, counts: tuple[int | None, ...], codes: list[str], *, equal: bool | None
) -> None:
    witnesses = Witnesses(tmp_path, Counting(counts), None)
    with witnesses:
        for second in PROFILE.seconds:
            witnesses.see(a_frame(second))
    assert [caveat.code for caveat in witnesses.report(window())] == codes
    told = json.loads((tmp_path / "integrity.json").read_text())
    assert (told["served"]["equal"] if told["served"] else None) is equal
    assert witnesses.left() == ("integrity.json",)


def told_of(folder: Path, length: int) -> dict[str, dict[str, object]]:
    """Return what the report says of the steadiness of a load that ended *length* seconds after its ramp."""
    collector = Collector(replace(PROFILE, hold=60.0))
    for second in range(1, 1 + length):
        collector.add([a_frame(second)])
    witnesses = Witnesses(folder, None, None)
    assert witnesses.report(collector.window()) == ()
    told: dict[str, dict[str, object]] = json.loads((folder / "integrity.json").read_text())["steadiness"]
    return told


@pytest.mark.parametrize(("length", "steady"), [(0, 0), (1, 0), (36, 35)])
def test_a_window_too_short_for_a_trend_says_so_in_the_report(
    tmp_path: Path, length: int, steady: int
) -> None:
    note = f"too short to test for a trend: {steady} s, 36 s needed"
    untested = {"trend": None, "note": note}
    assert told_of(tmp_path, length) == {"response_time": untested, "throughput": untested}


def test_a_window_long_enough_has_its_trends_in_the_report(tmp_path: Path) -> None:
    throughput = told_of(tmp_path, 37)["throughput"]
    assert throughput["note"] is None
    assert throughput["trend"] == {"change": 0.0, "low": 0.0, "high": 0.0, "level": 300.0}
