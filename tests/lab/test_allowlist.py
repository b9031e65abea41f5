"""What may be measured: hosts in every spelling, resolved once, with caps."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from lab.engine import allowlist
from lab.engine.allowlist import DEFAULT_RATE, DEFAULT_USERS, Entry, Permit, Reach
from lab.engine.names import addresses_of
from lab.kernel.errors import RefusedError, UnreachableError, UsageError
from tests.fakes import ScriptedResolver

STAGING = "http://staging.example.org"


def listed(*hosts: str) -> list[Entry]:
    return [Entry(host=allowlist.plain_host(host)) for host in hosts]


def checked(url: str, *allowed: str, **names: Sequence[str]) -> Permit:
    """Check *url* where staging.example.org means what *staging* says."""
    meaning = {"staging.example.org": names.get("staging", []), "localhost": ["127.0.0.1", "::1"]}
    return allowlist.check(url, listed(*allowed), ScriptedResolver(meaning))


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:80",
        "http://127.0.0.2",
        "http://127.9.9.9",
        "http://[::1]:8000/x",
        "http://[::ffff:127.0.0.1]/",
        "http://localhost:1",
        "HTTP://LOCALHOST",
    ],
)
def test_loopback_may_be_measured_without_caps(url: str) -> None:
    permit = checked(url)
    assert (permit.users, permit.rate) == (None, None)


@pytest.mark.parametrize("url", ["http://192.0.2.1/", "http://10.0.0.1", "https://[2001:db8::1]", STAGING])
def test_any_other_address_is_refused_with_the_way_out(url: str) -> None:
    with pytest.raises(RefusedError, match=r"allow.*launchlab\.toml"):
        checked(url, staging=["192.0.2.7"])


def test_a_permit_holds_the_addresses_that_were_checked() -> None:
    permit = checked(STAGING, "staging.example.org", staging=["192.0.2.7", "2001:db8::7"])
    assert permit.host == "staging.example.org"
    assert permit.addresses == ("192.0.2.7", "2001:db8::7")


def test_every_address_of_a_name_has_to_be_allowed() -> None:
    assert checked(STAGING, "10.0.0.0/8", staging=["10.1.1.1"]).addresses == ("10.1.1.1",)
    with pytest.raises(RefusedError, match=r"192\.0\.2\.9"):
        checked(STAGING, "10.0.0.0/8", staging=["10.1.1.1", "192.0.2.9"])


NEVER = [
    "169.254.169.254",
    "169.254.0.1",
    "fe80::1",
    "fd00:ec2::254",
    "fd00:ec2::23",
    "fd20:ce::254",
    "fd00:42::42",
    "192.0.0.192",
    "100.100.100.200",
    "168.63.129.16",
    "::ffff:a9fe:a9fe",
    "::ffff:169.254.169.254",
    "::a9fe:a9fe",
    "::ffff:0:a9fe:a9fe",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::a9fe:a9fe",
    "2002:a9fe:a9fe::1",
    "2001:0:a9fe:a9fe::1",
]


@pytest.mark.parametrize("address", NEVER)
def test_metadata_and_link_local_addresses_are_refused_whatever_the_list_says(address: str) -> None:
    url = f"http://[{address}]/latest" if ":" in address else f"http://{address}/latest"
    with pytest.raises(RefusedError, match="never measured"):
        checked(url, "0.0.0.0/0", "::/0", address)
    with pytest.raises(RefusedError, match="never measured"):
        checked(STAGING, "staging.example.org", staging=["192.0.2.7", address])


@pytest.mark.parametrize(
    ("host", "plain"),
    [
        ("2852039166", "never measured"),
        ("0xa9.0xfea9fe", "never measured"),
        ("0xA9FEA9FE", "never measured"),
        ("169.254.43518", "never measured"),
        ("0251.0376.0251.0376", "never measured"),
        ("169.254.169.254.", "never measured"),
        ("[fe80::1%25eth0]", "never measured"),
        ("2130706433", r"Write 127\.0\.0\.1\."),
        ("127.1", r"Write 127\.0\.0\.1\."),
        ("0177.0.0.1", r"Write 127\.0\.0\.1\."),
        ("127.0.0.1.", r"Write 127\.0\.0\.1\."),
        ("127.000.000.001", r"Write 127\.0\.0\.1\."),
        ("\u2460\u2461\u2466.0.0.1", r"Write 127\.0\.0\.1\."),
        ("127\u30020\uff0e0\uff611", r"Write 127\.0\.0\.1\."),
        ("\uff11\uff12\uff17.0.0.1", r"Write 127\.0\.0\.1\."),
        ("0xa000001", r"Write 10\.0\.0\.1\."),
    ],
)
def test_an_address_in_another_spelling_is_refused_with_the_plain_one(host: str, plain: str) -> None:
    with pytest.raises(RefusedError, match=plain):
        checked(f"http://{host}/", "0.0.0.0/0")


@pytest.mark.parametrize("url", ["http://0.0.0.0:8000", "http://[::]:8000"])
def test_where_a_server_listens_is_no_place_to_send_to(url: str) -> None:
    with pytest.raises(RefusedError, match=r"Write 127\.0\.0\.1"):
        checked(url, "0.0.0.0/0", "::/0")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "127.0.0.1:80",
        "ftp://127.0.0.1",
        "http://",
        "file:///etc/passwd",
        "http://[::1",
        "http://127.0.0.1:abc",
        "http://127.0.0.1:0",
        "http://127.0.0.1\\@staging.example.org/",
        "http:\\\\127.0.0.1",
        " http://127.0.0.1",
        "http://127.0.0.1\n",
        "http://127.0.0.1\t.staging.example.org",
        "http://127.0.0%2e1",
        "http://%31%32%37.0.0.1",
        "http://b\u00fccher.example",
        "http://256.1.1.1",
        "http://1.2.3.4.5",
        "http://0xa9fe.0xa9fe",
        "http://-x.example",
        f"http://{'9' * 5000}/",
        f"http://[{'1:' * 5000}]/",
        "http://a..example",
        "http://staging.example.org.",
        "http://*.example.org",
        "http://[127.0.0.1]",
        "http://127.0.0.1/?token=s3cret",
        "http://127.0.0.1/#s3cret",
        "http://admin:s3cret@127.0.0.1/",
        "http://127.0.0.1@staging.example.org/",
        "http://admin:s3?cret@127.0.0.1/",
        "http://admin:s3cret@127.0.0.1:abc/",
        "http://admin:s3cret@ 127.0.0.1",
        "admin:s3cret@127.0.0.1",
    ],
)
def test_what_is_no_plain_web_address_is_a_usage_error_and_no_secret_is_shown(url: str) -> None:
    with pytest.raises(UsageError) as caught:
        checked(url, "0.0.0.0/0", "staging.example.org", staging=["192.0.2.1"])
    assert "s3" not in str(caught.value)


def test_a_name_that_means_nothing_is_unreachable() -> None:
    with pytest.raises(UnreachableError, match="cannot be resolved"):
        checked("http://nowhere.example")
    with pytest.raises(UnreachableError):
        allowlist.check("http://nowhere.invalid", (), addresses_of)


def test_an_entry_without_caps_gets_modest_ones() -> None:
    permit = checked("http://10.1.2.3:8080", "10.0.0.0/8")
    assert (permit.users, permit.rate) == (DEFAULT_USERS, DEFAULT_RATE)


def test_the_most_specific_entry_sets_the_caps() -> None:
    entries = [
        Entry(host="10.0.0.0/8", users=1),
        Entry(host="10.1.0.0/16", users=2),
        Entry(host="10.1.1.1", users=3),
        Entry(host="staging.example.org", users=4, rate=9.0),
    ]
    resolver = ScriptedResolver(
        {"staging.example.org": ["10.1.1.1"], "other.example": ["10.1.1.1", "10.9.9.9"]}
    )
    caps = {
        host: allowlist.permit(host, entries, resolver).users
        for host in ("10.9.9.9", "10.1.9.9", "10.1.1.1", "staging.example.org")
    }
    assert caps == {"10.9.9.9": 1, "10.1.9.9": 2, "10.1.1.1": 3, "staging.example.org": 4}
    assert allowlist.permit("other.example", entries, resolver).users == 1


def test_loopback_is_capped_only_by_an_entry_that_says_so() -> None:
    plain, capped = Entry(host="127.0.0.0/8"), Entry(host="127.0.0.1", rate=5.0)
    assert allowlist.permit("127.0.0.1", [plain], addresses_of).users is None
    permit = allowlist.permit("127.0.0.1", [plain, capped], addresses_of)
    assert (permit.users, permit.rate) == (None, 5.0)


def test_a_load_above_a_cap_is_refused_naming_cap_value_and_key() -> None:
    permit = Permit(host="10.1.2.3", addresses=("10.1.2.3",), users=50, rate=100.0, entry="10.0.0.0/8")
    permit.admit("smoke", 50, 100.0)
    with pytest.raises(RefusedError, match=r'500 users.* 50,.*host = "10\.0\.0\.0/8", users = 500'):
        permit.admit("storm", 500)
    with pytest.raises(RefusedError, match=r'250 /s.*100 /s.*rate = "250 /s"'):
        permit.admit("storm", 10, 250.0)


def test_the_subject_keeps_its_pinned_addresses_when_the_name_changes_its_meaning() -> None:
    resolver = ScriptedResolver({"staging.example.org": ["192.0.2.7"]})
    entries = tuple(listed("staging.example.org"))
    reach = Reach(subject=allowlist.check(STAGING, entries, resolver), allowed=entries)
    resolver.meanings["staging.example.org"] = ["169.254.169.254"]
    assert reach.permit("staging.example.org", resolver).addresses == ("192.0.2.7",)
    assert resolver.asked == ["staging.example.org"]


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("Staging.Example.org", "staging.example.org"),
        ("10.0.0.5", "10.0.0.5"),
        ("10.1.2.3/8", "10.0.0.0/8"),
        ("2001:DB8::1", "2001:db8::1"),
        ("::ffff:10.0.0.1", "10.0.0.1"),
        ("::ffff:10.0.0.0/104", "10.0.0.0/8"),
        ("::ffff:0:0/95", "::fffe:0:0/95"),
    ],
)
def test_an_entry_is_a_name_an_address_or_a_network(text: str, host: str) -> None:
    assert allowlist.plain_host(text) == host


@pytest.mark.parametrize(
    "text", ["", "http://staging", "staging:8080", "*.example.org", "10.0.0.0/99", "0x7f.1"]
)
def test_any_other_entry_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="a host name, an address or a network"):
        allowlist.plain_host(text)
