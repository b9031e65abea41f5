"""The cookies of one user, ready to be sent: the Cookie header is made once and kept until it could differ.

The rules are those of the standard library's jar, with one more: over plain HTTP a Secure cookie is sent
to this machine itself only, as browsers do.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from http.client import HTTPResponse
from http.cookiejar import Cookie, CookieJar, CookiePolicy
from typing import cast
from urllib.request import Request

from scenarios.client.target import Origin, Target

# A user is on a few pages at a time, and there are 10,000 users.  The whole is dropped when it is full.
_REMEMBERED = 16


class Jar(CookieJar):
    """A cookie jar that knows when it changed: *version* is raised by whatever changes what it would send.

    A Cookie that is altered within the jar goes unnoticed; set it again.
    """

    # By domain, path and name; the standard library's own, which its types leave out.
    _cookies: dict[str, dict[str, dict[str, Cookie]]]

    def __init__(self, policy: CookiePolicy | None = None) -> None:
        super().__init__(policy)
        self.version = 0
        self._empty = True
        self._headers: dict[Origin | tuple[Origin, bytes], str | None] = {}
        self._made_for = -1
        self._stale_at = 0.0
        self._everywhere = True

    def header_for(self, target: Target) -> str | None:
        """Return the value of the Cookie header for *target*, None for no header."""
        if self._empty:
            return None
        if self._made_for != self.version or time.time() >= self._stale_at:
            self._begin()
        # Most jars hold cookies of whole sites only, for which the page makes no difference.
        key = target.origin if self._everywhere else (target.origin, target.request_target)
        try:
            return self._headers[key]
        except KeyError:
            return self._make(key, target)

    def take(self, target: Target, set_cookie_values: Sequence[str]) -> None:
        """Keep what an answer from *target* sets with its Set-Cookie headers, as far as it may."""
        answer = cast("HTTPResponse", _Answer(list(set_cookie_values)))  # the two methods that are called
        self.extract_cookies(answer, cast("Request", _Question(target)))

    def set_cookie(self, cookie: Cookie) -> None:
        """Keep *cookie*, whatever the policy says."""
        kept = self._cookies.get(cookie.domain, {}).get(cookie.path, {}).get(cookie.name)
        super().set_cookie(cookie)
        self._empty = False
        if kept is cookie or kept is None or vars(kept) != vars(cookie):
            self.version += 1

    def clear(self, domain: str | None = None, path: str | None = None, name: str | None = None) -> None:
        """Forget some cookies, or all; as in the standard library."""
        super().clear(domain, path, name)
        self._empty = not self._cookies
        self.version += 1

    def set_policy(self, policy: CookiePolicy) -> None:
        """Decide by *policy* from now on."""
        super().set_policy(policy)
        self.version += 1

    def _begin(self) -> None:
        self.clear_expired_cookies()
        cookies = list(self)
        self._stale_at = min((cookie.expires for cookie in cookies if cookie.expires), default=math.inf)
        self._everywhere = all(cookie.path == "/" for cookie in cookies)
        self._headers.clear()
        self._made_for = self.version

    def _make(self, key: Origin | tuple[Origin, bytes], target: Target) -> str | None:
        if len(self._headers) >= _REMEMBERED:
            self._headers.clear()
        question = _Question(target)
        self.add_cookie_header(cast("Request", question))
        self._headers[key] = question.cookie
        return question.cookie


class _Question:
    """What the standard library's jar asks of a urllib.request.Request, without the rest of one."""

    unverifiable = False  # no third party's: a user's own request, or a redirect, which the jar treats alike

    def __init__(self, target: Target) -> None:
        self.host = target.host_header.decode("ascii")
        self.origin_req_host = target.host
        # By it the jar decides on Secure cookies.
        self.type = "https" if target.scheme == "https" or target.loopback else "http"
        self.cookie: str | None = None
        self._path = target.request_target.decode("ascii")

    def get_full_url(self) -> str:
        return f"{self.type}://{self.host}{self._path}"

    def has_header(self, _name: str) -> bool:
        return False

    def add_unredirected_header(self, name: str, value: str) -> None:
        if name == "Cookie":
            self.cookie = value


class _Answer:
    """What the jar asks of an http.client.HTTPResponse."""

    def __init__(self, set_cookie_values: list[str]) -> None:
        self._values = set_cookie_values

    def info(self) -> _Answer:
        return self

    def get_all(self, name: str, default: list[str]) -> list[str]:
        return self._values if name == "Set-Cookie" else default
