"""What a URL is taken to mean, beside what requests and geventhttpclient make of it; and what is refused."""

from __future__ import annotations

import pytest
from geventhttpclient.url import URL
from hypothesis import given
from hypothesis import strategies as st

from scenarios.client.errors import BadAddressError, UnfollowableRedirectError
from scenarios.client.target import joined, parse, shown

# What would end a path, or is refused; and ";", of which geventhttpclient drops one that nothing follows.
PATHS = st.text(st.characters(min_codepoint=32, exclude_characters="?#;\x7f", exclude_categories=["Cs"]))


def test_a_url_says_where_to_connect_and_what_to_ask_for() -> None:
    target = parse("https://Shop.Example:8443/tours?limit=2#top")
    assert (target.scheme, target.host, target.port) == ("https", "shop.example", 8443)
    assert target.request_target == b"/tours?limit=2"
    assert target.host_header == b"shop.example:8443"
    assert target.url == "https://Shop.Example:8443/tours?limit=2#top"
    assert target.userinfo is None


@pytest.mark.parametrize(
    ("url", "host", "port", "header"),
    [
        ("http://shop.example", "shop.example", 80, b"shop.example"),
        ("http://shop.example:", "shop.example", 80, b"shop.example"),
        ("https://shop.example:443/", "shop.example", 443, b"shop.example"),
        ("https://shop.example:80/", "shop.example", 80, b"shop.example:80"),
        ("http://127.0.0.1:8000", "127.0.0.1", 8000, b"127.0.0.1:8000"),
        ("http://[::1]/", "::1", 80, b"[::1]"),
        ("http://[::1]:81", "::1", 81, b"[::1]:81"),
        ("http://[FE80::1%25eth0]", "fe80::1%eth0", 80, b"[fe80::1]"),
        ("http://bücher.example/", "xn--bcher-kva.example", 80, b"xn--bcher-kva.example"),
        ("http://tour_app:8000/", "tour_app", 8000, b"tour_app:8000"),
        ("HTTP://shop.example./", "shop.example.", 80, b"shop.example."),
        ("http+unix://%2Frun%2FWeb.sock/tours", "/run/Web.sock", 0, b"localhost"),
    ],
)
def test_the_host_header_is_in_ascii_with_brackets_and_an_unusual_port(
    url: str, host: str, port: int, header: bytes
) -> None:
    target = parse(url)
    assert (target.host, target.port, target.host_header) == (host, port, header)


@pytest.mark.parametrize(
    ("path", "asked"),
    [
        ("", b"/"),
        ("?", b"/"),
        ("?a=1", b"/?a=1"),
        ("/a b/é?q=ü&r=[1]", b"/a%20b/%C3%A9?q=%C3%BC&r=[1]"),
        ("/%7Etours/%2F%20", b"/~tours/%2F%20"),
        ("/100%", b"/100%"),
        ("/100%zz", b"/100%25zz"),
        ("/a#b?c", b"/a"),
        ("/a/../b", b"/a/../b"),
        ("//a", b"//a"),
    ],
)
def test_a_path_is_escaped_where_it_needs_it(path: str, asked: bytes) -> None:
    assert parse(f"http://shop.example{path}").request_target == asked


@given(path=PATHS, query=PATHS)
def test_the_request_target_is_that_of_geventhttpclient(path: str, query: str) -> None:
    url = f"http://shop.example/{path}?{query}"
    assert parse(url).request_target.decode() == URL(url).quoted_uri


@pytest.mark.parametrize(
    "params",
    [
        {"a": 1, "b": ["x", "y z"], "c": None, "d": ""},
        [("a", "ü"), ("a", b"\xff")],
        {"a": (1, None, 2)},
        "a=b&c",
        "",
        {},
    ],
)
@pytest.mark.parametrize("url", ["http://shop.example/p", "http://shop.example/p?x=1#top"])
def test_parameters_join_the_query_as_in_geventhttpclient(url: str, params: dict[str, object]) -> None:
    expected = URL(url, params=params).quoted_uri.rstrip("&")  # which it leaves for no parameters at all
    assert parse(url, params).request_target.decode() == expected


def test_parameters_are_part_of_the_url_and_cannot_end_it() -> None:
    assert parse("http://shop.example/#top", {"a": 1}).url == "http://shop.example/?a=1"
    assert parse("http://shop.example/", "a=#1").request_target == b"/?a=%231"
    assert parse("http://shop.example/", b"a=1").request_target == b"/?a=1"


@pytest.mark.parametrize(
    ("url", "userinfo"),
    [
        ("http://ann:secret@shop.example/", ("ann", "secret")),
        ("http://ann%40home:p%3A%C3%A4@shop.example/", ("ann@home", "p:ä")),
        ("http://ann@shop.example/", ("ann", "")),
        ("http://a:b@c@shop.example/", ("a", "b@c")),
        ("http://@shop.example/", None),
    ],
)
def test_name_and_password_are_unescaped_and_stay_out_of_the_host(
    url: str, userinfo: tuple[str, str] | None
) -> None:
    assert parse(url).userinfo == userinfo
    assert parse(url).host_header == b"shop.example"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "/tours",
        "shop.example/tours",
        "ftp://shop.example/",
        "http:///tours",
        "http://shop example/",
        "http://shop.example\r\nX: 1/",
        "http://shop.example/\r\nX: 1",
        "http://shop.example/\x00",
        "http://shop.example/?a=\n",
        "http://a:b\n@shop.example/",
        "http://shop.example:0/",
        "http://shop.example:65536/",
        "http://shop.example:-1/",
        "http://shop.example:8o/",
        "http://shop.example:\uff18\uff10/",
        "http://shop.example:80:80/",
        "http://shop..example/",
        f"http://{'a' * 64}.example/",
        "http://shop.example\\@evil.example\\/",
        "http://[::1/",
        "http://::1]/",
        "http://[::g]/",
        "http://[127.0.0.1]/",
        "http://[::1]80/",
        "http://\u2028.example/",
        "http+unix://run/",
        "http+unix://%2Frun%00/",
    ],
)
def test_what_is_no_url_of_a_web_server_is_refused(url: str) -> None:
    with pytest.raises(BadAddressError):
        parse(url)


@given(st.text())
def test_no_url_smuggles_a_line(rest: str) -> None:
    try:
        target = parse(f"http://{rest}")
    except BadAddressError:
        return
    for word in (target.request_target, target.host_header):
        assert not set(word) & {*range(33), 127}
        word.decode("ascii")


@pytest.mark.parametrize(
    ("location", "url"),
    [
        ("/b", "http://ann:pw@shop.example:81/b"),
        ("c?x=1", "http://ann:pw@shop.example:81/a/c?x=1"),
        ("?x=1", "http://ann:pw@shop.example:81/a/b?x=1"),
        ("../../c/./d", "http://ann:pw@shop.example:81/c/d"),
        ("", "http://ann:pw@shop.example:81/a/b?q=1"),
        ("//other.example/c", "http://other.example/c"),
        ("https://other.example", "https://other.example"),
        ("HTTPS://other.example/é", "HTTPS://other.example/é"),
    ],
)
def test_a_redirect_is_resolved_against_where_it_came_from(location: str, url: str) -> None:
    assert joined(parse("http://ann:pw@shop.example:81/a/b?q=1"), location).url == url


def test_a_location_that_is_not_ascii_is_utf_8() -> None:
    location = "/é".encode().decode("latin-1")
    assert joined(parse("http://shop.example"), location).request_target == b"/%C3%A9"
    assert joined(parse("http://shop.example"), "/\xe9").request_target == b"/%C3%A9"


def test_a_unix_socket_redirects_to_itself_and_nobody_else_to_one() -> None:
    base = parse("http+unix://%2Frun%2Fweb.sock/a/b")
    assert joined(base, "c").url == "http+unix://%2Frun%2Fweb.sock/a/c"
    assert joined(base, "/c").origin == base.origin
    with pytest.raises(UnfollowableRedirectError, match="only http and https"):
        joined(base, "http+unix://%2Frun%2Fdocker.sock/")


@pytest.mark.parametrize(
    "location",
    ["mailto:ann@shop.example", "file:///etc/passwd", "http:/b", "http://", "//[", "/\r\nX: 1", "//a b/"],
)
def test_a_redirect_that_leads_to_no_web_server_is_not_followed(location: str) -> None:
    with pytest.raises(UnfollowableRedirectError, match=r"http://shop\.example/a redirects to"):
        joined(parse("http://shop.example/a"), location)


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.8.0.1", True),
        ("[::1]", True),
        ("localhost", True),
        ("app.localhost", True),
        ("192.0.2.1", False),
        ("localhost.example", False),
    ],
)
def test_a_target_knows_whether_it_is_this_machine(host: str, *, loopback: bool) -> None:
    assert parse(f"http://{host}/").loopback is loopback


def test_a_target_is_shown_with_its_port() -> None:
    assert shown(parse("http://[::1]/a")) == "[::1]:80"
    assert shown(parse("http+unix://%2Frun%2Fweb.sock/")) == "/run/web.sock"
