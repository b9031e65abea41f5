"""What a browser may reach: exact rules, and a caveat for what they refused."""

from __future__ import annotations

from devices.artifacts import Ending, Failure
from devices.pins import Pins, pins_of
from devices.soundness import caveats_of
from lab.engine.allowlist import Entry, Permit, Reach
from tests.devices.builders import a_transfer, a_visit
from tests.fakes import ScriptedResolver

BLOCKED = "net::ERR_NAME_NOT_RESOLVED"


def told(**changes: object) -> dict[str, str]:
    return {caveat.code: caveat.advice for caveat in caveats_of(a_visit(**changes))}


def test_without_a_list_a_browser_reaches_loopback_and_finds_nothing_else() -> None:
    assert Pins().rules == ("MAP 127.0.0.1 127.0.0.1,MAP ::1 [::1],MAP localhost 127.0.0.1,MAP * ~NOTFOUND")


def test_others_are_whoever_is_neither_the_subject_nor_this_machine() -> None:
    subject = Permit(host="shop.example", addresses=("10.0.0.5",))
    listed = (Entry(host="shop.example"), Entry(host="cdn.example"), Entry(host="10.0.0.0/8"))
    resolver = ScriptedResolver({"cdn.example": ["10.0.0.9"], "shop.example": ["10.0.0.5"]})
    reach = Reach(subject=subject, allowed=listed)
    assert pins_of(reach, resolver, secret=True).others(reach) == ["cdn.example"]


def test_a_page_from_elsewhere_reaches_no_loopback_with_a_secret() -> None:
    subject = Permit(host="shop.example", addresses=("10.0.0.5",))
    pins = pins_of(Reach(subject=subject), ScriptedResolver({}), secret=True)
    assert pins.rules == "MAP shop.example 10.0.0.5,MAP * ~NOTFOUND"
    assert "MAP localhost" in pins_of(Reach(subject=subject), ScriptedResolver({})).rules


def test_loopback_on_the_list_is_another_host_than_a_subject_elsewhere() -> None:
    reach = Reach(
        subject=Permit(host="shop.example", addresses=("10.0.0.5",)), allowed=(Entry(host="127.0.0.1"),)
    )
    assert pins_of(reach, ScriptedResolver({}), secret=True).others(reach) == ["127.0.0.1"]


def test_loopback_is_no_other_host_than_a_subject_on_this_machine() -> None:
    for reach in (Reach(), Reach(subject=Permit(host="shop.local", addresses=("127.0.0.1",)))):
        pins = pins_of(reach, ScriptedResolver({}), secret=True)
        assert pins.others(reach) == []
        assert "MAP localhost 127.0.0.1" in pins.rules


def test_every_rule_but_the_last_names_one_host_exactly() -> None:
    reach = Reach(
        subject=Permit(host="shop.example", addresses=("10.0.0.5", "10.0.0.6")),
        allowed=(Entry(host="cdn.example"), Entry(host="10.0.0.0/8"), Entry(host="10.0.0.9")),
    )
    rules = pins_of(reach, ScriptedResolver({"cdn.example": ["2001:db8::7"]})).rules.split(",")
    assert rules[3:] == [
        "MAP shop.example 10.0.0.5",
        "MAP cdn.example [2001:db8::7]",
        "MAP 10.0.0.9 10.0.0.9",
        "MAP * ~NOTFOUND",
    ]
    assert not any("*" in rule for rule in rules[:-1])


def test_a_mapped_address_is_written_as_chromium_writes_it() -> None:
    subject = Permit(host="::ffff:127.0.0.1", addresses=("::ffff:127.0.0.1",))
    assert "MAP ::ffff:7f00:1 [::ffff:7f00:1]" in pins_of(Reach(subject=subject), ScriptedResolver({})).rules


def test_a_listed_name_that_leads_nowhere_or_to_metadata_is_dead_and_not_pinned() -> None:
    reach = Reach(allowed=(Entry(host="gone.example"), Entry(host="sly.example")))
    pins = pins_of(reach, ScriptedResolver({"sly.example": ["169.254.169.254"]}))
    assert pins.dead == ("gone.example", "sly.example")
    assert pins.addresses == Pins().addresses


def test_refused_hosts_are_named_with_the_way_out_and_not_without_end() -> None:
    urls = [f"http://h{number}.{'x' * 300}.example/" for number in range(9)]
    advice = told(transfers=tuple(a_transfer(url=url, fault=BLOCKED) for url in urls))["blocked-hosts"]
    assert "and 4 more" in advice
    assert f"h0.{'x' * 57}…, h1." in advice
    assert "`allow`" in advice
    assert len(advice) < 600


def test_a_dead_name_of_the_list_is_told_apart_from_a_refused_one() -> None:
    transfers = (
        a_transfer(url="http://gone.example/", fault=BLOCKED),
        a_transfer(url="http://evil.example/", fault=BLOCKED),
        a_transfer(url="http://127.0.0.1/", fault="net::ERR_CONNECTION_REFUSED"),
    )
    codes = told(transfers=transfers, dead=("gone.example",))
    assert "gone.example" in codes["dead-hosts"]
    assert "evil.example" in codes["blocked-hosts"]
    assert "gone" not in codes["blocked-hosts"]
    assert "127.0.0.1" not in codes["blocked-hosts"]


def test_a_visit_that_was_led_away_names_where_to() -> None:
    failure = Failure(ending=Ending.UNREACHABLE, step="load", detail=f"Page.goto: {BLOCKED} at http://x/")
    codes = told(
        failure=failure,
        transfers=(a_transfer(url="http://evil.example/", status=None, fault="net::ERR_ABORTED"),),
    )
    assert "led to a host" in codes["visit-unreachable"]
    assert "evil.example" in codes["blocked-hosts"]


def test_an_address_of_a_page_that_is_no_url_is_quoted_as_it_is() -> None:
    assert "http://[" in told(transfers=(a_transfer(url="http://[", fault=BLOCKED),))["blocked-hosts"]
