"""A user's cookies: sent where they belong, and a header that is kept no longer than it holds."""

from __future__ import annotations

import time
from http.cookiejar import Cookie, CookieJar, DefaultCookiePolicy

import pytest
from geventhttpclient.header import Headers
from geventhttpclient.useragent import CompatRequest

from scenarios.client.cookies import Jar
from scenarios.client.target import parse

SHOP = parse("https://shop.example/")


def a_cookie(name: str = "a", value: str = "1", path: str = "/", expires: int | None = None) -> Cookie:
    return Cookie(
        version=0,
        name=name,
        value=value,
        port=None,
        port_specified=False,
        domain="shop.example",
        domain_specified=False,
        domain_initial_dot=False,
        path=path,
        path_specified=True,
        secure=False,
        expires=expires,
        discard=expires is None,
        comment=None,
        comment_url=None,
        rest={},
    )


def a_jar(*set_cookies: str, url: str = "https://shop.example/") -> Jar:
    jar = Jar()
    jar.take(parse(url), set_cookies)
    return jar


def test_an_empty_jar_sends_nothing() -> None:
    assert Jar().header_for(SHOP) is None
    assert a_jar().header_for(SHOP) is None


def test_what_an_answer_sets_is_sent_with_the_next_request() -> None:
    jar = a_jar("session=abc; Path=/; HttpOnly; SameSite=Lax", "lang=de", "deep=1; Path=/deep")
    assert jar.header_for(SHOP) == "session=abc; lang=de"
    assert jar.header_for(parse("https://shop.example/deep/1?x=2")) == "deep=1; session=abc; lang=de"
    assert jar.header_for(parse("https://other.example/")) is None


def of_the_standard_library(url: str, cookies: list[str], asked: str) -> str | None:
    """Return what FastHttpUser sends today."""

    class Answer:
        def info(self) -> Answer:
            return self

        def get_all(self, name: str, default: list[str]) -> list[str]:
            return cookies if name == "Set-Cookie" else default

    jar = CookieJar()
    jar.extract_cookies(Answer(), CompatRequest(url, headers=Headers()))  # type: ignore[arg-type]  # all that is asked of it
    request = CompatRequest(asked, headers=Headers())
    jar.add_cookie_header(request)
    sent = request.headers.get("Cookie")
    assert sent is None or isinstance(sent, str)
    return sent


@pytest.mark.parametrize(
    "cookies",
    [
        ["a=1"],
        ["a=1; Domain=shop.example", "b=2; Domain=.shop.example; Path=/tours"],
        ["a=1; Domain=example"],
        ["a=1; Domain=other.example"],
        ["a=1; Max-Age=0", "b=2; Max-Age=60"],
        ["a=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT", "b=2; Expires=Fri, 01 Jan 2100 00:00:00 GMT"],
        ["a=1; Secure", "b=2; Port=81"],
        ['a="quoted, value"; Path="/"', "b", "=c", ""],
        ["a=1; Max-Age=soon", "b=2; Path=tours", "c=3; Domain"],
    ],
)
@pytest.mark.parametrize("url", ["https://shop.example/tours/1", "http://shop.example:81/"])
@pytest.mark.parametrize(
    "asked",
    [
        "https://shop.example/tours/2?x=1",
        "http://shop.example/",
        "https://www.shop.example/tours",
        "http://shop.example:81/tour",
        "https://other.example/",
    ],
)
def test_the_rules_are_those_of_the_standard_library(url: str, cookies: list[str], asked: str) -> None:
    assert a_jar(*cookies, url=url).header_for(parse(asked)) == of_the_standard_library(url, cookies, asked)


@pytest.mark.parametrize(
    ("url", "sent"),
    [
        ("https://shop.example/", True),
        ("http://shop.example/", False),
        ("http://127.0.0.1:8000/", True),
        ("http://[::1]:8000/", True),
        ("http://localhost/", True),
        ("http+unix://%2Frun%2Fweb.sock/", True),
    ],
)
def test_a_secure_cookie_goes_over_plain_http_to_this_machine_only(url: str, *, sent: bool) -> None:
    assert (a_jar("a=1; Secure", url=url).header_for(parse(url)) == "a=1") is sent


class Counting(DefaultCookiePolicy):
    """The usual policy, which counts what it is asked."""

    asked = 0

    def domain_return_ok(self, domain: str, request: object) -> bool:
        self.asked += 1
        return super().domain_return_ok(domain, request)  # type: ignore[arg-type]  # passed on as it came


def test_a_header_is_made_once() -> None:
    policy = Counting()
    jar = Jar(policy)
    jar.set_cookie(a_cookie())
    headers = [jar.header_for(parse(f"https://shop.example/tours/{number}")) for number in range(50)]
    assert set(headers) == {"a=1"}
    assert policy.asked == 1
    jar.set_cookie(a_cookie("b", path="/tours/7"))
    headers = [jar.header_for(parse(f"https://shop.example/tours/{number % 10}")) for number in range(50)]
    assert headers.count("b=1; a=1") == 5


def test_a_user_may_reach_into_the_jar() -> None:
    jar = Jar()
    jar.set_cookie(a_cookie())
    assert jar.header_for(SHOP) == "a=1"
    jar.set_cookie(a_cookie("a", "2"))
    assert jar.header_for(SHOP) == "a=2"
    jar.set_cookie(a_cookie("b"))
    assert jar.header_for(SHOP) == "a=2; b=1"
    jar.clear("shop.example", "/", "a")
    assert jar.header_for(SHOP) == "b=1"
    jar.set_policy(DefaultCookiePolicy(blocked_domains=["shop.example"]))
    assert jar.header_for(SHOP) is None
    jar.set_policy(DefaultCookiePolicy())
    assert jar.header_for(SHOP) == "b=1"
    jar.clear_session_cookies()
    assert jar.header_for(SHOP) is None
    jar.set_cookie(a_cookie("c"))
    assert jar.header_for(SHOP) == "c=1"
    jar.clear()
    assert jar.header_for(SHOP) is None


def test_the_version_tells_a_change_from_none() -> None:
    jar = a_jar("a=1")
    before = jar.version
    jar.take(SHOP, ["a=1"])
    jar.take(SHOP, [])
    assert jar.version == before
    jar.take(SHOP, ["a=2"])
    assert jar.version > before
    kept = next(iter(jar))
    kept.value = "3"
    jar.set_cookie(kept)
    assert jar.header_for(SHOP) == "a=3"


def test_a_cookie_that_expires_is_not_sent_from_then_on() -> None:
    jar = a_jar("session=1", "long=1; Max-Age=600")
    expires = int(time.time()) + 2
    jar.set_cookie(a_cookie("short", expires=expires))
    sent = jar.header_for(SHOP)
    assert sent == "session=1; long=1; short=1" or time.time() >= expires
    while time.time() < expires:
        time.sleep(0.05)
    assert jar.header_for(SHOP) == "session=1; long=1"
