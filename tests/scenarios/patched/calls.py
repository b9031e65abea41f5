"""The same calls for three clients: what each makes of an answer is compared."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from functools import partial
from typing import Any

# Sends requests through a session at a site, to which there is another one; returns the last response.
Call = Callable[[Any, str], Any]


def _redirected(method: str, status: int, session: Any, _other: str) -> Any:
    return session.request(method, f"/redirect/{status}", data="a" if method == "POST" else None)


def _status(status: int, session: Any, _other: str) -> Any:
    return session.get(f"/status/{status}")


# At the site of echoes.py.
CALLS: dict[str, Call] = {
    "get": lambda session, _other: session.get("/anything"),
    "query in the url": lambda session, _other: session.get("/anything?a=1&b=ü&c=a b"),
    "params": lambda session, _other: session.get(
        "/anything?z=0", params={"a": 1, "b": ["x", "y"], "c": "ü &"}
    ),
    "escaped path": lambda session, _other: session.get("/anything/a%2Fb/ü/%7Euser"),
    "text": lambda session, _other: session.post("/anything", data="ü"),
    "bytes": lambda session, _other: session.post("/anything", data=b"\x00\xff"),
    "form": lambda session, _other: session.post("/anything", data={"a": "1 2", "b": "ü"}),
    "json": lambda session, _other: session.post("/anything", json={"a": [1, "ü"]}),
    "json with data": lambda session, _other: session.post("/anything", data={"a": "b"}, json={"c": 1}),
    "falsy json": lambda session, _other: session.post("/anything", json=[]),
    "empty post": lambda session, _other: session.post("/anything"),
    "empty data": lambda session, _other: session.post("/anything", data=""),
    "put": lambda session, _other: session.put("/anything", data="a"),
    "patch": lambda session, _other: session.patch("/anything", data="a"),
    "delete": lambda session, _other: session.delete("/anything"),
    "options": lambda session, _other: session.options("/anything"),
    "head": lambda session, _other: session.head("/anything"),
    "lower-case method": lambda session, _other: session.request("post", "/anything", data="a"),
    "file": lambda session, _other: session.post(
        "/anything", files={"f": ("a.txt", b"content", "text/plain")}
    ),
    "file and fields": lambda session, _other: session.post(
        "/anything", data={"a": "1"}, files={"f": ("ä.txt", io.BytesIO(b"content"))}
    ),
    "headers": lambda session, _other: session.get("/anything", headers={"X-A": "1", "Accept": "text/x"}),
    "basic auth": lambda session, _other: session.get("/secret", auth=("demo", "zebra")),
    "wrong auth": lambda session, _other: session.get("/secret", auth=("demo", "lion")),
    "cookies": lambda session, _other: (session.get("/cookies?a=1&b=2"), session.get("/cookies"))[1],
    "gzip": lambda session, _other: session.get("/packed/gzip"),
    "deflate": lambda session, _other: session.get("/packed/deflate"),
    "bare deflate": lambda session, _other: session.get("/packed/raw-deflate"),
    "br": lambda session, _other: session.get("/packed/br"),
    "chunked": lambda session, _other: session.get("/lines/50"),
    "latin": lambda session, _other: session.get("/latin"),
    "redirect with a cookie": lambda session, _other: (
        session.get("/cookies?a=1"),
        session.get("/redirect/302?to=/cookies"),
    )[1],
    "relative redirect": lambda session, _other: session.get("/redirect/302?to=anything"),
    "redirect to another origin": lambda session, other: session.get(
        f"/redirect/302?to={other}/anything", auth=("demo", "zebra")
    ),
    "redirect not followed": lambda session, _other: session.get("/redirect/302", allow_redirects=False),
    **{f"status {status}": partial(_status, status) for status in (201, 204, 304, 400, 404, 429, 500, 503)},
    **{
        f"{method} redirected by {status}": partial(_redirected, method, status)
        for status in (301, 302, 303, 307, 308)
        for method in ("GET", "POST", "HEAD")
    },
}

# Where requests differs from both; what it sends with text, forms and JSON is its own.
OF_REQUESTS = {"failed", "url", "asked.accept", "asked.content-type", "asked.content-length"}
# Where Locust's own differs from ours on purpose: its URL leaves the parameters out, requests' does not.
OF_LOCUST = {("params", "url")}

# What of a request is compared; the rest is each client's own (User-Agent, Accept-Encoding).
_COMPARED = ("content-type", "content-length", "authorization", "cookie", "x-a", "accept")
# What of an answer's headers is compared.
_ANSWERED = ("x-a", "content-range", "cache-control")


def outcome(response: Any) -> dict[str, Any]:
    """Return what a locustfile could ask of *response*."""
    content = response.content or b""
    headers = response.headers or {}
    told: dict[str, Any] = {
        "status": response.status_code,
        "ok": bool(response.ok),
        "text": response.text,
        "type": headers.get("content-type"),
        "failed": bool(getattr(response, "error", None)) if not response.ok else False,
        "url": response.url,
        **{name: headers[name] for name in _ANSWERED if name in headers},
    }
    if content[:1] == b"{" and b'"headers"' in content:
        told["text"] = ""
        # A stream repeats it in each of its lines.
        asked = [_asked(json.loads(each)) for each in content.replace(b"}\n{", b"}\0{").split(b"\0")]
        told["asked"] = asked[0] if len(asked) == 1 else dict(enumerate(asked))
    return told


def _asked(request: dict[str, Any]) -> dict[str, Any]:
    """Return what of a request, as a site repeats it, is to be the same."""
    headers = {name.lower(): value for name, value in dict(request["headers"]).items()}
    asked = {**request, **{name: value for name, value in headers.items() if name in _COMPARED}}
    del asked["headers"]
    boundary = re.search(r"boundary=(\w+)", str(headers))
    if boundary:
        # Made up anew each time, and not of the same length.
        asked.pop("content-length", None)
        asked = json.loads(json.dumps(asked).replace(boundary[1], "BOUNDARY"))
    return asked
