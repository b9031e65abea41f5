"""The fence of the Locust process: what it passes, what it refuses, and what stays pinned."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest

from lab.engine.allowlist import Entry, Permit, Reach
from profiles.profile import Profile
from scenarios.engine.assignment import Assignment
from scenarios.engine.fence import Fence, NotAllowedError, refusal_in
from scenarios.engine.rate_cap import EarlyRequests, RateCap, caveat_of
from tests.fakes import ScriptedClock, ScriptedResolver

SUBJECT = Permit(host="shop.example", addresses=("192.0.2.7",), rate=3.0)
LIST = (Entry(host="shop.example"), Entry(host="other.example"), Entry(host="10.0.0.0/8"))


def a_fence(**names: list[str]) -> tuple[Fence, ScriptedResolver]:
    resolver = ScriptedResolver({f"{name}.example": found for name, found in names.items()})
    return Fence(Reach(subject=SUBJECT, allowed=LIST), resolver), resolver


def test_the_subject_is_where_it_was_checked_to_be_whatever_its_name_means_now() -> None:
    fence, resolver = a_fence(shop=["169.254.169.254"])
    assert fence.addresses("Shop.Example") == ("192.0.2.7",)
    assert resolver.asked == []
    fence.pass_address("192.0.2.7")


def test_another_listed_name_is_asked_about_once_and_pinned() -> None:
    fence, resolver = a_fence(other=["192.0.2.8"])
    with pytest.raises(NotAllowedError):
        fence.pass_address("192.0.2.8")
    assert fence.addresses("other.example") == ("192.0.2.8",)
    resolver.meanings["other.example"] = ["127.0.0.1"]
    assert fence.addresses("other.example") == ("192.0.2.8",)
    fence.pass_address("192.0.2.8")


def test_a_listed_name_never_leads_to_metadata() -> None:
    fence, _ = a_fence(other=["192.0.2.8", "169.254.169.254"])
    with pytest.raises(NotAllowedError, match="never measured"):
        fence.addresses("other.example")
    with pytest.raises(NotAllowedError, match="never measured"):
        fence.pass_address("169.254.169.254")


def test_a_name_that_is_not_listed_is_not_even_asked_about() -> None:
    fence, resolver = a_fence(evil=["127.0.0.1"])
    for ask in (fence.addresses, fence.pass_name):
        with pytest.raises(NotAllowedError, match=r"evil\.example is not on the allow-list.*`allow`"):
            ask("evil.example")
    assert resolver.asked == []


def test_a_listed_name_without_an_address_is_no_refusal() -> None:
    fence, _ = a_fence()
    with pytest.raises(socket.gaierror):
        fence.addresses("other.example")


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1", "10.1.2.3"])
def test_loopback_and_listed_networks_pass(address: str) -> None:
    fence, _ = a_fence()
    fence.pass_address(address)
    fence.pass_name(address)


@pytest.mark.parametrize(
    "address",
    [
        "192.0.2.1",
        "::ffff:192.0.2.1",
        "fe80::1%eth0",
        "64:ff9b::a9fe:a9fe",
        "0.0.0.0",  # noqa: S104  (refused)
        "::",
        "evil.example",
        "",
    ],
)
def test_any_other_address_does_not(address: str) -> None:
    fence, _ = a_fence()
    with pytest.raises(NotAllowedError):
        fence.pass_address(address)


def test_of_names_that_reach_a_socket_only_localhost_passes() -> None:
    fence, resolver = a_fence(other=["192.0.2.8"])
    fence.pass_address("localhost")
    for name in ("shop.example", "other.example"):
        with pytest.raises(NotAllowedError, match="Send to its address"):
            fence.pass_address(name)
    assert resolver.asked == []


@pytest.mark.parametrize("host", ["2130706433", "0x7f.1", "127.0.0.1.", "\uff11\uff12\uff17.0.0.1", "a b"])
def test_odd_spellings_are_not_looked_up(host: str) -> None:
    fence, resolver = a_fence()
    for ask in (fence.addresses, fence.pass_name):
        with pytest.raises(NotAllowedError):
            ask(host)
    assert resolver.asked == []


def test_a_refusal_is_found_below_what_a_library_made_of_it() -> None:
    refusal = NotAllowedError("no")
    wrapped = ValueError("pool")
    wrapped.__cause__ = refusal
    outermost = ValueError("session")
    outermost.__context__ = wrapped
    assert refusal_in(outermost) is refusal
    other = ValueError("other")
    assert refusal_in(other) is other


def test_an_assignment_carries_the_reach() -> None:
    assignment = Assignment(
        locustfile="mine.py",
        url="http://shop.example",
        profile=Profile(name="x", users=1, ramp=1.0, warm_up=0.0, hold=2.0, trials=1),
        seed=1,
        frames="frames.jsonl",
        reach=Reach(subject=SUBJECT, allowed=LIST),
    )
    assert Assignment.read(assignment.text()) == assignment


def test_a_load_is_stopped_even_where_the_notice_cannot_be_written(tmp_path: Path) -> None:
    stopped: list[str] = []
    cap = RateCap(SUBJECT, 1, tmp_path / "missing", lambda: stopped.append("stop"))
    with pytest.raises(FileNotFoundError):
        cap.exceed(4)
    assert stopped == ["stop"]
    caveat = caveat_of(tmp_path / "missing")
    assert (caveat.code, caveat.fatal) == ("rate-cap", True)
    assert "more requests within a second than the subject may be given; use fewer" in caveat.advice


def test_requests_of_before_the_load_are_held_to_the_cap_by_the_second(tmp_path: Path) -> None:
    clock = ScriptedClock()
    stopped: list[str] = []
    early = EarlyRequests(RateCap(SUBJECT, 1, tmp_path, lambda: stopped.append("stop")), clock)
    for second in range(3):
        for _ in range(3):
            clock.now = second + 0.5
            early.on_request(name="/")
    assert not stopped
    early.on_request(name="/")
    assert stopped == ["stop"]
    assert "4 requests within a second" in caveat_of(tmp_path).advice


def test_a_load_is_stopped_once_when_one_second_holds_too_many_requests(tmp_path: Path) -> None:
    stopped: list[str] = []
    cap = RateCap(SUBJECT, 1, tmp_path, lambda: stopped.append("stop"))
    for requests in (4, 5):
        cap.exceed(requests)
    assert stopped == ["stop"]
    caveat = caveat_of(tmp_path)
    assert caveat.fatal
    assert "4 requests within a second, and shop.example may be given 3 /s" in caveat.advice
    assert json.loads((tmp_path / "rate-cap.json").read_text())["requests"] == 4
