"""Calls for three clients at httpbin, a site that others wrote to try clients at."""

from __future__ import annotations

import io
from functools import partial
from typing import Any
from urllib.parse import quote

import requests

from tests.scenarios.patched.calls import Call

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD")
# Otherwise requests accepts anything in so many words.
ACCEPT = {"Accept": "*/*"}
# Less than the second that the answer takes, and much more than it takes to send the request.
HURRY = 0.2


def _sent(method: str, path: str, session: Any, _other: str, **options: Any) -> Any:
    return session.request(method, path, **options)


def _redirected(method: str, status: int, session: Any, _other: str) -> Any:
    return session.request(method, f"/redirect-to?url=%2Fanything%2Fhere&status_code={status}")


def _elsewhere(session: Any, other: str) -> Any:
    there = quote(f"{other}/anything", safe="")
    return session.get(f"/redirect-to?url={there}", auth=("demo", "zebra"))


def _hurried(session: Any, _other: str) -> Any:
    if isinstance(session, requests.Session):
        return session.get("/delay/1", timeout=HURRY)
    kind: Any = type(session)
    hurried = kind(session.base_url, session.request_event, None, network_timeout=HURRY)
    return hurried.get("/delay/1")


def _cookies(paths: tuple[str, ...], session: Any, _other: str) -> Any:
    return [session.get(path) for path in paths][-1]


def _got(path: str, **options: Any) -> Call:
    return partial(_sent, "GET", path, **options)


def _posted(**options: Any) -> Call:
    # Made anew for each client: a file can be read once.
    def post(session: Any, _other: str) -> Any:
        files = {name: make() for name, make in options.get("files", {}).items()}
        return session.post("/post", **{**options, **({"files": files} if files else {})})

    return post


BINS: dict[str, Call] = {
    **{f"anything by {method}": partial(_sent, method, "/anything/a%20b?c=d") for method in METHODS},
    **{
        f"{method} with a body": partial(_sent, method, "/anything", data="ü")
        for method in ("POST", "PUT", "PATCH", "DELETE")
    },
    "get": _got("/get", params={"a": 1, "b": ["x", "y"], "c": "ü &"}),
    "headers": _got("/headers", headers={"X-A": "1"}),
    "form": _posted(data={"a": "1 2", "b": "ü"}),
    "form of many": _posted(data={"a": ["1", "2"], "b": ""}),
    "json posted": _posted(json={"a": [1, "ü", None]}),
    "text posted": _posted(data="a=1"),
    "bytes posted": _posted(data=b"\x00\xff"),
    "file": _posted(files={"f": lambda: ("a.txt", b"content", "text/plain")}),
    "open file and fields": _posted(data={"a": "1"}, files={"f": lambda: ("a.bin", io.BytesIO(b"\x00\xff"))}),
    "two files": _posted(files={"f": lambda: ("a.txt", b"one"), "g": lambda: ("b.txt", b"two")}),
    **{
        f"status {status}": _got(f"/status/{status}")
        for status in (200, 201, 204, 206, 300, 304, 400, 401, 402, 404, 406, 407, 418, 429, 500, 503)
    },
    "redirect": _got("/redirect/3"),
    "redirect, absolute": _got("/absolute-redirect/3"),
    "redirect, relative": _got("/relative-redirect/3"),
    "redirect not followed": _got("/redirect/3", allow_redirects=False),
    "redirect to another origin": _elsewhere,
    **{
        f"{method} redirected by {status}": partial(_redirected, method, status)
        for status in (301, 302, 303, 307, 308)
        for method in ("GET", "POST", "PUT", "DELETE")
    },
    "cookies set": _got("/cookies/set?a=1&b=2"),
    "cookie set by path": _got("/cookies/set/a/1"),
    "cookies kept": partial(_cookies, ("/cookies/set?a=1&b=2", "/cookies/set?b=3", "/cookies")),
    "cookies deleted": partial(_cookies, ("/cookies/set?a=1&b=2", "/cookies/delete?a", "/cookies")),
    **{coding: _got(f"/{coding}") for coding in ("gzip", "deflate", "brotli")},
    "stream": _got("/stream/20", headers=ACCEPT),
    "stream of bytes": _got("/stream-bytes/5000?seed=7&chunk_size=600"),
    "bytes": _got("/bytes/5000?seed=7"),
    "no bytes": _got("/bytes/0"),
    "drip": _got("/drip?duration=0.2&numbytes=5&delay=0.05"),
    "drip with an error": _got("/drip?duration=0.1&numbytes=5&code=500"),
    "range": _got("/range/1000", headers={"Range": "bytes=10-99"}),
    "range to the end": _got("/range/1000", headers={"Range": "bytes=990-"}),
    "range beyond": _got("/range/1000", headers={"Range": "bytes=1000-1001"}),
    "delay": _got("/delay/0.1"),
    "delay beyond the timeout": _hurried,
    "basic auth": _got("/basic-auth/demo/zebra", auth=("demo", "zebra")),
    "basic auth, wrong": _got("/basic-auth/demo/zebra", auth=("demo", "lion")),
    "basic auth, none": _got("/basic-auth/demo/zebra"),
    "digest auth, none": _got("/digest-auth/auth/demo/zebra"),
    "bearer": _got("/bearer", headers={"Authorization": "Bearer token"}),
    "bearer, none": _got("/bearer"),
    "response headers": _got("/response-headers?X-A=1&X-A=2&Content-Type=text/plain;%20charset=latin-1"),
    "utf-8": _got("/encoding/utf8"),
    **{path: _got(f"/{path}") for path in ("html", "xml", "json", "robots.txt", "image/webp", "image/svg")},
    "image by accept": _got("/image", headers={"Accept": "image/jpeg"}),
    "etag": _got("/etag/a"),
    "etag, known": _got("/etag/a", headers={"If-None-Match": '"a"'}),
    "etag, unmatched": _got("/etag/a", headers={"If-Match": '"b"'}),
    "cache": _got("/cache"),
    "cache, known": _got("/cache", headers={"If-Modified-Since": "Thu, 01 Jan 2026 00:00:00 GMT"}),
    "cache for a while": _got("/cache/60"),
    **{
        f"head of {path}": partial(_sent, "HEAD", f"/{path}")
        for path in ("get", "gzip", "brotli", "html", "stream/3", "bytes/100", "redirect/2", "status/404")
    },
}
